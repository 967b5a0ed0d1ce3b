//! The slot of a thread, into which the unit goes that now runs there, and what keeps units for the times at which
//! they do not run.
//!
//! The slot is empty at the base, holds the unit of a plain thread once something was written
//! there, and holds a future's or a closure's unit while that runs. Whoever puts a unit in puts the
//! one that was there back, on return and on unwinding alike.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use crate::caught::caught;
use crate::doctor;
use crate::foreign::{self, Shared, is_isolated};
use crate::ids::random;
use crate::pipeline_ref::PipelineRef;
use crate::position::{Active, Position};
use crate::strand::strand_bound;
use crate::unit::{Task, Unit};

type Place = ManuallyDrop<Option<Box<Unit>>>;

// In this order, in which what is exchanged is not adjacent: the compiler would load it as one, and that waits
// until what was stored apart has left the processor's store buffer.
#[repr(C)]
pub(crate) struct Slot {
    // `ManuallyDrop` makes the thread-local one without a destructor: it is one access, and there
    // until the thread is gone. What it holds is dropped by `drop_unit`.
    unit: Cell<Place>,
    /// That of the unit, beside it: who asks whether it is bound need not look into the box.
    task: Cell<Task>,
    pub(crate) active: Cell<Active>,
    thread_id: Cell<u64>,
    #[cfg(feature = "stackful")]
    resumed: Cell<Resumed>,
}

strand_bound! {
    /// Looks at the slot of what now runs on this thread. `f` runs nothing of the user's.
    pub(crate) fn slot: Slot = Slot::new();
}

/// How the coroutine runs that now runs on this thread.
#[cfg(feature = "stackful")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resumed {
    /// The task in which it was resumed. That is not its own: the next time it may be another.
    pub(crate) task: Task,
    /// Its stack is being unwound, because it is dropped.
    pub(crate) is_dropped: bool,
    /// That of its resumer is, while its own goes on.
    pub(crate) is_resumer_unwinding: bool,
}

#[cfg(feature = "stackful")]
impl Resumed {
    const NONE: Self = Resumed { task: Task::none(), is_dropped: false, is_resumer_unwinding: false };
}

impl Slot {
    const fn new() -> Self {
        Slot {
            unit: Cell::new(ManuallyDrop::new(None)),
            active: Cell::new(Active::NONE),
            task: Cell::new(Task::none()),
            thread_id: Cell::new(0),
            #[cfg(feature = "stackful")]
            resumed: Cell::new(Resumed::NONE),
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
    pub(crate) fn take(&self) -> Option<Box<Unit>> {
        ManuallyDrop::into_inner(self.unit.replace(ManuallyDrop::new(None)))
    }

    /// Puts the unit back that was taken.
    #[inline]
    pub(crate) fn put(&self, unit: Option<Box<Unit>>) {
        self.unit.set(ManuallyDrop::new(unit));
    }

    /// Whether what is in the slot belongs to what now runs: the unit, or, where there is none, the thread.
    #[inline]
    pub(crate) fn is_bound(&self) -> bool {
        // tokio first: its thread-local may have to be made, and nothing is to be kept at hand over that.
        self.running_task() == self.task.get() && !self.is_in_bare_job()
    }

    /// Whether a job of rayon runs that put no unit in. Jobs have no identity, but none of them is the unit of its
    /// thread.
    #[cfg(feature = "rayon")]
    #[inline]
    fn is_in_bare_job(&self) -> bool {
        let is_of_thread = |unit: Option<&mut Unit>| unit.is_none_or(|it| it.id == self.thread_id.get());
        is_on_rayon() && self.peek(is_of_thread)
    }

    #[cfg(not(feature = "rayon"))]
    #[inline]
    fn is_in_bare_job(&self) -> bool {
        false
    }

    /// Looks at what is in the slot. `f` runs nothing of the user's.
    #[inline]
    pub(crate) fn peek<R>(&self, f: impl FnOnce(Option<&mut Unit>) -> R) -> R {
        let mut unit = self.take();
        let result = f(unit.as_deref_mut());
        self.put(unit);
        result
    }

    #[cfg(all(feature = "isolate-tasks", tokio_unstable))]
    fn rebind(&self, from: Task, to: Task) -> bool {
        let is_there = self.task.get() == from;
        if is_there {
            self.task.set(to);
            self.peek(|unit| unit.map(|unit| unit.task = to));
        }
        is_there
    }

    pub(crate) fn thread_id(&self) -> u64 {
        if self.thread_id.get() == 0 {
            self.thread_id.set(random() | 1);
        }
        self.thread_id.get()
    }
}

/// Drops the unit of a thread that ends.
pub(crate) fn drop_unit() {
    // Not inside `with`: its destructors may look at the slot. And one that panics would end the process, here.
    let unit = slot(Slot::take);
    caught(|| drop(unit));
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

/// Says how the coroutine runs that is resumed, and returns how the one that resumes it does, if not as that.
#[cfg(feature = "stackful")]
pub(crate) fn exchange_resumed(resumed: Resumed) -> Option<Resumed> {
    slot(|slot| (slot.resumed.get() != resumed).then(|| slot.resumed.replace(resumed)))
}

/// Whether the stack that is unwound is that of a coroutine which is dropped.
#[inline]
pub(crate) fn is_dropped() -> bool {
    #[cfg(feature = "stackful")]
    return slot(|slot| slot.resumed.get().is_dropped);
    #[cfg(not(feature = "stackful"))]
    false
}

/// Whether the stack of what now runs is being unwound.
#[inline]
pub(crate) fn is_unwinding() -> bool {
    #[cfg(feature = "stackful")]
    if slot(|slot| slot.resumed.get().is_resumer_unwinding) {
        return false;
    }
    std::thread::panicking()
}

/// A unit that is kept for the times at which it does not run.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) unit: Option<Box<Unit>>,
    pub(crate) active: Active,
}

impl Parked {
    /// A new unit with an empty scope, which has nothing of other libraries.
    pub(crate) fn empty(position: Position) -> Self {
        Parked { unit: Some(Unit::empty(random(), position.flow)), active: position.active }
    }

    /// Gives it something of other libraries, if their contexts are isolated.
    #[inline]
    pub(crate) fn set_foreign(&mut self, foreign: fn() -> Shared) {
        if is_isolated()
            && let Some(unit) = &mut self.unit
        {
            unit.foreign = Some(foreign());
        }
    }

    /// Exchanges this unit with the one in the slot, and what other libraries have with it.
    #[inline]
    pub(crate) fn swap(&mut self) {
        if is_isolated() {
            return self.swap_with_foreign();
        }
        self.exchange();
    }

    #[cold]
    fn swap_with_foreign(&mut self) {
        let kept = self.unit.as_ref().and_then(|unit| unit.foreign.as_ref());
        // Else this unit, or the thread, is around the one in the slot, which so is left.
        if kept.is_some_and(|kept| !foreign::lock(kept).is_entered()) {
            self.exchange();
            enter_foreign(self.unit.as_ref().and_then(|unit| unit.foreign.clone()));
        } else {
            leave_foreign();
            self.exchange();
        }
    }

    /// Exchanges this unit with the one in the slot, alone.
    #[inline]
    pub(crate) fn exchange(&mut self) {
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
        let has_foreign = self.swap_in();
        Entered { parked: self, has_foreign }
    }

    /// As [`enter`](Self::enter), out of line: for what is generic, and does not do it often.
    #[inline]
    pub(crate) fn enter_to_drop(&mut self) -> Entered<'_> {
        self.put_in();
        Entered { parked: self, has_foreign: true }
    }

    /// Puts the unit into the slot, as the unit of the task that now runs.
    #[inline(never)]
    pub(crate) fn put_in(&mut self) {
        self.swap_in();
    }

    /// As [`put_in`](Self::put_in), inline. Says whether it has something of other libraries, for
    /// [`swap_knowing`](Self::swap_knowing).
    #[inline]
    pub(crate) fn swap_in(&mut self) -> bool {
        self.bind();
        let has_foreign = self.unit.as_ref().is_some_and(|unit| unit.foreign.is_some());
        self.swap_knowing(has_foreign);
        has_foreign
    }

    /// As [`swap`](Self::swap), where it is known whether the unit has something of other libraries.
    #[inline]
    pub(crate) fn swap_knowing(&mut self, has_foreign: bool) {
        match has_foreign {
            true => self.swap_with_foreign(),
            false => self.exchange(),
        }
    }

    /// Puts what was in the slot before back.
    #[inline(never)]
    pub(crate) fn take_out(&mut self) {
        self.swap();
    }

    /// Says that the unit belongs to the task that now runs.
    #[inline]
    pub(crate) fn bind(&mut self) {
        if let Some(unit) = &mut self.unit {
            doctor::binding(&mut unit.chart, unit.flow.pipeline(), is_base);
            unit.task = slot(Slot::running_task);
        }
    }
}

/// Makes what the unit in the slot keeps of other libraries current, inside what the unit around it keeps.
#[cold]
pub(crate) fn enter_foreign(outer: Option<Shared>) {
    with_foreign(|kept| {
        let mut kept = foreign::lock(kept);
        if !kept.is_entered() {
            kept.enter(outer);
        }
    });
}

/// Puts that away again.
#[cold]
pub(crate) fn leave_foreign() {
    with_foreign(|kept| {
        let mut kept = foreign::lock(kept);
        if kept.is_entered() {
            kept.leave();
        }
    });
}

/// What the unit in the slot keeps of other libraries.
#[cfg(feature = "stackful")]
pub(crate) fn foreign() -> Option<Shared> {
    slot(|slot| slot.peek(|unit| unit?.foreign.clone()))
}

/// Calls `f`, which runs code of others, when the slot is whole again.
pub(crate) fn with_foreign(f: impl FnOnce(&Shared)) {
    // It is left on whichever thread the coroutine has come to, where another may have entered its own.
    #[cfg(feature = "may")]
    if may::coroutine::is_coroutine() {
        return;
    }
    // That code, if it asks, finds nothing there, and so locks nothing that is locked.
    let Some(kept) = slot(|slot| slot.peek(|unit| unit?.foreign.take())) else { return };
    f(&kept);
    // It is the same unit: what `f` put in it took out.
    slot(|slot| slot.peek(|unit| unit.map(|unit| unit.foreign = Some(kept))));
}

/// Puts the unit that was there before back into the slot.
#[derive(Debug)]
pub(crate) struct Entered<'a> {
    parked: &'a mut Parked,
    has_foreign: bool,
}

impl Entered<'_> {
    /// As its drop, inline.
    #[inline]
    pub(crate) fn leave(self) {
        let mut this = ManuallyDrop::new(self);
        let has_foreign = this.has_foreign;
        this.parked.swap_knowing(has_foreign);
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        self.parked.take_out();
    }
}

/// Says that the unit in the slot belongs to the task that now runs, if it belongs to `task`; whether it did.
#[cfg(all(feature = "isolate-tasks", tokio_unstable))]
pub(crate) fn lend(task: Task) -> bool {
    slot(|slot| slot.rebind(task, slot.running_task()))
}

/// Says that the unit in the slot, which belongs to what now runs, belongs to `task`.
#[cfg(all(feature = "isolate-tasks", tokio_unstable))]
pub(crate) fn give_to(task: Task) {
    slot(|slot| slot.rebind(slot.running_task(), task));
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

/// Whether this is a thread of rayon's.
pub(crate) fn is_on_rayon() -> bool {
    #[cfg(feature = "rayon")]
    return ::rayon::current_thread_index().is_some();
    #[cfg(not(feature = "rayon"))]
    false
}

/// Whether a unit is bound, if only that of the thread.
#[cfg(feature = "rayon")]
#[inline]
pub(crate) fn is_bound() -> bool {
    slot(Slot::is_bound)
}

/// Runs `f` in an empty unit whose records go nowhere.
pub(crate) fn unrecorded<R>(f: impl FnOnce() -> R) -> R {
    let mut parked = Parked::empty(Position::none(PipelineRef::NONE));
    let _entered = parked.enter();
    f()
}
