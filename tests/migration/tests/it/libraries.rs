//! Libraries, each of which instruments itself with something else; who uses them does not change them.

use std::sync::atomic::{AtomicU32, Ordering};

use isohub::Level;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::Tracer as _;
use opentelemetry::{Context, KeyValue};

#[isohub::parallel_span]
pub(crate) async fn on_isohub() {
    isohub::set_tag("library", "isohub");
    tokio::task::yield_now().await;
    isohub::capture_message("from isohub", Level::Error);
}

#[tracing::instrument]
pub(crate) async fn on_tracing() {
    tokio::task::yield_now().await;
    tracing::error!("from tracing");
}

pub(crate) fn on_opentelemetry() {
    opentelemetry::global::tracer("library").in_span("on_opentelemetry", |_| ());
}

pub(crate) async fn on_sentry() {
    sentry::configure_scope(|scope| scope.set_tag("library", "sentry"));
    tokio::task::yield_now().await;
    sentry::capture_message("from sentry", sentry::Level::Error);
}

/// What a library does whose spans are of interest here.
#[tracing::instrument]
pub(crate) async fn query(request: u32) {
    sentry::add_breadcrumb(sentry::Breadcrumb { message: Some("queried".into()), ..Default::default() });
    tokio::task::yield_now().await;
    opentelemetry::global::tracer("library").in_span("select", |_| ());
    if Context::current().baggage().get("request") != Some(&request.to_string().into()) {
        WITHOUT_BAGGAGE.fetch_add(1, Ordering::Relaxed);
    }
}

static WITHOUT_BAGGAGE: AtomicU32 = AtomicU32::new(0);

/// How many of the queries did not have the baggage of their request.
pub(crate) fn without_their_baggage() -> u32 {
    WITHOUT_BAGGAGE.load(Ordering::Relaxed)
}

/// The current context of OpenTelemetry's with the baggage of a request.
pub(crate) fn baggage(request: u32) -> Context {
    Context::current().with_baggage([KeyValue::new("request", request.to_string())])
}
