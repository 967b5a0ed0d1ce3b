//! Built without recording, the layers pass everything on.

use std::convert::Infallible;

use axum::body::Body;
use http::{HeaderName, Request, Response};
use http_body_util::BodyExt as _;
use isohub::testing::Recorder;
use isohub_tower::{ClientLayer, ServerLayer};
use tower::{Layer as _, ServiceExt as _, service_fn};

#[tokio::test]
async fn nothing_is_added_and_nobody_is_asked() {
    let service = service_fn(async |request: Request<Body>| {
        assert!(request.headers().is_empty() && request.extensions().is_empty());
        Ok::<_, Infallible>(Response::new(Body::from("all")))
    });
    let server = ServerLayer::new()
        .trace_id_header(HeaderName::from_static("x-trace-id"))
        .on_request(|_| unreachable!())
        .record_if(|_| unreachable!());
    let service = ClientLayer::new().propagate_if(|_| unreachable!()).layer(server.layer(service));
    let recorder = Recorder::new();
    let request = Request::get("http://a/").body(Body::empty()).expect("a request");
    let response = recorder.run(service.oneshot(request)).await.expect("infallible");
    assert!(response.headers().is_empty());
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), "all");
    assert_eq!(recorder.tree(), "");
}
