//! Attributes on blocks and statements inside an annotated function.

use crate::observe::*;

async fn gives(loud: Loud) -> Result<Loud, String> {
    pause().await;
    if loud.0 == "bad" { Err("bad".to_owned()) } else { Ok(loud) }
}

/// The outer attribute is what makes the inner ones known.
pub mod statements {
    use super::*;

        #[unit]
        fn locals(a: Loud) -> usize {
            let _before = Loud("before");
            #[unit]
            {
                let _b = Loud("b");
                let _c = Loud("c");
                say("inside");
            }
            #[unit]
            let d = Loud("d").lend().len();
            let e = #[unit] { let moved = a; moved.lend().len() };
            d + e
        }

        #[unit]
        fn temporaries(a: Loud) -> usize {
            #[unit]
            let kept = &Loud("kept");
            let n = #[unit] { let _local = Loud("local"); Loud("tail").lend().len() } + Loud("other").lend().len();
            say("between");
            #[unit]
            match Loud("matched").lend().len() {
                0 => say("none"),
                _ => say("some"),
            }
            #[unit]
            Loud("statement").lend().len();
            n + kept.0.len() + a.0.len()
        }

        #[unit]
        fn borrows(mut list: Vec<u8>) -> (Vec<u8>, usize) {
            #[unit]
            let first = list.first_mut();
            if let Some(first) = first {
                #[unit]
                { *first += 1; }
            }
            let longest: &mut Vec<u8> = #[unit] { &mut list };
            longest.push(7);
            let n = #[unit] if longest.len() > 2 { longest.len() } else { 0 };
            (list, n)
        }

        #[unit]
        fn coercions(n: usize) -> Result<Box<dyn std::fmt::Display>, Box<dyn std::error::Error>> {
            let shown: Box<dyn std::fmt::Display> = #[unit] { Box::new(n) };
            let f: fn(usize) -> usize = #[unit] { |n| n + 1 };
            #[unit]
            {
                if n == 1 { return Err(Box::new(std::fmt::Error)); }
                if n == 2 { Err("two")?; }
            }
            #[unit]
            if f(n) == 5 { Ok(Box::new("four")) } else { Ok(shown) }
        }

        #[unit]
        async fn waiting(a: Loud, b: Loud) -> Result<usize, String> {
            let _local = Loud("local");
            #[unit]
            let a = gives(a).await?;
            let n = #[unit]
            {
                let _inner = Loud("inner");
                let b = gives(b).await?;
                pause().await;
                b.lend().len()
            };
            #[unit]
            for n in 0..2 {
                let _looped = Loud("looped");
                pause().await;
                if n == 1 { break; }
            }
            Ok(n + #[unit] gives(a).await?.lend().len())
        }

        #[unit]
        async fn panics(a: Loud) -> usize {
            #[unit]
            {
                let _b = Loud("b");
                pause().await;
                let _c = Loud("c");
                assert!(a.0.len() > 1, "too short");
            }
            1
        }

        #[unit]
        async fn branches(a: Loud) -> usize {
            let one = async {
                let _one = Loud("one");
                #[unit]
                { let _in_it = Loud("in it"); pause().await; }
                a.0.len()
            };
            let two = async move |b: Loud| {
                #[unit]
                { pause().await; b.lend().len() }
            };
            let (n, m) = ::futures::join!(one, two(Loud("argument")));
            n + m
        }

        pub const SHAPES: &[Shape] = &[
            ("locals", || called!(locals(Loud("a")))),
            ("temporaries", || called!(temporaries(Loud("a")))),
            ("borrows", || called!(borrows(vec![1, 2]))),
            ("coercions", || {
                called!([1, 2, 3, 4].map(|n| coercions(n).map_or_else(|it| it.to_string(), |it| it.to_string())))
            }),
            ("waiting", || lived!(waiting(Loud("a"), Loud("b")))),
            ("waiting, first", || lived!(waiting(Loud("bad"), Loud("b")))),
            ("waiting, second", || lived!(waiting(Loud("a"), Loud("bad")))),
            ("panics", || lived!(panics(Loud("a")))),
            ("branches", || lived!(branches(Loud("a")))),
        ];
}
