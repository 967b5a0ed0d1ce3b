//! The hub of the unit that now runs on this thread: one thread-local slot.
//!
//! The slot is empty at the base, holds the unit of a plain thread once something was written
//! there, and holds a future's or a closure's unit while that runs. Whoever puts a unit in puts the
//! one that was there back, on return and on unwinding alike.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use crate::doctor;
use crate::ids::random;
use crate::pipeline_ref::PipelineRef;
use crate::scope::Scope;
use crate::strand::strand_bound;
use crate::thread_end::{self, Stage};
use crate::unit::{Active, Flow, Position, Task, Unit};

type Place = ManuallyDrop<Option<Box<Unit>>>;

// In this order, in which what is exchanged is not adjacent: the compiler would load it as one, and that waits
// until what was stored apart has left the processor's store buffer.
#[repr(C)]
struct Slot {
    // `ManuallyDrop` makes the thread-local one without a destructor: it is one access, and there
    // until the thread is gone. What it holds is dropped by `drop_unit`.
    unit: Cell<Place>,
    /// That of the unit, beside it: who asks whether it is bound need not look into the box.
    task: Cell<Task>,
    active: Cell<Active>,
    thread_id: Cell<u64>,
    #[cfg(feature = "stackful")]
    resumed: Cell<Resumed>,
}

strand_bound! {
    /// Looks at the slot of what now runs on this thread. `f` runs nothing of the user's.
    fn slot: Slot = Slot::new();
}

/// How the coroutine runs that now runs on this thread.
#[cfg(feature = "stackful")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resumed {
    /// The task in which it was resumed. That is not its own: the next time it may be another.
    pub(crate) task: Task,
    /// Its stack is being unwound, because it is dropped.
    pub(crate) is_dropped: bool,
}

impl Slot {
    const fn new() -> Self {
        Slot {
            unit: Cell::new(ManuallyDrop::new(None)),
            active: Cell::new(Active::NONE),
            task: Cell::new(Task::none()),
            thread_id: Cell::new(0),
            #[cfg(feature = "stackful")]
            resumed: Cell::new(Resumed { task: Task::none(), is_dropped: false }),
        }
    }

    /// The task that now runs, of which a coroutine is no part.
    #[inline]
    fn running_task(&self) -> Task {
        let task = Task::current();
        #[cfg(feature = "stackful")]
        if task == self.resumed.get().task {
            return Task::none();
        }
        task
    }

    #[inline]
    fn take(&self) -> Option<Box<Unit>> {
        ManuallyDrop::into_inner(self.unit.replace(ManuallyDrop::new(None)))
    }

    /// Puts the unit back that was taken.
    #[inline]
    fn put(&self, unit: Option<Box<Unit>>) {
        self.unit.set(ManuallyDrop::new(unit));
    }

    /// Whether what is in the slot belongs to what now runs: the unit, or, where there is none, the thread.
    #[inline]
    fn is_bound(&self) -> bool {
        // tokio first: its thread-local may have to be made, and nothing is to be kept at hand over that.
        self.running_task() == self.task.get() && !self.is_in_bare_job()
    }

    /// Whether a job of rayon runs that put no unit in. Jobs have no identity, but none of them is the unit of its
    /// thread.
    #[cfg(feature = "rayon")]
    #[inline]
    fn is_in_bare_job(&self) -> bool {
        let is_of_thread = |unit: Option<&mut Unit>| unit.is_none_or(|it| it.id == self.thread_id.get());
        ::rayon::current_thread_index().is_some() && self.peek(is_of_thread)
    }

    #[cfg(not(feature = "rayon"))]
    #[inline]
    fn is_in_bare_job(&self) -> bool {
        false
    }

    /// Looks at what is in the slot. `f` runs nothing of the user's.
    #[inline]
    fn peek<R>(&self, f: impl FnOnce(Option<&mut Unit>) -> R) -> R {
        let mut unit = self.take();
        let result = f(unit.as_deref_mut());
        self.put(unit);
        result
    }

    fn thread_id(&self) -> u64 {
        if self.thread_id.get() == 0 {
            self.thread_id.set(random() | 1);
        }
        self.thread_id.get()
    }
}

/// As [`slot`]; where tokio drops a task without telling its hooks, with the hub of that task in it.
#[inline]
fn task_slot<R>(f: impl FnOnce(&Slot) -> R) -> R {
    #[cfg(all(feature = "isolate-tasks", tokio_unstable))]
    if !slot(Slot::is_bound) {
        return crate::tokio::with_waiting_hub(|| slot(f));
    }
    slot(f)
}

/// Drops the unit of a thread that ends.
fn drop_unit() {
    // Not inside `with`: its destructors may look at the slot.
    let unit = slot(Slot::take);
    drop(unit);
}

#[cfg(feature = "may")]
impl crate::strand::End for Slot {
    fn end(&self) {
        let Some(unit) = self.take() else { return };
        // The coroutine is gone, and the thread, the scheduler's, is not to see what destructors write.
        let mut base = Parked::empty(Position::none(unit.flow.pipeline()));
        let _entered = base.enter();
        drop(unit);
    }
}

/// Says how the coroutine runs that is resumed, and returns how the one that resumes it does.
#[cfg(feature = "stackful")]
pub(crate) fn exchange_resumed(resumed: Resumed) -> Resumed {
    slot(|slot| slot.resumed.replace(resumed))
}

/// Whether the stack that is unwound is that of a coroutine which is dropped.
#[inline]
pub(crate) fn is_dropped() -> bool {
    #[cfg(feature = "stackful")]
    return slot(|slot| slot.resumed.get().is_dropped);
    #[cfg(not(feature = "stackful"))]
    false
}

/// A unit that is kept for the times at which it does not run.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) unit: Option<Box<Unit>>,
    pub(crate) active: Active,
}

impl Parked {
    /// A new unit with an empty scope.
    pub(crate) fn empty(position: Position) -> Self {
        Parked { unit: Some(Unit::empty(random(), position.flow)), active: position.active }
    }

    /// Exchanges this unit with the one in the slot.
    #[inline]
    pub(crate) fn swap(&mut self) {
        slot(|slot| {
            slot.task.set(self.unit.as_ref().map_or(Task::none(), |unit| unit.task));
            let before = slot.unit.replace(ManuallyDrop::new(self.unit.take()));
            self.unit = ManuallyDrop::into_inner(before);
            self.active = slot.active.replace(self.active);
        });
    }

    /// Puts the unit into the slot, as the unit of the task that now runs, until the guard is dropped.
    #[inline]
    pub(crate) fn enter(&mut self) -> Entered<'_> {
        self.bind();
        self.swap();
        Entered { parked: self }
    }

    /// As [`enter`](Self::enter), out of line: for what is generic, and does not do it often.
    #[inline]
    pub(crate) fn enter_to_drop(&mut self) -> Entered<'_> {
        self.put_in();
        Entered { parked: self }
    }

    /// Puts the unit into the slot, as the unit of the task that now runs.
    #[inline(never)]
    pub(crate) fn put_in(&mut self) {
        self.bind();
        self.swap();
    }

    #[inline(never)]
    fn take_out(&mut self) {
        self.swap();
    }

    /// Says that the unit belongs to the task that now runs.
    #[inline]
    pub(crate) fn bind(&mut self) {
        if let Some(unit) = &mut self.unit {
            doctor::binding(unit);
            unit.task = slot(Slot::running_task);
        }
    }
}

/// Puts the unit that was there before back into the slot.
pub(crate) struct Entered<'a> {
    parked: &'a mut Parked,
}

impl Entered<'_> {
    /// As its drop, inline.
    #[inline]
    pub(crate) fn leave(self) {
        ManuallyDrop::new(self).parked.swap();
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        self.parked.take_out();
    }
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
    task_slot(|slot| {
        let is_bound = slot.is_bound();
        let mut unit = slot.take();
        if unit.is_none() && is_bound && thread_end::run(Stage::Unit, drop_unit) {
            unit = Some(Unit::empty(slot.thread_id(), Flow::none(PipelineRef::GLOBAL)));
        }
        let bound = unit.as_deref_mut().filter(|_| is_bound);
        let result = bound.map(f);
        slot.put(unit);
        result
    })
}

/// Says that the unit in the slot belongs to the task that now runs, if it belongs to `task`; whether it did.
#[cfg(all(feature = "isolate-tasks", tokio_unstable))]
pub(crate) fn lend(task: Task) -> bool {
    rebind(task, Task::current())
}

/// Says that the unit in the slot, which belongs to what now runs, belongs to `task`.
#[cfg(all(feature = "isolate-tasks", tokio_unstable))]
pub(crate) fn give_to(task: Task) {
    rebind(Task::current(), task);
}

#[cfg(all(feature = "isolate-tasks", tokio_unstable))]
fn rebind(from: Task, to: Task) -> bool {
    slot(|slot| {
        let is_there = slot.task.get() == from;
        if is_there {
            slot.task.set(to);
            slot.peek(|unit| unit.map(|unit| unit.task = to));
        }
        is_there
    })
}

/// The id of the unit that this thread is outside of all others.
pub(crate) fn thread_id() -> u64 {
    slot(Slot::thread_id)
}

/// Whether what now runs is in no unit, but has the base hub of its thread. The hub of a task that tokio drops is not
/// looked for: while that is put into the slot, its table is locked.
pub(crate) fn is_base() -> bool {
    slot(|slot| {
        let thread_id = slot.thread_id();
        slot.is_bound() && slot.peek(|unit| unit.is_none_or(|unit| unit.id == thread_id))
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

/// Whether a unit is bound, if only that of the thread.
#[cfg(feature = "rayon")]
#[inline]
pub(crate) fn is_bound() -> bool {
    slot(Slot::is_bound)
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

/// Runs `f` in an empty unit whose records go nowhere.
pub(crate) fn unrecorded<R>(f: impl FnOnce() -> R) -> R {
    let mut parked = Parked::empty(Position::none(PipelineRef::NONE));
    let _entered = parked.enter();
    f()
}
