//! How requests end.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;

use axum::body::Body;
use futures::FutureExt as _;
use http::{Request, Response, StatusCode};
use isohub::testing::Recorder;
use isohub::{Outcome, SpanKind};
use isohub_tower::ServerLayer;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

use crate::support::{answers, block_on, get, outline, text};

fn answer(status: StatusCode) -> (Outcome, String, String) {
    let recorder = Recorder::new();
    let service = ServerLayer::new().layer(answers(move |_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        response
    }));
    drop(block_on(recorder.run(service.oneshot(get("/")))));
    let span = recorder.span("GET");
    assert_eq!((span.kind(), span.callsite.op()), (SpanKind::Server, Some("http.server")));
    (span.outcome, text(&span, "http.response.status_code"), text(&span, "error.type"))
}

#[test]
fn statuses_of_5xx_are_errors_and_no_others() {
    let found = |status, outcome, kind: &str| {
        assert_eq!(answer(status), (outcome, status.as_str().to_owned(), kind.to_owned()));
    };
    found(StatusCode::OK, Outcome::Ok, "-");
    found(StatusCode::FOUND, Outcome::Ok, "-");
    found(StatusCode::NOT_FOUND, Outcome::Ok, "-");
    found(StatusCode::INTERNAL_SERVER_ERROR, Outcome::Error, "500");
    found(StatusCode::SERVICE_UNAVAILABLE, Outcome::Error, "503");
}

#[derive(Debug)]
struct Broken;

#[test]
fn an_error_of_the_service_is_named_by_its_type() {
    let recorder = Recorder::new();
    let service = service_fn(async |_: Request<Body>| Err::<Response<Body>, _>(Broken));
    block_on(recorder.run(ServerLayer::new().layer(service).oneshot(get("/")))).expect_err("it is broken");
    let span = recorder.span("GET");
    assert_eq!(
        (span.outcome, text(&span, "error.type")),
        (Outcome::Error, std::any::type_name::<Broken>().into())
    );
}

async fn panics(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    isohub::set_tag("step", 1);
    tokio::task::yield_now().await;
    panic!("on purpose");
}

#[test]
fn a_panic_goes_on_and_is_the_outcome() {
    let recorder = Recorder::new();
    let call = AssertUnwindSafe(recorder.run(ServerLayer::new().layer(service_fn(panics)).oneshot(get("/"))));
    block_on(call.catch_unwind()).expect_err("the panic goes on");
    assert_eq!(outline(&recorder), "GET panicked {step=1}");
    assert_eq!(text(&recorder.span("GET"), "error.type"), "panic");
}

#[test]
fn a_panic_of_the_call_itself_is_the_outcome() {
    let recorder = Recorder::new();
    let service = answers(|_| -> Response<Body> {
        isohub::set_tag("step", 1);
        panic!("on purpose")
    });
    let call = AssertUnwindSafe(recorder.run(ServerLayer::new().layer(service).oneshot(get("/"))));
    block_on(call.catch_unwind()).expect_err("the panic goes on");
    assert_eq!(outline(&recorder), "GET panicked {step=1}");
}

#[test]
fn a_panic_that_is_caught_inside_is_an_answer() {
    let recorder = Recorder::new();
    let caught = service_fn(async |request| {
        let answer = AssertUnwindSafe(panics(request)).catch_unwind().await;
        answer.unwrap_or_else(|_| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            Ok(response)
        })
    });
    drop(block_on(recorder.run(ServerLayer::new().layer(caught).oneshot(get("/")))));
    assert_eq!(outline(&recorder), "GET error {step=1}");
    assert_eq!(text(&recorder.span("GET"), "error.type"), "500");
}

#[test]
fn what_a_request_leaves_behind_is_done_in_its_hub() {
    struct Left;
    impl Drop for Left {
        fn drop(&mut self) {
            isohub::set_tag("left", true);
        }
    }
    let recorder = Recorder::new();
    let service = service_fn(async |_: Request<Body>| {
        let _left = Left;
        std::future::pending::<Result<Response<Body>, Infallible>>().await
    });
    let service = ServerLayer::new().layer(service);
    block_on(recorder.run(async {
        let mut request = Box::pin(service.oneshot(get("/")));
        assert!(futures::poll!(&mut request).is_pending());
        drop(request);
        assert_eq!(crate::support::tags(), "");
    }));
    assert_eq!(outline(&recorder), "GET cancelled {left=true}");
}

#[test]
fn spans_and_tags_of_a_request_are_its_own() {
    let recorder = Recorder::new();
    let service = service_fn(async |_: Request<Body>| {
        isohub::set_tag("inside", true);
        isohub::start_span!("query").in_scope(|| ());
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let service = ServerLayer::new().layer(service);
    block_on(recorder.run(async {
        isohub::set_tag("outside", true);
        for _ in 0..2 {
            drop(service.clone().oneshot(get("/")).await);
        }
        assert_eq!(crate::support::tags(), "outside=true");
    }));
    // Neither is in the trace, or has the tags, of what calls it, or of the other.
    assert_eq!(outline(&recorder), "GET {inside=true}\n  query\nGET {inside=true}\n  query");
}

#[test]
fn requests_are_isolated_where_nothing_is_recorded() {
    let service = ServerLayer::new().layer(answers(|_| {
        let seen = crate::support::tags();
        isohub::set_tag("request", 1);
        Response::new(Body::from(seen + ";" + &crate::support::tags()))
    }));
    block_on(async {
        for _ in 0..2 {
            let response = service.clone().oneshot(get("/")).await.expect("infallible");
            assert_eq!(crate::support::read(response).await, ";request=1");
        }
        assert_eq!(crate::support::tags(), "");
    });
}

/// A service of which a clone is not ready, as the contract of tower allows.
#[derive(Default)]
struct Readied(bool);

impl Clone for Readied {
    fn clone(&self) -> Self {
        Readied(false)
    }
}

impl Service<Request<Body>> for Readied {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        self.0 = true;
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        assert!(std::mem::take(&mut self.0), "called without being ready");
        std::future::ready(Ok(Response::new(Body::empty())))
    }
}

#[test]
fn the_service_that_is_called_is_the_one_that_was_ready() {
    let mut server = ServerLayer::new().layer(Readied::default());
    let mut client = isohub_tower::ClientLayer::new().layer(Readied::default());
    block_on(async {
        for _ in 0..3 {
            drop(server.ready().await.expect("infallible").call(get("/")).await);
            drop(client.ready().await.expect("infallible").call(get("/")).await);
        }
    });
}

#[test]
fn futures_are_send_where_those_within_are() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let service = answers(|_| Response::new(Body::empty()));
    drop(is_send(is_send(ServerLayer::new().layer(service.clone())).oneshot(get("/"))));
    drop(is_send(is_send(isohub_tower::ClientLayer::new().layer(service)).oneshot(get("/"))));
    // And those that are not do all the same.
    let local = std::rc::Rc::new(());
    let service = service_fn(move |_: Request<Body>| {
        let local = local.clone();
        async move {
            tokio::task::yield_now().await;
            drop(local);
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }
    });
    drop(block_on(ServerLayer::new().layer(service).oneshot(get("/"))));
}
