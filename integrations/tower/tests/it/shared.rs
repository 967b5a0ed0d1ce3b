//! Two services, and one trace.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get as on_get;
use http::Request;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, Propagation};
use isohub_tower::{ClientLayer, ServerLayer};
use tower::{Layer as _, ServiceExt as _};

use crate::support::{block_on, get, outline, read, served, text};

fn stock(recorder: &Recorder) -> Router {
    let handler = async || isohub::baggage().get("tenant").map_or("none", |_| "some").to_owned();
    Router::new().route("/stock/{id}", on_get(handler)).layer(ServerLayer::new().in_hub(recorder.hub()))
}

fn formats() -> [Propagation; 3] {
    let sentry = || Propagation::sentry("key");
    [Propagation::w3c(), sentry(), Propagation::w3c().and(sentry())]
}

/// What both have recorded is one trace.
fn assert_shared(shop: &Recorder, stock: &Recorder) {
    assert_eq!([outline(shop), outline(stock)], ["buy\n  GET", "GET /stock/{id}"]);
    let (asks, is_asked) = (shop.span("GET"), stock.span("GET /stock/{id}"));
    assert_eq!(is_asked.context.trace_id(), asks.context.trace_id());
    assert_eq!(is_asked.parent, Some(asks.context.span_id()));
    assert!(is_asked.is_local_root);
}

#[test]
fn in_one_process() {
    for format in formats() {
        let shop = Recorder::builder().propagation(format).build();
        let asked = Recorder::new();
        let client = ClientLayer::new().layer(stock(&asked));
        let buy = async {
            isohub::set_baggage("tenant", "acme");
            read(client.oneshot(get("http://stock/stock/7")).await.expect("infallible")).await
        };
        let said = block_on(shop.run(async { buy.in_span(isohub::start_span!("buy")).await }));
        assert_eq!(said, "some");
        assert_shared(&shop, &asked);
    }
}

#[test]
fn over_the_network_with_the_client_of_hyper() {
    for format in formats() {
        let shop = Recorder::builder().propagation(format).build();
        let asked = Recorder::new();
        block_on(served(stock(&asked), async |server| {
            let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
            let client = ClientLayer::new().layer(client);
            let buy = async {
                let request = Request::get(format!("http://{server}/stock/7")).body(Empty::new());
                read(client.oneshot(request.expect("a request")).await.expect("a response")).await
            };
            let said = shop.run(async { buy.in_span(isohub::start_span!("buy")).await }).await;
            assert_eq!(said, "none");
        }));
        assert_shared(&shop, &asked);
    }
}

#[test]
fn over_the_network_with_reqwest() {
    let (shop, asked) = (Recorder::new(), Recorder::new());
    block_on(served(stock(&asked), async |server| {
        let client = reqwest::Client::new();
        let client = ClientLayer::new().layer(tower::service_fn(move |request: Request<reqwest::Body>| {
            let client = client.clone();
            async move { client.execute(request.try_into()?).await.map(http::Response::from) }
        }));
        let buy = async {
            let request = Request::get(format!("http://{server}/stock/7")).body(reqwest::Body::from(""));
            let response: Result<_, reqwest::Error> = client.oneshot(request.expect("a request")).await;
            read(response.expect("a response")).await
        };
        let said = shop.run(async { buy.in_span(isohub::start_span!("buy")).await }).await;
        assert_eq!(said, "none");
    }));
    assert_shared(&shop, &asked);
}

/// What the other host is told of whoever is sent there by a server that redirects.
fn told_elsewhere(client: reqwest::Client) -> (String, Option<String>) {
    let recorder = Recorder::new();
    let (asks, told) = std::sync::mpsc::channel();
    let elsewhere = Router::new().fallback(move |request: axum::extract::Request| {
        asks.send(request.headers().get("baggage").map(|it| it.to_str().expect("printable").to_owned()))
            .expect("somebody listens");
        std::future::ready("there")
    });
    block_on(served(elsewhere, async |other| {
        let here = Router::new().fallback(move || {
            std::future::ready(axum::response::Redirect::temporary(&format!("http://{other}/")))
        });
        served(here, async |server| {
            let client =
                ClientLayer::new().layer(tower::service_fn(move |request: Request<reqwest::Body>| {
                    let client = client.clone();
                    async move { client.execute(request.try_into()?).await.map(http::Response::from) }
                }));
            let call = async {
                isohub::set_baggage("tenant", "acme");
                let request = Request::get(format!("http://{server}/")).body(reqwest::Body::from(""));
                let response: Result<_, reqwest::Error> = client.oneshot(request.expect("a request")).await;
                response.expect("a response").status().to_string()
            };
            recorder.run(call).await
        })
        .await
    }));
    (text(&recorder.span("GET"), "http.response.status_code"), told.try_iter().next().flatten())
}

#[test]
fn what_follows_redirects_by_itself_tells_others_what_was_meant_for_one() {
    // That is for who makes the client to say, which this layer stands in front of.
    assert_eq!(told_elsewhere(reqwest::Client::new()), ("200".to_owned(), Some("tenant=acme".to_owned())));
    let stays = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    assert_eq!(told_elsewhere(stays.expect("a client")), ("307".to_owned(), None));
}

#[test]
fn a_proxy_is_between_its_caller_and_whom_it_asks() {
    let recorder = Recorder::new();
    let backend = ClientLayer::new().layer(stock(&recorder));
    let proxy = tower::service_fn(move |request: Request<Body>| {
        let backend = backend.clone();
        // It copies all headers, those of the trace included.
        async move { backend.oneshot(request).await }
    });
    let proxy = ServerLayer::new().in_hub(recorder.hub()).layer(proxy);
    let mut request = get("/stock/7");
    request.headers_mut().insert(
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("a value"),
    );
    request.headers_mut().insert("tracestate", "a=1".parse().expect("a value"));
    block_on(async { read(proxy.oneshot(request).await.expect("infallible")).await });
    assert_eq!(outline(&recorder), "GET\n  GET\n    GET /stock/{id}");
    let trace_ids =
        recorder.spans().iter().map(|span| span.context.trace_id().to_string()).collect::<Vec<_>>();
    assert_eq!(trace_ids, ["0af7651916cd43dd8448eb211c80319c"; 3]);
}
