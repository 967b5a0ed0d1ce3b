//! Attributes on expressions inside an annotated function.

use crate::observe::*;

/// What an attribute stands on is as it was: the outer function has the attribute too, which is what
/// makes the inner ones known.
pub mod expressions {
    use super::*;

    #[unit]
    async fn blocks(a: Loud) -> usize {
        let first = #[unit] async {
            pause().await;
            a.lend().len()
        };
        say("made");
        let n = first.await;
        let second = #[unit] async move {
            let _b = Loud("b");
            pause().await;
            a.0.len()
        };
        n + second.await
    }

    #[unit]
    async fn awaited_at_once(a: Loud) -> Result<usize, String> {
        let n = #[unit] async {
            if a.0 == "a" { Err("is a".to_owned()) } else { Ok(a.lend().len()) }
        }
        .await?;
        Ok(n)
    }

    #[unit]
    fn closures(a: Loud, mut b: u8) -> (u8, u8, usize) {
        let by_reference = #[unit] |n: u8| n + a.0.len() as u8;
        let n = by_reference(1) + by_reference(2);
        let mut counting = #[unit] |by: u8| {
            b += by;
            b
        };
        let m = counting(1) + counting(2);
        let once = #[unit] move || {
            let moved = a;
            moved.0.len()
        };
        (n, m, once())
    }

    #[unit]
    fn closure_arguments(a: Loud) -> usize {
        let taking = #[unit] |_: Loud, b: Loud, (c, _): (Loud, u8)| {
            let _local = Loud("local");
            b.lend().len() + c.0.len() + a.0.len()
        };
        taking(Loud("1"), Loud("2"), (Loud("3"), 1))
    }

    #[unit]
    fn closures_that_borrow(a: Loud) -> usize {
        let first = #[unit] |list: &[u8]| list.first().copied();
        let mutating = #[unit] |list: &mut Vec<u8>| list.push(1);
        let mut list = vec![3];
        mutating(&mut list);
        usize::from(first(&list).unwrap_or_default()) + list.len() + a.0.len()
    }

    #[unit]
    fn typed_closures(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
        let parse = #[unit] |text: &str| -> Result<u8, Box<dyn std::error::Error>> {
            if text.is_empty() {
                return Err("empty".into());
            }
            Ok(text.parse()?)
        };
        parse(text)
    }

    #[unit]
    fn as_arguments(list: Vec<u8>) -> Vec<u8> {
        let more = 2;
        let mut list: Vec<u8> = list.into_iter().map(#[unit] |it| it + more).collect();
        list.sort_by_key(#[unit] |it| std::cmp::Reverse(*it));
        list.retain(#[unit] move |it| *it > more);
        list
    }

    #[unit]
    async fn async_closures(a: Loud) -> usize {
        async fn twice(f: impl AsyncFn(u8) -> usize) -> usize {
            f(1).await + f(2).await
        }
        let lending = #[unit] async |n: u8| {
            pause().await;
            a.lend().len() + usize::from(n)
        };
        let n = twice(&lending).await;
        let owning = #[unit] async move |n: u8| {
            let _local = Loud("local");
            pause().await;
            a.0.len() + usize::from(n)
        };
        n + twice(owning).await
    }

    #[unit]
    async fn in_macros(a: Loud) -> (usize, Vec<usize>) {
        // By its path it would be told from ours, and refused what is no unit.
        use ::futures::join;
        let (left, right) = join!(
            #[unit] async { pause().await; a.0.len() },
            #[unit] async { say("right"); a.0.len() },
        );
        (left + right, vec![(#[unit] || 1)(), (#[unit] |n: usize| n)(2)])
    }

    #[unit]
    async fn in_arms_and_loops(a: Loud) -> usize {
        let mut sum = 0;
        for n in 0..3_usize {
            sum += match n {
                0 => #[unit] async { pause().await; 1 }.await,
                1 => {
                    let f = #[unit] |m: usize| m + a.0.len();
                    f(n)
                }
                _ => (#[unit] || n)(),
            };
        }
        if sum > 3 { return (#[unit] || sum)(); }
        sum
    }

    #[unit]
    async fn nested(a: Loud) -> usize {
        let outer = #[unit] async {
            let inner = #[unit] async {
                pause().await;
                let f = #[unit] || a.lend().len();
                f()
            };
            inner.await + 1
        };
        outer.await
    }

    #[unit]
    async fn panics_inside(a: Loud) -> usize {
        let block = #[unit] async {
            let _b = Loud("b");
            pause().await;
            panic!("inside {}", a.0)
        };
        block.await
    }

    pub const SHAPES: &[Shape] = &[
        ("blocks", || lived!(blocks(Loud("a")))),
        ("awaited_at_once", || lived!(awaited_at_once(Loud("a")))),
        ("awaited_at_once, ok", || lived!(awaited_at_once(Loud("b")))),
        ("closures", || called!(closures(Loud("a"), 1))),
        ("closure_arguments", || called!(closure_arguments(Loud("a")))),
        ("closures_that_borrow", || called!(closures_that_borrow(Loud("a")))),
        ("typed_closures", || {
            called!(["", "x", "1"].map(|it| typed_closures(it).map_err(|error| error.to_string())))
        }),
        ("as_arguments", || called!(as_arguments(vec![0, 1, 2]))),
        ("async_closures", || lived(|| async_closures(Loud("a")))),
        ("in_macros", || lived!(in_macros(Loud("a")))),
        ("in_arms_and_loops", || lived!(in_arms_and_loops(Loud("a")))),
        ("nested", || lived!(nested(Loud("a")))),
        ("panics_inside", || lived!(panics_inside(Loud("a")))),
    ];
}
