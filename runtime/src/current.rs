//! The unit of what now runs, as everything else asks for it.

use crate::parked::{Slot, drop_unit, slot, thread_id};
use crate::pipeline_ref::PipelineRef;
use crate::position::{Active, Flow, Position};
use crate::scope::Scope;
use crate::thread_end::{self, Stage};
use crate::unit::Unit;

/// As [`slot`]; where tokio drops a task without telling its hooks, with the hub of that task in it.
#[inline]
fn task_slot<R>(f: impl FnOnce(&Slot) -> R) -> R {
    #[cfg(all(feature = "isolate-tasks", tokio_unstable))]
    if !slot(Slot::is_bound) {
        return crate::tokio::with_waiting_hub(|| slot(f));
    }
    slot(f)
}

/// The unit of what now runs.
pub(crate) enum Current<'a> {
    /// It has one.
    Unit(&'a mut Unit),
    /// It is a plain thread on which nothing was written yet.
    Thread,
    /// It is a task or a pool's job without a unit; what is in the slot belongs to somebody else.
    Unbound(Option<&'a mut Unit>),
}

impl Current<'_> {
    /// The pipeline of the current hub; where no unit is bound, that of whatever surrounds it.
    pub(crate) fn pipeline(&self) -> PipelineRef {
        match self {
            Current::Unit(unit) | Current::Unbound(Some(unit)) => unit.flow.pipeline(),
            Current::Thread | Current::Unbound(None) => PipelineRef::GLOBAL,
        }
    }
}

/// Looks at the current unit. `f` runs nothing of the user's.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(Current<'_>, Active) -> R) -> R {
    task_slot(|slot| {
        let (is_bound, active) = (slot.is_bound(), slot.active.get());
        slot.peek(|unit| match unit {
            Some(unit) if is_bound => f(Current::Unit(unit), active),
            None if is_bound => f(Current::Thread, active),
            unit => f(Current::Unbound(unit), active),
        })
    })
}

/// Changes the current unit, which on a plain thread is made for the first write; `None`, with
/// nothing done, where no unit is bound. `f` runs nothing of the user's; what it replaced it returns.
pub(crate) fn with_unit<R>(f: impl FnOnce(&mut Unit) -> R) -> Option<R> {
    // What is not called is dropped when the slot is whole: it may hold destructors of the user's.
    let mut f = Some(f);
    task_slot(|slot| {
        let is_bound = slot.is_bound();
        let mut unit = slot.take();
        if unit.is_none() && is_bound && thread_end::run(Stage::Unit, drop_unit) {
            unit = Some(Unit::empty(slot.thread_id(), Flow::none(PipelineRef::GLOBAL)));
        }
        let bound = unit.as_deref_mut().filter(|_| is_bound);
        let result = bound.and_then(|unit| Some(f.take()?(unit)));
        slot.put(unit);
        result
    })
}

/// The id of the current unit; 0 where none is bound.
pub(crate) fn unit_id() -> u64 {
    with(|current, _| match current {
        Current::Unit(unit) => unit.id,
        Current::Thread => thread_id(),
        Current::Unbound(_) => 0,
    })
}

/// How the current unit relates to the one in which a span was made.
#[derive(Clone, Copy)]
pub(crate) enum Fit {
    /// It is that unit, or one that was cloned from it to run what it had made, and in the same trace.
    /// This was active there, and now the span is.
    Same(Active),
    /// It is that unit, in another trace.
    OtherFlow,
    /// It is another, or none.
    OtherUnit,
}

/// Makes `active`, a span of `unit`, active in the current unit, if that is the one and `is_flow` says of
/// its flow that it is the span's.
#[inline]
pub(crate) fn activate(unit: u64, is_flow: impl FnOnce(&Flow) -> bool, active: Active) -> Fit {
    task_slot(|slot| {
        let is_bound = slot.is_bound();
        let (is_unit, is_flow) = slot.peek(|current| match current {
            _ if !is_bound => (false, false),
            Some(it) => (is_related(it, unit), is_flow(&it.flow)),
            None => (slot.thread_id() == unit, is_flow(&Flow::none(PipelineRef::GLOBAL))),
        });
        match (is_unit, is_flow) {
            (true, true) => Fit::Same(slot.active.replace(active)),
            (true, false) => Fit::OtherFlow,
            (false, _) => Fit::OtherUnit,
        }
    })
}

/// Whether `it` is `unit`, or was cloned from it to run what that had made.
#[inline]
fn is_related(it: &Unit, unit: u64) -> bool {
    unit != 0 && (it.id == unit || it.creator == unit)
}

/// Whether the current unit is `unit`, or one that was cloned from it to run what it had made.
#[inline]
pub(crate) fn is_unit(unit: u64) -> bool {
    with(|current, _| match current {
        Current::Unit(it) => is_related(it, unit),
        Current::Thread => thread_id() == unit,
        Current::Unbound(_) => false,
    })
}

/// Whether the current unit is in this flow.
#[inline]
pub(crate) fn is_flow(flow: &Flow) -> bool {
    with(|current, _| matches!(current, Current::Unit(unit) if unit.flow == *flow))
}

/// Whether the current unit is `unit`, or one that was cloned from it to run what it had made, and in this flow.
#[inline]
pub(crate) fn is_unit_in(unit: u64, flow: &Flow) -> bool {
    with(|current, _| matches!(current, Current::Unit(it) if is_related(it, unit) && it.flow == *flow))
}

/// Where a span that began now would attach; `None` where no unit is bound.
#[inline]
pub(crate) fn position() -> Option<Position> {
    with(|current, active| match current {
        Current::Unit(unit) => Some(Position { flow: unit.flow, active }),
        Current::Thread => Some(Position::none(PipelineRef::GLOBAL)),
        Current::Unbound(_) => None,
    })
}

/// The same, and the unit, which is not that of the thread before the first write.
#[inline]
pub(crate) fn position_in() -> Option<(Position, u64)> {
    with(|current, active| match current {
        Current::Unit(unit) => Some((Position { flow: unit.flow, active }, unit.id)),
        Current::Thread | Current::Unbound(_) => None,
    })
}

/// A clone of the scope of the current unit.
pub(crate) fn scope() -> Option<Scope> {
    with(|current, _| match current {
        Current::Unit(unit) => Some(unit.scope.clone()),
        Current::Thread | Current::Unbound(_) => None,
    })
}

/// The pipeline of the current hub.
pub(crate) fn pipeline() -> PipelineRef {
    with(|current, _| current.pipeline())
}

#[inline]
pub(crate) fn set_active(active: Active) -> Active {
    task_slot(|slot| slot.active.replace(active))
}

/// Makes `position` that of the current unit, and returns what it was. Where no unit is bound, the
/// caller has to bind one: `None`.
pub(crate) fn set_position(position: Position) -> Option<Position> {
    let flow = with_unit(|unit| std::mem::replace(&mut unit.flow, position.flow))?;
    Some(Position { flow, active: set_active(position.active) })
}
