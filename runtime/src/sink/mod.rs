//! What consumes finished records.

mod account;
mod memory;
mod thread;
mod worker;

#[cfg(feature = "console")]
mod console;

pub(crate) use account::SinkAccount;
#[cfg(feature = "console")]
pub use console::{ColorChoice, Console};
pub use memory::Memory;
pub(crate) use thread::spawn;
pub(crate) use worker::Worker;

use std::sync::Arc;

use crate::record::{Event, Resource, SpanRecord, StartedSpan, Trace};

/// What was joined by one drain of the collector.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// Spans that ended.
    pub spans: Vec<Arc<SpanRecord>>,
    /// Events that were captured.
    pub events: Vec<Arc<Event>>,
    /// Traces whose local root ended; empty unless [`Sink::wants_traces`].
    pub traces: Vec<Arc<Trace>>,
    /// Spans that began; empty unless [`Sink::wants_starts`] of one of the pipeline's sinks.
    pub started: Vec<StartedSpan>,
    /// The program.
    pub resource: Arc<Resource>,
}

impl Batch {
    /// How much memory it keeps, in records.
    pub(crate) fn weight(&self) -> u64 {
        self.size() + self.size_of_traces() + self.started.len() as u64
    }

    /// How many spans and events it holds.
    pub(crate) fn size(&self) -> u64 {
        (self.spans.len() + self.events.len()) as u64
    }

    /// How many spans and events its traces hold.
    pub(crate) fn size_of_traces(&self) -> u64 {
        self.traces.iter().map(|trace| (trace.spans.len() + trace.events.len()) as u64).sum()
    }
}

/// A consumer of finished records.
///
/// Each sink runs on a thread of its own behind a bounded queue. It may block: what then finds the
/// queue full is lost for this sink alone, counted in [`SinkStats`](crate::SinkStats), and said once on the
/// standard error when it goes on. A sink that panics loses that batch; one that panics time and again is sent nothing more. Nothing that a
/// sink does is recorded.
///
/// ```
/// struct Names;
///
/// impl isohub::sink::Sink for Names {
///     fn name(&self) -> &str {
///         "names"
///     }
///
///     fn receive(&mut self, batch: &isohub::sink::Batch) {
///         for span in &batch.spans {
///             eprintln!("{}", span.name);
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sink",
    label = "not a sink",
    note = "write a value that implements `isohub::sink::Sink`, such as `Console::new()`"
)]
pub trait Sink: Send + 'static {
    /// What it is called in the statistics.
    fn name(&self) -> &str;

    /// Whether batches shall hold whole traces.
    fn wants_traces(&self) -> bool {
        false
    }

    /// Whether batches shall hold the spans that began. Costs the program some 100 ns a span.
    fn wants_starts(&self) -> bool {
        false
    }

    /// Takes what was joined.
    fn receive(&mut self, batch: &Batch);

    /// Sends on what it holds back.
    fn flush(&mut self) {}

    /// How many spans and events it took so far and could not pass on, as when a disk is full; asked after each of the
    /// calls above, and shown in [`SinkStats`](crate::SinkStats).
    fn undelivered(&self) -> u64 {
        0
    }
}
