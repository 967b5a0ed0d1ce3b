//! A thousand requests at once: each finds the tags that it set before it slept.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, isolated_hub, parallel_span, span};
use tokio::sync::Barrier;

use super::{Connection, called, recorded, served};
use crate::support::{settled_tree, spawn_bare, tags, workers};

/// A sleep of some milliseconds that look random, and are the same in each run.
async fn sleep(seed: u64) {
    let scattered = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17) % 7;
    tokio::time::sleep(Duration::from_millis(scattered)).await;
}

/// What a handler does: it tells what it sees at its beginning, when all have written, and at its end.
async fn handle(n: u64, meet: &Barrier) -> String {
    let at_first = tags();
    isohub::set_tag("handler", n);
    meet.wait().await;
    sleep(n).await;
    let after_sleep = tags();
    let (left, right) = isohub::join!(branch("left", n), branch("right", n + 1));
    let both = futures::future::join(annotated_branch("third", n), annotated_branch("fourth", n + 1)).await;
    helper(n).await;
    format!("{at_first}; {after_sleep}; {left}; {right}; {}; {}; {}", both.0, both.1, tags())
}

async fn branch(name: &'static str, seed: u64) -> String {
    isohub::set_tag("branch", name);
    sleep(seed).await;
    tags()
}

#[parallel_span]
async fn annotated_branch(name: &'static str, seed: u64) -> String {
    branch(name, seed).await
}

/// Shares the hub of the handler.
#[span]
async fn helper(n: u64) {
    sleep(n + 2).await;
    isohub::set_tag("helper", n);
}

fn seen(n: u64) -> String {
    let common = |branch| format!("branch={branch} handler={n} request={n}");
    let [left, right, third, fourth] = ["left", "right", "third", "fourth"].map(common);
    format!(
        "request={n}; handler={n} request={n}; {left}; {right}; {third}; {fourth}; \
         handler={n} helper={n} request={n}"
    )
}

/// Sets a tag for all that is behind it, and finds it unchanged when that has returned.
#[isolated_hub]
async fn tagged(Path(n): Path<u64>, request: Request, next: Next) -> Response {
    isohub::set_tag("request", n);
    let response = next.run(request).await;
    assert_eq!(tags(), format!("request={n}"));
    sleep(n).await;
    assert_eq!(tags(), format!("request={n}"));
    response
}

#[isolated_hub]
async fn isolated(Path(n): Path<u64>, State(meet): State<Arc<Barrier>>) -> String {
    handle(n, &meet).await
}

#[parallel_span("handler")]
async fn spanned(Path(n): Path<u64>, State(meet): State<Arc<Barrier>>) -> String {
    handle(n, &meet).await
}

/// What each does that are to run at the same time is done when `crowd` have written.
fn app(crowd: usize) -> Router {
    async fn by_hand(n: Path<u64>, State(meet): State<Arc<Barrier>>) -> String {
        async move { handle(n.0, &meet).await }.isolated().await
    }
    Router::new()
        .route("/isolated/{n}", get(isolated))
        .route("/spanned/{n}", get(spanned))
        .route("/by_hand/{n}", get(by_hand))
        .layer(middleware::from_fn(tagged))
        .with_state(Arc::new(Barrier::new(crowd)))
}

async fn a_thousand(app: &Router, path: &str) {
    let requests: Vec<_> = (0..1000)
        .map(|n| {
            let (app, path) = (app.clone(), format!("/{path}/{n}"));
            spawn_bare(async move { called(app, &path).await })
        })
        .collect();
    for (request, n) in requests.into_iter().zip(0..) {
        assert_eq!(request.await.expect("no panic"), seen(n));
    }
}

#[test]
fn a_thousand_handlers_at_once_find_the_tags_that_they_set_before_a_sleep() {
    workers(4).block_on(async {
        let app = app(1000);
        for path in ["isolated", "spanned", "by_hand"] {
            a_thousand(&app, path).await;
        }
        assert_eq!(tags(), "");
    });
}

#[test]
fn a_thousand_recorded_handlers_at_once_give_a_thousand_equal_traces() {
    let recorder = Recorder::new();
    workers(4).block_on(async { a_thousand(&recorded(app(1000), &recorder), "spanned").await });
    let mut expected: Vec<_> = (0..1000)
        .map(|n| {
            format!(
                "handler {{handler={n} helper={n} request={n}}}\n\
                 \x20 annotated_branch {{branch=fourth handler={n} request={n}}}\n\
                 \x20 annotated_branch {{branch=third handler={n} request={n}}}\n\
                 \x20 helper\n"
            )
        })
        .collect();
    expected.sort();
    assert_eq!(settled_tree(&recorder), expected.concat());
}

#[test]
fn a_thousand_handlers_over_a_hundred_connections_find_their_tags() {
    const CONNECTIONS: u64 = 100;
    workers(4).block_on(async {
        let client = |server| async move {
            let connections = (0..CONNECTIONS).map(|connection| {
                spawn_bare(async move {
                    let mut kept_alive = Connection::to(server).await;
                    for n in (0..10).map(|round| round * CONNECTIONS + connection) {
                        let path = ["isolated", "spanned", "by_hand"][n as usize % 3];
                        let body = kept_alive.get(&format!("/{path}/{n}")).await;
                        assert_eq!(body.expect("a response"), seen(n));
                    }
                })
            });
            for connection in connections.collect::<Vec<_>>() {
                connection.await.expect("no panic");
            }
        };
        served(app(CONNECTIONS as usize), client).await;
    });
}
