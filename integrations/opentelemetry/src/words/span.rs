//! Finished spans.

use isohub::{Breadcrumb, Link, Outcome, SpanContext, SpanEvent, SpanKind, SpanRecord, Value};
use opentelemetry_proto::tonic::trace::v1::{self, SpanFlags, Status, span, status::StatusCode};

use super::attributes::{Attributes, text};
use super::nanos;

/// Where isohub records the message of an error that a function returned.
const ERROR: &str = "error";

/// The span, with `errors` that were captured in it as further events.
pub(crate) fn span(record: &SpanRecord, errors: Vec<span::Event>) -> v1::Span {
    let (status, of_status) = status(record);
    let mut attributes = Attributes::default();
    attributes.add_all(record.attributes.iter().filter(|it| !of_status || it.key != ERROR));
    if let Some(scope) = &record.scope {
        attributes.add_tags_and_user(scope);
    }
    let callsite = record.callsite;
    attributes.add_place(callsite.file(), callsite.line(), callsite.column());
    attributes.add_text("isohub.op", callsite.op());
    if callsite.level() != isohub::Level::Info {
        attributes.add("isohub.level", text(callsite.level().as_str()));
    }
    if let Outcome::Cancelled | Outcome::Panicked = record.outcome {
        attributes.add("isohub.outcome", text(record.outcome.as_str()));
    }
    if record.is_orphan {
        attributes
            .add("isohub.orphan", opentelemetry_proto::tonic::common::v1::any_value::Value::BoolValue(true));
    }
    let start = nanos(record.start);
    v1::Span {
        trace_id: record.context.trace_id().to_bytes().into(),
        span_id: record.context.span_id().to_bytes().into(),
        // Of the others it is that of the local root.
        trace_state: record.incoming.as_ref().and_then(|it| it.tracestate()).unwrap_or_default().to_owned(),
        parent_span_id: record.parent.map(|it| it.to_bytes().into()).unwrap_or_default(),
        // A parent of a local root is one of another process.
        flags: flags(record.context, record.is_local_root && record.parent.is_some()),
        name: record.name.to_string(),
        kind: kind(record.kind()).into(),
        start_time_unix_nano: start,
        end_time_unix_nano: nanos(record.end()).max(start),
        attributes: attributes.list,
        dropped_attributes_count: attributes.dropped,
        events: events(record, errors),
        links: record.links.iter().map(link).collect(),
        status: Some(status),
        ..v1::Span::default()
    }
}

/// The status, and whether it says what was recorded as the error.
fn status(record: &SpanRecord) -> (Status, bool) {
    let error = match record.attribute(ERROR) {
        Some(Value::Str(message)) => Some(&**message),
        _ => None,
    };
    let (code, message) = match record.outcome {
        // By the standard, "ok" is for those who looked: that nothing failed is no judgement.
        Outcome::Ok | Outcome::Cancelled => (StatusCode::Unset, None),
        Outcome::Error => (StatusCode::Error, error),
        Outcome::Panicked => (StatusCode::Error, Some("panicked")),
    };
    let of_status = record.outcome == Outcome::Error && message.is_some();
    (Status { code: code.into(), message: message.unwrap_or_default().to_owned() }, of_status)
}

/// The flags of a context, and whether the span of which something is said is one of another process.
fn flags(context: SpanContext, is_remote: bool) -> u32 {
    let remote = if is_remote { SpanFlags::ContextIsRemoteMask as u32 } else { 0 };
    trace_flags(context) | SpanFlags::ContextHasIsRemoteMask as u32 | remote
}

pub(super) fn trace_flags(context: SpanContext) -> u32 {
    u32::from(context.is_sampled()) | u32::from(context.is_random()) << 1
}

fn kind(kind: SpanKind) -> span::SpanKind {
    match kind {
        SpanKind::Internal => span::SpanKind::Internal,
        SpanKind::Client => span::SpanKind::Client,
        SpanKind::Server => span::SpanKind::Server,
        SpanKind::Producer => span::SpanKind::Producer,
        SpanKind::Consumer => span::SpanKind::Consumer,
    }
}

/// What happened in it; and of a unit that failed, what its breadcrumbs tell.
fn events(record: &SpanRecord, errors: Vec<span::Event>) -> Vec<span::Event> {
    let mut events: Vec<_> = record.events.iter().map(event).chain(errors).collect();
    if let Outcome::Error | Outcome::Panicked = record.outcome
        && let Some(scope) = &record.scope
    {
        events.extend(scope.breadcrumbs().into_iter().map(breadcrumb));
    }
    events.sort_by_key(|it| it.time_unix_nano);
    events
}

fn event(event: &SpanEvent) -> span::Event {
    let mut attributes = Attributes::default();
    attributes.add_all(&event.attributes);
    span::Event {
        time_unix_nano: nanos(event.time),
        name: event.name.to_string(),
        attributes: attributes.list,
        dropped_attributes_count: attributes.dropped,
    }
}

fn breadcrumb(breadcrumb: &Breadcrumb) -> span::Event {
    let mut attributes = Attributes::default();
    attributes.add_all(&breadcrumb.data);
    attributes.add_text("breadcrumb.category", breadcrumb.category.as_deref());
    attributes.add("breadcrumb.level", text(breadcrumb.level.as_str()));
    let name = breadcrumb.message.as_deref().or(breadcrumb.category.as_deref()).unwrap_or("breadcrumb");
    span::Event {
        time_unix_nano: nanos(breadcrumb.time),
        name: name.to_owned(),
        attributes: attributes.list,
        dropped_attributes_count: attributes.dropped,
    }
}

fn link(link: &Link) -> span::Link {
    let mut attributes = Attributes::default();
    attributes.add_all(&link.attributes);
    span::Link {
        trace_id: link.context.trace_id().to_bytes().into(),
        span_id: link.context.span_id().to_bytes().into(),
        attributes: attributes.list,
        dropped_attributes_count: attributes.dropped,
        flags: flags(link.context, link.context.is_remote()),
        ..span::Link::default()
    }
}
