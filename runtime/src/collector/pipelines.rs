//! The pipelines that the collector serves, and what it gathers for each.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::caught::caught;
use crate::collector::join::blank;
use crate::collector::traces::Traces;
use crate::pipeline_ref::PipelineRef;
use crate::record::{Event, SpanRecord};
use crate::sink::{Batch, Worker};
use crate::slots::{Config, Slot};

/// Records in a batch at most, so that a sink sees them in portions.
const BATCH: usize = 1024;

/// Batches whose spans are taken back when the sinks are done: as many as fill the queue of a sink.
const WATCHED: usize = 256;

/// Spans that are taken back at once, to be written over: those that come fast are not allocated one by one.
const SPARE: usize = 16 * BATCH;

/// Those that are open, each at the place of its index.
#[derive(Default)]
pub(crate) struct Pipelines(Vec<Option<Pipeline>>);

impl Pipelines {
    pub(crate) fn open(&mut self, pipeline: PipelineRef, config: Arc<Config>, workers: Vec<Worker>) {
        let place = pipeline.index() as usize;
        if self.0.len() <= place {
            self.0.resize_with(place + 1, || None);
        }
        self.0[place] = Some(Pipeline::new(pipeline, config, workers));
    }

    pub(crate) fn close(&mut self, pipeline: PipelineRef) {
        if self.get(pipeline).is_some() {
            self.0[pipeline.index() as usize] = None;
        }
    }

    /// The one that is meant, and not another that lives in its place now.
    #[inline]
    pub(crate) fn get(&mut self, pipeline: PipelineRef) -> Option<&mut Pipeline> {
        self.0.get_mut(pipeline.index() as usize)?.as_mut().filter(|it| it.reference == pipeline)
    }

    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut Pipeline> {
        self.0.iter_mut().flatten()
    }
}

pub(crate) struct Pipeline {
    reference: PipelineRef,
    config: Arc<Config>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) traces: Option<Traces>,
    /// What this round hands to the sinks.
    pub(crate) batch: Batch,
    /// Batches that the sinks have or had, the oldest first.
    sent: VecDeque<Arc<Batch>>,
    /// Records of batches that the sinks are done with.
    spare: Vec<Arc<SpanRecord>>,
}

impl Pipeline {
    fn new(reference: PipelineRef, config: Arc<Config>, workers: Vec<Worker>) -> Self {
        Pipeline {
            reference,
            traces: config.wants_traces.then(Traces::default),
            batch: Batch { resource: Arc::clone(&config.resource), ..Batch::default() },
            config,
            workers,
            sent: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    /// Adds a span that `write` writes, over an earlier one where there is one to spare.
    #[inline]
    pub(crate) fn add_span(&mut self, write: impl FnOnce(&mut SpanRecord)) {
        let mut span = match self.spare.pop() {
            Some(used) if Arc::strong_count(&used) == 1 => used,
            // A sink kept it, or there is none.
            _ => Arc::new(blank()),
        };
        write(Arc::make_mut(&mut span));
        if let Some(traces) = &mut self.traces {
            traces.add_span(&span);
        }
        self.batch.spans.push(span);
        if self.batch.spans.len() >= BATCH {
            self.deliver();
        }
    }

    pub(crate) fn add_event(&mut self, slot: &Slot, mut event: Event) {
        // The processors of its scope have seen any other.
        let processors = if event.is_panic { event.scope.event_processors() } else { Vec::new() };
        for processor in processors {
            match changed(slot, || processor.process(event)) {
                Some(processed) => event = processed,
                None => return,
            }
        }
        let event = match &self.config.before_send {
            None => event,
            Some(before_send) => match changed(slot, || before_send(event)) {
                Some(event) => event,
                None => return,
            },
        };
        let event = Arc::new(event);
        if let Some(traces) = &mut self.traces {
            traces.add_event(&event);
        }
        self.batch.events.push(event);
    }

    /// Hands over the traces that are complete, or all at the `end`; says whether one waits.
    pub(crate) fn finish_traces(&mut self, end: bool) -> bool {
        self.traces.as_mut().is_some_and(|traces| traces.finish_round(end, &mut self.batch.traces))
    }

    /// Hands the batch to the sinks, unless the pipeline was closed: then it is gone.
    pub(crate) fn deliver(&mut self) {
        let batch = &self.batch;
        if batch.size() == 0 && batch.traces.is_empty() && batch.started.is_empty() {
            return;
        }
        let next = Batch {
            // It likely becomes as long as this one.
            spans: Vec::with_capacity(batch.spans.len()),
            resource: Arc::clone(&self.config.resource),
            ..Batch::default()
        };
        let batch = Arc::new(std::mem::replace(&mut self.batch, next));
        let Some(slot) = self.reference.live() else { return };
        for worker in &self.workers {
            worker.send(&batch);
        }
        let add = |count: &AtomicU64, size: usize| count.fetch_add(size as u64, Ordering::AcqRel);
        add(&slot.events, batch.events.len());
        add(&slot.delivered, batch.spans.len());
        self.keep(batch);
    }

    /// Watches a batch that was sent, and takes the spans of those that the sinks have dropped.
    fn keep(&mut self, batch: Arc<Batch>) {
        // The spans of a trace are kept by the trace.
        if self.traces.is_none() && self.sent.len() < WATCHED {
            self.sent.push_back(batch);
        }
        // The last ones first, which are in the cache; the others wait where they are.
        while self.spare.len() < SPARE
            && let Some(done) = self.sent.front_mut().and_then(Arc::get_mut)
        {
            self.spare.append(&mut done.spans);
            self.sent.pop_front();
        }
    }

    /// Frees what was kept, when nothing comes that could use it.
    pub(crate) fn rest(&mut self) {
        self.sent = VecDeque::new();
        self.spare = Vec::new();
    }
}

/// What a function of the program makes of an event; it runs on a thread whose records go nowhere.
fn changed(slot: &Slot, change: impl FnOnce() -> Option<Event>) -> Option<Event> {
    caught(change).unwrap_or_else(|| {
        slot.panics.fetch_add(1, Ordering::Relaxed);
        slot.lost_events.fetch_add(1, Ordering::Relaxed);
        None
    })
}
