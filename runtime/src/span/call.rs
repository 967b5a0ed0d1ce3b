//! Functions and closures that run in a span.

use crate::callsite::Callsite;
use crate::capture;
use crate::current::{self, Parked};
use crate::engine;
use crate::hub::Origin;
use crate::record::Outcome;
use crate::report;
use crate::span::Parent;
use crate::span::start::{OF_UNIT, Running, end, start};
use crate::span::state::{Around, current_scope};
use crate::unit::Position;

/// Runs `body` in a span of the unit in which `parent` was just taken.
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
    let captures = capture::captures();
    let mut call = SpanCall::begin(parent, callsite);
    let result = body();
    call.outcome = settle(outcome, &result, captures);
    result
}

/// A span that is active until it is dropped, and then ends.
struct SpanCall {
    at: Position,
    running: Option<Running>,
    around: Around,
    own_unit: Option<Parked>,
    outcome: Outcome,
}

impl SpanCall {
    #[inline]
    fn begin(parent: Parent, callsite: &'static Callsite) -> Self {
        let before = parent.position();
        let started = start(callsite, before, parent.flags());
        let is_active = started.is_some();
        let (at, running) = started.unwrap_or((before, None));
        // When the sampler has answered, the trace will be another.
        let is_undecided = at.active.undecided_callsite().is_some();
        let mut call =
            SpanCall { at, running, around: Around::Same, own_unit: None, outcome: Outcome::Panicked };
        if !parent.is_bound() {
            call.enter_own_unit();
        } else if is_active && parent.is_current() && !is_undecided && at.flow == before.flow {
            call.around = Around::Active(current::set_active(at.active));
        } else if is_active {
            call.around = current::set_position(at).map_or(Around::Same, Around::Position);
        }
        call
    }

    #[cold]
    fn enter_own_unit(&mut self) {
        let own_unit = self.own_unit.insert(Parked::empty(self.at));
        own_unit.bind();
        own_unit.swap();
    }
}

impl Drop for SpanCall {
    #[inline]
    fn drop(&mut self) {
        if let Some(mut own_unit) = self.own_unit.take() {
            own_unit.swap();
            if let Some(running) = self.running {
                end(running, own_unit.position(), self.outcome, || own_unit.unit.map(|unit| unit.scope));
            }
            return;
        }
        match self.around {
            Around::Same | Around::Kept => {}
            Around::Active(before) => {
                current::set_active(before);
            }
            // A root that waited for its sampler is in another trace when that has answered.
            Around::Position(before) => self.at = current::set_position(before).unwrap_or(self.at),
        }
        if let Some(running) = self.running {
            end(running, self.at, self.outcome, current_scope);
        }
    }
}

/// Runs `body` in a unit and a span of its own.
#[inline]
pub fn parallel_call<T>(
    mut origin: Origin,
    callsite: &'static Callsite,
    body: impl FnOnce() -> T,
    outcome: impl FnOnce(&T) -> Outcome,
) -> T {
    origin.parked.bind();
    origin.parked.swap();
    let mut call = UnitCall { parked: &mut origin.parked, running: None, outcome: Outcome::Panicked };
    let captures = capture::captures();
    call.running = begin_in_unit(callsite);
    let result = body();
    call.outcome = settle(outcome, &result, captures);
    result
}

/// A unit that runs until it is dropped, and then its span ends.
struct UnitCall<'a> {
    parked: &'a mut Parked,
    running: Option<Running>,
    outcome: Outcome,
}

impl Drop for UnitCall<'_> {
    #[inline]
    fn drop(&mut self) {
        self.parked.swap();
        if let Some(running) = self.running {
            let at = self.parked.position();
            end(running, at, self.outcome, || self.parked.unit.take().map(|unit| unit.scope));
        }
    }
}

/// Begins the span of the current unit, which is a clone made for it; it stays active there for good.
#[inline]
pub(super) fn begin_in_unit(callsite: &'static Callsite) -> Option<Running> {
    let at = current::position()?;
    let (inside, running) = start(callsite, at, OF_UNIT)?;
    if inside.flow == at.flow {
        current::set_active(inside.active);
    } else {
        current::set_position(inside);
    }
    running
}

/// Asks how a body ended that began after `captures` and returned `result`. What is asked may be
/// the user's; if it panics, the span is ok.
#[inline]
pub(crate) fn settle<T>(outcome: impl FnOnce(&T) -> Outcome, result: &T, captures: u16) -> Outcome {
    capture::ending_span(captures);
    report::caught(|| outcome(result)).unwrap_or_default()
}
