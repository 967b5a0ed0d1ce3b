//! Gathering the spans of a trace, for the sinks that want whole traces.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::collector::join::ById;
use crate::ids::{SpanId, TraceId};
use crate::record::{Event, SpanRecord, Trace};

/// Spans of a trace that wait for its local root at most; then they go on as a part.
const MAX_WAITING: usize = 10_000;

/// How long the spans of a trace wait for its local root at most.
const MAX_AGE: Duration = Duration::from_secs(60);

/// The traces of a pipeline that are under way.
#[derive(Default)]
pub(crate) struct Traces {
    gathering: HashMap<TraceId, Gathering>,
    /// Traces of which a part was delivered, not long ago and before that.
    delivered: [HashMap<TraceId, ()>; 2],
    rounds: u64,
}

struct Gathering {
    spans: Vec<Arc<SpanRecord>>,
    events: Vec<Arc<Event>>,
    since: Instant,
    /// The round in which the local root came.
    rooted: Option<u64>,
}

/// Delivered traces that are remembered.
const REMEMBERED: usize = 16_384;

impl Traces {
    pub(crate) fn add_span(&mut self, span: &Arc<SpanRecord>) {
        let round = self.rounds;
        let gathering = self.gathering(span.context.trace_id());
        gathering.spans.push(Arc::clone(span));
        if span.is_local_root {
            gathering.rooted = Some(round);
        }
    }

    pub(crate) fn add_event(&mut self, event: &Arc<Event>) {
        if let Some(span) = event.span.filter(|span| span.is_sampled()) {
            self.gathering(span.trace_id()).events.push(Arc::clone(event));
        }
    }

    fn gathering(&mut self, trace: TraceId) -> &mut Gathering {
        self.gathering.entry(trace).or_insert_with(|| Gathering {
            spans: Vec::new(),
            events: Vec::new(),
            since: Instant::now(),
            rooted: None,
        })
    }

    /// Hands over the traces that are complete, or have waited for long enough. A child that ended
    /// before its root may be seen one drain after it, so that a root waits for one round. Says
    /// whether one waits.
    pub(crate) fn finish_round(&mut self, done: &mut Vec<Arc<Trace>>) -> bool {
        self.rounds += 1;
        let last = self.rounds - 1;
        let is_ready = |_: &TraceId, it: &mut Gathering| match it.rooted {
            Some(round) => round < last,
            None => it.spans.len() > MAX_WAITING || it.since.elapsed() > MAX_AGE,
        };
        let ready: Vec<_> = self.gathering.extract_if(is_ready).collect();
        for (trace, gathering) in ready {
            let is_continued = self.delivered.iter().any(|delivered| delivered.contains_key(&trace));
            let is_partial = is_continued || gathering.rooted.is_none();
            self.delivered[0].insert(trace, ());
            done.push(Arc::new(gathering.into_trace(is_partial)));
        }
        if self.delivered[0].len() > REMEMBERED {
            self.delivered.swap(0, 1);
            self.delivered[0].clear();
        }
        self.gathering.values().any(|it| it.rooted.is_some())
    }
}

impl Gathering {
    fn into_trace(self, is_partial: bool) -> Trace {
        let mut spans: Vec<SpanRecord> = self.spans.into_iter().map(Arc::unwrap_or_clone).collect();
        spans.sort_by_key(|span| span.start);
        begin_after_parents(&mut spans);
        spans.sort_by_key(|span| span.start);
        let events = self.events.into_iter().map(Arc::unwrap_or_clone).collect();
        Trace { spans, events, is_partial }
    }
}

/// The clocks of two processors may differ by some ticks: no child begins before its parent.
fn begin_after_parents(spans: &mut [SpanRecord]) {
    let places: ById<SpanId, usize> =
        spans.iter().enumerate().map(|(at, span)| (span.context.span_id(), at)).collect();
    // In the order of their start a parent is nearly always seen before its children.
    for at in 0..spans.len() {
        let parent = spans[at].parent.and_then(|parent| places.get(&parent));
        if let Some(start) = parent.map(|parent| spans[*parent].start)
            && spans[at].start < start
        {
            let end = spans[at].end();
            spans[at].start = start;
            spans[at].duration = end.duration_since(start).unwrap_or_default();
        }
    }
}
