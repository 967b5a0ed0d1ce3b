//! How what a body returned becomes an outcome.

use std::error::Error;
use std::fmt::{Debug, Display};

use crate::capture;
use crate::record::{Event, Outcome};
use crate::span::{Fields, debug, display, fields};
use crate::value::Value;

/// The outcome of a `Result`, however its type is called.
///
/// `result.__isohub_outcome()`, where `result` is a reference to what the body returned, finds the one of this
/// trait and [`OutcomeOfAny`] that fits: method look-up prefers the one that needs no further reference. A type
/// that is not known yet is an error there, and not taken for a `Result`.
pub trait OutcomeOfResult {
    /// Error for an `Err`.
    fn __isohub_outcome(&self) -> Outcome;
}

impl<T, E> OutcomeOfResult for Result<T, E> {
    #[inline]
    fn __isohub_outcome(&self) -> Outcome {
        outcome_if(self.is_err())
    }
}

/// The outcome of anything else.
pub trait OutcomeOfAny {
    /// Always ok.
    fn __isohub_outcome(&self) -> Outcome {
        Outcome::Ok
    }
}

impl<T: ?Sized> OutcomeOfAny for &T {}

/// The output type of a function type, by which `!` can be named.
pub trait ReturnType {
    /// What it returns.
    type Output;
}

impl<T> ReturnType for fn() -> T {
    type Output = T;
}

/// Ok or error.
#[inline]
pub fn outcome_if(is_error: bool) -> Outcome {
    if is_error { Outcome::Error } else { Outcome::Ok }
}

/// Gives an outcome's closure the type of what the body returns, in a build that does not record.
pub fn check_outcome<T>(_: impl FnOnce(&T) -> Outcome) {}

/// A type that says whether it is an error.
#[diagnostic::on_unimplemented(
    message = "`err` needs a function that returns a `Result`",
    label = "this returns `{Self}`",
    note = "leave `err` out, or let a span say what an error is: `error_if = |returned| ..`"
)]
pub trait Fallible {
    /// What goes wrong.
    type Error;

    /// The error, if it is one.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Error = E;

    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// Whether an error was returned, by what has one.
pub fn error_returned<R: Fallible>(result: &R) -> Outcome {
    outcome_if(result.error().is_some())
}

fn record(value: impl FnOnce() -> Option<Value>) {
    fields(|it: &mut Fields| it.add("error", value));
}

/// Records the message of an error.
pub fn error_display<R: Fallible<Error: Display>>(result: &R) -> Outcome {
    let Some(error) = result.error() else { return Outcome::Ok };
    record(|| display(error));
    Outcome::Error
}

/// Records the `Debug` form of an error.
pub fn error_debug<R: Fallible<Error: Debug>>(result: &R) -> Outcome {
    let Some(error) = result.error() else { return Outcome::Ok };
    record(|| debug(error));
    Outcome::Error
}

/// An error that can be captured: a type that implements `Error`, or a box or an `Arc` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error that can be captured",
    note = "`err(capture)` needs a type that implements `std::error::Error`, a `Box` or an `Arc` of one, or an error of \
            `anyhow` or `eyre` with the feature of that name: write `err` to record its message, or `err(Debug)` to \
            record its `Debug` form"
)]
pub trait Capture<Kind> {
    /// Captures it, unless that was done further down.
    #[track_caller]
    fn capture(&self);
}

/// A type that is an error itself.
#[derive(Debug)]
pub struct Itself;

/// A pointer to one.
#[derive(Debug)]
pub struct Pointer;

impl<E: Error> Capture<Itself> for E {
    #[track_caller]
    fn capture(&self) {
        capture::capture_once(Event::error(self), |event| event);
    }
}

impl<E: Error + ?Sized> Capture<Pointer> for Box<E> {
    #[track_caller]
    fn capture(&self) {
        capture::capture_once(Event::error(&**self), |event| event);
    }
}

/// Captures an error, and records its message.
#[track_caller]
pub fn error_captured<R: Fallible<Error: Capture<Kind> + Display>, Kind>(result: &R) -> Outcome {
    let Some(error) = result.error() else { return Outcome::Ok };
    record(|| display(error));
    error.capture();
    Outcome::Error
}
