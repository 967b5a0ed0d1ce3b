//! A sink that keeps everything, and what the example shows of that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isohub::sink::{Batch, Sink};
use isohub::{Console, Event, SpanId, SpanRecord, Trace};

use crate::verdict::grouped;

/// More spans than this are cut: without isolation, requests end up below one another.
const MAX_SHOWN: usize = 14;

/// What a [`Keep`] received.
#[derive(Default)]
pub(crate) struct Received {
    pub(crate) spans: Vec<Arc<SpanRecord>>,
    pub(crate) events: Vec<Arc<Event>>,
}

/// A sink whose clones see the same records.
#[derive(Clone, Default)]
pub(crate) struct Keep(Arc<Mutex<Received>>);

impl Keep {
    pub(crate) fn received(&self) -> MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Keep {
    fn name(&self) -> &str {
        "keep"
    }

    fn receive(&mut self, batch: &Batch) {
        let mut received = self.received();
        received.spans.extend_from_slice(&batch.spans);
        received.events.extend_from_slice(&batch.events);
    }
}

impl Received {
    /// The waterfall of the span of this name that took longest, and of all below it.
    pub(crate) fn slowest(&self, name: &str, width: usize) -> Option<String> {
        let named = self.spans.iter().filter(|span| span.name == name);
        let slowest = named.max_by_key(|span| span.duration)?;
        let spans = self.below(slowest);
        let of_these = |event: &&Arc<Event>| spans.iter().any(|span| event.span == Some(span.context));
        let events = self.events.iter().filter(of_these).cloned().collect();
        let mut trace = Trace::new(spans, events);
        let cut = trace.spans.len().saturating_sub(MAX_SHOWN);
        trace.spans.truncate(MAX_SHOWN);
        let mut shown = Console::render(&trace, width);
        if cut > 0 {
            shown.push_str(&format!("(and {} more spans below it)\n", grouped(cut as u64)));
        }
        Some(shown)
    }

    /// `root` and its descendants, by their start.
    fn below(&self, root: &SpanRecord) -> Vec<Arc<SpanRecord>> {
        let mut children: HashMap<Option<SpanId>, Vec<&SpanRecord>> = HashMap::new();
        for span in &self.spans {
            children.entry(span.parent).or_default().push(span);
        }
        let mut open = vec![(root, None)];
        let mut found = Vec::new();
        while let Some((span, parent)) = open.pop() {
            found.push(Arc::new(without_repetition(span, parent)));
            let below = children.remove(&Some(span.context.span_id())).unwrap_or_default();
            open.extend(below.into_iter().map(|child| (child, Some(span))));
        }
        found.sort_by_key(|span| span.start);
        found
    }
}

/// The span without the attributes that its parent has too.
fn without_repetition(span: &SpanRecord, parent: Option<&SpanRecord>) -> SpanRecord {
    let mut span = span.clone();
    span.attributes.retain(|it| parent.and_then(|parent| parent.attribute(&it.key)) != Some(&it.value));
    span
}
