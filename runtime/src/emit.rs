//! How a running program writes records: into the lane of its thread, without waiting for anybody.

use std::sync::atomic::Ordering;

use crate::buffer::{Counter, Pushed, Words, Writer};
use crate::engine::{self, engine};
use crate::ids::SpanId;
use crate::lane;
use crate::payload::{About, Detail, Payload};
use crate::pipeline_ref::PipelineRef;
use crate::thread_end::{self, Stage};

/// Writes the record of a span that ended.
#[inline]
pub(crate) fn span(pipeline: PipelineRef, words: Words) {
    lane::writer(|writer| match writer.push(words) {
        Pushed::Stored => {}
        pushed => span_slowly(writer, pipeline, words, pushed),
    });
}

#[cold]
fn span_slowly(writer: &Writer<Payload>, pipeline: PipelineRef, words: Words, mut pushed: Pushed) {
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
pub(crate) fn payload(pipeline: PipelineRef, about: About) {
    let is_event = matches!(about, About::Event(_));
    // Asking costs a system call, and the inherited lane is bounded.
    if is_event && engine::leave_after_fork() {
        return;
    }
    let Some(engine) = engine() else { return };
    let payload = Payload { pipeline, about };
    let pushed = lane::writer(|writer| match open_lane(writer) {
        true => writer.push_payload(payload),
        false => engine.lanes.push_payload_shared(payload),
    });
    match pushed {
        Ok(waiting) => {
            engine.alarm.payload_stored(waiting);
            if is_event {
                engine.alarm.event_stored();
            }
        }
        Err(Payload { about: About::Event(_), .. }) => {
            if let Some(slot) = pipeline.live() {
                slot.lost_events.fetch_add(1, Ordering::Relaxed);
            }
        }
        Err(_) => count(pipeline, Counter::LostPayload),
    }
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
fn open_lane(writer: &Writer<Payload>) -> bool {
    writer.is_open()
        || (thread_end::run(Stage::Lane, lane::close)
            && engine().is_some_and(|engine| writer.open(engine.lanes)))
}
