//! Gathering the spans of a trace, for the sinks that want whole traces.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::collector::join::ById;
use crate::ids::{SpanId, TraceId};
use crate::propagation::Incoming;
use crate::record::{Event, SpanRecord, Trace};

/// Spans of a trace that wait for its local root at most; then they go on as a part.
const MAX_WAITING: usize = 10_000;

/// How long the spans of a trace wait for its local root at most.
const MAX_AGE: Duration = Duration::from_secs(60);

/// The traces of a pipeline that are under way.
#[derive(Default)]
pub(crate) struct Traces {
    gathering: HashMap<TraceId, Gathering>,
    /// How many local roots of a trace run: a program that calls itself has several.
    open_roots: HashMap<TraceId, u32>,
    /// Traces of which a part was delivered, not long ago and before that.
    delivered: [HashSet<TraceId>; 2],
    /// What came with traces, not long ago and before that.
    incoming: [HashMap<TraceId, Incoming>; 2],
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

/// Traces with open roots that are known of; a program that forgets more of them sees traces in parts.
const MAX_OPEN: usize = 65_536;

impl Traces {
    pub(crate) fn add_root_start(&mut self, trace: TraceId) {
        if self.open_roots.len() >= MAX_OPEN {
            self.open_roots.clear();
        }
        *self.open_roots.entry(trace).or_insert(0) += 1;
    }

    pub(crate) fn add_incoming(&mut self, incoming: &Incoming) {
        if self.incoming[0].len() >= REMEMBERED {
            self.incoming.swap(0, 1);
            // A trace that is still open may be so for long.
            let open_roots = &self.open_roots;
            let is_open = |trace: &TraceId, _: &mut Incoming| open_roots.contains_key(trace);
            self.incoming[0] = self.incoming[0].extract_if(is_open).take(REMEMBERED / 2).collect();
        }
        self.incoming[0].insert(incoming.trace_id(), incoming.clone());
    }

    pub(crate) fn add_span(&mut self, span: &Arc<SpanRecord>) {
        let (round, trace) = (self.rounds, span.context.trace_id());
        let gathering = self.gathering(trace);
        gathering.spans.push(Arc::clone(span));
        if span.is_local_root {
            gathering.rooted = Some(round);
            if let Entry::Occupied(mut open) = self.open_roots.entry(trace) {
                *open.get_mut() -= 1;
                if *open.get() == 0 {
                    open.remove();
                }
            }
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

    /// Hands over the traces that are complete, or have waited for long enough, or all if this is the
    /// `end`. A child that ended before its root may be seen one drain after it, so that a root waits for
    /// one round. Says whether one waits.
    pub(crate) fn finish_round(&mut self, end: bool, done: &mut Vec<Arc<Trace>>) -> bool {
        self.rounds += 1;
        let last = self.rounds - 1;
        let (open_roots, delivered) = (&self.open_roots, &self.delivered);
        let is_ready = |trace: &TraceId, it: &mut Gathering| {
            if end || it.spans.len() > MAX_WAITING || it.since.elapsed() > MAX_AGE {
                return true;
            }
            match it.rooted {
                _ if open_roots.contains_key(trace) => false,
                Some(round) => round < last,
                // What outlives its root has nothing to wait for.
                None => delivered.iter().any(|delivered| delivered.contains(trace)),
            }
        };
        let ready: Vec<_> = self.gathering.extract_if(is_ready).collect();
        for (trace, gathering) in ready {
            let is_continued = self.delivered.iter().any(|delivered| delivered.contains(&trace));
            let is_partial =
                is_continued || gathering.rooted.is_none() || self.open_roots.contains_key(&trace);
            self.delivered[0].insert(trace);
            let incoming = self.incoming.iter().find_map(|it| it.get(&trace)).cloned();
            done.push(Arc::new(Trace { incoming, ..gathering.into_trace(is_partial) }));
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
        Trace { is_partial, ..Trace::new(self.spans, self.events) }
    }
}

impl Trace {
    /// A trace of these spans, put into order; for sinks that gather spans themselves.
    pub fn new(mut spans: Vec<Arc<SpanRecord>>, events: Vec<Arc<Event>>) -> Self {
        spans.sort_by_key(|span| span.start);
        begin_after_parents(&mut spans);
        spans.sort_by_key(|span| span.start);
        let incoming = spans.iter().find_map(|span| span.incoming.clone());
        Trace { spans, events, is_partial: false, incoming }
    }
}

/// The clocks of two processors may differ by some ticks: no child begins before its parent.
fn begin_after_parents(spans: &mut [Arc<SpanRecord>]) {
    let places: ById<SpanId, usize> =
        spans.iter().enumerate().map(|(at, span)| (span.context.span_id(), at)).collect();
    // In the order of their start a parent is nearly always seen before its children.
    for at in 0..spans.len() {
        let parent = spans[at].parent.and_then(|parent| places.get(&parent));
        if let Some(start) = parent.map(|parent| spans[*parent].start)
            && spans[at].start < start
        {
            let span = Arc::make_mut(&mut spans[at]);
            span.duration = span.end().duration_since(start).unwrap_or_default();
            span.start = start;
        }
    }
}
