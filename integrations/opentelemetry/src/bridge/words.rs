//! OpenTelemetry's words in isohub's, and the other way.

use isohub::{Attribute, Link, SpanContext, SpanKind, SpanRef, Text, Value};
use opentelemetry::trace::{self, SpanContext as TheirContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, KeyValue, StringValue};

/// A span of another process, as far as isohub knows.
pub(super) fn to_ours(span: &TheirContext) -> Option<SpanContext> {
    let trace = isohub::TraceId::from_bytes(span.trace_id().to_bytes())?;
    let id = isohub::SpanId::from_bytes(span.span_id().to_bytes())?;
    Some(SpanContext::new(trace, id, span.is_sampled()))
}

pub(super) fn to_theirs(span: SpanContext, state: TraceState) -> TheirContext {
    TheirContext::new(
        TraceId::from_bytes(span.trace_id().to_bytes()),
        SpanId::from_bytes(span.span_id().to_bytes()),
        if span.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED },
        span.is_remote(),
        state,
    )
}

pub(super) fn kind(kind: &trace::SpanKind) -> SpanKind {
    match kind {
        trace::SpanKind::Internal => SpanKind::Internal,
        trace::SpanKind::Client => SpanKind::Client,
        trace::SpanKind::Server => SpanKind::Server,
        trace::SpanKind::Producer => SpanKind::Producer,
        trace::SpanKind::Consumer => SpanKind::Consumer,
    }
}

pub(super) fn attributes(list: impl IntoIterator<Item = KeyValue>) -> Vec<Attribute> {
    list.into_iter().map(attribute).filter(|it| !it.key.is_empty()).collect()
}

pub(super) fn attribute(it: KeyValue) -> Attribute {
    Attribute { key: Text::Owned(it.key.into()), value: value(it.value) }
}

fn value(value: opentelemetry::Value) -> Value {
    match value {
        opentelemetry::Value::Bool(value) => Value::Bool(value),
        opentelemetry::Value::I64(value) => Value::I64(value),
        opentelemetry::Value::F64(value) => Value::F64(value),
        opentelemetry::Value::String(value) => text(value),
        opentelemetry::Value::Array(array) => list(array),
        // Whatever a later version has.
        other => Value::text(other.to_string()),
    }
}

fn text(text: StringValue) -> Value {
    Value::text(String::from(text))
}

fn list(array: Array) -> Value {
    Value::List(match array {
        Array::Bool(values) => values.into_iter().map(Value::Bool).collect(),
        Array::I64(values) => values.into_iter().map(Value::I64).collect(),
        Array::F64(values) => values.into_iter().map(Value::F64).collect(),
        Array::String(values) => values.into_iter().map(text).collect(),
        other => vec![Value::text(other.to_string())],
    })
}

pub(super) fn tell_event(span: SpanRef, name: Text, list: Vec<KeyValue>) {
    span.add_event(name, attributes(list).into_iter().map(|it| (it.key, it.value)));
}

pub(super) fn tell_link(span: SpanRef, context: &TheirContext, list: Vec<KeyValue>) {
    if let Some(context) = to_ours(context) {
        span.add_link(Link { context, attributes: attributes(list) });
    }
}
