//! Streaming bodies: sent when the handler has returned, in a hub that knows what it set.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use futures::{Stream, StreamExt as _, stream};
use http_body_util::StreamBody;
use isohub::testing::Recorder;
use isohub::{HubBodyExt, HubFutureExt as _, HubStreamExt, parallel_span, span, start_span};

use super::{Connection, recorded, served};
use crate::support::{settled_tree, tags, workers};

type Chunk = Result<String, std::convert::Infallible>;

/// Tells in each chunk what it sees while that is produced.
fn chunks() -> impl Stream<Item = Chunk> + Send {
    stream::unfold(0, |n| async move {
        tokio::task::yield_now().await;
        chunk().await;
        isohub::set_tag("chunk", n);
        (n < 2).then(|| (Ok(format!("{}; ", tags())), n + 1))
    })
}

#[span]
async fn chunk() {
    tokio::task::yield_now().await;
}

#[parallel_span(tags(handler = n))]
async fn stream_of_chunks(Path(n): Path<u64>) -> Body {
    isohub::set_tag("user", n);
    Body::from_stream(HubStreamExt::isolated(chunks()))
}

#[parallel_span(tags(handler = n))]
async fn body_of_chunks(Path(n): Path<u64>) -> Body {
    isohub::set_tag("user", n);
    let frames = chunks().map(|chunk| chunk.map(|it| http_body::Frame::data(axum::body::Bytes::from(it))));
    let body = HubBodyExt::in_span(StreamBody::new(frames), start_span!("send"));
    Body::new(HubBodyExt::isolated(body))
}

#[parallel_span(tags(handler = n))]
async fn not_isolated(Path(n): Path<u64>) -> Body {
    isohub::set_tag("user", n);
    Body::from_stream(chunks())
}

/// The hub that the handler wrote to goes on with the body.
async fn taken_over(Path(n): Path<u64>) -> Body {
    let handler = async move {
        isohub::set_tag("handler", n);
        isohub::set_tag("user", n);
        Body::from_stream(chunks())
    };
    let (body, hub) = handler.returning_hub().await;
    Body::new(hub.bind(body))
}

async fn after() -> String {
    format!("then {:?}", tags())
}

fn app() -> Router {
    Router::new()
        .route("/stream/{n}", get(stream_of_chunks))
        .route("/body/{n}", get(body_of_chunks))
        .route("/not_isolated/{n}", get(not_isolated))
        .route("/taken_over/{n}", get(taken_over))
        .route("/after", get(after))
}

/// What two requests and what follows them on the same connection say.
fn said(path: &str) -> (String, [String; 3]) {
    let recorder = Recorder::new();
    let responses = workers(1).block_on(async {
        let client = |server| async move {
            let mut connection = Connection::to(server).await;
            let mut get = async |path: String| connection.get(&path).await.expect("a response");
            [get(format!("/{path}/1")).await, get(format!("/{path}/2")).await, get("/after".to_owned()).await]
        };
        served(recorded(app(), &recorder), client).await
    });
    (settled_tree(&recorder), responses)
}

const SEEN: [&str; 3] = [
    "chunk=0 handler=1 user=1; chunk=1 handler=1 user=1; ",
    "chunk=0 handler=2 user=2; chunk=1 handler=2 user=2; ",
    "then \"\"",
];

#[test]
fn the_stream_of_a_body_sees_what_its_handler_set_and_the_next_request_does_not() {
    let (tree, responses) = said("stream");
    assert_eq!(responses, SEEN);
    let steps = "  chunk\n".repeat(3);
    let of = |name, n| format!("{name} {{handler={n} user={n}}}\n{steps}");
    assert_eq!(tree, of("stream_of_chunks", 1) + &of("stream_of_chunks", 2));
}

#[test]
fn a_body_with_a_span_of_its_own_is_a_child_of_its_handler() {
    let (tree, responses) = said("body");
    assert_eq!(responses, SEEN);
    let steps = "    chunk\n".repeat(3);
    let of = |n| format!("body_of_chunks {{handler={n} user={n}}}\n  send\n{steps}");
    assert_eq!(tree, of(1) + &of(2));
}

#[test]
fn a_body_goes_on_in_the_hub_that_its_handler_gave_back() {
    assert_eq!(said("taken_over").1, SEEN);
}

#[test]
fn a_body_that_is_not_isolated_sees_nothing_and_leaves_nothing() {
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    isohub::doctor::allow(isohub::doctor::Kind::Orphan);
    let (tree, responses) = said("not_isolated");
    assert_eq!(responses, ["; ; ", "; ; ", "then \"\""]);
    assert_eq!(tree, "not_isolated {handler=1 user=1}\nnot_isolated {handler=2 user=2}\n");
}

#[test]
fn a_client_that_leaves_in_the_middle_of_a_body_cancels_its_span() {
    #[parallel_span(tags(handler = "yes"))]
    async fn endless() -> Body {
        let chunks = stream::repeat_with(|| Chunk::Ok("x".repeat(10_000)));
        Body::from_stream(HubStreamExt::isolated(HubStreamExt::in_span(chunks, start_span!("send"))))
    }
    let recorder = Recorder::new();
    workers(1).block_on(async {
        let client = |server| async move {
            let mut connection = Connection::to(server).await;
            let request = axum::extract::Request::get("/").body(http_body_util::Empty::new());
            let begun = connection.requests.send_request(request.expect("a request")).await;
            drop((begun.expect("a response"), connection));
            let mut next = Connection::to(server).await;
            assert_eq!(next.get("/after").await.expect("a response"), "then \"\"");
        };
        let app = Router::new().route("/", get(endless)).route("/after", get(after));
        served(recorded(app, &recorder), client).await;
    });
    assert_eq!(settled_tree(&recorder), "endless {handler=yes}\n  send cancelled\n");
}
