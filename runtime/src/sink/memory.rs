//! A sink that keeps what it receives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ids::SpanId;
use crate::record::{Event, SpanRecord, StartedSpan};
use crate::sink::{Batch, Sink};

/// Keeps all spans and events in memory; its clones see the same ones. For tests and small tools: it
/// grows for as long as it is not emptied.
///
/// ```
/// # fn main() -> Result<(), isohub::InstallError> {
/// let memory = isohub::sink::Memory::new();
/// let isohub = isohub::init().sink(memory.clone()).install()?;
/// isohub::start_span!("work").in_scope(|| {});
/// isohub.flush(std::time::Duration::from_secs(5)).ok();
/// assert_eq!(memory.spans()[0].name, "work");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<Arc<SpanRecord>>,
    events: Vec<Arc<Event>>,
    open: HashMap<SpanId, StartedSpan>,
}

impl Memory {
    /// One that keeps nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The spans that ended, in the order in which they arrived.
    pub fn spans(&self) -> Vec<Arc<SpanRecord>> {
        self.kept().spans.clone()
    }

    /// The events, in the order in which they arrived.
    pub fn events(&self) -> Vec<Arc<Event>> {
        self.kept().events.clone()
    }

    /// The spans that began and have not ended, in no order.
    pub fn open_spans(&self) -> Vec<StartedSpan> {
        self.kept().open.values().cloned().collect()
    }

    /// Forgets the spans that ended and the events.
    pub fn clear(&self) {
        let mut kept = self.kept();
        kept.spans.clear();
        kept.events.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    fn wants_starts(&self) -> bool {
        true
    }

    fn receive(&mut self, batch: &Batch) {
        let mut kept = self.kept();
        kept.open.extend(batch.started.iter().map(|span| (span.context.span_id(), span.clone())));
        for span in &batch.spans {
            kept.open.remove(&span.context.span_id());
        }
        kept.spans.extend(batch.spans.iter().cloned());
        kept.events.extend(batch.events.iter().cloned());
    }
}
