//! Where a span attaches: the trace of a unit, and what is active in it.

use crate::ids::{Flags, SpanContext, SpanId, TraceId, random};
use crate::pipeline_ref::PipelineRef;

/// Which pipeline and which trace a unit's records belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The pipeline, and what the ids mean in the highest eight bits.
    place: u64,
    high: u64,
    low: u64,
    /// The parent or the linked span where the trace has not begun, else its local root.
    span: u64,
}

/// What the ids of a [`Flow`] mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TraceOrigin {
    /// There is no trace; the next span begins one.
    None,
    /// The next span begins a trace that is linked to the span of these ids.
    Detached(Flags),
    /// The next span continues the trace of a span of another process.
    Remote(Flags),
    /// A trace is under way, recorded or not.
    Local(Flags),
}

impl TraceOrigin {
    const fn to_bits(self) -> u64 {
        let (kind, flags) = match self {
            TraceOrigin::None => (0, Flags::NONE),
            TraceOrigin::Detached(flags) => (1, flags),
            TraceOrigin::Remote(flags) => (2, flags),
            TraceOrigin::Local(flags) => (3, flags),
        };
        kind << 59 | (flags.bits() as u64) << 56
    }

    const fn from_bits(bits: u64) -> Self {
        let flags = Flags::from_bits((bits >> 56) as u8 & 7);
        match bits >> 59 {
            0 => TraceOrigin::None,
            1 => TraceOrigin::Detached(flags),
            2 => TraceOrigin::Remote(flags),
            _ => TraceOrigin::Local(flags),
        }
    }
}

impl Flow {
    const fn new(pipeline: PipelineRef, origin: TraceOrigin, trace: TraceId, span: u64) -> Self {
        Flow { place: pipeline.to_bits() | origin.to_bits(), high: trace.high, low: trace.low, span }
    }

    /// No trace.
    pub(crate) const fn none(pipeline: PipelineRef) -> Self {
        Flow::new(pipeline, TraceOrigin::None, TraceId { high: 0, low: 0 }, 0)
    }

    /// The next span of the flow continues (`Remote`) or is linked to (`Detached`) `context`.
    pub(crate) fn beside(pipeline: PipelineRef, origin: TraceOrigin, context: SpanContext) -> Self {
        Flow::new(pipeline, origin, context.trace_id(), context.span_id().0)
    }

    /// The trace that the next span of the flow begins, when it has begun: its local root is `root`; 0 where
    /// it is not recorded.
    pub(crate) fn begun(&self, trace: TraceId, root: u64, sampled: bool) -> Self {
        let made = match self.origin() {
            TraceOrigin::Remote(flags) => flags.only(Flags::RANDOM),
            _ => Flags::RANDOM,
        };
        let flags = if sampled { made.with(Flags::SAMPLED) } else { made };
        Flow::new(self.pipeline(), TraceOrigin::Local(flags), trace, root)
    }

    #[inline]
    pub(crate) fn pipeline(&self) -> PipelineRef {
        PipelineRef::from_bits(self.place)
    }

    pub(crate) fn origin(&self) -> TraceOrigin {
        TraceOrigin::from_bits(self.place)
    }

    #[inline]
    pub(crate) fn trace(&self) -> TraceId {
        TraceId { high: self.high, low: self.low }
    }

    /// What a [`Rootless`] lacks.
    #[inline]
    pub(crate) fn root_bits(&self) -> u64 {
        self.span
    }

    /// What is left of it where there is no room for its root.
    #[inline]
    pub(crate) fn rootless(&self) -> Rootless {
        Rootless { place: self.place, high: self.high, low: self.low }
    }

    /// The span that the next one has as its remote parent, or is linked to.
    pub(crate) fn beginning(&self) -> Option<SpanContext> {
        match self.origin() {
            TraceOrigin::Remote(flags) | TraceOrigin::Detached(flags) => {
                Some(SpanContext::remote(self.trace(), SpanId(self.span), flags))
            }
            TraceOrigin::None | TraceOrigin::Local(_) => None,
        }
    }

    /// The local root of the trace that is under way.
    pub(crate) fn root(&self) -> Option<SpanContext> {
        match self.origin() {
            TraceOrigin::Local(flags) if self.span != 0 => {
                Some(SpanContext::local(self.trace(), SpanId(self.span), flags))
            }
            _ => None,
        }
    }

    /// The context of the span that is active: recorded, remote, or one of a trace that is not
    /// recorded, which is given an id for the moment.
    pub(crate) fn context(&self, active: Active) -> Option<SpanContext> {
        match self.origin() {
            TraceOrigin::Local(flags) => {
                let span = active.parent().unwrap_or_else(|| SpanId(random() | 1));
                Some(SpanContext::local(self.trace(), span, flags))
            }
            TraceOrigin::Remote(_) => self.beginning(),
            TraceOrigin::None | TraceOrigin::Detached(_) => None,
        }
    }
}

/// A [`Flow`] without its root: one word less in each future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rootless {
    place: u64,
    high: u64,
    low: u64,
}

impl Rootless {
    /// Whether `flow` is this one, whatever its root is.
    #[inline]
    pub(crate) fn is_of(&self, flow: &Flow) -> bool {
        flow.rootless() == *self
    }

    /// The flow, of which the local root is `root`; 0 if that is not known.
    pub(crate) fn with_root(self, root: u64) -> Flow {
        Flow { place: self.place, high: self.high, low: self.low, span: root }
    }
}

/// The span that is active in a unit, in one word.
///
/// The id of a recorded span is odd and has its highest bit clear; with that bit set, the span is
/// the nearest recorded ancestor of one that the filter did not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Active(u64);

const FILTERED: u64 = 1 << 63;

impl Active {
    /// None.
    pub(crate) const NONE: Self = Active(0);
    /// One of a trace that is not recorded.
    pub(crate) const UNSAMPLED: Self = Active(2);

    /// A new recorded span.
    #[inline]
    pub(crate) fn new_span() -> Self {
        Active((random() | 1) & !FILTERED)
    }

    /// A recorded span of this process.
    pub(crate) fn span(id: SpanId) -> Self {
        Active(id.0)
    }

    /// A root whose sampler waits for its fields, by the number of its callsite.
    pub(crate) fn undecided(callsite: u32, is_orphan: bool) -> Self {
        Active(u64::from(is_orphan) << 35 | u64::from(callsite) << 3 | 4)
    }

    pub(crate) fn undecided_callsite(self) -> Option<u32> {
        (self.0 & 7 == 4).then_some((self.0 >> 3) as u32)
    }

    /// Whether such a root began where no unit was bound.
    pub(crate) fn is_orphan(self) -> bool {
        self.0 >> 35 & 1 == 1
    }

    /// The span to which others attach.
    #[inline]
    pub(crate) fn parent(self) -> Option<SpanId> {
        (self.0 & 1 == 1).then_some(SpanId(self.0 & !FILTERED))
    }

    /// The span to which attributes belong: none in one that the filter did not let through.
    #[inline]
    pub(crate) fn recorded(self) -> Option<SpanId> {
        (self.0 & (FILTERED | 1) == 1).then_some(SpanId(self.0))
    }

    /// In a span that the filter does not let through.
    #[inline]
    pub(crate) fn filtered(self) -> Self {
        if self.0 & 1 == 1 { Active(self.0 | FILTERED) } else { self }
    }
}

/// A flow and the span that is active in it: all that a new span needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) flow: Flow,
    pub(crate) active: Active,
}

impl Position {
    /// Where a span attaches that is to have `parent`: to a span of this process as any child does,
    /// to one of another process as the local root of its trace, to none as the root of a new one.
    pub(crate) fn below(pipeline: PipelineRef, parent: Option<SpanContext>) -> Self {
        let Some(parent) = parent else { return Position::none(pipeline) };
        let flags = parent.flags();
        if parent.is_remote() {
            let flow = Flow::beside(pipeline, TraceOrigin::Remote(flags), parent);
            return Position { flow, active: Active::NONE };
        }
        let flow = Flow::new(pipeline, TraceOrigin::Local(flags), parent.trace_id(), 0);
        let is_recorded = parent.is_sampled();
        Position {
            flow,
            active: if is_recorded { Active::span(parent.span_id()) } else { Active::UNSAMPLED },
        }
    }

    /// Where a span attaches that begins a trace linked to the span that is active here.
    pub(crate) fn detached(self) -> Self {
        let pipeline = self.flow.pipeline();
        let flow = match self.flow.context(self.active) {
            Some(creator) => Flow::beside(pipeline, TraceOrigin::Detached(creator.flags()), creator),
            None => Flow::none(pipeline),
        };
        Position { flow, active: Active::NONE }
    }

    pub(crate) const fn none(pipeline: PipelineRef) -> Self {
        Position { flow: Flow::none(pipeline), active: Active::NONE }
    }
}
