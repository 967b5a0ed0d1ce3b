//! Servers, clients, and what was recorded of them.

use std::convert::Infallible;
use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use isohub::testing::Recorder;
use isohub::{Hub, SpanContext, SpanRecord, Value};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

pub(crate) const WAIT: Duration = Duration::from_secs(60);

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// Waits until everything that began has ended.
pub(crate) fn settled(recorder: &Recorder) {
    recorder.settled(WAIT).unwrap_or_else(|error| panic!("{error}"));
}

/// What is recorded without its attributes: names, outcomes and tags.
pub(crate) fn outline(recorder: &Recorder) -> String {
    settled(recorder);
    let outlined = |line: &str| {
        let (words, tags) = line.split_at(line.rfind(" {").unwrap_or(line.len()));
        let words = words.split(' ').filter(|word| !word.contains('=')).collect::<Vec<_>>().join(" ");
        words + tags
    };
    let tree = recorder.tree();
    tree.lines().filter(|line| !line.is_empty()).map(outlined).collect::<Vec<_>>().join("\n")
}

/// How many spans have not ended.
pub(crate) fn open(recorder: &Recorder) -> u64 {
    // Looking at it waits for what has ended.
    drop(recorder.spans());
    recorder.stats().open
}

/// The context that is in a header.
pub(crate) fn traceparent(headers: &http::HeaderMap) -> Option<SpanContext> {
    headers.get("traceparent")?.to_str().ok()?.parse().ok()
}

pub(crate) fn text(span: &SpanRecord, key: &str) -> String {
    span.attribute(key).map_or("-".to_owned(), Value::to_string)
}

/// The tags of the current hub.
pub(crate) fn tags() -> String {
    let hub = Hub::current();
    let tags = hub.scope().tags().into_iter().map(|(key, value)| format!("{key}={value}"));
    tags.collect::<Vec<_>>().join(",")
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).header("host", "shop.example:8080").body(Body::empty()).expect("a request")
}

pub(crate) async fn read<B>(response: Response<B>) -> String
where
    B: http_body::Body<Error: std::fmt::Debug>,
{
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(body.into()).expect("text")
}

/// Serves on loopback, at a port that the system picks, until the client has what it wants.
pub(crate) async fn served<F: Future>(app: Router, client: impl FnOnce(SocketAddr) -> F) -> F::Output {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async { drop(stopped.await) };
    let server = tokio::spawn(axum::serve(listener, app).with_graceful_shutdown(stopped).into_future());
    let output = client(address).await;
    drop(stop);
    server.await.expect("no panic").expect("it served");
    output
}

/// A connection that is kept alive from request to request.
pub(crate) struct Connection {
    pub(crate) requests: SendRequest<Empty<Bytes>>,
    task: tokio::task::AbortHandle,
}

impl Connection {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.expect("the server listens");
        let (requests, connection) = handshake(TokioIo::new(stream)).await.expect("a handshake");
        let connection = connection.with_upgrades();
        let task = tokio::spawn(async { drop(connection.await) }).abort_handle();
        Connection { requests, task }
    }

    pub(crate) async fn send(&mut self, request: http::request::Builder) -> Response<hyper::body::Incoming> {
        let request = request.header("host", "localhost").body(Empty::new()).expect("a request");
        self.requests.ready().await.expect("the connection is there");
        self.requests.send_request(request).await.expect("a response")
    }

    pub(crate) async fn get(&mut self, path: &str) -> String {
        read(self.send(Request::get(path)).await).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A service that answers with what `f` makes of the request.
pub(crate) fn answers<B>(
    f: impl Fn(Request<Body>) -> Response<B> + Clone,
) -> impl tower::Service<
    Request<Body>,
    Response = Response<B>,
    Error = Infallible,
    Future = std::future::Ready<Result<Response<B>, Infallible>>,
> + Clone {
    tower::service_fn(move |request| std::future::ready(Ok(f(request))))
}
