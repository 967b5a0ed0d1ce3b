//! Servers: each request is a unit, on whatever connection, task and thread it is handled.

mod bodies;
mod crowds;
mod left;

use std::future::{Future, IntoFuture as _};
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tower::ServiceExt as _;

use crate::support::spawn_bare;

/// Serves on loopback, at a port that the system picks, until the client has what it wants.
async fn served<F: Future>(app: Router, client: impl FnOnce(SocketAddr) -> F) -> F::Output {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async { drop(stopped.await) };
    let server = spawn_bare(axum::serve(listener, app).with_graceful_shutdown(stopped).into_future());
    let output = client(address).await;
    drop(stop);
    server.await.expect("no panic").expect("it served");
    output
}

/// A connection that is kept alive from request to request.
struct Connection {
    requests: SendRequest<Empty<&'static [u8]>>,
    task: AbortHandle,
}

impl Connection {
    async fn to(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.expect("the server listens");
        let (requests, connection) = handshake(TokioIo::new(stream)).await.expect("a handshake");
        let task = spawn_bare(async { drop(connection.await) }).abort_handle();
        Connection { requests, task }
    }

    /// The body of the response, which has come to its end; or why there is none.
    async fn get(&mut self, path: &str) -> Result<String, hyper::Error> {
        self.requests.ready().await?;
        let request = Request::get(path).header("host", "localhost").body(Empty::new()).expect("a request");
        let response = self.requests.send_request(request).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8(body.into()).expect("text"))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request without a connection.
async fn called(app: Router, path: &str) -> String {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = app.oneshot(request).await.expect("infallible");
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(body.into()).expect("text")
}

/// Has all requests recorded: their tasks are the server's, and begin with the base hub.
fn recorded(app: Router, recorder: &Recorder) -> Router {
    async fn in_hub(State(hub): State<Hub>, request: Request, next: Next) -> Response {
        next.run(request).bind_hub(hub).await
    }
    app.layer(middleware::from_fn_with_state(recorder.hub(), in_hub))
}
