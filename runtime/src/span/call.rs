//! Functions and closures that run in a span.

use std::mem::ManuallyDrop;

use crate::callsite::Callsite;
use crate::capture;
use crate::clock::ticks;
use crate::completion;
use crate::current;
use crate::doctor;
use crate::engine;
use crate::hub::Origin;
use crate::parked::Parked;
use crate::position::{Active, Position};
use crate::record::Outcome;
use crate::report;
use crate::span::start::{OF_UNIT, Running, Unended, end, filtered_child, start, start_child};
use crate::span::{Attachment, Parent};

/// Runs `body` in a span of the unit in which `parent` was just taken.
#[inline]
pub fn span_call<T>(
    parent: Parent,
    callsite: &'static Callsite,
    body: impl FnOnce() -> T,
    outcome: impl FnOnce(&T) -> Outcome,
) -> T {
    let captures = capture::captures();
    let mut call = SpanCall { state: ManuallyDrop::new(State::Off), outcome: Outcome::Panicked };
    call.begin(parent, callsite);
    let result = body();
    if !matches!(*call.state, State::Off) {
        // In a trace that is not recorded, too, errors are captured.
        call.outcome = settle(outcome, &result, captures);
    }
    result
}

/// A span that is active until it is dropped, and then ends.
struct SpanCall {
    // Taken out by `drop`: so that nothing is left to do for the annotated function, which contains all that is
    // inline here.
    state: ManuallyDrop<State>,
    outcome: Outcome,
}

/// What has begun with a span.
enum State {
    /// Nothing: nothing is installed, and the current unit is one in which a span would change nothing.
    Off,
    /// So it is in a trace that is not recorded.
    Unsampled,
    /// What almost every span is: a child of the one that was active in the current unit.
    Child {
        before: Active,
        record: Unended,
    },
    /// A filter keeps it out below a span.
    Filtered {
        before: Active,
    },
    Other {
        before: Before,
        at: Position,
        running: Option<Running>,
    },
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
    fn begin(&mut self, parent: Parent, callsite: &'static Callsite) {
        match parent.given() {
            Some(parent) => self.begin_at(&parent, callsite),
            None => self.begin_below_active(callsite),
        }
    }

    #[inline(never)]
    fn begin_below_active(&mut self, callsite: &'static Callsite) {
        let Some(at) = current::position() else { return self.begin_other(callsite) };
        if at.active.parent().is_none() {
            return self.begin_below_none(at.active, callsite);
        }
        let Some((active, running)) = start_child(callsite, &at, 0) else {
            return self.begin_other(callsite);
        };
        let Some(record) = Unended::new(&running, &Position { active, ..at }) else { return };
        self.begun(State::Child { before: current::set_active(active), record });
        if let State::Child { record, .. } = &mut *self.state {
            record.start_now();
        }
    }

    /// Begins a span where none is recorded, and a unit is bound: where none is, a span makes one.
    #[inline(never)]
    fn begin_below_none(&mut self, active: Active, callsite: &'static Callsite) {
        if active == Active::UNSAMPLED {
            self.begun(State::Unsampled);
        } else if engine::engine().is_some() {
            self.begin_other(callsite);
        }
    }

    /// Begins what is not a simple child: first of all what a filter keeps out below a span.
    #[inline(never)]
    fn begin_other(&mut self, callsite: &'static Callsite) {
        match current::position().and_then(|at| filtered_child(callsite, &at)) {
            Some(active) => self.begun(State::Filtered { before: current::set_active(active) }),
            None => self.begin_at(&Attachment::active(), callsite),
        }
    }

    #[inline(never)]
    fn begin_at(&mut self, parent: &Attachment, callsite: &'static Callsite) {
        let called_at = parent.position();
        let started = start(callsite, called_at, parent.flags());
        let is_active = started.is_some();
        let (at, running) = started.unwrap_or((called_at, None));
        // When the sampler of an undecided root has answered, the trace will be another.
        let is_undecided = at.active.undecided_callsite().is_some();
        let before = if !parent.is_bound() {
            Before::OwnUnit(enter_own_unit(at))
        } else if is_active && parent.is_current() && !is_undecided && at.flow == called_at.flow {
            Before::Active(current::set_active(at.active))
        } else if is_active {
            current::set_position(at).map_or(Before::Same, Before::Position)
        } else {
            Before::Same
        };
        self.begun(State::Other { before, at, running });
    }

    #[inline(always)]
    fn begun(&mut self, state: State) {
        self.state = ManuallyDrop::new(state);
    }

    #[inline(never)]
    fn end(&mut self) {
        if let State::Child { before, record } = &mut *self.state {
            current::set_active(*before);
            record.end(ticks(), self.outcome);
        } else {
            self.end_other();
        }
    }

    #[inline(never)]
    fn end_other(&mut self) {
        match std::mem::replace(&mut *self.state, State::Off) {
            State::Filtered { before } => {
                current::set_active(before);
            }
            State::Other { before, at, running } => {
                leave(before, at, running, self.outcome);
            }
            State::Off | State::Unsampled | State::Child { .. } => {}
        }
    }
}

impl Drop for SpanCall {
    #[inline]
    fn drop(&mut self) {
        if !matches!(*self.state, State::Off | State::Unsampled) {
            self.end();
        }
    }
}

#[cold]
fn enter_own_unit(at: Position) -> Parked {
    let mut own_unit = Parked::empty(at);
    own_unit.swap_in();
    own_unit
}

/// Ends what is more than a child.
fn leave(before: Before, at: Position, running: Option<Running>, outcome: Outcome) {
    let at = match before {
        Before::Same => at,
        Before::Active(before) => {
            current::set_active(before);
            at
        }
        // A root that waited for its sampler is in another trace when that has answered.
        Before::Position(before) => current::set_position(before).unwrap_or(at),
        Before::OwnUnit(own_unit) => return leave_own_unit(own_unit, running, outcome),
    };
    if let Some(running) = running {
        end(running, at, outcome, current::scope);
    }
}

#[cold]
fn leave_own_unit(mut own_unit: Parked, running: Option<Running>, outcome: Outcome) {
    own_unit.swap();
    if let Some(running) = running {
        end(running, own_unit.position(), outcome, || own_unit.unit.map(|unit| unit.scope));
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
pub(super) fn begin_in_unit(callsite: &'static Callsite) -> Option<Running> {
    begin_child_in_unit(callsite).map(Running::started_now).or_else(|| begin_other_in_unit(callsite))
}

/// The same, if that is simply a child of the one that is active, and leaves it to the caller to note the time.
#[inline(always)]
pub(super) fn begin_child_in_unit(callsite: &'static Callsite) -> Option<Running> {
    doctor::carrying();
    let (active, running) = start_child(callsite, &current::position()?, OF_UNIT)?;
    current::set_active(active);
    Some(running)
}

/// The same, if it is any other.
#[inline(never)]
pub(super) fn begin_other_in_unit(callsite: &'static Callsite) -> Option<Running> {
    engine::engine()?;
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
    judge(outcome, result)
}

/// As [`settle`], where it was said what was captured before the body began.
#[inline]
pub(super) fn judge<T>(outcome: impl FnOnce(&T) -> Outcome, result: &T) -> Outcome {
    report::caught(|| outcome(result)).unwrap_or_default()
}
