//! Panics: where they are, what unwinding drops, and what catches them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::observe::*;

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

pub mod sync {
    use super::*;

    #[unit]
    fn unwrap(a: Option<u8>, _: Loud) -> u8 {
        a.unwrap()
    }

    #[unit]
    fn expect(a: Result<u8, &str>, _b: Loud) -> u8 {
        let _c = Loud("c");
        a.expect("a number")
    }

    #[unit]
    fn index(list: &[u8], at: usize) -> u8 {
        list[at]
    }

    #[unit]
    fn arithmetic(a: u8, b: u8) -> u8 {
        a - b
    }

    #[unit]
    fn division(a: u8, b: u8) -> u8 {
        a / b
    }

    #[unit]
    fn asserts(a: Loud) {
        assert_eq!(a.0, "b", "with a message");
    }

    #[unit]
    fn in_an_argument(a: Loud, b: Loud) -> usize {
        fn two(_: Loud, _: usize) -> usize {
            0
        }
        two(a, b.0.parse().unwrap())
    }

    #[unit]
    fn caught_inside(a: Loud) -> bool {
        catch_unwind(AssertUnwindSafe(|| {
            let _b = Loud("b");
            drop(a);
            panic!("inside")
        }))
        .is_err()
    }

    #[unit]
    fn dropped_argument(_: Bomb, a: Loud) {
        say(a.0);
    }

    #[unit]
    fn dropped_local(a: Loud) -> u8 {
        let _bomb = Bomb;
        a.0.len() as u8
    }

    #[unit]
    fn with_a_payload(a: u8) {
        std::panic::panic_any(a);
    }

    #[unit]
    fn resumed(a: Loud) {
        let caught = catch_unwind(|| panic!("first"));
        say(a.0);
        if let Err(payload) = caught {
            std::panic::resume_unwind(payload);
        }
    }

    #[unit]
    #[allow(unreachable_code)]
    fn todo_and_others(a: u8, _b: Loud) -> Vec<u8> {
        match a {
            0 => todo!("later"),
            1 => unimplemented!(),
            2 => unreachable!("{}", a),
            _ => panic!(),
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("unwrap", || called!(unwrap(None, Loud("b")))),
        ("expect", || called!(expect(Err("x"), Loud("b")))),
        ("index", || called!(index(&[1], 1))),
        ("arithmetic", || called!(arithmetic(1, 2))),
        ("division", || called!(division(1, 0))),
        ("asserts", || called!(asserts(Loud("a")))),
        ("in_an_argument", || called!(in_an_argument(Loud("a"), Loud("b")))),
        ("caught_inside", || called!(caught_inside(Loud("a")))),
        ("dropped_argument", || called!(dropped_argument(Bomb, Loud("a")))),
        ("dropped_local", || called!(dropped_local(Loud("a")))),
        ("with_a_payload", || called!(with_a_payload(1))),
        ("resumed", || called!(resumed(Loud("a")))),
        ("todo", || called!(todo_and_others(0, Loud("b")))),
        ("unimplemented", || called!(todo_and_others(1, Loud("b")))),
        ("unreachable", || called!(todo_and_others(2, Loud("b")))),
        ("panic", || called!(todo_and_others(3, Loud("b")))),
    ];
}

pub mod later {
    use super::*;

    #[unit]
    async fn unwrap(a: Option<u8>, _: Loud) -> u8 {
        pause().await;
        a.unwrap()
    }

    #[unit]
    async fn before_await(a: Loud) -> u8 {
        assert!(a.0.is_empty(), "not empty");
        pause().await;
        1
    }

    #[unit]
    async fn in_an_inner_future(a: Loud) -> usize {
        async fn inner(a: &Loud) -> usize {
            let _b = Loud("b");
            pause().await;
            a.0.parse().unwrap()
        }
        inner(&a).await
    }

    #[unit]
    async fn caught_inside(a: Loud) -> bool {
        use ::futures::FutureExt as _;
        let inner = async {
            pause().await;
            panic!("inside {}", a.0)
        };
        let caught: Result<(), _> = AssertUnwindSafe(inner).catch_unwind().await;
        caught.is_err()
    }

    #[unit]
    async fn dropped_local(a: Loud) -> usize {
        let _bomb = Bomb;
        pause().await;
        a.0.len()
    }

    #[unit]
    async fn dropped_argument(_: Bomb, a: Loud) -> usize {
        pause().await;
        a.0.len()
    }

    /// What a future shows that is polled again after its panic.
    fn polled_again() -> String {
        called!({
            let mut future = Box::pin(unwrap(None, Loud("b")));
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            let mut poll = || catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx).is_ready())).ok();
            (poll(), poll(), poll())
        })
    }

    pub const SHAPES: &[Shape] = &[
        ("unwrap", || lived!(unwrap(None, Loud("b")))),
        ("before_await", || lived!(before_await(Loud("a")))),
        ("in_an_inner_future", || lived!(in_an_inner_future(Loud("a")))),
        ("caught_inside", || lived!(caught_inside(Loud("a")))),
        ("dropped_local", || lived!(dropped_local(Loud("a")))),
        ("dropped_argument", || called!(complete(dropped_argument(Bomb, Loud("a"))))),
        ("polled_again", polled_again),
    ];
}
