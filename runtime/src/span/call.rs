//! Functions and closures that run in a span.

use crate::callsite::Callsite;
use crate::capture;
use crate::clock::ticks;
use crate::completion;
use crate::current;
use crate::doctor;
use crate::engine;
use crate::hub::Origin;
use crate::parked::{self, Parked};
use crate::position::{Active, Position};
use crate::record::Outcome;
use crate::report;
use crate::span::start::{OF_UNIT, Running, end, filtered_child, record, start, start_child};
use crate::span::{Attachment, Parent};

/// Runs `body` in a span of the unit in which `parent` was just taken.
#[inline]
pub fn span_call<T>(
    parent: Parent,
    callsite: &'static Callsite,
    body: impl FnOnce() -> T,
    outcome: impl FnOnce(&T) -> Outcome,
) -> T {
    let recording = if parent.given().is_none() { Recording::now() } else { Recording::Possible };
    let captures = capture::captures();
    let mut call = (recording == Recording::Possible).then(|| SpanCall::begin(parent, callsite));
    let result = body();
    if recording != Recording::Off {
        // In a trace that is not recorded, too, errors are captured.
        let outcome = settle(outcome, &result, captures);
        if let Some(call) = &mut call {
            call.outcome = outcome;
        }
    }
    result
}

/// Whether a span below the active one may do anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Recording {
    /// Nothing is installed, and the current unit is one in which a span would change nothing.
    Off,
    /// So it is in a trace that is not recorded.
    Unsampled,
    Possible,
}

impl Recording {
    #[inline(never)]
    fn now() -> Self {
        let recording = match parked::active() {
            // Below a span that is recorded there is an engine.
            active if active.parent().is_some() => return Recording::Possible,
            _ if engine::engine().is_none() => Recording::Off,
            Active::UNSAMPLED => Recording::Unsampled,
            _ => return Recording::Possible,
        };
        // Where no unit is bound, a span makes one.
        if parked::is_bound() { recording } else { Recording::Possible }
    }
}

/// A span that is active until it is dropped, and then ends.
struct SpanCall {
    at: Position,
    running: Option<Running>,
    before: Before,
    outcome: Outcome,
}

/// What was active before a span was.
enum Before {
    /// It is not active.
    Same,
    Active(Active),
    Position(Position),
    /// The one in the own unit of a span that found none.
    OwnUnit(Parked),
}

impl SpanCall {
    #[inline]
    fn begin(parent: Parent, callsite: &'static Callsite) -> Self {
        match parent.given() {
            Some(parent) => SpanCall::at(parent, callsite),
            None => SpanCall::below_active(callsite),
        }
    }

    /// Begins what almost every span is: a child of the one that is active in the current unit.
    #[inline(never)]
    fn below_active(callsite: &'static Callsite) -> Self {
        let Some(at) = current::position() else { return SpanCall::at(Attachment::active(), callsite) };
        match start_child(callsite, &at, 0) {
            Some((active, running)) => SpanCall {
                at: Position { flow: at.flow, active },
                running: Some(running),
                before: Before::Active(current::set_active(active)),
                outcome: Outcome::Panicked,
            },
            None => SpanCall::filtered(at, callsite),
        }
    }

    /// Begins what is not a simple child: first of all what a filter keeps out below a span.
    #[inline(never)]
    fn filtered(at: Position, callsite: &'static Callsite) -> Self {
        let Some(active) = filtered_child(callsite, &at) else {
            return SpanCall::at(Attachment::active(), callsite);
        };
        SpanCall {
            at: Position { flow: at.flow, active },
            running: None,
            before: Before::Active(current::set_active(active)),
            outcome: Outcome::Panicked,
        }
    }

    #[inline(never)]
    fn at(parent: Attachment, callsite: &'static Callsite) -> Self {
        let mut call = SpanCall {
            at: parent.position(),
            running: None,
            before: Before::Same,
            outcome: Outcome::Panicked,
        };
        call.begin_at(&parent, callsite);
        call
    }

    fn begin_at(&mut self, parent: &Attachment, callsite: &'static Callsite) {
        let started = start(callsite, self.at, parent.flags());
        let is_active = started.is_some();
        let called_in = self.at.flow;
        if let Some((at, running)) = started {
            (self.at, self.running) = (at, running);
        }
        // When the sampler of an undecided root has answered, the trace will be another.
        let is_undecided = self.at.active.undecided_callsite().is_some();
        if !parent.is_bound() {
            self.enter_own_unit();
        } else if is_active && parent.is_current() && !is_undecided && self.at.flow == called_in {
            self.before = Before::Active(current::set_active(self.at.active));
        } else if is_active {
            self.before = current::set_position(self.at).map_or(Before::Same, Before::Position);
        }
    }

    #[cold]
    fn enter_own_unit(&mut self) {
        let mut own_unit = Parked::empty(self.at);
        own_unit.swap_in();
        self.before = Before::OwnUnit(own_unit);
    }
}

impl Drop for SpanCall {
    #[inline(never)]
    fn drop(&mut self) {
        if let (Before::Active(before), Some(running)) = (&self.before, &self.running)
            && !running.is_local_root()
        {
            current::set_active(*before);
            record(running, &self.at, ticks(), self.outcome);
        } else {
            self.leave();
        }
    }
}

impl SpanCall {
    /// Ends what is more than a child.
    #[inline(never)]
    fn leave(&mut self) {
        match std::mem::replace(&mut self.before, Before::Same) {
            Before::Same => {}
            Before::Active(before) => {
                current::set_active(before);
            }
            // A root that waited for its sampler is in another trace when that has answered.
            Before::Position(before) => self.at = current::set_position(before).unwrap_or(self.at),
            Before::OwnUnit(own_unit) => return self.leave_own_unit(own_unit),
        }
        if let Some(running) = self.running {
            end(running, self.at, self.outcome, current::scope);
        }
    }

    #[cold]
    fn leave_own_unit(&self, mut own_unit: Parked) {
        own_unit.swap();
        if let Some(running) = self.running {
            end(running, own_unit.position(), self.outcome, || own_unit.unit.map(|unit| unit.scope));
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
    origin.parked.swap_in();
    // A block, as a guard that is given to `drop` would be copied.
    let result = {
        let mut call = UnitCall { parked: &mut origin.parked, running: None, outcome: Outcome::Panicked };
        let captures = capture::captures();
        call.running = begin_in_unit(callsite);
        let result = body();
        call.outcome = settle(outcome, &result, captures);
        result
    };
    completion::completed(&mut origin.parked);
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
            end(running, at, self.outcome, || self.parked.unit.as_ref().map(|unit| unit.scope.clone()));
        }
    }
}

/// Begins the span of the current unit, which is a clone made for it; it stays active there for good.
#[inline(never)]
pub(super) fn begin_in_unit(callsite: &'static Callsite) -> Option<Running> {
    doctor::carrying();
    engine::engine()?;
    let at = current::position()?;
    if let Some((active, running)) = start_child(callsite, &at, OF_UNIT) {
        current::set_active(active);
        return Some(running);
    }
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
    judge(outcome, result)
}

/// As [`settle`], where it was said what was captured before the body began.
#[inline]
pub(super) fn judge<T>(outcome: impl FnOnce(&T) -> Outcome, result: &T) -> Outcome {
    report::caught(|| outcome(result)).unwrap_or_default()
}
