//! A library for real: the `TraceLayer` of tower-http in axum.

use axum::body::Body;
use axum::routing::get;
use axum::{Router, http::Request};
use tower::ServiceExt as _;
use tower_http::trace::{DefaultMakeSpan, TraceLayer};
use tracing::Level;

use crate::support::recorded_async;

#[isohub::span]
async fn load() {
    tokio::task::yield_now().await;
}

async fn fails() -> axum::http::StatusCode {
    isohub::set_tag("user", 7);
    load().await;
    axum::http::StatusCode::INTERNAL_SERVER_ERROR
}

#[test]
fn a_request_of_tower_http_is_a_span_around_its_handler() {
    let recorder = recorded_async(async {
        let trace = TraceLayer::new_for_http().make_span_with(DefaultMakeSpan::new().level(Level::INFO));
        let app: Router = Router::new().route("/fails", get(fails)).layer(trace);
        let request = Request::get("/fails").body(Body::empty()).expect("a request");
        isohub::isolated!(async { drop(app.oneshot(request).await) }).await;
    });
    let tree = recorder.tree();
    assert_eq!(tree, "request error method=GET uri=/fails version=HTTP/1.1 {user=7}\n  load\n");
    let event = recorder.event();
    assert_eq!(event.message.as_deref(), Some("response failed"));
    assert_eq!(event.scope.tag("user"), Some("7"));
    assert_eq!(event.span, Some(recorder.span("request").context));
}
