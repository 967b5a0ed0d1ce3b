//! How a running program writes records: into the lane of its thread, without waiting for anybody.

use std::sync::atomic::Ordering;

use crate::buffer::{Counter, Pushed, Words, Writer};
use crate::callsite::Callsite;
use crate::current;
use crate::engine::{self, engine};
use crate::ids::{SpanContext, SpanId, TraceId};
use crate::pipeline::PipelineRef;
use crate::record::{Event, Link, Outcome};
use crate::scope::Scope;
use crate::value::{Attribute, Text};

thread_local! {
    static WRITER: Writer<Payload> = const { Writer::new() };
}

/// What does not fit into a span's record, or comes at another time, or belongs to no span.
pub(crate) struct Payload {
    pub(crate) pipeline: PipelineRef,
    pub(crate) about: About,
}

/// What a payload tells.
pub(crate) enum About {
    /// Something of a span, at a tick.
    Span { span: SpanId, tick: u64, detail: Detail },
    /// Something was captured.
    Event(Box<Event>),
    /// The local root of a trace began; only where a sink wants whole traces.
    RootStart(TraceId),
    /// A span began; only where a sink wants to know.
    Start(Box<Start>),
}

/// What is told of a span.
pub(crate) enum Detail {
    Attributes(Vec<Attribute>),
    Event(Text, Vec<Attribute>),
    Link(Box<Link>),
    Name(Text),
    Outcome(Outcome),
    Scope(Scope),
}

/// A span that began.
pub(crate) struct Start {
    pub(crate) context: SpanContext,
    pub(crate) parent: Option<SpanId>,
    pub(crate) callsite: &'static Callsite,
    pub(crate) tick: u64,
    pub(crate) is_orphan: bool,
}

/// Writes the record of a span that ended.
#[inline]
pub(crate) fn span(pipeline: PipelineRef, words: Words) {
    WRITER.with(|writer| match writer.push(words) {
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
        Pushed::StoredAndFilledChunk => engine.wake(),
        Pushed::Dropped | Pushed::NoLane => {
            count(pipeline, Counter::Dropped);
            engine.wake();
        }
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
    let pushed = WRITER.with(|writer| match open_lane(writer) {
        true => writer.push_payload(payload),
        false => engine.lanes.push_payload_shared(payload),
    });
    match pushed {
        Ok(()) if is_event => engine.wake(),
        Ok(()) => {}
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
    WRITER.with(|writer| {
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
        || (current::watch_thread_end() && engine().is_some_and(|engine| writer.open(engine.lanes)))
}

/// Gives the lane of this thread back.
pub(crate) fn close_lane() {
    WRITER.with(Writer::close);
}

/// Forgets the lane that a forked child inherited.
pub(crate) fn forget_lane() {
    WRITER.with(Writer::abandon);
}
