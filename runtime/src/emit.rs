//! How a running program writes records: into the lane of its thread, without waiting for anybody.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use crate::buffer::{Counter, Pushed, Tally, Words, Writer};
use crate::callsite::Callsite;
use crate::engine::{self, engine};
use crate::ids::SpanId;
use crate::lane;
use crate::payload::{About, Detail, Payload};
use crate::pipeline_ref::PipelineRef;
use crate::report;
use crate::slots::Slot;
use crate::strand::thread_bound;
use crate::thread_end::{self, Stage};

/// What a thread needs to begin spans of a pipeline, once it has looked it up.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    pipeline: PipelineRef,
    generation: usize,
    slot: &'static Slot,
    started: Tally,
}

thread_bound! {
    /// That of the pipeline for which this thread last began a span.
    fn last_account: Cell<Option<Account>> = Cell::new(None);
}

impl Account {
    /// This thread's for `pipeline`, if that was looked up last.
    #[inline(always)]
    pub(crate) fn known(pipeline: PipelineRef) -> Option<Self> {
        last_account(Cell::get).filter(|known| {
            known.pipeline == pipeline
                && known.slot.is_of(pipeline)
                && known.generation == engine::generation()
        })
    }

    /// Looks up this thread's for `pipeline`. There is none where the pipeline does not live, or there is no lane for
    /// the thread.
    pub(crate) fn look_up(pipeline: PipelineRef) {
        let generation = engine::generation();
        let Some(slot) = pipeline.live() else { return };
        let started = lane::writer(|writer| {
            if open_lane(writer) { writer.tally(Counter::Started, pipeline.index() as usize) } else { None }
        });
        let account = started.map(|started| Account { pipeline, generation, slot, started });
        last_account(|last| last.set(account));
    }

    /// Whether it is known that the filter lets `callsite` through, and there is nothing else to do than for most.
    #[inline(always)]
    pub(crate) fn allows(&self, callsite: &Callsite) -> bool {
        !self.slot.takes_detours() && self.slot.known_verdict(callsite) == Some(true)
    }

    /// Counts a span that starts, and says in which of a row of forked processes that is.
    #[inline]
    pub(crate) fn start(&self) -> usize {
        self.started.add();
        self.generation
    }
}

/// Writes the record of a span that ended.
#[inline]
pub(crate) fn span(pipeline: PipelineRef, words: &Words) {
    lane::writer(|writer| match writer.push(words) {
        Pushed::Stored => {}
        pushed => span_slowly(writer, pipeline, words, pushed),
    });
}

#[cold]
fn span_slowly(writer: &Writer<Payload>, pipeline: PipelineRef, words: &Words, mut pushed: Pushed) {
    if engine::leave_after_fork() {
        return;
    }
    let Some(engine) = engine() else { return };
    if pushed == Pushed::NoLane {
        pushed = match open_lane(writer) {
            true => writer.push(words),
            false => engine.lanes.push_shared(words),
        };
    }
    match pushed {
        Pushed::Stored => {}
        Pushed::StoredAndFilledChunk => engine.alarm.chunk_filled(),
        // The collector was woken long before all chunks were full.
        Pushed::Dropped | Pushed::NoLane => count(pipeline, Counter::Dropped),
    }
}

/// Writes a payload; what finds no room is counted.
#[inline(always)]
pub(crate) fn payload(pipeline: PipelineRef, about: About) {
    // Inline, so that it is put together where it is taken from: copied with wide loads after narrow stores it
    // would wait for those.
    send(&mut Some(Payload { pipeline, about }));
}

#[inline(never)]
fn send(payload: &mut Option<Payload>) {
    let Some(Payload { pipeline, about }) = payload else { return };
    let (pipeline, is_event) = (*pipeline, matches!(about, About::Event(_)));
    // Asking costs a system call, and the inherited lane is bounded.
    if is_event && engine::leave_after_fork() {
        return;
    }
    let Some(engine) = engine() else { return };
    let pushed = lane::writer(|writer| match open_lane(writer) {
        true => writer.push_payload(payload),
        false => engine.lanes.push_payload_shared(payload),
    });
    match pushed {
        Some(waiting) => {
            engine.alarm.payload_stored(waiting);
            if is_event {
                engine.alarm.event_stored();
            }
        }
        None => lose(pipeline, payload),
    }
}

/// Counts a payload that found no room.
#[cold]
fn lose(pipeline: PipelineRef, payload: &mut Option<Payload>) {
    let Some(lost) = payload.take() else { return };
    match lost.about {
        About::Event(_) => {
            if let Some(slot) = pipeline.live() {
                slot.lost_events.fetch_add(1, Ordering::Relaxed);
            }
        }
        _ => count(pipeline, Counter::LostPayload),
    }
    // A scope may have destructors of the program's.
    report::caught(|| drop(lost));
}

/// Writes a payload about a span.
pub(crate) fn detail(pipeline: PipelineRef, span: SpanId, detail: Detail) {
    payload(pipeline, About::Span { span, tick: crate::clock::ticks(), detail });
}

/// Adds one to a counter of a pipeline.
#[inline]
pub(crate) fn count(pipeline: PipelineRef, counter: Counter) {
    lane::writer(|writer| {
        if !writer.count(counter, pipeline.index() as usize) {
            count_slowly(writer, pipeline, counter);
        }
    });
}

#[cold]
fn count_slowly(writer: &Writer<Payload>, pipeline: PipelineRef, counter: Counter) {
    let index = pipeline.index() as usize;
    if !(open_lane(writer) && writer.count(counter, index))
        && let Some(engine) = engine()
    {
        engine.lanes.count_shared(counter, index);
    }
}

/// Whether this thread has a lane, or gets one now. A thread whose locals are gone gets none: nobody
/// would give it back.
#[inline]
fn open_lane(writer: &Writer<Payload>) -> bool {
    writer.is_open() || make_lane(writer)
}

#[cold]
fn make_lane(writer: &Writer<Payload>) -> bool {
    thread_end::run(Stage::Lane, close_lane) && engine().is_some_and(|engine| writer.open(engine.lanes))
}

fn close_lane() {
    // Its counters are another thread's next.
    last_account(Cell::take);
    lane::close();
}
