//! What the layer of servers can be told.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Request, Response};
use isohub::testing::Recorder;
use isohub::{Hub, Propagation, SpanContext};
use isohub_tower::{Incoming, ServerLayer};
use tower::{Layer as _, ServiceExt as _};

use crate::support::{answers, block_on, get, outline, read, settled, text, traceparent};

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn called() -> Request<Body> {
    let mut request = get("/path?query=1");
    let headers = request.headers_mut();
    headers.insert("traceparent", HeaderValue::from_static(CALLER));
    headers.append("tracestate", HeaderValue::from_static("a=1"));
    headers.append("tracestate", HeaderValue::from_static("b=2"));
    headers.insert("baggage", HeaderValue::from_static("tenant=acme"));
    request
}

/// What a handler would pass on to those whom it asks.
fn passed_on(recorder: &Recorder, layer: ServerLayer) -> http::HeaderMap {
    let service = layer.layer(answers(|_| {
        let mut response = Response::new(Body::empty());
        isohub_tower::inject(response.headers_mut());
        response
    }));
    let response = block_on(recorder.run(service.oneshot(called()))).expect("infallible");
    response.headers().clone()
}

fn header<'a>(headers: &'a http::HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("-", |it| it.to_str().expect("printable"))
}

fn caller() -> SpanContext {
    CALLER.parse().expect("a traceparent")
}

#[test]
fn an_incoming_trace_goes_on_with_what_came_beside_it() {
    let recorder = Recorder::new();
    let sent = passed_on(&recorder, ServerLayer::new());
    let span = recorder.span("GET");
    assert_eq!((span.context.trace_id(), span.parent), (caller().trace_id(), Some(caller().span_id())));
    assert_eq!(traceparent(&sent), Some(span.context));
    assert_eq!([header(&sent, "tracestate"), header(&sent, "baggage")], ["a=1,b=2", "tenant=acme"]);
}

#[test]
fn of_callers_that_are_not_trusted_only_the_ids_are_taken() {
    let recorder = Recorder::new();
    let sent = passed_on(&recorder, ServerLayer::new().incoming(Incoming::IdsOnly));
    assert_eq!(recorder.span("GET").parent, Some(caller().span_id()));
    assert_eq!([header(&sent, "tracestate"), header(&sent, "baggage")], ["-", "-"]);
}

#[test]
fn of_callers_that_are_not_trusted_at_all_there_is_a_link_or_nothing() {
    for (incoming, links) in [(Incoming::Link, vec![caller()]), (Incoming::Ignore, vec![])] {
        let recorder = Recorder::new();
        let sent = passed_on(&recorder, ServerLayer::new().incoming(incoming));
        let span = recorder.span("GET");
        assert_ne!(span.context.trace_id(), caller().trace_id());
        assert_eq!((span.parent, span.is_local_root), (None, true));
        assert_eq!(span.links.iter().map(|link| link.context).collect::<Vec<_>>(), links);
        assert_eq!([header(&sent, "tracestate"), header(&sent, "baggage")], ["-", "-"]);
    }
}

#[test]
fn two_lines_of_traceparent_are_none() {
    let recorder = Recorder::new();
    let mut request = called();
    request.headers_mut().append("traceparent", HeaderValue::from_static(CALLER));
    let service = ServerLayer::new().layer(answers(|_| Response::new(Body::empty())));
    drop(block_on(recorder.run(service.oneshot(request))));
    assert_eq!(recorder.span("GET").parent, None);
}

#[test]
fn requests_of_which_no_trace_is_wanted_have_none_and_say_so() {
    let recorder = Recorder::new();
    let layer = ServerLayer::new().record_if(|request| request.uri.path() != "/path");
    let service = layer.clone().layer(answers(|_| {
        isohub::set_tag("seen", true);
        isohub::start_span!("inner").in_scope(|| ());
        let mut response = Response::new(Body::from(crate::support::tags()));
        isohub_tower::inject(response.headers_mut());
        response
    }));
    let call = |request| recorder.run(service.clone().oneshot(request));
    let response = block_on(call(called())).expect("infallible");
    let sent = traceparent(response.headers()).expect("it is passed on");
    assert_eq!((sent.trace_id(), sent.is_sampled()), (caller().trace_id(), false));
    assert_eq!(header(response.headers(), "baggage"), "tenant=acme");
    assert_eq!(block_on(read(response)), "seen=true", "it is isolated all the same");
    assert_eq!(outline(&recorder), "");
    block_on(async { read(call(get("/wanted")).await.expect("infallible")).await });
    assert_eq!(outline(&recorder), "GET {seen=true}\n  inner");
}

#[test]
fn what_is_known_of_a_request_is_recorded_and_nothing_else() {
    let recorder = Recorder::new();
    let mut request = called();
    request.headers_mut().insert("user-agent", HeaderValue::from_static("curl/8"));
    request.headers_mut().insert("authorization", HeaderValue::from_static("secret"));
    drop(block_on(
        recorder.run(ServerLayer::new().layer(answers(|_| Response::new(Body::empty()))).oneshot(request)),
    ));
    let span = recorder.span("GET");
    let found = span.attributes.iter().map(|it| format!("{}={}", it.key, it.value));
    let expected = [
        "http.request.method=GET",
        "url.path=/path",
        "url.scheme=http",
        "server.address=shop.example",
        "server.port=8080",
        "user_agent.original=curl/8",
        "network.protocol.version=1.1",
        "http.response.status_code=200",
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn the_host_is_in_the_target_of_newer_protocols() {
    let recorder = Recorder::new();
    let mut request = get("https://[::1]:8443/");
    request.headers_mut().remove("host");
    *request.version_mut() = http::Version::HTTP_2;
    drop(block_on(
        recorder.run(ServerLayer::new().layer(answers(|_| Response::new(Body::empty()))).oneshot(request)),
    ));
    let span = recorder.span("GET");
    let found = ["url.scheme", "server.address", "server.port", "network.protocol.version"];
    assert_eq!(found.map(|key| text(&span, key)), ["https", "::1", "8443", "2"]);
}

#[test]
fn samplers_see_the_request() {
    let sampler =
        |root: &isohub::Root<'_>| root.attribute("url.path").is_some_and(|it| it.to_string() == "/path");
    let recorder = Recorder::builder().sample(sampler).build();
    let service = ServerLayer::new().layer(answers(|_| Response::new(Body::empty())));
    for request in [get("/other"), called(), get("/other")] {
        drop(block_on(recorder.run(service.clone().oneshot(request))));
    }
    assert_eq!(outline(&recorder), "GET");
}

#[test]
fn a_function_adds_what_it_likes_in_the_hub_of_the_request() {
    let recorder = Recorder::new();
    let layer = ServerLayer::new().with_query().on_request(|request| {
        isohub::set_tag("path", request.uri.path());
        isohub::current_span().record("app.added", true);
    });
    passed_on(&recorder, layer);
    let span = recorder.span("GET");
    assert_eq!(
        (text(&span, "app.added"), text(&span, "url.query")),
        ("true".to_owned(), "query=1".to_owned())
    );
    assert_eq!(outline(&recorder), "GET {path=/path}");
}

#[test]
fn a_function_that_panics_harms_nobody() {
    let recorder = Recorder::new();
    let layer = ServerLayer::new().on_request(|_| panic!("on purpose")).record_if(|_| panic!("on purpose"));
    passed_on(&recorder, layer);
    assert_eq!(outline(&recorder), "GET");
}

#[test]
fn a_listener_may_have_a_hub_of_its_own() {
    let (recorder, other) = (Recorder::new(), Recorder::new());
    let layer = ServerLayer::new().in_hub(recorder.hub().with_tag("listener", "admin"));
    passed_on(&other, layer);
    settled(&other);
    assert_eq!(outline(&recorder), "GET {listener=admin}");
    assert_eq!(other.tree(), "");
}

#[test]
fn the_trace_id_is_in_the_response_if_asked() {
    let recorder = Recorder::new();
    let layer = ServerLayer::new().trace_id_header(HeaderName::from_static("x-trace-id"));
    let forged = answers(|_| {
        Response::builder().header("x-trace-id", "mine").body(Body::empty()).expect("a response")
    });
    let call = |layer: ServerLayer| {
        block_on(recorder.run(layer.layer(forged.clone()).oneshot(called()))).expect("infallible")
    };
    let all = |response: &Response<_>| {
        let lines = response.headers().get_all("x-trace-id").iter();
        lines.map(|it| it.to_str().expect("printable").to_owned()).collect::<Vec<_>>()
    };
    let expected = [caller().trace_id().to_string()];
    assert_eq!(all(&call(layer.clone())), expected);
    assert_eq!(all(&call(layer.record_if(|_| false))), expected);
    assert_eq!(all(&call(ServerLayer::new())), ["mine"]);
}

#[test]
fn nothing_that_comes_or_is_set_makes_a_header_of_its_own() {
    let recorder =
        Recorder::builder().propagation(Propagation::w3c().and(Propagation::sentry("key"))).build();
    let mut request = called();
    request.headers_mut().insert("tracestate", HeaderValue::from_bytes(b"a=\xff\xfe").expect("opaque"));
    request.headers_mut().insert("baggage", HeaderValue::from_static("k=a%0d%0aset-cookie:%20b"));
    let service = ServerLayer::new().layer(answers(|_| {
        isohub::set_baggage("own", "x\r\nset-cookie: y\u{1b}[31m");
        let mut response = Response::new(Body::empty());
        isohub_tower::inject(response.headers_mut());
        response
    }));
    let response = block_on(recorder.run(service.oneshot(request))).expect("infallible");
    for (name, value) in response.headers() {
        assert!(["traceparent", "sentry-trace", "baggage"].contains(&name.as_str()), "{name}");
        assert!(value.as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~')), "{value:?}");
    }
    assert!(header(response.headers(), "baggage").contains("own=x%0D%0Aset-cookie"));
}

#[test]
fn a_trace_takes_the_place_of_one_that_was_copied() {
    let recorder = Recorder::new();
    let mut headers = called().headers().clone();
    headers.insert(
        "sentry-trace",
        HeaderValue::from_static("0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"),
    );
    isohub_tower::inject(&mut headers);
    assert_eq!(header(&headers, "traceparent"), CALLER, "there is no trace that could take its place");
    recorder.run_sync(|| isohub::start_span!("own").in_scope(|| isohub_tower::inject(&mut headers)));
    assert_eq!(traceparent(&headers), Some(recorder.span("own").context));
    assert_eq!([header(&headers, "tracestate"), header(&headers, "sentry-trace")], ["-", "-"]);
    assert_eq!(header(&headers, "baggage"), "tenant=acme");
    assert_eq!(Hub::current().span_context(), None);
}
