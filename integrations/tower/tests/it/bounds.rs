//! What callers send is kept within bounds, and passed on within them, whatever they send.

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use isohub::testing::Recorder;
use isohub::{MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS};
use isohub_tower::ServerLayer;
use tower::{Layer as _, ServiceExt as _};

use crate::support::{answers, block_on};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const MEGABYTE: usize = 1 << 20;

/// 32 members of keys and values of 256 bytes.
const MAX_TRACESTATE: usize = 32 * (256 + 1 + 256 + 1);

/// Of everything that is passed on for one request, as much may be kept: baggage, Sentry's part of it, and tracestate,
/// with what memory needs beside.
const MAX_KEPT: u64 = 4 * (2 * MAX_BAGGAGE_BYTES as u64 + MAX_TRACESTATE as u64);

type Lines = Vec<(&'static str, String)>;

/// What nobody sends by accident.
fn floods() -> Vec<(&'static str, Lines)> {
    let long = |begin: &str| format!("{begin}{}", "x".repeat(MEGABYTE));
    let members = |begin: &str| (0..10_000).map(|n| format!("{begin}{n}=v")).collect::<Vec<_>>().join(",");
    let lines = |name: &'static str, value: &str| vec![(name, value.to_owned()); 2_000];
    vec![
        ("a long value", vec![("baggage", long("a=")), ("tracestate", long("a="))]),
        ("a long key", vec![("baggage", long("")), ("tracestate", long(""))]),
        ("long properties", vec![("baggage", format!("a=1{}", ";p=1".repeat(MEGABYTE / 4)))]),
        ("what is decoded", vec![("baggage", format!("a={}", "%20".repeat(MEGABYTE / 3)))]),
        ("many members", vec![("baggage", members("k")), ("tracestate", members("k"))]),
        (
            "many of sentry's",
            vec![("baggage", members("sentry-")), ("sentry-trace", TRACEPARENT[3..].to_owned())],
        ),
        ("many of one key", vec![("baggage", "a=1,".repeat(10_000)), ("tracestate", "a=1,".repeat(10_000))]),
        ("nothing but commas", vec![("baggage", ",".repeat(MEGABYTE)), ("tracestate", ",".repeat(MEGABYTE))]),
        ("many lines of baggage", lines("baggage", "a=1,b=2")),
        ("many lines of tracestate", lines("tracestate", "a=1,b=2")),
        ("many empty lines", [lines("tracestate", ""), lines("baggage", "")].concat()),
        ("many lines of traceparent", lines("traceparent", TRACEPARENT)),
        ("many lines of sentry-trace", lines("sentry-trace", &TRACEPARENT[3..])),
        (
            "a long traceparent",
            vec![("traceparent", long("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-"))],
        ),
        ("a long sentry-trace", vec![("sentry-trace", long(&TRACEPARENT[3..]))]),
    ]
}

fn sent(lines: Lines) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if lines.iter().all(|(name, _)| *name != "traceparent") {
        headers.insert("traceparent", HeaderValue::from_static(TRACEPARENT));
    }
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(&value).expect("printable"));
    }
    headers
}

#[test]
fn what_is_kept_of_a_request_is_bounded() {
    for (what, lines) in floods() {
        let headers = sent(lines);
        let mut kept = None;
        let memory = allocation_counter::measure(|| kept = Some(isohub_tower::extract(&headers)));
        let bytes = u64::try_from(memory.bytes_current).expect("it is kept");
        assert!(bytes <= MAX_KEPT, "{what}: {bytes} bytes");
        drop(kept);
    }
}

#[test]
fn what_is_passed_on_of_a_request_is_bounded() {
    let propagation = isohub::Propagation::w3c().and(isohub::Propagation::sentry("key"));
    let recorder = Recorder::builder().propagation(propagation).build();
    let service = ServerLayer::new().in_hub(recorder.hub()).layer(answers(|_: Request<Body>| {
        let mut response = Response::new(Body::empty());
        isohub_tower::inject(response.headers_mut());
        response
    }));
    for (what, lines) in floods() {
        let mut request = Request::new(Body::empty());
        *request.headers_mut() = sent(lines);
        let response = block_on(service.clone().oneshot(request)).expect("infallible");
        let of = |name: &str| {
            let lines: Vec<_> = response.headers().get_all(name).iter().collect();
            assert!(lines.len() <= 1, "{what}: {name}");
            lines.first().map_or("", |line| line.to_str().expect("printable"))
        };
        assert_eq!((of("traceparent").len(), of("sentry-trace").len()), (55, 51), "{what}");
        assert!(of("tracestate").len() <= MAX_TRACESTATE, "{what}");
        assert!(of("baggage").len() <= MAX_BAGGAGE_BYTES, "{what}");
        assert!(of("baggage").split(',').count() <= MAX_BAGGAGE_MEMBERS, "{what}");
    }
}
