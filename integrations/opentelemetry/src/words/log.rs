//! Captured events: log records, or events of spans.

use isohub::{Breadcrumb, Event, Level};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValueList, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};
use opentelemetry_proto::tonic::trace::v1::span;

use super::attributes::{Attributes, key_value, list, text};
use super::nanos;
use super::span::trace_flags;

/// The event on the signal of logs.
pub(crate) fn log_record(event: &Event) -> LogRecord {
    let mut attributes = attributes(event);
    attributes.add("log.record.uid", text(&event.id.to_string()));
    let breadcrumbs = event.scope.breadcrumbs();
    if !breadcrumbs.is_empty() {
        attributes.add("isohub.breadcrumbs", list(breadcrumbs.into_iter().map(breadcrumb)));
    }
    let (severity, name) = severity(event.level);
    LogRecord {
        time_unix_nano: nanos(event.time),
        observed_time_unix_nano: nanos(event.time),
        severity_number: severity.into(),
        severity_text: name.to_owned(),
        body: words(event).map(|it| AnyValue { value: Some(text(it)) }),
        attributes: attributes.list,
        dropped_attributes_count: attributes.dropped,
        flags: event.span.map(trace_flags).unwrap_or_default(),
        trace_id: event.span.map(|it| it.trace_id().to_bytes().into()).unwrap_or_default(),
        span_id: event.span.map(|it| it.span_id().to_bytes().into()).unwrap_or_default(),
        ..LogRecord::default()
    }
}

/// The event as one of the span in which it was captured.
pub(crate) fn span_event(event: &Event) -> span::Event {
    let mut attributes = attributes(event);
    attributes.add("isohub.event.id", text(&event.id.to_string()));
    attributes.add("isohub.level", text(event.level.as_str()));
    let name = if event.exceptions.is_empty() { words(event).unwrap_or("event") } else { "exception" };
    span::Event {
        time_unix_nano: nanos(event.time),
        name: name.to_owned(),
        attributes: attributes.list,
        dropped_attributes_count: attributes.dropped,
    }
}

/// What happened, in words.
fn words(event: &Event) -> Option<&str> {
    event.message.as_deref().or(event.exceptions.first().map(|it| &*it.message))
}

fn attributes(event: &Event) -> Attributes {
    let mut attributes = Attributes::default();
    if let Some(error) = event.exceptions.first() {
        attributes.add_text("exception.type", error.ty.as_deref());
        attributes.add("exception.message", text(&error.message));
    }
    attributes.add_text("exception.stacktrace", stack(event).as_deref());
    attributes.add_all(&event.attributes);
    attributes.add_scope(&event.scope);
    attributes.add_text("isohub.transaction", event.scope.transaction_name());
    if !event.fingerprint.is_empty() {
        attributes.add("isohub.fingerprint", list(event.fingerprint.iter().map(|it| text(it))));
    }
    attributes.add_place(event.location.file(), event.location.line(), event.location.column());
    attributes
}

/// The causes of the error, and the stack at its capture.
fn stack(event: &Event) -> Option<String> {
    let causes = event.exceptions.iter().skip(1).map(|it| format!("caused by: {}", it.message));
    let stack = event.backtrace.iter().map(|it| it.to_string());
    let lines: Vec<_> = causes.chain(stack).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn severity(level: Level) -> (SeverityNumber, &'static str) {
    match level {
        Level::Trace => (SeverityNumber::Trace, "TRACE"),
        Level::Debug => (SeverityNumber::Debug, "DEBUG"),
        Level::Info => (SeverityNumber::Info, "INFO"),
        Level::Warning => (SeverityNumber::Warn, "WARN"),
        Level::Error => (SeverityNumber::Error, "ERROR"),
        Level::Fatal => (SeverityNumber::Fatal, "FATAL"),
    }
}

fn breadcrumb(breadcrumb: &Breadcrumb) -> any_value::Value {
    let mut known = Attributes::default();
    known.add_text("message", breadcrumb.message.as_deref());
    known.add_text("category", breadcrumb.category.as_deref());
    known.add("level", text(breadcrumb.level.as_str()));
    let time = i64::try_from(nanos(breadcrumb.time)).unwrap_or(i64::MAX);
    known.add("time_unix_nano", any_value::Value::IntValue(time));
    let mut data = Attributes::default();
    data.add_all(&breadcrumb.data);
    if !data.list.is_empty() {
        let data = any_value::Value::KvlistValue(KeyValueList { values: data.list });
        known.list.push(key_value("data", data));
    }
    any_value::Value::KvlistValue(KeyValueList { values: known.list })
}
