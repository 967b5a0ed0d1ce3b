//! Spans that go to a program's own provider, and are known to isohub.

use std::borrow::Cow;
use std::time::SystemTime;

use isohub::foreign::active_span;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, Status, TraceContextExt as _, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};

use super::known::Entry;
use super::parent::Parent;
use super::words;

/// A provider around a program's own; made by [`Tracers::around`](super::Tracers::around).
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is given to `opentelemetry::global::set_tracer_provider`"]
pub struct Around<P>(P);

impl<P> Around<P> {
    pub(super) fn new(provider: P) -> Self {
        Around(provider)
    }
}

impl<P: TracerProvider> TracerProvider for Around<P> {
    type Tracer = AroundTracer<P::Tracer>;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Self::Tracer {
        AroundTracer(self.0.tracer_with_scope(scope))
    }
}

/// A tracer of [`Around`].
#[derive(Clone, Debug)]
pub struct AroundTracer<T>(T);

impl<T: Tracer> Tracer for AroundTracer<T> {
    type Span = AroundSpan<T::Span>;

    fn build_with_context(&self, builder: SpanBuilder, parent_cx: &Context) -> Self::Span {
        let active = active_span();
        let span = match active.filter(|_| matches!(Parent::of(parent_cx), Parent::Active)) {
            Some(active) => {
                let parent = words::to_theirs(active, TraceState::NONE);
                self.0.build_with_context(builder, &parent_cx.with_remote_span_context(parent))
            }
            None => self.0.build_with_context(builder, parent_cx),
        };
        let entry = entry(&span, parent_cx, active);
        AroundSpan { span, _entry: entry }
    }
}

/// Makes a new span known, unless it is no new one, as of a provider that does nothing, or would cut off from what isohub records what
/// begins in it.
fn entry(span: &impl Span, parent_cx: &Context, active: Option<isohub::SpanContext>) -> Option<Entry> {
    let context = span.span_context();
    let ours = words::to_ours(context)?;
    let is_new = context.span_id() != parent_cx.span().span_context().span_id()
        && active.is_none_or(|active| active.span_id() != ours.span_id());
    let is_cut = !ours.is_sampled() && active.is_some_and(|active| active.is_sampled());
    (is_new && !is_cut).then(|| Entry::new(context.span_id(), ours.into(), active))
}

/// A span of [`Around`].
#[derive(Debug)]
pub struct AroundSpan<S> {
    span: S,
    /// By which it is known while it is in any context.
    _entry: Option<Entry>,
}

impl<S: Span> Span for AroundSpan<S> {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        self.span.add_event_with_timestamp(name, timestamp, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        self.span.span_context()
    }

    fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.span.set_attribute(attribute);
    }

    fn set_status(&mut self, status: Status) {
        self.span.set_status(status);
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.span.update_name(new_name);
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.span.add_link(span_context, attributes);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.span.end_with_timestamp(timestamp);
    }
}
