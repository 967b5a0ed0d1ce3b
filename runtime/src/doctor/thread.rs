//! What ran on this thread: to know a pool's thread, and to whom belongs what happens outside units.

use std::cell::Cell;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::pipeline_ref::PipelineRef;
use crate::thread_end;

/// A unit, as far as it is remembered where it ran.
#[derive(Clone, Copy)]
pub(super) struct Ran {
    pub(super) pipeline: PipelineRef,
    pub(super) made: Option<&'static Location<'static>>,
}

thread_local! {
    static NUMBER: Cell<u64> = const { Cell::new(0) };
    /// The unit that ran here last.
    static LAST: Cell<Option<Ran>> = const { Cell::new(None) };
    /// The unit made on another thread that ran here last with nothing around it.
    static FOREIGN: Cell<Option<Ran>> = const { Cell::new(None) };
    /// Whether the thread did something of its own before it ran such a unit: it is one that has a hub of its own,
    /// and no pool's.
    static HAS_OWN: Cell<bool> = const { Cell::new(false) };
}

/// Tells threads apart.
pub(super) fn number() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    if NUMBER.get() == 0 {
        NUMBER.set(NUMBERS.fetch_add(1, Ordering::Relaxed));
    }
    NUMBER.get()
}

pub(super) fn last() -> Option<Ran> {
    LAST.get()
}

pub(super) fn ran(unit: Ran) {
    LAST.set(Some(unit));
}

pub(super) fn ran_foreign(unit: Ran) {
    FOREIGN.set(Some(unit));
}

/// Something happens on this thread outside units. If it is a pool's thread, the unit that ran on it before.
pub(super) fn ran_before() -> Option<Ran> {
    match FOREIGN.get() {
        Some(ran) => {
            let is_pools = !HAS_OWN.get() && std::thread::current().name() != Some("main");
            (is_pools && !is_ending()).then_some(ran)
        }
        None => {
            HAS_OWN.set(true);
            None
        }
    }
}

/// What destructors do as a thread ends, or unwinds, is no job.
fn is_ending() -> bool {
    thread_end::is_over() || std::thread::panicking()
}
