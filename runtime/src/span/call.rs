//! Functions and closures that run in a span.

use crate::callsite::Callsite;
use crate::capture;
use crate::engine;
use crate::hub::{Origin, hub_call};
use crate::record::Outcome;
use crate::report;
use crate::span::{Parent, SpanState};

/// Runs `body` in a span.
#[inline]
pub fn span_call<T>(
    parent: Parent,
    callsite: &'static Callsite,
    body: impl FnOnce() -> T,
    outcome: impl FnOnce(&T) -> Outcome,
) -> T {
    // Where nothing is recorded a span changes nothing, unless it has to make a unit.
    if parent.is_bound() && engine::engine().is_none() {
        return body();
    }
    let mut state = SpanState::new(parent, callsite);
    let entered = state.enter();
    let result = body();
    let outcome = settle(outcome, &result, entered.captures());
    entered.finish(outcome);
    result
}

/// Runs `body` in a unit and a span of its own.
#[inline]
pub fn parallel_call<T>(
    origin: Origin,
    callsite: &'static Callsite,
    body: impl FnOnce() -> T,
    outcome: impl FnOnce(&T) -> Outcome,
) -> T {
    let parent = Parent::of_unit(&origin.parked);
    hub_call(origin, || span_call(parent, callsite, body, outcome))
}

/// Asks how a body ended that began after `captures` and returned `result`. What is asked may be
/// the user's; if it panics, the span is ok.
#[inline]
pub(crate) fn settle<T>(outcome: impl FnOnce(&T) -> Outcome, result: &T, captures: u32) -> Outcome {
    capture::ending_span(captures);
    report::caught(|| outcome(result)).unwrap_or_default()
}
