//! What is written about spans besides their records, and about events.

use crate::callsite::Callsite;
use crate::ids::{SpanContext, SpanId, TraceId};
use crate::pipeline_ref::PipelineRef;
use crate::propagation::Incoming;
use crate::record::{Event, Link, Outcome};
use crate::scope::Scope;
use crate::value::{Attribute, Text};

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
    /// What came with the trace, of its local root.
    Incoming(Incoming),
}

/// A span that began.
pub(crate) struct Start {
    pub(crate) context: SpanContext,
    pub(crate) parent: Option<SpanId>,
    pub(crate) callsite: &'static Callsite,
    pub(crate) tick: u64,
    pub(crate) is_orphan: bool,
}
