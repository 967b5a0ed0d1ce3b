//! What `err` on a container means: it records an error where there is one that can be recorded.

use std::fmt::{Debug, Display};

use super::outcome::{Capture, error_captured, error_debug, error_display, outcome_if};
use crate::record::Outcome;

/// What a body returned that may be no `Result`. `(&&&Erring(&result)).__isohub_error()` finds the first
/// trait that fits: method look-up takes off one reference after the other.
#[derive(Debug)]
pub struct Erring<'a, T: ?Sized>(pub &'a T);

/// An error that has a message.
pub trait DisplayedError {
    /// Records it.
    fn __isohub_error(&self) -> Outcome;
}

impl<T, E: Display> DisplayedError for &&Erring<'_, Result<T, E>> {
    fn __isohub_error(&self) -> Outcome {
        error_display(self.0)
    }
}

/// An error that has a `Debug` form.
pub trait DebuggedError {
    /// Records it.
    fn __isohub_error(&self) -> Outcome;
}

impl<T, E: Debug> DebuggedError for &&Erring<'_, Result<T, E>> {
    fn __isohub_error(&self) -> Outcome {
        error_debug(self.0)
    }
}

/// An error that can be captured.
pub trait CapturedError<Kind> {
    /// Captures it, and records its message.
    #[track_caller]
    fn __isohub_error(&self) -> Outcome;
}

impl<T, E: Capture<Kind> + Display, Kind> CapturedError<Kind> for &&Erring<'_, Result<T, E>> {
    #[track_caller]
    fn __isohub_error(&self) -> Outcome {
        error_captured(self.0)
    }
}

/// An error of another type.
pub trait OtherError {
    /// Error for an `Err`.
    fn __isohub_error(&self) -> Outcome;
}

impl<T, E> OtherError for &Erring<'_, Result<T, E>> {
    fn __isohub_error(&self) -> Outcome {
        outcome_if(self.0.is_err())
    }
}

/// What is no `Result`.
pub trait NoError {
    /// Always ok.
    fn __isohub_error(&self) -> Outcome {
        Outcome::Ok
    }
}

impl<T: ?Sized> NoError for Erring<'_, T> {}
