//! Finds context that is lost or shared while the program runs, and says what to write instead.
//!
//! What the compiler cannot see, the doctor sees when it happens: a task that was spawned without a hub, two
//! branches of a join that write to one scope, a user that is set in a unit which ends before anybody looks.
//! Each [`Finding`] names the place where it happened, the place where the mistake began, what to write instead, and
//! the section of `TROUBLESHOOTING.md` that explains it; [`Kind`] lists them all. It is told once for each pair of
//! places.
//!
//! The doctor is compiled in where debug assertions are on, and with the feature `doctor`; elsewhere not one
//! instruction of it is there but those that name what finds no hub, and this module's functions do nothing
//! ([`IS_PRESENT`] tells). Where it is, findings go
//! to standard error unless [`set`] or the environment says otherwise: `ISOHUB_DOCTOR=off`, `log`, `panic`, or
//! `file:PATH`, to which a line is added for each. What is found in the pipeline of a
//! [`Recorder`](crate::testing::Recorder) goes to [`Recorder::findings`](crate::testing::Recorder::findings) instead.
//!
//! ```
//! use isohub::doctor::Kind;
//! use isohub::testing::Recorder;
//!
//! #[isohub::isolated_hub]
//! fn sign_in() {
//!     isohub::set_user(isohub::User::from("17")); // who is to see it?
//! }
//!
//! let recorder = Recorder::new();
//! recorder.run_sync(|| {
//!     sign_in();
//!     isohub::capture_message("an order without a user", isohub::Level::Warning);
//! });
//! # if isohub::doctor::IS_PRESENT {
//! for finding in recorder.findings() {
//!     assert_eq!(finding.kind(), Kind::DeadWrite);
//!     assert_eq!(finding.instead(), "put `#[span]` on what shall write to its caller's hub, or `merge` in the attribute");
//! }
//! # }
//! ```
//!
//! It never changes what is recorded, never blocks, and its memory is bounded. What it costs is paid where it is compiled
//! in: some ten nanoseconds a span, an allocation or two for each unit that writes to its scope.

mod chart;
mod finding;
mod hooks;
mod ledger;
mod spans;
mod tell;
mod thread;
mod unread;

pub use crate::place::Place;
pub(crate) use chart::{Chart, binding};
pub use finding::{Finding, Kind};
pub(crate) use hooks::{
    captured, carrying, completed, future_here, looked, lost_write, orphan, polled_elsewhere, returning,
    set_local, starting, still_open, stopped, wrote,
};
pub(crate) use ledger::Ledger;
pub(crate) use spans::{ended, forget, future, open_spans, opened};
pub(crate) use tell::close;
pub use tell::{Doctor, allow, set};

use std::panic::Location;

/// Whether the doctor is compiled in: where debug assertions are on, or with the feature `doctor`.
pub const IS_PRESENT: bool = cfg!(all(any(debug_assertions, feature = "doctor"), feature = "enabled"));

/// Whether it is compiled in and looks.
#[inline(always)]
fn is_on() -> bool {
    IS_PRESENT && tell::is_on()
}

/// What only the doctor needs: nothing, not a byte, where it is not compiled in.
#[cfg(all(any(debug_assertions, feature = "doctor"), feature = "enabled"))]
mod held {
    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct Held<T>(T);

    impl<T> Held<T> {
        #[inline]
        pub(crate) fn new(value: T) -> Self {
            Held(value)
        }

        #[inline]
        pub(crate) fn get(&self) -> Option<&T> {
            Some(&self.0)
        }

        #[inline]
        pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
            Some(&mut self.0)
        }
    }
}

/// What only the doctor needs: nothing, not a byte, where it is not compiled in.
#[cfg(not(all(any(debug_assertions, feature = "doctor"), feature = "enabled")))]
mod held {
    use std::marker::PhantomData;

    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct Held<T>(PhantomData<T>);

    impl<T> Held<T> {
        #[inline]
        pub(crate) fn new(_: T) -> Self {
            Held(PhantomData)
        }

        #[inline]
        pub(crate) fn get(&self) -> Option<&T> {
            None
        }

        #[inline]
        pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
            None
        }
    }
}

pub(crate) use held::Held;

/// Where a unit was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made(Held<&'static Location<'static>>);

impl Made {
    /// Here. Functions on the way from the user's code to this are `track_caller` where the doctor is compiled in.
    #[inline]
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub(crate) fn here() -> Self {
        Made::at(Location::caller())
    }

    #[inline]
    pub(crate) fn at(place: &'static Location<'static>) -> Self {
        Made(Held::new(place))
    }
}
