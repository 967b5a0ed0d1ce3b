//! The data of the page, in the words of its script.
//!
//! Times are nanoseconds since the trace began. Values are text: a script's numbers would round them.

use std::time::SystemTime;

use isohub::{Attribute, Breadcrumb, Event, Scope, SpanRecord, Value};
use serde::Serialize;

use super::kept::{Kept, KeptTrace};

#[derive(Serialize)]
struct Data<'a> {
    process: &'a str,
    traces: Vec<TraceView<'a>>,
    gone: u64,
}

#[derive(Serialize)]
struct TraceView<'a> {
    id: String,
    /// Milliseconds since 1970, and the nanoseconds beyond.
    start: u64,
    nanos: u32,
    length: u64,
    partial: bool,
    cut: usize,
    spans: Vec<SpanView<'a>>,
    events: Vec<EventView<'a>>,
}

type Pairs = Vec<(String, String)>;

#[derive(Serialize)]
struct SpanView<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    root: bool,
    name: &'a str,
    start: u64,
    took: u64,
    outcome: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<&'static str>,
    source: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attrs: Pairs,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<SpanEventView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<(String, String, Pairs)>,
    /// There for spans that have a scope, which are those of units.
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Pairs>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scope: Pairs,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    crumbs: Vec<BreadcrumbView<'a>>,
}

#[derive(Serialize)]
struct SpanEventView<'a> {
    name: &'a str,
    at: i64,
    attrs: Pairs,
}

#[derive(Serialize)]
struct EventView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<String>,
    at: i64,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<(Option<&'a str>, &'a str)>,
    attrs: Pairs,
    source: String,
    scope: Pairs,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    crumbs: Vec<BreadcrumbView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backtrace: Option<String>,
}

#[derive(Serialize)]
struct BreadcrumbView<'a> {
    at: i64,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    data: Pairs,
}

/// The JSON of the page; text and numbers always become JSON.
pub(super) fn data(kept: &Kept) -> String {
    let mut traces: Vec<_> = kept.traces.iter().map(trace).collect();
    if let Some(first) = kept.events.front() {
        let start = first.time;
        traces.push(TraceView {
            id: String::new(),
            start: millis(start),
            nanos: beyond_millis(start),
            length: 0,
            partial: false,
            cut: 0,
            spans: Vec::new(),
            events: kept.events.iter().map(|it| event(it, start)).collect(),
        });
    }
    serde_json::to_string(&Data { process: &kept.process, traces, gone: kept.gone }).unwrap_or_default()
}

fn trace(kept: &KeptTrace) -> TraceView<'_> {
    let trace = &kept.trace;
    let of_spans = trace.spans.iter().map(|span| span.start);
    let start = of_spans.chain(trace.events.iter().map(|event| event.time)).min();
    let start = start.unwrap_or(SystemTime::UNIX_EPOCH);
    let spans: Vec<_> = trace.spans.iter().map(|it| span(it, start)).collect();
    let id = trace.spans.first().map(|span| span.context.trace_id());
    let id = id.or(trace.events.first().and_then(|event| Some(event.span?.trace_id())));
    TraceView {
        id: id.map(|id| id.to_string()).unwrap_or_default(),
        start: millis(start),
        nanos: beyond_millis(start),
        length: spans.iter().map(|span| span.start.saturating_add(span.took)).max().unwrap_or(0),
        partial: trace.is_partial,
        cut: kept.cut,
        spans,
        events: trace.events.iter().map(|it| event(it, start)).collect(),
    }
}

fn span(span: &SpanRecord, start: SystemTime) -> SpanView<'_> {
    let scope = span.scope.as_ref();
    SpanView {
        id: span.context.span_id().to_string(),
        parent: span.parent.map(|id| id.to_string()),
        root: span.is_local_root,
        name: &span.name,
        start: since(span.start, start).unsigned_abs(),
        took: u64::try_from(span.duration.as_nanos()).unwrap_or(u64::MAX).min(1 << 53),
        outcome: span.outcome.as_str(),
        kind: span.kind().as_str(),
        op: span.callsite.op(),
        source: format!("{}:{}", span.callsite.file(), span.callsite.line()),
        attrs: pairs(&span.attributes),
        events: span
            .events
            .iter()
            .map(|it| SpanEventView {
                name: &it.name,
                at: since(it.time, start),
                attrs: pairs(&it.attributes),
            })
            .collect(),
        links: span
            .links
            .iter()
            .map(|link| {
                let (trace, span) = (link.context.trace_id(), link.context.span_id());
                (trace.to_string(), span.to_string(), pairs(&link.attributes))
            })
            .collect(),
        tags: scope.map(tags),
        scope: scope.map(beside_tags).unwrap_or_default(),
        crumbs: scope.map(|scope| breadcrumbs(scope, start)).unwrap_or_default(),
    }
}

fn event(event: &Event, start: SystemTime) -> EventView<'_> {
    EventView {
        span: event.span.map(|span| span.span_id().to_string()),
        at: since(event.time, start),
        level: event.level.as_str(),
        message: event.message.as_deref(),
        exceptions: event.exceptions.iter().map(|it| (it.ty.as_deref(), &*it.message)).collect(),
        attrs: pairs(&event.attributes),
        source: format!("{}:{}", event.location.file(), event.location.line()),
        scope: [tags(&event.scope), beside_tags(&event.scope)].concat(),
        crumbs: breadcrumbs(&event.scope, start),
        backtrace: event.backtrace.as_ref().map(|backtrace| backtrace.to_string()),
    }
}

fn tags(scope: &Scope) -> Pairs {
    scope.tags().into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// What else a scope holds, by names that say what it is.
fn beside_tags(scope: &Scope) -> Pairs {
    let mut pairs = Pairs::new();
    let mut add = |key: &str, value: String| pairs.push((key.to_owned(), value));
    if let Some(name) = scope.transaction_name() {
        add("transaction", name.to_owned());
    }
    if let Some(user) = scope.user() {
        let parts = [&user.id, &user.username, &user.email, &user.ip_address];
        let data = user.data.iter().map(|it| format!("{}={}", it.key, text(&it.value)));
        let parts: Vec<_> = parts.into_iter().flatten().map(|part| part.to_string()).chain(data).collect();
        add("user", parts.join(", "));
    }
    for (name, context) in scope.contexts() {
        context.iter().for_each(|(key, value)| add(&format!("{name}.{key}"), text(value)));
    }
    scope.extras().into_iter().for_each(|(key, value)| add(key, text(value)));
    pairs
}

fn breadcrumbs<'a>(scope: &'a Scope, start: SystemTime) -> Vec<BreadcrumbView<'a>> {
    let view = |it: &'a Breadcrumb| BreadcrumbView {
        at: since(it.time, start),
        level: it.level.as_str(),
        category: it.category.as_deref(),
        message: it.message.as_deref(),
        data: pairs(&it.data),
    };
    scope.breadcrumbs().into_iter().map(view).collect()
}

fn pairs(attributes: &[Attribute]) -> Pairs {
    attributes.iter().map(|it| (it.key.to_string(), text(&it.value))).collect()
}

fn text(value: &Value) -> String {
    value.to_string()
}

fn is_false(value: &bool) -> bool {
    !value
}

fn beyond_millis(time: SystemTime) -> u32 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos() % 1_000_000
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(0)
}

/// Nanoseconds from `start` to `time`, within what a script's numbers hold.
fn since(time: SystemTime, start: SystemTime) -> i64 {
    let nanos = |span: std::time::Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX).min(1 << 53);
    match time.duration_since(start) {
        Ok(after) => nanos(after),
        Err(before) => -nanos(before.duration()),
    }
}
