//! Functions that are `async`.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::num::ParseIntError;
use std::rc::Rc;

use crate::observe::*;

pub mod arguments {
    use super::*;

    #[unit]
    async fn in_order(a: Loud, b: Loud) -> u8 {
        let _c = Loud("c");
        pause().await;
        let _d = Loud("d");
        say(format!("{}{}", a.0, b.0));
        1
    }

    #[unit]
    async fn not_mentioned(_: Loud, _b: Loud, c: Loud, _: Loud) {
        let _d = Loud("d");
        pause().await;
        say(c.0);
    }

    #[unit]
    async fn nothing_mentioned(_: Loud, (): (), _b: Loud) {}

    #[unit]
    async fn nothing_mentioned_while_waiting(_: Loud, (): (), _b: Loud) {
        pause().await;
    }

    #[unit]
    async fn destructured(before: Loud, (a, _): (Loud, Loud), Pair { left, .. }: Pair, after: Loud) {
        let _local = Loud("local");
        pause().await;
        say(format!("{}{}{}{}", before.0, a.0, left.0, after.0));
    }

    #[unit]
    async fn nested([(a, _), (_, b)]: [(Loud, Loud); 2], &c: &u8) -> u8 {
        pause().await;
        say(format!("{}{}", a.0, b.0));
        c
    }

    #[unit]
    async fn by_reference(ref a: Loud, ref mut b: Pair, (ref c, _): (Loud, Loud)) {
        b.left = Loud("new left");
        pause().await;
        say(format!("{}{}{}", a.0, b.right.0, c.0));
    }

    #[unit]
    async fn bound_whole(whole @ (_, _): (u8, u8), ref a @ Loud(name): Loud) -> (u8, u8) {
        pause().await;
        say(format!("{} {name}", a.0));
        whole
    }

    #[unit]
    async fn mutable(mut a: Loud, mut b: u8) -> u8 {
        say(a.0);
        a = Loud("a again");
        pause().await;
        say(a.0);
        b += 1;
        b
    }

    #[unit]
    async fn moved_on(a: Loud, b: Loud, c: Pair) -> Loud {
        drop(a);
        pause().await;
        let Pair { left, .. } = c;
        say(left.0);
        b
    }

    #[unit]
    async fn moved_sometimes(a: Loud, b: Loud, both: bool) {
        let _kept = Loud("kept");
        if both {
            drop(b);
        }
        pause().await;
        say(a.0);
    }

    #[unit]
    async fn in_a_text_only(a: u8, b: Loud, c: &str) {
        pause().await;
        say(format!("{a} {b:?} {c:>3}"));
    }

    #[unit]
    async fn with_attributes(#[cfg(all())] a: Loud, #[cfg(any())] b: Loud, #[allow(unused)] c: Loud) {
        pause().await;
        say(a.0);
    }

    #[unit]
    async fn named_like_ours(__arg0: Loud, __source: Loud, __future: Loud, __returned: Loud, r: u8) -> u8 {
        pause().await;
        say(format!("{}{}{}{}", __arg0.0, __source.0, __future.0, __returned.0));
        r
    }

    fn two() -> (Loud, Loud) {
        (Loud("1"), Loud("2"))
    }

    pub const SHAPES: &[Shape] = &[
        ("in_order", || lived!(in_order(Loud("a"), Loud("b")))),
        ("not_mentioned", || lived!(not_mentioned(Loud("a"), Loud("b"), Loud("c"), Loud("d")))),
        ("nothing_mentioned", || lived!(nothing_mentioned(Loud("a"), (), Loud("b")))),
        ("nothing_mentioned_while_waiting", || {
            lived!(nothing_mentioned_while_waiting(Loud("a"), (), Loud("b")))
        }),
        ("destructured", || {
            lived!(destructured(Loud("before"), two(), pair("left", "right"), Loud("after")))
        }),
        ("nested", || lived!(nested([two(), (Loud("3"), Loud("4"))], &5))),
        ("by_reference", || lived!(by_reference(Loud("a"), pair("left", "right"), two()))),
        ("bound_whole", || lived!(bound_whole((1, 2), Loud("a")))),
        ("mutable", || lived!(mutable(Loud("a"), 1))),
        ("moved_on", || lived!(moved_on(Loud("a"), Loud("b"), pair("left", "right")))),
        ("moved_sometimes", || lived!(moved_sometimes(Loud("a"), Loud("b"), false))),
        ("moved_sometimes, both", || lived!(moved_sometimes(Loud("a"), Loud("b"), true))),
        ("in_a_text_only", || lived!(in_a_text_only(1, Loud("b"), "c"))),
        ("with_attributes", || lived!(with_attributes(Loud("a"), Loud("c")))),
        ("named_like_ours", || {
            lived!(named_like_ours(Loud("1"), Loud("2"), Loud("3"), Loud("4"), 5))
        }),
    ];
}

pub mod bodies {
    use super::*;

    #[cfg(since2024)]
    #[unit]
    async fn temporary_in_tail(a: Loud) -> usize {
        let b = Loud("bb");
        pause().await;
        a.lend().len() + b.lend().len()
    }

    #[unit]
    async fn temporary_as_body(a: Loud, _: Loud) -> usize {
        a.lend().len()
    }

    #[cfg(since2024)]
    #[unit]
    async fn temporary_over_await(a: Loud) -> usize {
        let b = Loud("bb");
        async fn and_wait<T>(it: T) -> T {
            pause().await;
            it
        }
        and_wait(a.lend()).await.len() + and_wait(b.lend().len()).await
    }

    #[unit]
    async fn awaits_in_tail(a: Loud, _: Loud) {
        let _b = Loud("b");
        async { pause().await; a.lend().len() }.await;
    }

    #[unit]
    async fn early_return(a: Loud, when: u8) -> Result<u8, String> {
        let _b = Loud("b");
        for step in 0..3 {
            let _inner = Loud("inner");
            pause().await;
            if step == when {
                return Ok(step);
            }
        }
        let Some(rest) = when.checked_sub(5) else {
            return Err(a.0.into());
        };
        Ok(rest)
    }

    #[unit]
    async fn question_mark(text: &str, a: Loud) -> Result<u8, Box<dyn Error + Send + Sync>> {
        let _b = Loud("b");
        pause().await;
        let number: u8 = text.parse()?;
        if number == 0 {
            return Err(format!("{}: zero", a.0).into());
        }
        Err("not zero")?
    }

    #[unit]
    async fn question_mark_of_option(list: &[u8], _a: Loud) -> Option<u8> {
        let first = list.first()?;
        pause().await;
        Some(first + 1)
    }

    #[unit]
    async fn panics(a: Loud, _: Loud) -> u8 {
        let _c = Loud("c");
        pause().await;
        if a.0 == "a" {
            panic!("on {}", a.0);
        }
        1
    }

    #[unit]
    async fn never(a: Loud) -> ! {
        let _b = Loud("b");
        pause().await;
        panic!("never {}", a.0)
    }

    #[unit]
    async fn never_ready(a: Loud, b: Loud) -> ! {
        loop {
            std::future::pending::<()>().await;
            say(a.0);
            say(b.0);
        }
    }

    #[unit]
    async fn recursive(n: u8, a: Loud) -> u8 {
        pause().await;
        if n == 0 { return 0; }
        1 + Box::pin(recursive(n - 1, Loud("deeper"))).await + a.0.len() as u8
    }

    #[unit]
    async fn empty(_a: Loud) {}

    #[unit]
    async fn inner_blocks(a: Loud) -> usize {
        let block = async { pause().await; a.lend().len() };
        let closure = async |n: usize| { pause().await; n + a.0.len() };
        let moved = { let b = Loud("b"); async move { b.0.len() } };
        block.await + closure(1).await + moved.await
    }

    pub const SHAPES: &[Shape] = &[
        #[cfg(since2024)]
        ("temporary_in_tail", || lived!(temporary_in_tail(Loud("a")))),
        ("temporary_as_body", || lived!(temporary_as_body(Loud("a"), Loud("b")))),
        #[cfg(since2024)]
        ("temporary_over_await", || lived!(temporary_over_await(Loud("a")))),
        ("awaits_in_tail", || lived!(awaits_in_tail(Loud("a"), Loud("b")))),
        ("early_return", || lived!(early_return(Loud("a"), 1))),
        ("early_return, later", || lived!(early_return(Loud("a"), 4))),
        ("early_return, not", || lived!(early_return(Loud("a"), 7))),
        ("question_mark", || lived!(question_mark("x", Loud("a")))),
        ("question_mark, zero", || lived!(question_mark("0", Loud("a")))),
        ("question_mark, one", || lived!(question_mark("1", Loud("a")))),
        ("question_mark_of_option", || lived!(question_mark_of_option(&[], Loud("a")))),
        ("question_mark_of_option, some", || lived!(question_mark_of_option(&[1], Loud("a")))),
        ("panics", || lived!(panics(Loud("a"), Loud("b")))),
        ("panics, not", || lived!(panics(Loud("x"), Loud("b")))),
        ("never", || lived(|| async { if true { never(Loud("a")).await } })),
        // It is never ready, so it is only cancelled.
        ("never_ready", || {
            called!({
                let mut waiting = Box::pin(never_ready(Loud("a"), Loud("b")));
                let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
                waiting.as_mut().poll(&mut cx).is_pending()
            })
        }),
        ("recursive", || lived!(recursive(2, Loud("a")))),
        ("empty", || lived!(empty(Loud("a")))),
        ("inner_blocks", || lived!(inner_blocks(Loud("a")))),
    ];
}

pub mod types {
    use super::*;

    #[unit]
    async fn longer<'a>(a: &'a str, b: &'a str) -> &'a str {
        pause().await;
        if b.len() > a.len() { b } else { a }
    }

    #[unit]
    async fn first_mutable(list: &mut Vec<u8>) -> Option<&mut u8> {
        list.push(1);
        pause().await;
        list.first_mut()
    }

    #[unit]
    async fn borrows_unmentioned(_: &str, a: &u8, _: &mut u8) -> u8 {
        pause().await;
        *a
    }

    #[unit]
    async fn two_lifetimes<'long: 'short, 'short>(a: &'long str, _: &'short str) -> &'short str
    where
        'static: 'long,
    {
        a
    }

    #[unit]
    async fn generic<T: Display, U>(a: T, b: U, _: Loud) -> (String, U)
    where
        U: Debug + Clone,
    {
        pause().await;
        (a.to_string(), b.clone())
    }

    #[unit]
    async fn const_generic<const N: usize, const UP: bool>(list: [u8; N]) -> [usize; N] {
        list.map(|it| if UP { usize::from(it) + N } else { 0 })
    }

    #[unit]
    async fn impl_argument(a: impl Display + Clone, f: impl AsyncFn(u8) -> u8, _: impl Sized) -> String {
        format!("{} {}", a.clone(), f(1).await)
    }

    #[unit]
    async fn impl_return(a: &str) -> impl Display + Clone + use<'_> {
        pause().await;
        a.trim()
    }

    #[unit]
    async fn impl_inside(a: &str) -> Result<impl Iterator<Item = char> + Debug + '_, ParseIntError> {
        let _: u8 = a.parse()?;
        Ok(a.chars())
    }

    #[unit]
    async fn coerced_box(up: bool) -> Box<dyn Fn(u8) -> u8> {
        pause().await;
        if up {
            return Box::new(|x| x + 1);
        }
        Box::new(move |x| x - u8::from(up))
    }

    #[unit]
    async fn coerced_inside(some: bool) -> Option<Box<dyn Debug + Send>> {
        if some { Some(Box::new([1, 2])) } else { None }
    }

    #[unit]
    async fn coerced_slice() -> &'static [u8] {
        &[1, 2, 3]
    }

    #[unit]
    async fn inferred_from_return() -> Vec<u16> {
        "1 2".split(' ').map(|it| it.parse().unwrap_or_default()).collect()
    }

    #[unit]
    async fn not_send(a: Rc<u8>) -> Rc<u8> {
        pause().await;
        Rc::clone(&a)
    }

    #[unit]
    async fn patterns_of_borrows((a, b): (&mut u8, &u8), [c, ..]: &[u8; 2]) -> u8 {
        *a += 1;
        pause().await;
        *a + *b + *c
    }

    pub const SHAPES: &[Shape] = &[
        ("longer", || lived!(longer("a", "bb"))),
        ("first_mutable", || {
            called!({
                let mut list = vec![];
                *complete(first_mutable(&mut list)).unwrap() += 1;
                list
            })
        }),
        ("borrows_unmentioned", || lived(|| async { borrows_unmentioned("", &1, &mut 2).await })),
        ("two_lifetimes", || lived(|| async { two_lifetimes("a", &String::from("b")).await.to_owned() })),
        ("generic", || lived!(generic("a", 'b', Loud("c")))),
        ("generic, turbofish", || lived!(generic::<_, Option<u8>>(1.5, None, Loud("c")))),
        ("const_generic", || lived!(const_generic::<_, true>([1, 2, 3]))),
        ("impl_argument", || lived!(impl_argument("a", async |x| x * 2, Loud("b")))),
        ("impl_return", || lived(|| async { impl_return(" a ").await.to_string() })),
        ("impl_inside", || lived!(impl_inside("12"))),
        ("impl_inside, error", || lived!(impl_inside("x"))),
        ("coerced_box", || lived(|| async { (coerced_box(true).await(1), coerced_box(false).await(1)) })),
        ("coerced_inside", || lived!(coerced_inside(true))),
        ("coerced_inside, none", || lived!(coerced_inside(false))),
        ("coerced_slice", || lived!(coerced_slice())),
        ("inferred_from_return", || lived!(inferred_from_return())),
        ("not_send", || lived!(not_send(Rc::new(1)))),
        ("patterns_of_borrows", || {
            lived(|| async { patterns_of_borrows((&mut 1, &2), &[3, 4]).await })
        }),
        // A function's name is a value.
        ("as values", || {
            async fn call(f: impl AsyncFn(&str, &str) -> usize, text: String) -> usize {
                f(&text, "b").await
            }
            fn make<'a, F: Future>(f: impl Fn(&'a str, &'a str) -> F, text: &'a str) -> F {
                f(text, "c")
            }
            lived(|| async {
                (call(async |a, b| longer(a, b).await.len(), "a".into()).await, make(longer, "a").await)
            })
        }),
    ];
}
