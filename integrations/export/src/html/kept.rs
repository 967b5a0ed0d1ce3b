//! Which traces the page holds.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use isohub::{Event, Outcome, Trace};

/// Events outside of traces that are kept at most.
const MAX_EVENTS: usize = 100;

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) max_traces: usize,
    pub(super) max_spans: usize,
    /// In the order in which they came.
    pub(super) traces: VecDeque<KeptTrace>,
    /// What was captured in no trace.
    pub(super) events: VecDeque<Arc<Event>>,
    /// Traces that came and are not kept.
    pub(super) gone: u64,
    /// Whose traces they are.
    pub(super) process: String,
}

#[derive(Debug)]
pub(super) struct KeptTrace {
    pub(super) trace: Arc<Trace>,
    /// Spans and events that there was no room for.
    pub(super) cut: usize,
}

impl Default for Kept {
    fn default() -> Self {
        let (traces, events) = (VecDeque::new(), VecDeque::new());
        Kept { max_traces: 100, max_spans: 50_000, traces, events, gone: 0, process: String::new() }
    }
}

impl Kept {
    pub(super) fn add_trace(&mut self, trace: &Arc<Trace>) {
        let id = |trace: &Trace| {
            let of_span = trace.spans.first().map(|span| span.context.trace_id());
            of_span.or(trace.events.first().and_then(|event| Some(event.span?.trace_id())))
        };
        // The parts of a trace become one again.
        let known = self.traces.iter().position(|kept| trace.is_partial && id(&kept.trace) == id(trace));
        let known = known.and_then(|at| self.traces.remove(at));
        let whole = match &known {
            Some(known) => {
                let spans = known.trace.spans.iter().chain(&trace.spans).cloned().collect();
                let events = known.trace.events.iter().chain(&trace.events).cloned().collect();
                let mut whole = Trace::new(spans, events);
                // What goes on behind its root is whole again.
                whole.is_partial = !whole.spans.iter().any(|span| span.is_local_root);
                Arc::new(whole)
            }
            None => Arc::clone(trace),
        };
        let cut = known.map_or(0, |known| known.cut);
        self.traces.push_back(KeptTrace::new(whole, cut, self.max_spans));
        while self.traces.len() > self.max_traces || (self.traces.len() > 1 && self.size() > self.max_spans) {
            let older = self.traces.len().div_ceil(2);
            let least = (0..older).min_by_key(|&at| self.traces[at].weight());
            self.traces.remove(least.unwrap_or(0));
            self.gone += 1;
        }
    }

    pub(super) fn add_event(&mut self, event: &Arc<Event>) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(Arc::clone(event));
    }

    fn size(&self) -> usize {
        self.traces.iter().map(|kept| kept.trace.spans.len() + kept.trace.events.len()).sum()
    }
}

impl KeptTrace {
    fn new(mut trace: Arc<Trace>, mut cut: usize, max: usize) -> Self {
        let events = trace.events.len().min(max);
        let spans = trace.spans.len().min(max - events);
        let over = trace.spans.len() + trace.events.len() - spans - events;
        if over > 0 {
            let trace = Arc::make_mut(&mut trace);
            trace.spans.truncate(spans);
            trace.events.truncate(events);
            cut += over;
        }
        KeptTrace { trace, cut }
    }

    /// What is worth more is kept for longer: that it failed, then how long it took.
    fn weight(&self) -> (bool, Duration) {
        let spans = &self.trace.spans;
        let failed = |outcome: Outcome| matches!(outcome, Outcome::Error | Outcome::Panicked);
        let has_failed = !self.trace.events.is_empty() || spans.iter().any(|span| failed(span.outcome));
        let first = spans.first().map(|span| span.start);
        let last = spans.iter().map(|span| span.end()).max();
        let took = first.zip(last).and_then(|(first, last)| last.duration_since(first).ok());
        (has_failed, took.unwrap_or_default())
    }
}
