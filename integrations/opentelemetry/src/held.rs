//! Captured errors that wait for the end of their span.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use isohub::{Event, SpanId};

/// How many wait at most, and how long: the span of a service lives as long as the service.
const MAX_HELD: usize = 1024;
const MAX_AGE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(crate) struct Held {
    by_span: HashMap<SpanId, Vec<Arc<Event>>>,
    /// When each came, and its span; of some the span has ended.
    order: VecDeque<(Instant, SpanId)>,
}

impl Held {
    pub(crate) fn hold(&mut self, span: SpanId, event: &Arc<Event>) {
        self.by_span.entry(span).or_default().push(Arc::clone(event));
        self.order.push_back((Instant::now(), span));
    }

    /// Those of a span that has ended.
    pub(crate) fn of(&mut self, span: SpanId) -> Vec<Arc<Event>> {
        if self.by_span.is_empty() {
            return Vec::new();
        }
        self.by_span.remove(&span).unwrap_or_default()
    }

    /// Those that have waited for too long, and the oldest of too many.
    pub(crate) fn overdue(&mut self) -> Vec<Arc<Event>> {
        let mut overdue = Vec::new();
        while let Some((since, span)) = self.order.front()
            && (self.order.len() > MAX_HELD || since.elapsed() > MAX_AGE)
        {
            overdue.extend(self.by_span.remove(span).unwrap_or_default());
            self.order.pop_front();
        }
        overdue
    }

    /// All of them.
    pub(crate) fn all(&mut self) -> Vec<Arc<Event>> {
        let order = std::mem::take(&mut self.order);
        order.into_iter().flat_map(|(_, span)| self.by_span.remove(&span).unwrap_or_default()).collect()
    }
}
