//! The lines; `JsonLines` documents them.

use isohub::{Event, Resource, SpanRecord, StartedSpan, Text};
use serde::Serialize;

use crate::json::{Attributes, ExceptionView, ScopeView, utc};

/// What breaks a reader counts this up.
const SCHEMA: u32 = 1;

/// `record` as a line. Text and numbers always become JSON; were it otherwise, an empty line would tell.
fn line(record: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).unwrap_or_default();
    line.push(b'\n');
    line
}

pub(super) fn process(resource: &Resource) -> Vec<u8> {
    #[derive(Serialize)]
    struct Line<'a> {
        r#type: &'static str,
        schema: u32,
        pid: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        service: &'a Option<Text>,
        #[serde(skip_serializing_if = "Option::is_none")]
        release: &'a Option<Text>,
        #[serde(skip_serializing_if = "Option::is_none")]
        environment: &'a Option<Text>,
        #[serde(skip_serializing_if = "Option::is_none")]
        server_name: &'a Option<Text>,
    }
    let Resource { service, release, environment, server_name, .. } = resource;
    let pid = std::process::id();
    line(&Line { r#type: "process", schema: SCHEMA, pid, service, release, environment, server_name })
}

pub(super) fn start(span: &StartedSpan) -> Vec<u8> {
    #[derive(Serialize)]
    struct Line<'a> {
        r#type: &'static str,
        trace_id: String,
        span_id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        parent_id: Option<String>,
        name: &'a str,
        start: String,
    }
    line(&Line {
        r#type: "start",
        trace_id: span.context.trace_id().to_string(),
        span_id: span.context.span_id().to_string(),
        parent_id: span.parent.map(|id| id.to_string()),
        name: span.callsite.name(),
        start: utc(span.start),
    })
}

#[derive(Serialize)]
struct SpanLine<'a> {
    r#type: &'static str,
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    local_root: bool,
    #[serde(skip_serializing_if = "is_false")]
    orphan: bool,
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<&'static str>,
    level: &'static str,
    start: String,
    duration_ns: u64,
    outcome: &'static str,
    source: String,
    module: &'static str,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<SpanEventView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<LinkView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeView<'a>>,
}

#[derive(Serialize)]
struct SpanEventView<'a> {
    name: &'a str,
    time: String,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes<'a>,
}

#[derive(Serialize)]
struct LinkView<'a> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes<'a>,
}

fn is_false(value: &bool) -> bool {
    !value
}

pub(super) fn span(span: &SpanRecord) -> Vec<u8> {
    let callsite = span.callsite;
    let events = span.events.iter().map(|event| SpanEventView {
        name: &event.name,
        time: utc(event.time),
        attributes: Attributes(&event.attributes),
    });
    let links = span.links.iter().map(|link| LinkView {
        trace_id: link.context.trace_id().to_string(),
        span_id: link.context.span_id().to_string(),
        attributes: Attributes(&link.attributes),
    });
    line(&SpanLine {
        r#type: "span",
        trace_id: span.context.trace_id().to_string(),
        span_id: span.context.span_id().to_string(),
        parent_id: span.parent.map(|id| id.to_string()),
        local_root: span.is_local_root,
        orphan: span.is_orphan,
        name: &span.name,
        kind: span.kind().as_str(),
        op: callsite.op(),
        level: callsite.level().as_str(),
        start: utc(span.start),
        duration_ns: u64::try_from(span.duration.as_nanos()).unwrap_or(u64::MAX),
        outcome: span.outcome.as_str(),
        source: format!("{}:{}", callsite.file(), callsite.line()),
        module: callsite.module_path(),
        attributes: Attributes(&span.attributes),
        events: events.collect(),
        links: links.collect(),
        scope: span.scope.as_ref().filter(|scope| !scope.is_empty()).map(ScopeView::new),
    })
}

#[derive(Serialize)]
struct EventLine<'a> {
    r#type: &'static str,
    event_id: String,
    time: String,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionView<'a>>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    fingerprint: &'a [Text],
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    backtrace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeView<'a>>,
}

pub(super) fn event(event: &Event) -> Vec<u8> {
    line(&EventLine {
        r#type: "event",
        event_id: event.id.to_string(),
        time: utc(event.time),
        level: event.level.as_str(),
        message: event.message.as_deref(),
        exceptions: ExceptionView::all(&event.exceptions),
        attributes: Attributes(&event.attributes),
        fingerprint: &event.fingerprint,
        trace_id: event.span.map(|span| span.trace_id().to_string()),
        span_id: event.span.map(|span| span.span_id().to_string()),
        source: format!("{}:{}", event.location.file(), event.location.line()),
        backtrace: event.backtrace.as_ref().map(|backtrace| backtrace.to_string()),
        scope: Some(&event.scope).filter(|scope| !scope.is_empty()).map(ScopeView::new),
    })
}
