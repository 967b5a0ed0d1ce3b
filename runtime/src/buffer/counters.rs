//! Counters of each thread and pipeline, of which one reads only sums.

use crate::sync::{AtomicU64, OnceLock, Ordering, PIPELINES};

/// What is counted where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    /// Spans that began.
    Started,
    /// Records that found no room.
    Dropped,
    /// Payloads that found no room.
    LostPayload,
}

/// One counter of a lane and a pipeline, for the thread that owns the lane.
#[derive(Clone, Copy)]
pub(crate) struct Tally(&'static AtomicU64);

impl Tally {
    #[inline]
    pub(crate) fn add(self) {
        add(self.0);
    }
}

/// Adds one, for the only thread that adds there.
#[inline]
fn add(cell: &AtomicU64) {
    // Release, so that whoever sees a count also sees those that were raised before.
    cell.store(cell.load(Ordering::Relaxed) + 1, Ordering::Release);
}

const KINDS: usize = 3;

/// So many pipelines are counted in one allocation of 768 bytes.
const BLOCK: usize = if PIPELINES < 32 { PIPELINES } else { 32 };

/// The counters of one pipeline lie together, as they are touched together.
#[repr(align(64))]
struct Block([[AtomicU64; KINDS]; BLOCK]);

impl Block {
    fn new() -> Box<Self> {
        Box::new(Block(std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0)))))
    }
}

/// The counters of one lane, which outlive the threads that own it one after the other.
pub(super) struct Counters {
    blocks: [OnceLock<Box<Block>>; PIPELINES.div_ceil(BLOCK)],
}

impl Counters {
    /// Zero everywhere, in memory that comes when it is needed.
    pub(super) fn empty() -> Self {
        Counters { blocks: std::array::from_fn(|_| OnceLock::new()) }
    }

    /// Zero everywhere, in memory that is there.
    pub(super) fn filled() -> Self {
        Counters { blocks: std::array::from_fn(|_| OnceLock::from(Block::new())) }
    }

    /// Adds one, for the only thread that adds here. A pipeline that cannot be is not counted.
    #[inline]
    pub(super) fn add(&self, counter: Counter, pipeline: usize) {
        if let Some(cell) = self.cell(counter, pipeline).or_else(|| self.grow(counter, pipeline)) {
            add(cell);
        }
    }

    /// A counter, for the only thread that adds here.
    pub(super) fn tally(&'static self, counter: Counter, pipeline: usize) -> Option<Tally> {
        self.cell(counter, pipeline).or_else(|| self.grow(counter, pipeline)).map(Tally)
    }

    /// Adds one, for any thread, to counters that were made [`filled`](Self::filled).
    pub(super) fn add_shared(&self, counter: Counter, pipeline: usize) {
        if let Some(cell) = self.cell(counter, pipeline) {
            cell.fetch_add(1, Ordering::Release);
        }
    }

    pub(super) fn get(&self, counter: Counter, pipeline: usize) -> u64 {
        self.cell(counter, pipeline).map_or(0, |cell| cell.load(Ordering::Acquire))
    }

    #[inline]
    fn cell(&self, counter: Counter, pipeline: usize) -> Option<&AtomicU64> {
        self.blocks.get(pipeline / BLOCK)?.get().map(|block| &block.0[pipeline % BLOCK][counter as usize])
    }

    #[cold]
    fn grow(&self, counter: Counter, pipeline: usize) -> Option<&AtomicU64> {
        // An allocator that counts might have made the block meanwhile, which is as good.
        let _ = self.blocks.get(pipeline / BLOCK)?.set(Block::new());
        self.cell(counter, pipeline)
    }
}
