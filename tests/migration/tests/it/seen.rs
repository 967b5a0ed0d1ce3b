//! What arrives: at Sentry, and at the exporter of OpenTelemetry's SDK.

use std::collections::BTreeSet;
use std::sync::Arc;

use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use sentry::protocol::{Context, Event};
use sentry::test::TestTransport;
use sentry::ClientOptions;

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
}

impl Seen {
    pub(crate) fn new() -> Self {
        Seen { transport: TestTransport::new(), exporter: InMemorySpanExporter::default() }
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

    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.exporter.get_finished_spans().unwrap()
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

/// The traces of all spans.
pub(crate) fn traces(spans: &[SpanData]) -> BTreeSet<String> {
    spans.iter().map(|it| it.span_context.trace_id().to_string()).collect()
}

/// All spans of the SDK as a tree, of each trace alike.
pub(crate) fn tree(spans: &[SpanData], trace: &str) -> String {
    fn below(spans: &[&SpanData], parent: opentelemetry::trace::SpanId, depth: usize, tree: &mut String) {
        let mut children: Vec<_> = spans.iter().filter(|it| it.parent_span_id == parent).collect();
        children.sort_by_key(|it| it.name.to_string());
        for span in children {
            tree.push_str(&format!("{}{}\n", "  ".repeat(depth), span.name));
            below(spans, span.span_context.span_id(), depth + 1, tree);
        }
    }
    let spans: Vec<_> = spans.iter().filter(|it| it.span_context.trace_id().to_string() == trace).collect();
    let mut tree = String::new();
    below(&spans, opentelemetry::trace::SpanId::INVALID, 0, &mut tree);
    tree
}
