//! What is known to differ from the plain function, and why. Those that only the compiler sees are among
//! the ui tests: a closure whose type later code decides, `#[span]` on an `impl Iterator`.

use std::panic::Location;

use super::observe::{Loud, Shape, called, pause, say, unpolled};

macro_rules! arguments {
    ($($unit:tt)*) => {
        $($unit)*
        async fn two(a: Loud, b: Loud) {
            pause().await;
            say(a.0);
            say(b.0);
        }

        $($unit)*
        async fn ignored(_: Loud, _b: Loud) {}

        $($unit)*
        async fn bound_again((a, _): (Loud, Loud), b: Loud) {
            say(a.0);
            say(b.0);
        }

        pub(super) const SHAPES: &[Shape] = &[
            ("two", || unpolled(|| two(Loud("a"), Loud("b")))),
            ("ignored", || unpolled(|| ignored(Loud("a"), Loud("b")))),
            ("bound_again", || unpolled(|| bound_again((Loud("a1"), Loud("a2")), Loud("b")))),
        ];
    };
}

mod plain {
    use super::*;
    arguments! {}
}

mod annotated {
    use super::*;
    arguments! { #[isohub::parallel_span] }
}

/// A future that was never polled drops its arguments the last first, as a call does that has run, where
/// an `async fn` drops them the first first. To have both orders, each argument would be stored twice in
/// the future, as an `async fn` stores it.
#[test]
fn arguments_of_a_future_that_was_never_polled_drop_the_last_first() {
    let shown = |shapes: &[Shape]| shapes.iter().map(|(_, show)| show()).collect::<Vec<_>>();
    assert_eq!(
        shown(plain::SHAPES),
        ["made, -a, -b, = ()", "made, -a, -b, = ()", "made, -a1, -a2, -b, = ()"]
    );
    assert_eq!(
        shown(annotated::SHAPES),
        ["made, -b, -a, = ()", "made, -b, -a, = ()", "made, -a1, -a2, -b, = ()"]
    );
}

#[track_caller]
fn place() -> &'static Location<'static> {
    Location::caller()
}

#[isohub::span]
#[track_caller]
fn annotated_place() -> &'static Location<'static> {
    Location::caller()
}

/// The body runs in a closure, and closures cannot be `#[track_caller]` yet.
#[test]
fn track_caller_ends_at_the_body() {
    assert_eq!(place().line(), line!());
    assert_ne!(annotated_place().line(), line!());
}

async fn small(a: [u8; 100]) -> u8 {
    pause().await;
    a[0]
}

#[isohub::span]
async fn annotated_small(a: [u8; 100]) -> u8 {
    pause().await;
    a[0]
}

/// The type of an annotated future is that of the wrapper: it has another name, and another size, which
/// is usually smaller, because arguments are stored once.
#[test]
fn the_type_of_the_future_is_a_wrapper() {
    let (plain, annotated) = (small([0; 100]), annotated_small([0; 100]));
    assert!(std::any::type_name_of_val(&plain).contains("small"));
    assert!(std::any::type_name_of_val(&annotated).starts_with("isohub::"));
    assert_ne!(size_of_val(&plain), size_of_val(&annotated));
}

/// What a field's expression panics with is caught: the body runs. An argument that the plain function
/// does not have cannot make it fail.
#[test]
fn a_panic_in_a_field_is_none_of_the_function() {
    #[isohub::span(fields(bad = [1][n]))]
    fn with_field(n: usize) -> usize {
        n
    }
    let recorder = isohub::testing::Recorder::new();
    assert_eq!(recorder.run_sync(|| called(|| with_field(1))), "= 1");
}
