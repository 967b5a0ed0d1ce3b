//! What ran on this thread: to know a pool's thread, and to whom belongs what happens outside units. A coroutine of
//! `may` is as good as a thread.

use std::cell::Cell;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::pipeline_ref::PipelineRef;
#[cfg(feature = "may")]
use crate::strand::End;
use crate::strand::strand_bound;
use crate::thread_end;

/// A unit, as far as it is remembered where it ran.
#[derive(Clone, Copy)]
pub(super) struct Ran {
    pub(super) pipeline: PipelineRef,
    pub(super) made: Option<&'static Location<'static>>,
}

struct Thread {
    number: Cell<u64>,
    /// The unit that ran here last.
    last: Cell<Option<Ran>>,
    /// The unit made on another thread that ran here last with nothing around it.
    foreign: Cell<Option<Ran>>,
    /// Whether the thread did something of its own before it ran such a unit: it is one that has a hub of its own,
    /// and no pool's.
    has_own: Cell<bool>,
}

strand_bound! {
    fn thread: Thread = Thread {
        number: Cell::new(0),
        last: Cell::new(None),
        foreign: Cell::new(None),
        has_own: Cell::new(false),
    };
}

#[cfg(feature = "may")]
impl End for Thread {
    /// Nothing in it needs an end.
    fn end(&self) {}
}

/// Tells threads apart.
pub(super) fn number() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    thread(|it| {
        if it.number.get() == 0 {
            it.number.set(NUMBERS.fetch_add(1, Ordering::Relaxed));
        }
        it.number.get()
    })
}

pub(super) fn last() -> Option<Ran> {
    thread(|it| it.last.get())
}

/// A unit runs on this thread. What began in a bare task is a unit, too, but nobody's: its data goes nowhere, and
/// what happens after it still belongs to the one before.
pub(super) fn ran(unit: Ran) {
    let is_live = |unit: Ran| unit.pipeline.live().is_some();
    thread(|it| {
        if is_live(unit) || !it.last.get().is_some_and(is_live) {
            it.last.set(Some(unit));
        }
    });
}

pub(super) fn ran_foreign(unit: Ran) {
    thread(|it| it.foreign.set(Some(unit)));
}

/// Something happens on this thread outside units. If it is a pool's thread, the unit that ran on it before.
pub(super) fn ran_before() -> Option<Ran> {
    let (foreign, has_own) = thread(|it| {
        if it.foreign.get().is_none() {
            it.has_own.set(true);
        }
        (it.foreign.get(), it.has_own.get())
    });
    let is_pools = || std::thread::current().name() != Some("main") && !is_ending();
    foreign.filter(|_| !has_own && is_pools())
}

/// What destructors do as a thread ends, or unwinds, is no job.
fn is_ending() -> bool {
    thread_end::is_over() || std::thread::panicking()
}
