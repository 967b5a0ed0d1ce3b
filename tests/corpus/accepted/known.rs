//! Shapes that are known to differ; `differences.rs` of the tests says why.

use std::panic::Location;

use crate::observe::*;

pub mod drops {
    use super::*;

    #[unit]
    async fn two(a: Loud, b: Loud) {
        pause().await;
        say(a.0);
        say(b.0);
    }

    #[unit]
    async fn ignored(_: Loud, _b: Loud) {}

    #[unit]
    async fn bound_again((a, _): (Loud, Loud), b: Loud) {
        say(a.0);
        say(b.0);
    }

    pub const SHAPES: &[Shape] = &[
        ("two", || unpolled(|| two(Loud("a"), Loud("b")))),
        ("ignored", || unpolled(|| ignored(Loud("a"), Loud("b")))),
        ("bound_again", || unpolled(|| bound_again((Loud("a1"), Loud("a2")), Loud("b")))),
    ];
}

pub mod places {
    use super::*;

    #[unit]
    #[track_caller]
    fn caller() -> u32 {
        Location::caller().line()
    }

    #[unit]
    fn name_of_a_closure() -> &'static str {
        fn name<T>(_: T) -> &'static str {
            std::any::type_name::<T>()
        }
        name(|| ())
    }

    #[unit]
    async fn small(a: [u8; 100]) -> u8 {
        pause().await;
        a[0]
    }

    #[unit]
    async fn nothing() {}

    pub const SHAPES: &[Shape] = &[
        ("caller", || called!(caller())),
        ("name_of_a_closure", || called!(name_of_a_closure())),
        ("size", || called!(std::mem::size_of_val(&small([1; 100])))),
        ("name", || called!(std::any::type_name_of_val(&nothing()).ends_with("nothing::{{closure}}"))),
    ];
}
