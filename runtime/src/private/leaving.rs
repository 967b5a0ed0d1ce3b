//! With what a block is left, its value or what a `?` in it looks at, and what a function returned whose
//! attribute stands on what is around it.
//!
//! There nobody knows the type: a form that the type does not allow is no error, and records less.

use std::error::Error;
use std::fmt::{Debug, Display};

use super::Capture;
use crate::block::Left;
use crate::record::Outcome;
use crate::span::{debug, display};

/// What is looked at. `(&&&&Leaving(&value)).__isohub_left()` finds the first of the traits that are
/// imported that fits, in the order in which they stand here: method look-up tries the receiver as it
/// is, then with one more reference, and then with ever fewer.
#[derive(Debug)]
pub struct Leaving<'a, T: ?Sized>(pub &'a T);

/// What is left with, of a type that is known. Where the user's error leaves it open, the look-up would
/// choose a `Result`, and the compiler report that too.
pub trait LeftWith {
    /// The value itself.
    #[inline]
    fn __isohub_known(&self) -> &Self {
        self
    }
}

impl<T: ?Sized> LeftWith for T {}

/// An error that is captured.
pub trait LeftCaptured {
    /// Captures it, unless that was done further down.
    #[track_caller]
    fn __isohub_left(&self) -> Left;
}

impl<T, E: Error> LeftCaptured for &&&Leaving<'_, Result<T, E>> {
    #[track_caller]
    fn __isohub_left(&self) -> Left {
        let Err(error) = self.0 else { return Left::default() };
        Capture::<super::outcome::Itself>::capture(error);
        Left::error(display(error))
    }
}

/// A box of an error that is captured.
pub trait LeftCapturedBox {
    /// Captures it, unless that was done further down.
    #[track_caller]
    fn __isohub_left(&self) -> Left;
}

impl<T, E: Error + ?Sized> LeftCapturedBox for &&&&Leaving<'_, Result<T, Box<E>>> {
    #[track_caller]
    fn __isohub_left(&self) -> Left {
        let Err(error) = self.0 else { return Left::default() };
        Capture::<super::outcome::Pointer>::capture(error);
        Left::error(display(error))
    }
}

/// An error of which the message is recorded.
pub trait LeftDisplayed {
    /// Error with its message for an `Err`.
    fn __isohub_left(&self) -> Left;
}

impl<T, E: Display> LeftDisplayed for &&Leaving<'_, Result<T, E>> {
    fn __isohub_left(&self) -> Left {
        self.0.as_ref().err().map_or_else(Left::default, |error| Left::error(display(error)))
    }
}

/// An error of which the `Debug` form is recorded.
pub trait LeftDebugged {
    /// Error with its `Debug` form for an `Err`.
    fn __isohub_left(&self) -> Left;
}

impl<T, E: Debug> LeftDebugged for &&Leaving<'_, Result<T, E>> {
    fn __isohub_left(&self) -> Left {
        self.0.as_ref().err().map_or_else(Left::default, |error| Left::error(debug(error)))
    }
}

/// Any other error.
pub trait LeftFailed {
    /// Error for an `Err`.
    fn __isohub_left(&self) -> Left;
}

impl<T, E> LeftFailed for &Leaving<'_, Result<T, E>> {
    #[inline]
    fn __isohub_left(&self) -> Left {
        if self.0.is_err() { Left::error(None) } else { Left::default() }
    }
}

/// Anything else.
pub trait LeftOk {
    /// Always ok.
    #[inline]
    fn __isohub_left(&self) -> Left {
        Left::outcome(Outcome::Ok)
    }
}

impl<T: ?Sized> LeftOk for Leaving<'_, T> {}
