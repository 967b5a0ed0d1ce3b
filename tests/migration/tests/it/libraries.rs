//! Libraries, each of which instruments itself with something else; who uses them does not change them.

use isohub::Level;
use opentelemetry::trace::Tracer as _;

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
}
