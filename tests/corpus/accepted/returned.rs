//! Plain functions that return a future: what they do before, and what the future does.

use std::fmt::Debug;
use std::pin::Pin;

use ::futures::future::{BoxFuture, FutureExt, LocalBoxFuture};

use crate::observe::*;

pub mod opaque {
    use super::*;

    #[unit]
    fn block(a: Loud, b: Loud) -> impl Future<Output = u8> {
        say(b.0);
        async move {
            let _c = Loud("c");
            pause().await;
            a.0.len() as u8
        }
    }

    #[unit]
    fn only_block(a: Loud, _: Loud) -> impl Future<Output = usize> {
        async move { a.lend().len() }
    }

    #[unit]
    fn borrowing<'a>(a: &'a Loud, b: &'a Loud) -> impl Future<Output = usize> + 'a {
        let lent = b.lend();
        async move {
            pause().await;
            a.0.len() + lent.len()
        }
    }

    #[unit]
    fn capturing(a: &Loud) -> impl Future<Output = usize> + use<'_> {
        let _local = Loud("local");
        let length = a.0.len();
        async move { length }
    }

    #[unit]
    fn with_more_bounds(a: Loud) -> impl Future<Output = Result<(), String>> + Send + Sync + 'static {
        async move {
            if a.0 == "a" {
                return Err(a.0.to_owned());
            }
            Ok(())
        }
    }

    #[unit]
    fn returned_by_call(a: Loud) -> impl Future<Output = usize> {
        let b = Loud("b");
        async fn inner(a: Loud, b: Loud) -> usize {
            pause().await;
            a.0.len() + b.0.len()
        }
        inner(a, b)
    }

    #[unit]
    fn returned_early(a: Loud) -> impl Future<Output = u8> {
        let _b = Loud("b");
        if a.0 == "a" {
            return std::future::ready(1);
        }
        std::future::ready(2)
    }

    #[unit]
    fn composed(a: Loud) -> impl Future<Output = usize> {
        async move { a.0.len() }.map(|n| n + 1)
    }

    #[unit]
    fn panics_at_call(a: Loud) -> impl Future<Output = usize> {
        assert!(a.0 != "a", "at the call");
        async move { a.0.len() }
    }

    #[unit]
    fn opaque_output() -> impl Future<Output = impl Debug + Clone> {
        async { pause().await; [1, 2] }
    }

    #[unit]
    fn mutable_argument(mut a: u8, (b, _): (u8, Loud)) -> impl Future<Output = u8> {
        a += b;
        async move { a }
    }

    // What it returns is known from the returned type only.
    #[unit]
    fn typed_by_the_output(a: &'static str) -> impl Future<Output = u8> {
        async move { a.parse().unwrap() }
    }

    #[unit]
    fn never_ready() -> impl Future<Output = u8> {
        std::future::pending()
    }

    #[unit]
    fn defaults<'a>(a: &'a str) -> impl Future<Output = Option<&'a str>> + 'a {
        let _ = a;
        std::future::ready(Default::default())
    }

    pub const SHAPES: &[Shape] = &[
        ("typed_by_the_output", || lived!(typed_by_the_output("1"))),
        ("never_ready", || unpolled(never_ready)),
        ("defaults", || lived!(defaults("a"))),
        ("block", || lived!(block(Loud("a"), Loud("b")))),
        ("only_block", || lived!(only_block(Loud("a"), Loud("b")))),
        ("borrowing", || lived(|| async { borrowing(&Loud("a"), &Loud("b")).await })),
        ("capturing", || lived(|| async { capturing(&Loud("a")).await })),
        ("with_more_bounds", || lived!(with_more_bounds(Loud("a")))),
        ("with_more_bounds, ok", || lived!(with_more_bounds(Loud("b")))),
        ("returned_by_call", || lived!(returned_by_call(Loud("a")))),
        ("returned_early", || lived!(returned_early(Loud("a")))),
        ("returned_early, not", || lived!(returned_early(Loud("b")))),
        ("composed", || lived!(composed(Loud("a")))),
        ("panics_at_call", || lived!(panics_at_call(Loud("a")))),
        ("panics_at_call, not", || lived!(panics_at_call(Loud("b")))),
        ("opaque_output", || lived(|| async { format!("{:?}", opaque_output().await.clone()) })),
        ("mutable_argument", || lived!(mutable_argument(1, (2, Loud("b"))))),
    ];
}

pub mod boxed {
    use super::*;

    type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

    #[unit]
    fn pinned(a: Loud, b: Loud) -> Pin<Box<dyn Future<Output = usize>>> {
        let c = Loud("c");
        say(b.0);
        Box::pin(async move {
            pause().await;
            a.0.len() + c.lend().len()
        })
    }

    #[unit]
    fn pinned_send<'a>(a: &'a Loud) -> Pin<Box<dyn Future<Output = &'a str> + Send + 'a>> {
        Box::pin(async move { a.name() })
    }

    #[unit]
    fn full_path(a: &Loud) -> ::std::pin::Pin<::std::boxed::Box<dyn std::future::Future<Output = u8> + '_>> {
        std::boxed::Box::pin(async move { a.0.len() as u8 })
    }

    #[unit]
    fn box_future<'a>(a: &'a Loud, b: Loud) -> BoxFuture<'a, Result<usize, std::num::ParseIntError>> {
        say("called");
        async move {
            pause().await;
            let _: u8 = b.0.parse()?;
            Ok(a.0.len())
        }
        .boxed()
    }

    #[unit]
    fn local_box_future(a: &Loud) -> LocalBoxFuture<'_, usize> {
        let rc = std::rc::Rc::new(1);
        async move { a.0.len() + *rc }.boxed_local()
    }

    #[unit]
    fn early(a: Loud, when: bool) -> BoxFuture<'static, u8> {
        let _b = Loud("b");
        if when {
            return Box::pin(async { 1 });
        }
        Box::pin(async move { a.0.len() as u8 + 1 })
    }

    #[unit]
    fn of_other_constructor(a: Loud) -> BoxFuture<'static, usize> {
        struct MyBox;
        impl MyBox {
            fn pin<F: Future<Output = usize> + Send + 'static>(future: F) -> BoxFuture<'static, usize> {
                say("mine");
                Box::pin(future)
            }
        }
        MyBox::pin(async move { a.0.len() })
    }

    #[unit]
    fn matched(a: Loud, n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
        match n {
            0 => Box::pin(async move { a.0.len() as u8 }),
            _ => Box::pin(std::future::ready(n)),
        }
    }

    #[unit]
    fn recursive(n: u8, a: Loud) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        Box::pin(async move {
            if n == 0 { a.0.len() as u8 } else { recursive(n - 1, Loud("deeper")).await }
        })
    }

    // An alias hides that there is a future: the call is the unit, and the future runs outside it.
    #[unit]
    fn aliased<'a>(a: &'a Loud) -> Answer<'a, usize> {
        say("called");
        Box::pin(async move { a.0.len() })
    }

    #[unit]
    fn typed_by_the_output(a: &'static str) -> BoxFuture<'static, u8> {
        Box::pin(async move { a.parse().unwrap() })
    }

    #[unit]
    fn never_ready() -> BoxFuture<'static, u8> {
        Box::pin(std::future::pending())
    }

    pub const SHAPES: &[Shape] = &[
        ("typed_by_the_output", || lived!(typed_by_the_output("1"))),
        ("never_ready", || unpolled(never_ready)),
        ("pinned", || lived!(pinned(Loud("a"), Loud("b")))),
        ("pinned_send", || called!(complete(pinned_send(&Loud("a"))).to_owned())),
        ("full_path", || lived(|| async { full_path(&Loud("a")).await })),
        ("box_future", || lived(|| async { box_future(&Loud("a"), Loud("b")).await })),
        ("box_future, ok", || lived(|| async { box_future(&Loud("a"), Loud("1")).await })),
        ("local_box_future", || lived(|| async { local_box_future(&Loud("a")).await })),
        ("early", || lived!(early(Loud("a"), true))),
        ("early, not", || lived!(early(Loud("a"), false))),
        ("of_other_constructor", || lived!(of_other_constructor(Loud("a")))),
        ("matched", || lived!(matched(Loud("a"), 0))),
        ("matched, other", || lived!(matched(Loud("a"), 1))),
        ("recursive", || lived!(recursive(2, Loud("a")))),
        ("aliased", || lived(|| async { aliased(&Loud("a")).await })),
    ];
}
