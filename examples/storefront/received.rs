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
    pub(crate) traces: Vec<Arc<Trace>>,
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

    fn wants_traces(&self) -> bool {
        true
    }

    fn receive(&mut self, batch: &Batch) {
        let mut received = self.received();
        received.spans.extend_from_slice(&batch.spans);
        received.events.extend_from_slice(&batch.events);
        received.traces.extend_from_slice(&batch.traces);
    }
}

impl Received {
    /// The waterfall of the span of this name that took longest, and of all below it.
    pub(crate) fn slowest(&self, name: &str, width: usize) -> Option<String> {
        let named = self.spans.iter().filter(|span| span.name == name);
        let slowest = named.max_by_key(|span| span.duration)?;
        let whole = |trace: &&Arc<Trace>| trace.spans.iter().any(|span| span.context == slowest.context);
        let mut trace = Trace::clone(self.traces.iter().find(whole)?);
        // The audit ends after its request, so after the trace went out: the spans have it.
        trace.spans = self.below(slowest);
        trace.events.retain(|event| trace.spans.iter().any(|span| event.span == Some(span.context)));
        trace.is_partial = false;
        let cut = trace.spans.len().saturating_sub(MAX_SHOWN);
        trace.spans.truncate(MAX_SHOWN);
        let mut shown = Console::render(&trace, width);
        if cut > 0 {
            shown.push_str(&format!("(and {} more spans below it)\n", grouped(cut as u64)));
        }
        Some(shown)
    }

    /// `root` and its descendants, by their start.
    fn below(&self, root: &SpanRecord) -> Vec<SpanRecord> {
        let mut children: HashMap<Option<SpanId>, Vec<&SpanRecord>> = HashMap::new();
        for span in &self.spans {
            children.entry(span.parent).or_default().push(span);
        }
        let mut open = vec![(root, None)];
        let mut found = Vec::new();
        while let Some((span, parent)) = open.pop() {
            found.push(without_repetition(span, parent));
            let below = children.remove(&Some(span.context.span_id())).unwrap_or_default();
            open.extend(below.into_iter().map(|child| (child, Some(span))));
        }
        found.sort_by_key(|span| span.start);
        found
    }
}

/// The span without what is shown anyway: attributes that its parent has too, or that are tags of its unit,
/// and a user that is a tag.
fn without_repetition(span: &SpanRecord, parent: Option<&SpanRecord>) -> SpanRecord {
    let mut span = span.clone();
    let SpanRecord { attributes, scope, .. } = &mut span;
    if let Some(scope) = scope
        && scope.tag("user").is_some()
    {
        scope.set_user(None);
    }
    attributes.retain(|it| {
        let of_parent = parent.and_then(|parent| parent.attribute(&it.key)) == Some(&it.value);
        let tag = scope.as_ref().and_then(|scope| scope.tag(&it.key));
        !of_parent && tag != Some(&it.value.to_string())
    });
    span
}
