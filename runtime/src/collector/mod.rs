//! The one background thread: it joins what the threads wrote, and hands it to the sinks.
//!
//! In a round it drains the lanes: first whatever was told of spans, then the ends of spans, each of
//! which is joined with what was told of it before.

mod join;
mod pipelines;
mod traces;

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use crate::buffer::Reader;
use crate::clock::Anchor;
use crate::collector::join::{Ended, Payloads};
use crate::collector::pipelines::{Pipeline, Pipelines};
use crate::command::Command;
use crate::engine::Engine;
use crate::parked;
use crate::payload::{About, Detail, Payload, Start};
use crate::record::StartedSpan;

/// Rounds after which all that was recorded before is with the sinks: spans after the first, and their
/// trace, which waits for children that were seen one round later, after the second.
const ROUNDS_OF_A_FLUSH: usize = 2;

/// How often the relation of ticks and wall time is read anew.
const ANCHOR_AGE: Duration = Duration::from_secs(10);

/// Collects until the process ends.
pub(crate) fn collect(engine: &'static Engine, reader: Reader) {
    Collector::new(engine, reader).run();
}

struct Collector {
    engine: &'static Engine,
    reader: Reader,
    pipelines: Pipelines,
    anchor: Anchor,
    anchored: Instant,
    payloads: Payloads,
    /// What was told and is to be done after this round.
    commands: Vec<Command>,
}

impl Collector {
    fn new(engine: &'static Engine, reader: Reader) -> Self {
        Collector {
            engine,
            reader,
            pipelines: Pipelines::default(),
            anchor: Anchor::now(),
            anchored: Instant::now(),
            payloads: Payloads::default(),
            commands: Vec::new(),
        }
    }

    fn run(mut self) {
        parked::unrecorded(|| {
            loop {
                self.engine.alarm.arm();
                let seen = self.round();
                if !seen {
                    self.pipelines.all().for_each(Pipeline::rest);
                }
                for command in std::mem::take(&mut self.commands) {
                    self.obey(command);
                }
                self.engine.alarm.sleep(seen);
            }
        });
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Flush { pipeline, end, done } => {
                for _ in 0..ROUNDS_OF_A_FLUSH {
                    self.round();
                }
                let mut answers = Vec::new();
                if let Some(it) = self.pipelines.get(pipeline) {
                    if end {
                        it.finish_traces(end);
                        it.deliver();
                    }
                    answers.extend(it.workers.iter().map(|worker| {
                        let (flushed, answer) = sync_channel(1);
                        worker.flush(flushed);
                        answer
                    }));
                }
                // Whoever asked may have stopped waiting.
                let _ = done.send(answers);
            }
            Command::Close(pipeline) => self.pipelines.close(pipeline),
            // Done when it is heard.
            Command::Open { .. } => {}
        }
    }

    /// Hears what is told. Pipelines are opened at once, the rest waits for the end of the round.
    fn listen(&mut self) {
        for command in self.engine.take_commands() {
            match command {
                Command::Open { pipeline, config, workers } => self.pipelines.open(pipeline, config, workers),
                command => self.commands.push(command),
            }
        }
    }

    /// One drain. Says whether there was anything, or a trace waits for the next.
    fn round(&mut self) -> bool {
        if self.anchored.elapsed() > ANCHOR_AGE {
            (self.anchor, self.anchored) = (Anchor::now(), Instant::now());
        }
        let mut told = Vec::new();
        self.engine.lanes.drain_payloads(&mut self.reader, |payload| told.push(payload));
        // Whatever was marked or taken belongs to pipelines that were opened before.
        self.listen();
        let mut seen = !told.is_empty();
        told.into_iter().for_each(|payload| self.hear(payload));

        let Collector { engine, reader, pipelines, anchor, payloads, .. } = self;
        engine.lanes.drain_records(reader, |words| {
            seen = true;
            let ended = Ended::read(words);
            let details = payloads.take(ended.id);
            if let Some(it) = pipelines.get(ended.pipeline) {
                it.add_span(|place| ended.join(details, anchor, place));
            }
        });
        payloads.tidy();
        for it in pipelines.all() {
            seen |= it.finish_traces(false);
            it.deliver();
        }
        seen
    }

    fn hear(&mut self, Payload { pipeline, about }: Payload) {
        let (Some(it), Some(slot)) = (self.pipelines.get(pipeline), pipeline.live()) else { return };
        match about {
            About::Span { span, tick, detail } => {
                if let (Detail::Incoming(incoming), Some(traces)) = (&detail, &mut it.traces) {
                    traces.add_incoming(incoming);
                }
                self.payloads.add(pipeline, span, tick, detail);
            }
            About::Event(event) => it.add_event(slot, *event),
            About::RootStart(trace) => it.traces.iter_mut().for_each(|it| it.add_root_start(trace)),
            About::Start(start) => it.batch.started.push(started(*start, &self.anchor)),
        }
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
