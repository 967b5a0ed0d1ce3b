//! The accounts of a pipeline.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::engine;
use crate::pipeline_ref::PipelineRef;
use crate::sink::SinkAccount;

/// The accounts of one pipeline, since it was opened.
///
/// `started == delivered + dropped + open` at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Spans that began.
    pub started: u64,
    /// Spans that were handed to the sinks.
    pub delivered: u64,
    /// Spans that ended and were lost, because the buffers were full.
    pub dropped: u64,
    /// Spans that run, or that ended and are on their way; after a flush only those that run.
    pub open: u64,
    /// Spans that began in a task or on a pool's thread where no unit was bound.
    pub orphans: u64,
    /// Events that were handed to the sinks.
    pub events: u64,
    /// Events that were lost: the buffers were full, or a processor or `before_send` panicked.
    pub lost_events: u64,
    /// Attributes, span events, links and scopes that were lost because a buffer was full.
    pub lost_payloads: u64,
    /// The same, because their span did not end before too much of it was held back.
    pub evicted_payloads: u64,
    /// The same, because they came after their span had been delivered.
    pub late_payloads: u64,
    /// Panics of functions that the program gave to isohub, or of a `Display` or `Debug` that a
    /// field asked for.
    pub panics: u64,
    /// Writes to a scope in a task or on a pool's thread where no unit was bound, or by thread-locals of a
    /// thread that has ended, and baggage that was refused; of the whole process.
    pub lost_writes: u64,
    /// The accounts of each sink, in the order in which they were added.
    pub sinks: Vec<SinkStats>,
}

/// The accounts of one sink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStats {
    /// What the sink calls itself.
    pub name: String,
    /// Spans and events that it took.
    pub received: u64,
    /// Spans and events that it lost: its queue was full, or it panicked. If it wants whole traces, those
    /// of a trace that it lost count here too, whether or not it received them one by one before.
    pub lost: u64,
    /// Spans and events that it took, and says that it could not pass on.
    pub undelivered: u64,
    /// How often it panicked.
    pub panics: u64,
}

/// The accounts of the current hub's pipeline; all zero where there is none.
///
/// ```
/// let stats = isohub::stats();
/// assert_eq!(stats.started, stats.delivered + stats.dropped + stats.open);
/// ```
pub fn stats() -> Stats {
    crate::current::pipeline().stats()
}

impl PipelineRef {
    pub(crate) fn stats(self) -> Stats {
        crate::engine::leave_after_fork();
        let lost_writes = crate::report::lost_writes();
        let (Some(engine), Some(slot)) = (engine(), self.live()) else {
            return Stats { lost_writes, ..Stats::default() };
        };
        let read = |count: &AtomicU64| count.load(Ordering::Acquire);
        // What ends is read before what starts: a span is never counted at its end alone.
        let delivered = read(&slot.delivered);
        let counts = slot.counts(engine.lanes, self.index());
        let sinks = slot.config().map(|config| Arc::clone(&config.sinks)).unwrap_or_default();
        Stats {
            started: counts.started,
            delivered,
            dropped: counts.dropped,
            open: counts.started.saturating_sub(delivered + counts.dropped),
            orphans: read(&slot.orphans),
            events: read(&slot.events),
            lost_events: read(&slot.lost_events),
            lost_payloads: counts.lost_payloads,
            evicted_payloads: read(&slot.evicted),
            late_payloads: read(&slot.late),
            panics: read(&slot.panics),
            lost_writes,
            sinks: sinks.iter().map(|sink| read_sink(sink)).collect(),
        }
    }
}

fn read_sink(account: &SinkAccount) -> SinkStats {
    SinkStats {
        name: account.name.clone(),
        received: account.received.load(Ordering::Relaxed),
        lost: account.lost.load(Ordering::Relaxed),
        undelivered: account.undelivered.load(Ordering::Relaxed),
        panics: account.panics.load(Ordering::Relaxed),
    }
}
