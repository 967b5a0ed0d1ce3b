//! Traces, in Sentry's words.

use std::sync::Arc;
use std::time::SystemTime;

use isohub::{Link, Outcome, Resource, SpanEvent, SpanKind, SpanRecord, Value};
use sentry_core::protocol::{self, Map, SpanStatus, TraceContext, Transaction};
use serde_json::{Value as Json, json};

use crate::event::{environment, release};
use crate::parts;
use crate::segments::Segment;

/// Where the links of a span, and the source of a transaction's name, are kept in its data: Sentry's own
/// types have no place for them. [`HttpTransport`](crate::HttpTransport) puts them where they belong.
pub(crate) const LINKS: &str = "sentry.links";
pub(crate) const SOURCE: &str = "sentry.source";

/// How many spans were left out of a transaction.
const CUT: &str = "isohub.cut";

/// The transaction as Sentry's protocol has it, without what the client knows.
pub(crate) fn transaction(segment: &Segment, resource: &Resource) -> Transaction<'static> {
    let top = &*segment.top;
    let scope = segment.scope.clone().unwrap_or_default();
    let (name, source) = name_of(segment);
    let tags = parts::tags(&scope);
    let spans = segment.spans.iter().map(|it| span(it, &tags)).collect();
    let mut data = data(top);
    data.insert(SOURCE.to_owned(), source.into());
    if segment.cut > 0 {
        data.insert(CUT.to_owned(), segment.cut.into());
    }
    let context = TraceContext {
        trace_id: parts::trace_id(top.context.trace_id()),
        span_id: parts::span_id(top.context.span_id()),
        parent_span_id: top.parent.map(parts::span_id),
        op: Some(op(top)),
        status: Some(status(top)),
        data,
        ..TraceContext::default()
    };
    let mut contexts = parts::contexts(&scope);
    contexts.insert("trace".to_owned(), context.into());
    Transaction {
        name: Some(name),
        platform: "native".into(),
        release: release(resource).map(Into::into),
        environment: environment(resource).map(Into::into),
        server_name: resource.server_name.clone(),
        user: parts::user(&scope),
        tags,
        extra: parts::extra(&scope),
        contexts,
        start_timestamp: parts::time(top.start),
        timestamp: Some(end(top)),
        spans,
        ..Transaction::default()
    }
}

/// What a transaction is called, and where the name comes from: what follows a pattern is grouped as it is,
/// and the name of a function is one of few.
fn name_of(segment: &Segment) -> (String, &'static str) {
    let top = &*segment.top;
    let own = top.scope.as_ref().and_then(|scope| scope.transaction_name());
    let name = own.unwrap_or(&top.name);
    let source = if top.attribute("http.route").is_some() {
        "route"
    } else if own.is_some() || top.name != top.callsite.name() {
        "custom"
    } else {
        "component"
    };
    (parts::name(name), source)
}

fn span(span: &Arc<SpanRecord>, of_transaction: &Map<String, String>) -> protocol::Span {
    let mut tags = span.scope.as_ref().map(parts::tags).unwrap_or_default();
    tags.retain(|key, value| of_transaction.get(key) != Some(value));
    protocol::Span {
        span_id: parts::span_id(span.context.span_id()),
        trace_id: parts::trace_id(span.context.trace_id()),
        parent_span_id: span.parent.map(parts::span_id),
        op: Some(op(span)),
        description: Some(span.name.to_string()),
        start_timestamp: parts::time(span.start),
        timestamp: Some(end(span)),
        status: Some(status(span)),
        tags,
        data: data(span),
        ..protocol::Span::default()
    }
}

fn end(span: &SpanRecord) -> SystemTime {
    parts::time(span.end()).max(parts::time(span.start))
}

/// What the callsite says, or else what OpenTelemetry's names of attributes tell.
fn op(span: &SpanRecord) -> String {
    let has = |keys: &[&str]| keys.iter().any(|key| span.attribute(key).is_some());
    let op = match (span.callsite.op(), span.kind()) {
        (Some(op), _) => return parts::cut(op, 128),
        (None, SpanKind::Server) if has(&["http.request.method", "http.route"]) => "http.server",
        (None, SpanKind::Client) if has(&["http.request.method", "url.full"]) => "http.client",
        (None, _) if has(&["db.system.name", "db.system"]) => "db",
        (None, _) if has(&["rpc.system"]) => "rpc",
        (None, SpanKind::Producer) => "queue.publish",
        (None, SpanKind::Consumer) => "queue.process",
        (None, _) => "function",
    };
    op.to_owned()
}

/// The status of an answer by HTTP tells more than the outcome.
fn status(span: &SpanRecord) -> SpanStatus {
    let of_http = match span.attribute("http.response.status_code") {
        Some(Value::I64(code)) => status_of_http(*code),
        _ => None,
    };
    of_http.unwrap_or(match span.outcome {
        Outcome::Ok => SpanStatus::Ok,
        Outcome::Error | Outcome::Panicked => SpanStatus::InternalError,
        Outcome::Cancelled => SpanStatus::Cancelled,
    })
}

fn status_of_http(code: i64) -> Option<SpanStatus> {
    Some(match code {
        401 => SpanStatus::Unauthenticated,
        403 => SpanStatus::PermissionDenied,
        404 => SpanStatus::NotFound,
        409 => SpanStatus::AlreadyExists,
        429 => SpanStatus::ResourceExhausted,
        499 => SpanStatus::Cancelled,
        400..500 => SpanStatus::InvalidArgument,
        501 => SpanStatus::Unimplemented,
        503 => SpanStatus::Unavailable,
        504 => SpanStatus::DeadlineExceeded,
        500..600 => SpanStatus::InternalError,
        _ => return None,
    })
}

fn data(span: &SpanRecord) -> Map<String, Json> {
    let mut data = Map::new();
    data.insert("code.file.path".to_owned(), span.callsite.file().into());
    data.insert("code.line.number".to_owned(), span.callsite.line().into());
    data.insert("code.namespace".to_owned(), span.callsite.module_path().into());
    data.extend(parts::data(&span.attributes));
    if span.kind() != SpanKind::Internal {
        data.insert("span.kind".to_owned(), span.kind().as_str().into());
    }
    if span.outcome == Outcome::Panicked {
        data.insert("isohub.outcome".to_owned(), span.outcome.as_str().into());
    }
    if span.is_orphan {
        data.insert("isohub.orphan".to_owned(), true.into());
    }
    if !span.events.is_empty() {
        data.insert("isohub.events".to_owned(), span.events.iter().map(event).collect());
    }
    if !span.links.is_empty() {
        data.insert(LINKS.to_owned(), span.links.iter().map(link).collect());
    }
    data
}

fn event(event: &SpanEvent) -> Json {
    let since = parts::time(event.time).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    json!({
        "name": event.name,
        "timestamp": since.as_secs_f64(),
        "attributes": parts::data(&event.attributes),
    })
}

fn link(link: &Link) -> Json {
    json!({
        "trace_id": link.context.trace_id().to_string(),
        "span_id": link.context.span_id().to_string(),
        "sampled": link.context.is_sampled(),
        "attributes": parts::data(&link.attributes),
    })
}
