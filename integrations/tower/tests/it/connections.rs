//! Servers on loopback: what clients and connections do to requests.

use std::sync::{Arc, Mutex, Weak};

use axum::Router;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Request as Received};
use axum::response::Response;
use axum::routing::get;
use futures::stream::{self, StreamExt as _};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use isohub::testing::Recorder;
use isohub_tower::ServerLayer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;

use crate::support::{Connection, block_on, outline, served, settled, tags};

isohub::hub_local! {
    static HELD: Arc<()>;
}

/// Tells, in each of three chunks, what it sees while that is made; the last waits for `go`.
async fn streamed(id: u64, go: Arc<Semaphore>) -> Body {
    isohub::set_tag("user", id);
    Body::from_stream(stream::iter(0..3).then(move |n| {
        let go = go.clone();
        async move {
            if n == 2 {
                drop(go.acquire().await);
            }
            isohub::set_tag("chunk", n);
            Ok::<_, std::convert::Infallible>(format!("{};", tags()))
        }
    }))
}

fn app(recorder: &Recorder, go: &Arc<Semaphore>) -> Router {
    let (go, waits) = (go.clone(), go.clone());
    Router::new()
        .route("/stream/{id}", get(move |Path(id): Path<u64>| streamed(id, go.clone())))
        .route(
            "/wait/{id}",
            get(async move |Path(id): Path<u64>| {
                isohub::set_tag("user", id);
                drop(waits.acquire().await);
            }),
        )
        .route("/tags", get(async || tags()))
        .layer(ServerLayer::new().in_hub(recorder.hub()))
}

#[test]
fn what_a_streaming_body_sets_is_not_there_for_the_next_request_of_its_connection() {
    let recorder = Recorder::new();
    let go = Arc::new(Semaphore::new(9));
    block_on(served(app(&recorder, &go), async |server| {
        let mut connection = Connection::to(server).await;
        let said = "chunk=0,user=1;chunk=1,user=1;chunk=2,user=1;";
        assert_eq!(connection.get("/stream/1").await, said);
        assert_eq!(connection.get("/tags").await, "");
        assert_eq!(connection.get("/stream/2").await, said.replace("user=1", "user=2"));
        let head = connection.send(Request::head("/stream/3")).await;
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(connection.get("/tags").await, "");
        assert_eq!(connection.get("/nothing").await, "");
    }));
    let expected = "GET /stream/{id} {chunk=2 user=1}\nGET /tags\nGET /stream/{id} {chunk=2 user=2}\n\
                    HEAD /stream/{id} {user=3}\nGET /tags\nGET";
    assert_eq!(outline(&recorder), expected);
}

#[test]
fn a_client_that_goes_away_cancels_its_request() {
    let recorder = Recorder::new();
    let go = Arc::new(Semaphore::new(0));
    block_on(served(app(&recorder, &go), async |server| {
        let mut connection = Connection::to(server).await;
        let response = connection.send(Request::get("/stream/1")).await;
        let mut body = response.into_body();
        assert!(body.frame().await.is_some());
        drop((body, connection));
        settled(&recorder);

        let mut connection = Connection::to(server).await;
        let request = Request::get("/wait/2").header("host", "localhost").body(Default::default());
        let sent = connection.requests.send_request(request.expect("a request"));
        while recorder.stats().open == 0 {
            tokio::task::yield_now().await;
        }
        drop((sent, connection));
        settled(&recorder);
    }));
    assert_eq!(
        outline(&recorder),
        "GET /stream/{id} cancelled {chunk=1 user=1}\nGET /wait/{id} cancelled {user=2}"
    );
}

/// Answers what it reads once it has switched protocols, and has no hub there.
async fn switch(request: Received, held: Arc<Mutex<Weak<()>>>) -> Response {
    isohub::set_tag("user", 1);
    let value = Arc::new(());
    *held.lock().expect("no panic") = Arc::downgrade(&value);
    HELD.set(value);
    let upgraded = hyper::upgrade::on(request);
    tokio::spawn(async {
        let mut upgraded = TokioIo::new(upgraded.await.expect("an upgrade"));
        let mut word = [0; 4];
        while upgraded.read_exact(&mut word).await.is_ok() {
            upgraded.write_all(&word).await.expect("somebody reads");
        }
    });
    let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
    let response = response.header("connection", "upgrade").header("upgrade", "echo");
    response.body(Body::empty()).expect("a response")
}

#[test]
fn switching_protocols_ends_the_span_and_the_hub() {
    let recorder = Recorder::new();
    let held = Arc::new(Mutex::new(Weak::new()));
    let sees = held.clone();
    let app = Router::new()
        .route("/socket", get(move |request: Received| switch(request, held.clone())))
        .layer(ServerLayer::new().in_hub(recorder.hub()));
    block_on(served(app, async |server| {
        let mut connection = Connection::to(server).await;
        let request = Request::get("/socket").header("connection", "upgrade").header("upgrade", "echo");
        let response = connection.send(request).await;
        let mut socket = TokioIo::new(hyper::upgrade::on(response).await.expect("an upgrade"));
        for word in [b"ping", b"pong"] {
            socket.write_all(word).await.expect("somebody reads");
            let mut read = [0; 4];
            socket.read_exact(&mut read).await.expect("an echo");
            assert_eq!(&read, word);
        }
        // The socket is still open.
        assert_eq!(outline(&recorder), "GET /socket {user=1}");
        assert!(sees.lock().expect("no panic").upgrade().is_none());
    }));
}

/// Answers each message with the tags that it sees and has its own, in a clone of the hub of the request.
async fn chat(socket: WebSocketUpgrade, held: Arc<Mutex<Weak<()>>>) -> Response {
    isohub::set_tag("user", 1);
    let value = Arc::new(());
    *held.lock().expect("no panic") = Arc::downgrade(&value);
    HELD.set(value);
    socket.on_upgrade(isohub::parallel!("chat", async move |mut socket: WebSocket| {
        while let Some(Ok(Message::Text(text))) = socket.recv().await {
            isohub::set_tag("said", text.as_str());
            socket.send(Message::text(tags())).await.expect("somebody reads");
        }
    }))
}

#[test]
fn a_websocket_has_a_hub_of_its_own_and_that_of_its_request_is_over() {
    let recorder = Recorder::new();
    let held = Arc::new(Mutex::new(Weak::new()));
    let sees = held.clone();
    let app = Router::new()
        .route("/chat", get(move |socket: WebSocketUpgrade| chat(socket, held.clone())))
        .route("/tags", get(async || tags()))
        .layer(ServerLayer::new().in_hub(recorder.hub()));
    block_on(served(app, async |server| {
        let mut connection = Connection::to(server).await;
        let request = Request::get("/chat").header("connection", "upgrade").header("upgrade", "websocket");
        let request = request.header("sec-websocket-version", 13).header("sec-websocket-key", "dGVzdA==");
        let response = connection.send(request).await;
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        let mut socket = TokioIo::new(hyper::upgrade::on(response).await.expect("an upgrade"));
        for (word, answer) in [(b"ping", "said=ping,user=1"), (b"pong", "said=pong,user=1")] {
            // A whole text of four bytes, under a mask that changes nothing.
            socket.write_all(&[0x81, 0x84, 0, 0, 0, 0]).await.expect("somebody reads");
            socket.write_all(word).await.expect("somebody reads");
            let mut read = vec![0; 2 + answer.len()];
            socket.read_exact(&mut read).await.expect("an answer");
            assert_eq!(&read[2..], answer.as_bytes());
        }
        // The socket is still open.
        recorder.spans();
        assert_eq!(recorder.stats().open, 1);
        assert_eq!(Connection::to(server).await.get("/tags").await, "");
        // Its unit has a clone, and goes with it.
        assert!(sees.lock().expect("no panic").upgrade().is_some());
        drop(socket);
        settled(&recorder);
    }));
    assert!(sees.lock().expect("no panic").upgrade().is_none());
    assert_eq!(outline(&recorder), "GET /chat {user=1}\n  chat {said=pong user=1}\nGET /tags");
}

#[test]
fn a_thousand_requests_at_once_keep_their_own() {
    const REQUESTS: u64 = 1000;
    let recorder = Recorder::new();
    let barrier = Arc::new(tokio::sync::Barrier::new(REQUESTS as usize));
    let app = Router::new()
        .route(
            "/{id}",
            get(move |Path(id): Path<u64>| {
                let barrier = barrier.clone();
                async move {
                    isohub::set_tag("user", id);
                    barrier.wait().await;
                    let chunks = stream::iter(0..2).then(async |_| {
                        tokio::task::yield_now().await;
                        Ok::<_, std::convert::Infallible>(tags() + ";")
                    });
                    Body::from_stream(chunks)
                }
            }),
        )
        .layer(ServerLayer::new().in_hub(recorder.hub()));
    use tower::ServiceExt as _;
    block_on(async {
        let tasks = (0..REQUESTS).map(|id| {
            let request = Request::get(format!("/{id}")).body(Body::empty()).expect("a request");
            let app = app.clone();
            // Tasks of no hub: what was set in one must not be seen in the next on the same thread.
            tokio::spawn(async move {
                let response = app.oneshot(request).await.expect("infallible");
                assert_eq!(crate::support::read(response).await, format!("user={id};user={id};"));
                assert_eq!(tags(), "");
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no panic");
        }
    });
    settled(&recorder);
    let spans = recorder.spans();
    assert_eq!(spans.len() as u64, REQUESTS);
    for span in spans {
        let user = span.scope.as_ref().and_then(|it| it.tag("user").map(str::to_owned));
        assert_eq!(span.attribute("url.path").map(|it| it.to_string()), user.map(|id| format!("/{id}")));
    }
}
