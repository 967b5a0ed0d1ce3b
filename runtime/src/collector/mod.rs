//! The one background thread: it joins what the threads wrote, and hands it to the sinks.
//!
//! A span whose end was seen in one drain is joined with its payload after the whole of the next:
//! by then whatever was written before the end is there.

mod join;
mod traces;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use crate::buffer::{Reader, Words};
use crate::caught::caught;
use crate::clock::Anchor;
use crate::collector::join::{Ended, Payloads};
use crate::collector::traces::Traces;
use crate::command::Command;
use crate::current;
use crate::engine::{Engine, TICK};
use crate::payload::{About, Payload, Start};
use crate::pipeline_ref::PipelineRef;
use crate::record::{Event, SpanRecord, StartedSpan};
use crate::sink::{Batch, Worker};
use crate::slots::{Config, Slot};

/// Records in a batch at most, so that a sink sees them in portions.
const BATCH: usize = 1024;

/// Drains after which all that was recorded before is with the sinks: an end is seen in the first,
/// joined after the second, and its trace, which waits for children that were seen one drain
/// later, after the third.
const DRAINS_OF_A_FLUSH: usize = 3;

/// How often the relation of ticks and wall time is read anew.
const ANCHOR_AGE: Duration = Duration::from_secs(10);

struct Pipeline {
    config: Arc<Config>,
    workers: Vec<Worker>,
    traces: Option<Traces>,
    /// What this round hands to the sinks.
    batch: Batch,
}

/// Collects until the process ends.
pub(crate) fn collect(engine: &'static Engine, reader: Reader) {
    Collector::new(engine, reader).run();
}

struct Collector {
    engine: &'static Engine,
    reader: Reader,
    pipelines: HashMap<PipelineRef, Pipeline>,
    anchor: Anchor,
    anchored: Instant,
    payloads: Payloads,
    /// Spans whose end was seen in the last drain.
    ended: Vec<Words>,
    /// What was told and is to be done after this round.
    commands: Vec<Command>,
    /// Memory for the next drain.
    spare: Vec<Words>,
}

impl Collector {
    fn new(engine: &'static Engine, reader: Reader) -> Self {
        Collector {
            engine,
            reader,
            pipelines: HashMap::new(),
            anchor: Anchor::now(),
            anchored: Instant::now(),
            payloads: Payloads::default(),
            ended: Vec::new(),
            commands: Vec::new(),
            spare: Vec::new(),
        }
    }

    fn run(mut self) {
        current::suppressed(|| {
            loop {
                let seen = self.round();
                for command in std::mem::take(&mut self.commands) {
                    self.obey(command);
                }
                // Ends that were seen wait for the next drain, and traces for the one after that.
                let wait = if seen { Duration::from_millis(2) } else { TICK };
                std::thread::park_timeout(wait);
            }
        });
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Flush { pipeline, end, done } => {
                for _ in 0..DRAINS_OF_A_FLUSH {
                    self.round();
                }
                if end && let (Some(it), Some(slot)) = (self.pipelines.get_mut(&pipeline), pipeline.live()) {
                    it.finish_traces(end);
                    it.deliver(slot);
                }
                let workers = self.pipelines.get(&pipeline).map_or(&[][..], |it| &it.workers);
                let answers = workers.iter().map(|worker| {
                    let (flushed, answer) = sync_channel(1);
                    worker.flush(flushed);
                    answer
                });
                // Whoever asked may have stopped waiting.
                let _ = done.send(answers.collect());
            }
            Command::Close(pipeline) => {
                self.pipelines.remove(&pipeline);
            }
            // Done when it is heard.
            Command::Open { .. } => {}
        }
    }

    /// Hears what is told. Pipelines are opened at once, the rest waits for the end of the round.
    fn listen(&mut self) {
        for command in self.engine.take_commands() {
            match command {
                Command::Open { pipeline, config, workers } => {
                    let traces = config.wants_traces.then(Traces::default);
                    let batch = Batch::default();
                    self.pipelines.insert(pipeline, Pipeline { config, workers, traces, batch });
                }
                command => self.commands.push(command),
            }
        }
    }

    /// One drain, and what can be joined after it. Says whether there was anything.
    fn round(&mut self) -> bool {
        if self.anchored.elapsed() > ANCHOR_AGE {
            (self.anchor, self.anchored) = (Anchor::now(), Instant::now());
        }
        let mut ended = std::mem::take(&mut self.spare);
        let mut payloads = Vec::new();
        self.engine.lanes.drain(
            &mut self.reader,
            |words| ended.push(words),
            |payload| payloads.push(payload),
        );
        // Whatever was drained belongs to pipelines that were opened before.
        self.listen();
        for Payload { pipeline, about } in payloads {
            let (Some(it), Some(slot)) = (self.pipelines.get_mut(&pipeline), pipeline.live()) else {
                continue;
            };
            match about {
                About::Span { span, tick, detail } => self.payloads.add(pipeline, span, tick, detail),
                About::Event(event) => it.add_event(slot, *event),
                About::RootStart(trace) => it.traces.iter_mut().for_each(|it| it.add_root_start(trace)),
                About::Start(start) => it.batch.started.push(started(*start, &self.anchor)),
            }
        }

        let ready = std::mem::replace(&mut self.ended, ended);
        let mut seen = !ready.is_empty() || !self.ended.is_empty();
        for &words in &ready {
            let ended = Ended::read(words);
            let details = self.payloads.take(ended.id);
            let (Some(it), Some(slot)) = (self.pipelines.get_mut(&ended.pipeline), ended.pipeline.live())
            else {
                continue;
            };
            it.add_span(Arc::new(ended.join(details, &self.anchor)));
            if it.batch.spans.len() >= BATCH {
                it.deliver(slot);
            }
        }
        self.spare = ready;
        self.spare.clear();
        self.payloads.rotate();
        for (pipeline, it) in &mut self.pipelines {
            let Some(slot) = pipeline.live() else { continue };
            seen |= it.finish_traces(false);
            it.deliver(slot);
        }
        seen
    }
}

fn started(start: Start, anchor: &Anchor) -> StartedSpan {
    StartedSpan {
        context: start.context,
        parent: start.parent,
        callsite: start.callsite,
        start: anchor.time_of(start.tick),
        is_orphan: start.is_orphan,
    }
}

impl Pipeline {
    fn add_span(&mut self, span: Arc<SpanRecord>) {
        if let Some(traces) = &mut self.traces {
            traces.add_span(&span);
        }
        self.batch.spans.push(span);
    }

    fn add_event(&mut self, slot: &Slot, event: Event) {
        let event = match &self.config.before_send {
            None => event,
            // It runs on a thread whose records go nowhere.
            Some(before_send) => match caught(|| before_send(event)) {
                Some(Some(event)) => event,
                Some(None) => return,
                None => {
                    slot.panics.fetch_add(1, Ordering::Relaxed);
                    slot.lost_events.fetch_add(1, Ordering::Relaxed);
                    return;
                }
            },
        };
        let event = Arc::new(event);
        if let Some(traces) = &mut self.traces {
            traces.add_event(&event);
        }
        self.batch.events.push(event);
    }

    fn finish_traces(&mut self, end: bool) -> bool {
        self.traces.as_mut().is_some_and(|traces| traces.finish_round(end, &mut self.batch.traces))
    }

    /// Hands the batch to the sinks.
    fn deliver(&mut self, slot: &Slot) {
        let batch = &self.batch;
        if batch.size() == 0 && batch.traces.is_empty() && batch.started.is_empty() {
            return;
        }
        let next = Batch { resource: Arc::clone(&self.config.resource), ..Batch::default() };
        let mut batch = std::mem::replace(&mut self.batch, next);
        batch.resource = Arc::clone(&self.config.resource);
        let add = |count: &AtomicU64, size: usize| count.fetch_add(size as u64, Ordering::AcqRel);
        let batch = Arc::new(batch);
        for worker in &self.workers {
            worker.send(&batch);
        }
        add(&slot.events, batch.events.len());
        add(&slot.delivered, batch.spans.len());
    }
}
