//! Libraries, each of which instruments itself with something else; who uses them does not change them.

use opentelemetry::trace::Tracer as _;

#[tracing::instrument]
pub(crate) async fn on_tracing(request: u32) {
    tokio::task::yield_now().await;
    tracing::info!("on tracing");
}

pub(crate) fn on_opentelemetry() {
    opentelemetry::global::tracer("library").in_span("on_opentelemetry", |_| ());
}

pub(crate) async fn on_sentry() {
    sentry::add_breadcrumb(sentry::Breadcrumb { message: Some("on sentry".into()), ..Default::default() });
    tokio::task::yield_now().await;
}

#[isohub::parallel_span]
pub(crate) async fn on_isohub() {
    isohub::set_tag("library", "isohub");
    tokio::task::yield_now().await;
}
