//! What arrives: at Sentry, and at the exporter of OpenTelemetry's SDK.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use sentry::ClientOptions;
use sentry::protocol::{Context, Event};
use sentry::test::TestTransport;
use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{self, Layer};
use tracing_subscriber::registry::LookupSpan;

/// So many requests at once, on fewer threads.
pub(crate) const REQUESTS: u32 = 8;

/// Runs a program on two threads.
pub(crate) fn run<F: Future<Output = ()>>(program: F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(program);
}

pub(crate) struct Seen {
    pub(crate) transport: Arc<TestTransport>,
    pub(crate) exporter: InMemorySpanExporter,
    pub(crate) paths: Paths,
}

/// The spans of tracing, each with the names of those around it.
#[derive(Clone, Default)]
pub(crate) struct Paths(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Paths {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: layer::Context<'_, S>) {
        let scope = context.span_scope(id).into_iter().flat_map(|it| it.from_root());
        let names: Vec<_> = scope.map(|it| it.name()).collect();
        self.0.lock().unwrap().push(names.join("/"));
    }
}

impl Seen {
    pub(crate) fn new() -> Self {
        Seen {
            transport: TestTransport::new(),
            exporter: InMemorySpanExporter::default(),
            paths: Paths::default(),
        }
    }

    /// The options of a client that keeps what it sends.
    pub(crate) fn sentry(&self) -> ClientOptions {
        ClientOptions::new()
            .dsn("https://public@sentry.invalid/1")
            .traces_sample_rate(1.0)
            .transport(self.transport.clone())
    }

    pub(crate) fn sdk(&self) -> SdkTracerProvider {
        SdkTracerProvider::builder().with_simple_exporter(self.exporter.clone()).build()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        self.exporter.get_finished_spans().unwrap().iter().map(Span::from).collect()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.paths.0.lock().unwrap().clone()
    }

    /// The events that were sent to Sentry.
    pub(crate) fn events(&self) -> Vec<Event<'static>> {
        self.transport.fetch_and_clear_events()
    }
}

/// The tag that the request set on an event that names the request in its message.
pub(crate) fn is_of_its_request(event: &Event<'_>) -> bool {
    let message = event.message.as_deref().unwrap_or_default();
    event.tags.get("request").is_some_and(|request| message == format!("served {request}"))
}

pub(crate) fn trace_of(event: &Event<'_>) -> String {
    match event.contexts.get("trace") {
        Some(Context::Trace(trace)) => trace.trace_id.to_string(),
        _ => String::new(),
    }
}

/// A span, by whomever: its ids, that of its parent, and its name.
pub(crate) struct Span {
    pub(crate) trace: String,
    id: String,
    parent: String,
    pub(crate) name: String,
}

impl From<&SpanData> for Span {
    fn from(span: &SpanData) -> Self {
        Span {
            trace: span.span_context.trace_id().to_string(),
            id: span.span_context.span_id().to_string(),
            parent: span.parent_span_id.to_string(),
            name: span.name.to_string(),
        }
    }
}

impl From<&isohub::SpanRecord> for Span {
    fn from(span: &isohub::SpanRecord) -> Self {
        Span {
            trace: span.context.trace_id().to_string(),
            id: span.context.span_id().to_string(),
            parent: span.parent.map_or_else(|| "0".repeat(16), |it| it.to_string()),
            name: span.name.to_string(),
        }
    }
}

/// The spans that a sink has been given.
pub(crate) fn of_isohub(memory: &isohub::sink::Memory) -> Vec<Span> {
    memory.spans().iter().map(|it| Span::from(&**it)).collect()
}

/// The tree of each trace.
pub(crate) fn trees(spans: &[Span]) -> BTreeMap<&str, String> {
    fn below(spans: &[&Span], parent: &str, depth: usize, tree: &mut String) {
        let mut children: Vec<_> = spans.iter().filter(|it| it.parent == parent).collect();
        children.sort_by_key(|it| &it.name);
        for span in children {
            tree.push_str(&format!("{}{}\n", "  ".repeat(depth), span.name));
            below(spans, &span.id, depth + 1, tree);
        }
    }
    let traces: BTreeSet<_> = spans.iter().map(|it| &*it.trace).collect();
    let tree = |trace| {
        let spans: Vec<_> = spans.iter().filter(|it| it.trace == trace).collect();
        let mut tree = String::new();
        below(&spans, &"0".repeat(16), 0, &mut tree);
        tree
    };
    traces.into_iter().map(|trace| (trace, tree(trace))).collect()
}
