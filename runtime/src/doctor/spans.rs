//! Which spans are open, in tables of a fixed size that nobody waits for.
//!
//! Where two spans fall on one place, the later takes it and the earlier is forgotten: then something may not be found,
//! and nothing is found wrongly.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::is_on;
use crate::callsite::Callsite;
use crate::pipeline_ref::PipelineRef;
use crate::position::{Active, Position};

const PLACES: usize = 8192;

struct Entry {
    /// 0 if nothing is here, or it is being changed.
    id: AtomicU64,
    parent: AtomicU64,
    pipeline: AtomicU64,
    /// The number of the callsite, and above it the flags below.
    rest: AtomicU64,
}

/// The span of a future that shares its unit with others.
const FUTURE: u64 = 1 << 32;
/// The span of a unit: those above it are of other units.
const OF_UNIT: u64 = 1 << 33;

static OPEN: [Entry; PLACES] = [const {
    Entry {
        id: AtomicU64::new(0),
        parent: AtomicU64::new(0),
        pipeline: AtomicU64::new(0),
        rest: AtomicU64::new(0),
    }
}; PLACES];

/// The local roots that have ended, and when, in milliseconds of this process and one.
static ENDED: [[AtomicU64; 2]; PLACES] = [const { [AtomicU64::new(0), AtomicU64::new(0)] }; PLACES];

/// The lowest bit of an id is always set.
fn place(id: u64) -> usize {
    (id >> 1) as usize % PLACES
}

fn millis() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_millis() as u64 + 1
}

/// A span that is open.
#[derive(Clone, Copy)]
struct Open {
    parent: u64,
    rest: u64,
}

fn open(id: u64) -> Option<Open> {
    let entry = &OPEN[place(id)];
    // Whoever puts another span in makes the id 0 first: what is read between two looks at the id belongs to it.
    if entry.id.load(Ordering::SeqCst) != id {
        return None;
    }
    let open = Open { parent: entry.parent.load(Ordering::SeqCst), rest: entry.rest.load(Ordering::SeqCst) };
    (entry.id.load(Ordering::SeqCst) == id).then_some(open)
}

/// A recorded span began.
#[inline(always)]
pub(crate) fn opened(
    active: Active,
    parent: u64,
    callsite: u32,
    pipeline: PipelineRef,
    is_local_root: bool,
    is_of_unit: bool,
) {
    if is_on()
        && let Some(id) = active.recorded()
    {
        let entry = &OPEN[place(id.0)];
        entry.id.store(0, Ordering::SeqCst);
        // The parent of a local root is in another process.
        entry.parent.store(if is_local_root { 0 } else { parent }, Ordering::SeqCst);
        entry.pipeline.store(pipeline.to_bits(), Ordering::SeqCst);
        let flags = if is_of_unit { OF_UNIT } else { 0 };
        entry.rest.store(u64::from(callsite) | flags, Ordering::SeqCst);
        entry.id.store(id.0, Ordering::SeqCst);
    }
}

/// The span that just began is that of a future that shares its unit with others.
#[inline(always)]
pub(crate) fn future(at: &Position) {
    if is_on()
        && let Some(id) = at.active.recorded()
        && OPEN[place(id.0)].id.load(Ordering::SeqCst) == id.0
    {
        OPEN[place(id.0)].rest.fetch_or(FUTURE, Ordering::SeqCst);
    }
}

/// A recorded span ended.
#[inline(always)]
pub(crate) fn ended(id: u64, is_local_root: bool) {
    if is_on() {
        let _ = OPEN[place(id)].id.compare_exchange(id, 0, Ordering::SeqCst, Ordering::SeqCst);
        if is_local_root {
            let [root, at] = &ENDED[place(id)];
            root.store(0, Ordering::SeqCst);
            at.store(millis(), Ordering::SeqCst);
            root.store(id, Ordering::SeqCst);
        }
    }
}

/// How long ago a local root ended; `None` if it runs, or it is not known.
pub(super) fn ended_ago(root: u64) -> Option<Duration> {
    let [id, at] = &ENDED[place(root)];
    let ended = (id.load(Ordering::SeqCst) == root).then(|| at.load(Ordering::SeqCst))?;
    (id.load(Ordering::SeqCst) == root).then(|| Duration::from_millis(millis().saturating_sub(ended)))
}

/// No chain of parents that is true is longer.
const MAX_DEPTH: usize = 1000;

/// The nearest span of a future that shares its unit, `id` itself or above it, and in the same unit.
pub(super) fn future_around(mut id: u64) -> Option<u64> {
    for _ in 0..MAX_DEPTH {
        let Open { parent, rest } = open(id)?;
        match rest & (FUTURE | OF_UNIT) {
            FUTURE => return Some(id),
            0 if parent != 0 => id = parent,
            _ => return None,
        }
    }
    None
}

/// Whether both are open, and neither is above the other. Where a span above is not known, it may be.
pub(super) fn run_side_by_side(one: u64, other: u64) -> bool {
    is_not_below(one, other) && is_not_below(other, one)
}

fn is_not_below(mut id: u64, other: u64) -> bool {
    for _ in 0..MAX_DEPTH {
        match open(id) {
            Some(Open { parent: 0, .. }) => return true,
            Some(Open { parent, .. }) if parent != other => id = parent,
            _ => return false,
        }
    }
    false
}

/// The callsite of a number, unless that is the one of callsites without a number.
pub(super) fn opened_at(callsite: u32) -> Option<&'static Callsite> {
    (callsite != 0).then(|| Callsite::numbered(callsite))
}

/// The spans of a pipeline that are open.
pub(crate) fn open_spans(pipeline: PipelineRef) -> Vec<u64> {
    if !is_on() {
        return Vec::new();
    }
    let of_pipeline = |entry: &&Entry| entry.pipeline.load(Ordering::SeqCst) == pipeline.to_bits();
    let ids = OPEN.iter().filter(of_pipeline).map(|entry| entry.id.load(Ordering::SeqCst));
    ids.filter(|id| *id != 0).collect()
}

/// The callsite of a span, if it is open.
pub(super) fn callsite(id: u64) -> Option<&'static Callsite> {
    opened_at(open(id)?.rest as u32)
}

/// Forgets what a forked child inherited: the parent's spans end in the parent.
pub(crate) fn forget() {
    if is_on() {
        OPEN.iter().for_each(|entry| entry.id.store(0, Ordering::SeqCst));
    }
}
