//! Where a span that a tracer begins attaches.

use isohub::SpanRef;
use isohub::foreign::active_span;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext as TheirContext, SpanId, TraceContextExt as _};

use super::contexts::look;
use super::known;
use super::words::to_ours;

/// Where a new span attaches.
#[derive(Debug)]
pub(super) enum Parent {
    /// What is active in isohub, if anything is.
    Active,
    /// This one; a span of OpenTelemetry's or of another process.
    Given(SpanRef),
    /// None: a trace begins.
    Nothing,
}

impl Parent {
    /// The one that a context says.
    pub(super) fn of(context: &Context) -> Self {
        let span = context.span();
        let span = span.span_context();
        let is_current = look(current_id) == Some(span.span_id());
        let Some(ours) = to_ours(span) else {
            return if is_current { Parent::Active } else { Parent::Nothing };
        };
        let active = active_span();
        if !is_current && let Some(known) = known::handle(span.span_id()) {
            return Parent::Given(known);
        }
        match known::further_in(span.span_id(), active) {
            Some(Some(known)) => Parent::Given(known),
            Some(None) => Parent::Active,
            None if active.is_some_and(|active| active.trace_id() == ours.trace_id()) => Parent::Active,
            None => Parent::Given(ours.into()),
        }
    }
}

/// Whether what is active in isohub is inside of the span of a context.
pub(super) fn is_inside(context: &Context) -> bool {
    matches!(Parent::of(context), Parent::Active)
}

fn current_id(context: &Context) -> SpanId {
    context.span().span_context().span_id()
}

/// Whether nothing is recorded below this span of this process.
pub(super) fn is_unrecorded(span: &TheirContext) -> bool {
    span.is_valid() && !span.is_remote() && !span.is_sampled()
}
