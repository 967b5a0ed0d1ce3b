//! Requests that are sent.

use std::convert::Infallible;

use axum::body::Body;
use futures::stream;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, Outcome, SpanKind};
use isohub_tower::{ClientLayer, UrlTemplate};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::support::{answers, block_on, get, open, outline, read, tags, text, traceparent};

/// Answers with the headers of the request.
fn echo()
-> impl tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone {
    answers(|request| {
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = request.headers().clone();
        response
    })
}

#[test]
fn the_trace_is_passed_on_below_the_active_span() {
    let recorder = Recorder::new();
    let client = ClientLayer::new().layer(echo());
    let work = async {
        isohub::set_baggage("tenant", "acme");
        let mut request = get("http://a.example/");
        request.headers_mut().insert("tracestate", HeaderValue::from_static("copied=1"));
        client.oneshot(request).await.expect("infallible")
    };
    let response = block_on(recorder.run(async { work.in_span(isohub::start_span!("work")).await }));
    assert_eq!(outline(&recorder), "work\n  GET");
    let span = recorder.span("GET");
    assert_eq!((span.kind(), span.callsite.op()), (SpanKind::Client, Some("http.client")));
    assert_eq!(traceparent(response.headers()), Some(span.context));
    assert_eq!(response.headers()["baggage"], "tenant=acme");
    assert!(!response.headers().contains_key("tracestate"));
}

#[test]
fn to_whom_what_is_passed_on_can_be_chosen() {
    let recorder = Recorder::new();
    let sent = |layer: ClientLayer, url: &str| {
        let client = layer.layer(echo());
        let call = async move {
            isohub::set_baggage("tenant", "acme");
            client.oneshot(get(url)).await.expect("infallible")
        };
        let response = block_on(recorder.run(call));
        ["traceparent", "baggage"].map(|name| response.headers().contains_key(name))
    };
    let ours = || ClientLayer::new().propagate_if(|request| request.uri.host() == Some("ours.example"));
    assert_eq!(sent(ours(), "http://ours.example/"), [true, true]);
    assert_eq!(sent(ours(), "http://theirs.example/"), [false, false]);
    assert_eq!(sent(ClientLayer::new().without_baggage(), "http://theirs.example/"), [true, false]);
    assert_eq!(sent(ClientLayer::new().propagate_if(|_| panic!("on purpose")), "http://a/"), [false, false]);
    assert_eq!(outline(&recorder), ["GET"; 4].join("\n"));
}

#[test]
fn neither_credentials_nor_the_query_are_recorded_unasked() {
    let recorder = Recorder::new();
    let url = "https://me:secret@a.example:8443/users/7?token=secret";
    for layer in [ClientLayer::new(), ClientLayer::new().with_query()] {
        let mut request = get(url);
        request.extensions_mut().insert(UrlTemplate("/users/{id}"));
        drop(block_on(recorder.run(layer.layer(echo()).oneshot(request))));
    }
    let spans = recorder.spans();
    let found = |n: usize| {
        let span = &spans[n];
        assert_eq!(span.name, "GET /users/{id}");
        ["url.full", "server.address", "server.port", "url.template"].map(|key| text(span, key))
    };
    let full = "https://a.example:8443/users/7";
    assert_eq!(found(0), [full, "a.example", "8443", "/users/{id}"]);
    assert_eq!(found(1)[0], format!("{full}?token=secret"));
}

#[test]
fn the_port_is_that_of_the_scheme_unless_there_is_another() {
    let recorder = Recorder::new();
    for url in ["http://a/", "https://a/", "/origin"] {
        drop(block_on(recorder.run(ClientLayer::new().layer(echo()).oneshot(get(url)))));
    }
    let spans = recorder.spans();
    let found = spans.iter().map(|span| ["server.port", "url.full", "url.path"].map(|key| text(span, key)));
    let expected = [["80", "http://a/", "-"], ["443", "https://a/", "-"], ["8080", "-", "/origin"]];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn statuses_from_400_on_are_errors() {
    let asked = |status: u16| {
        let recorder = Recorder::new();
        let service = answers(move |_| {
            Response::builder().status(status).body(Body::from("body")).expect("a response")
        });
        drop(block_on(recorder.run(ClientLayer::new().layer(service).oneshot(get("http://a/")))));
        let span = recorder.span("GET");
        assert_eq!(text(&span, "http.response.status_code"), status.to_string());
        assert_eq!(text(&span, "network.protocol.version"), "1.1");
        (span.outcome, text(&span, "error.type"))
    };
    assert_eq!(asked(200), (Outcome::Ok, "-".to_owned()), "that nobody reads the body is nobody's fault");
    assert_eq!(asked(304), (Outcome::Ok, "-".to_owned()));
    assert_eq!(asked(404), (Outcome::Error, "404".to_owned()));
    assert_eq!(asked(500), (Outcome::Error, "500".to_owned()));
}

#[test]
fn an_error_and_a_cancelled_call_are_told_apart() {
    let recorder = Recorder::new();
    let refused = service_fn(async |_: Request<Body>| Err::<Response<Body>, _>(std::fmt::Error));
    drop(block_on(recorder.run(ClientLayer::new().layer(refused).oneshot(get("http://a/")))));
    assert_eq!(text(&recorder.span("GET"), "error.type"), "core::fmt::Error");
    let never = service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, Infallible>>());
    block_on(recorder.run(async {
        let mut call = Box::pin(ClientLayer::new().layer(never).oneshot(get("http://a/")));
        assert!(futures::poll!(&mut call).is_pending());
    }));
    assert_eq!(outline(&recorder), "GET error\nGET cancelled");
}

#[test]
fn the_span_is_active_while_the_body_is_read_in_the_hub_of_who_asks() {
    let recorder = Recorder::new();
    let service = service_fn(async |_: Request<Body>| {
        tokio::task::yield_now().await;
        isohub::start_span!("connect").in_scope(|| ());
        let chunk = async {
            isohub::start_span!("read").in_scope(|| ());
            Ok::<_, Infallible>(tags())
        };
        Ok::<_, Infallible>(Response::new(Body::from_stream(stream::once(chunk))))
    });
    let client = ClientLayer::new().layer(service);
    block_on(recorder.run(async {
        isohub::set_tag("unit", "caller");
        let response = client.oneshot(get("http://a/")).await.expect("infallible");
        isohub::start_span!("between").in_scope(|| ());
        assert_eq!(open(&recorder), 1);
        assert_eq!(read(response).await, "unit=caller");
        assert_eq!(open(&recorder), 0);
    }));
    assert_eq!(outline(&recorder), "GET\n  connect\n  read\nbetween");
}

#[test]
fn concurrent_requests_are_siblings() {
    let recorder = Recorder::new();
    let client = ClientLayer::new().layer(service_fn(async |_: Request<Body>| {
        tokio::task::yield_now().await;
        Ok::<_, Infallible>(Response::new(Body::empty()))
    }));
    let all = async {
        let calls = (0..3).map(|_| client.clone().oneshot(get("http://a/")));
        futures::future::join_all(calls).await
    };
    drop(block_on(recorder.run(async { all.in_span(isohub::start_span!("all")).await })));
    assert_eq!(outline(&recorder), "all\n  GET\n  GET\n  GET");
}

#[test]
fn a_response_without_a_body_is_over_at_once() {
    let recorder = Recorder::new();
    let responses = block_on(recorder.run(async {
        let empty = ClientLayer::new().layer(echo()).oneshot(get("http://a/")).await.expect("infallible");
        let switched = answers(|_| {
            let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
            response.body(Body::from("more")).expect("a response")
        });
        (empty, ClientLayer::new().layer(switched).oneshot(get("http://a/")).await.expect("infallible"))
    }));
    assert_eq!(open(&recorder), 0);
    // What then comes is no part of it.
    assert!(block_on(responses.1.into_body().frame()).is_some());
    assert_eq!(outline(&recorder), "GET\nGET");
}
