//! What is known and counted of a sink.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Batch, Sink};
use crate::caught::caught;

/// What a sink says of itself, asked once, and its accounts while it works.
#[derive(Debug, Default)]
pub(crate) struct SinkAccount {
    pub(crate) name: String,
    pub(crate) wants_traces: bool,
    pub(crate) wants_starts: bool,
    pub(crate) received: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) undelivered: AtomicU64,
    pub(crate) panics: AtomicU64,
}

impl SinkAccount {
    /// Of a sink; where that panics, it is as if it had said nothing.
    pub(crate) fn of(sink: &dyn Sink) -> Self {
        let name = caught(|| sink.name().to_owned());
        let (traces, starts) = (caught(|| sink.wants_traces()), caught(|| sink.wants_starts()));
        let panics = [name.is_none(), traces.is_none(), starts.is_none()];
        SinkAccount {
            name: name.unwrap_or_else(|| "(panicked)".to_owned()),
            wants_traces: traces.unwrap_or(false),
            wants_starts: starts.unwrap_or(false),
            panics: AtomicU64::new(panics.into_iter().filter(|it| *it).count() as u64),
            ..SinkAccount::default()
        }
    }

    /// Counts what does not get to the sink: of a trace all of it, whether or not its spans came one by one before.
    pub(crate) fn lose(&self, batch: &Batch) -> u64 {
        let of_traces = if self.wants_traces { batch.size_of_traces() } else { 0 };
        let lost = batch.size().max(of_traces);
        self.lost.fetch_add(lost, Ordering::Relaxed);
        lost
    }
}
