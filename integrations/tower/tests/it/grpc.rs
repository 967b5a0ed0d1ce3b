//! gRPC: names, and statuses from heads and trailers.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use futures::stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use isohub::Outcome;
use isohub::testing::Recorder;
use isohub_tower::{ClientLayer, ServerLayer};
use tower::{Layer as _, Service, ServiceExt as _};

use crate::support::{answers, block_on, outline, text};

fn asked(path: &str) -> Request<Body> {
    let request =
        Request::post(path).header("content-type", "application/grpc+proto").version(http::Version::HTTP_2);
    request.body(Body::empty()).expect("a request")
}

fn in_trailers(status: &'static str) -> Response<Body> {
    let trailers =
        HeaderMap::from_iter([("grpc-status".parse().expect("a name"), HeaderValue::from_static(status))]);
    let frames = [Frame::data(Bytes::from("message")), Frame::trailers(trailers)].map(Ok::<_, Infallible>);
    Response::new(Body::new(StreamBody::new(stream::iter(frames))))
}

fn in_head(status: &'static str) -> Response<Body> {
    Response::builder().header("grpc-status", status).body(Body::empty()).expect("a response")
}

/// How a call ends of which the body is read up to the trailers, and no further.
fn end<S, B>(service: S, path: &str) -> (String, Outcome, String, String)
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body + Unpin,
{
    let recorder = Recorder::new();
    block_on(recorder.run(async {
        let mut body = service.oneshot(asked(path)).await.expect("infallible").into_body();
        while let Some(Ok(frame)) = body.frame().await {
            if frame.is_trailers() {
                break;
            }
        }
    }));
    let spans = recorder.spans();
    assert_eq!(spans.len(), 1, "{}", outline(&recorder));
    let span = &spans[0];
    (span.name.to_string(), span.outcome, text(span, "rpc.grpc.status_code"), text(span, "error.type"))
}

const METHOD: &str = "shop.v1.Orders/Place";

fn expected(outcome: Outcome, status: &str, kind: &str) -> (String, Outcome, String, String) {
    (METHOD.to_owned(), outcome, status.to_owned(), kind.to_owned())
}

#[test]
fn servers_take_the_status_from_trailers_and_heads() {
    for make in [in_trailers as fn(_) -> _, in_head] {
        let served =
            |status| end(ServerLayer::new().layer(answers(move |_| make(status))), "/shop.v1.Orders/Place");
        assert_eq!(served("0"), expected(Outcome::Ok, "0", "-"));
        assert_eq!(served("5"), expected(Outcome::Ok, "5", "-"), "not found is the caller's");
        assert_eq!(served("13"), expected(Outcome::Error, "13", "13"));
        assert_eq!(served("rubbish"), expected(Outcome::Ok, "-", "-"));
    }
}

#[test]
fn to_clients_each_status_but_ok_is_an_error() {
    for make in [in_trailers as fn(_) -> _, in_head] {
        let asked = |status| {
            end(
                ClientLayer::new().layer(answers(move |_| make(status))),
                "http://orders/shop.v1.Orders/Place",
            )
        };
        assert_eq!(asked("0"), expected(Outcome::Ok, "0", "-"));
        assert_eq!(asked("5"), expected(Outcome::Error, "5", "5"));
    }
}

#[test]
fn methods_that_clients_make_up_are_no_names() {
    let service = ServerLayer::new().layer(answers(|_| in_head("12")));
    assert_eq!(end(service, "/made.Up/ByClient").0, "POST");
    // Whatever is answered to what is no method.
    for path in ["/made/up/by/client", "/made", "/made/", "//made"] {
        assert_eq!(end(ServerLayer::new().layer(answers(|_| in_head("0"))), path).0, "POST", "{path}");
    }
}

#[test]
fn service_and_method_are_attributes() {
    let recorder = Recorder::new();
    let service = ServerLayer::new().layer(answers(|_| in_head("0")));
    drop(block_on(recorder.run(service.oneshot(asked("/shop.v1.Orders/Place")))));
    let span = recorder.span(METHOD);
    let found = ["rpc.system", "rpc.service", "rpc.method"].map(|key| text(&span, key));
    assert_eq!(found, ["grpc", "shop.v1.Orders", "Place"]);
}

#[test]
fn only_grpc_is_grpc() {
    let recorder = Recorder::new();
    let service = ServerLayer::new().layer(answers(|_| in_head("13")));
    for kind in ["application/grpc-web", "application/json"] {
        let mut request = asked("/shop.v1.Orders/Place");
        request.headers_mut().insert("content-type", HeaderValue::from_static(kind));
        drop(block_on(recorder.run(service.clone().oneshot(request))));
    }
    assert_eq!(outline(&recorder), "POST\nPOST");
}
