//! Errors of crates that keep the stack of where they were made.

use crate::block::Left;
use crate::capture::{self, capture_event};
use crate::ids::EventId;
use crate::private::{Capture, Leaving, LeftCapturedBox};
use crate::record::Event;
use crate::span::display;

/// Captures an error of `anyhow`, with its chain of causes, and with the stack that it has kept since it was made.
///
/// `anyhow` keeps a stack if `RUST_LIB_BACKTRACE=1` or `RUST_BACKTRACE=1` is set; then this costs the look-up of
/// names, some milliseconds the first time. `capture_error(&*error)` loses that stack. For another level or
/// attributes write `Event::error(&*error).backtrace_of(error.backtrace())`. In attributes `err(capture)` does this by itself.
///
/// ```
/// fn load(path: &str) -> anyhow::Result<String> {
///     use anyhow::Context;
///     std::fs::read_to_string(path).with_context(|| format!("cannot load {path}"))
/// }
///
/// if let Err(error) = load("no/such/file") {
///     isohub::capture_anyhow(&error);
/// }
/// ```
#[cfg(feature = "anyhow")]
#[track_caller]
pub fn capture_anyhow(error: &anyhow::Error) -> EventId {
    let event = Event::error::<dyn std::error::Error>(&**error);
    capture_event(event.backtrace_of(error.backtrace()))
}

/// `anyhow::Error`, which is no error itself.
#[cfg(feature = "anyhow")]
#[derive(Debug)]
pub struct OfAnyhow;

#[cfg(feature = "anyhow")]
impl Capture<OfAnyhow> for anyhow::Error {
    #[track_caller]
    fn capture(&self) {
        let event = Event::error::<dyn std::error::Error>(&**self);
        capture::capture_once(event, |event| event.backtrace_of(self.backtrace()));
    }
}

#[cfg(feature = "anyhow")]
impl<T> LeftCapturedBox for &&&&Leaving<'_, Result<T, anyhow::Error>> {
    #[track_caller]
    fn __isohub_left(&self) -> Left {
        let Err(error) = self.0 else { return Left::default() };
        Capture::<OfAnyhow>::capture(error);
        Left::error(display(error))
    }
}

/// Captures a report of `eyre`, with its chain of causes, and with the stack that its handler shows in its `Debug`
/// form: that of `eyre` itself does, and that of `stable-eyre`, if `RUST_LIB_BACKTRACE=1` or `RUST_BACKTRACE=1` is set.
/// That costs the look-up of names, some milliseconds the first time. In attributes `err(capture)` does this by
/// itself.
///
/// ```
/// if let Err(report) = "x".parse::<u8>().map_err(eyre::Report::from) {
///     isohub::capture_eyre(&report);
/// }
/// ```
#[cfg(feature = "eyre")]
#[track_caller]
pub fn capture_eyre(report: &eyre::Report) -> EventId {
    capture_event(with_stack_of(Event::error::<dyn std::error::Error>(&**report), report))
}

/// `eyre::Report`, which is no error itself.
#[cfg(feature = "eyre")]
#[derive(Debug)]
pub struct OfEyre;

#[cfg(feature = "eyre")]
impl Capture<OfEyre> for eyre::Report {
    #[track_caller]
    fn capture(&self) {
        let event = Event::error::<dyn std::error::Error>(&**self);
        capture::capture_once(event, |event| with_stack_of(event, self));
    }
}

#[cfg(feature = "eyre")]
impl<T> LeftCapturedBox for &&&&Leaving<'_, Result<T, eyre::Report>> {
    #[track_caller]
    fn __isohub_left(&self) -> Left {
        let Err(error) = self.0 else { return Left::default() };
        Capture::<OfEyre>::capture(error);
        Left::error(display(error))
    }
}

#[cfg(feature = "eyre")]
fn with_stack_of(mut event: Event, report: &eyre::Report) -> Event {
    // There is no other way to the stack that a handler keeps.
    let shown = crate::report::caught(|| format!("{report:?}")).unwrap_or_default();
    if let Some((_, stack)) = shown.split_once("Stack backtrace:\n") {
        event.backtrace = Some(stack.to_owned().into());
    }
    event
}
