//! Handlers that do not return, or leave something behind: the next request knows nothing of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures::FutureExt as _;
use isohub::testing::Recorder;
use isohub::{isolated, parallel_span, span, spawn_isolated};
use tokio::sync::{Notify, oneshot};

use super::{Connection, called, recorded, served};
use crate::support::{Log, crash, settled_tree, spawn_bare, tags, workers};

/// What the handlers of a test tell it.
#[derive(Clone, Default)]
struct Told {
    log: Log,
    waiting: Arc<Notify>,
    dropped: Arc<Notify>,
}

/// Says when it is dropped, and in which hub.
struct Dropped(Told);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.log.note(tags());
        self.0.dropped.notify_one();
    }
}

#[parallel_span(tags(handler = n))]
async fn sees(Path(n): Path<u64>) -> String {
    let seen = tags();
    isohub::set_tag("user", n);
    inner().await;
    seen
}

#[span]
async fn inner() {
    tokio::task::yield_now().await;
}

#[parallel_span(tags(handler = "crashes"))]
async fn crashes() -> String {
    isohub::set_tag("user", "crashes");
    inner().await;
    crash()
}

#[parallel_span(tags(handler = "waits"))]
async fn waits(State(told): State<Told>) -> String {
    let _dropped = Dropped(told.clone());
    isohub::set_tag("user", "waits");
    inner().await;
    told.waiting.notify_one();
    std::future::pending().await
}

fn app(told: &Told) -> Router {
    Router::new()
        .route("/{n}", get(sees))
        .route("/crashes", get(crashes))
        .route("/waits", get(waits))
        .with_state(told.clone())
}

const FIRST: &str = "sees {handler=1 user=1}\n  inner\n";
const SECOND: &str = "sees {handler=2 user=2}\n  inner\n";

#[test]
fn the_second_request_on_a_connection_sees_nothing_of_the_first() {
    let recorder = Recorder::new();
    workers(1).block_on(async {
        let client = |server| async move {
            let mut connection = Connection::to(server).await;
            for n in [1, 2] {
                assert_eq!(
                    connection.get(&format!("/{n}")).await.expect("a response"),
                    format!("handler={n}")
                );
            }
        };
        served(recorded(app(&Told::default()), &recorder), client).await;
    });
    assert_eq!(settled_tree(&recorder), format!("{FIRST}{SECOND}"));
}

#[test]
fn a_handler_that_is_no_unit_writes_nowhere_and_leaves_nothing() {
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    isohub::doctor::allow(isohub::doctor::Kind::Orphan);
    async fn bare() -> String {
        let seen = tags();
        isohub::set_tag("user", "bare");
        inner().await;
        seen + &tags()
    }
    workers(1).block_on(async {
        let app = Router::new().route("/", get(bare));
        let client = |server| async move {
            let mut connection = Connection::to(server).await;
            for _ in 0..2 {
                assert_eq!(connection.get("/").await.expect("a response"), "");
            }
        };
        served(app, client).await;
    });
}

#[test]
fn a_handler_that_crashes_costs_its_connection_and_nothing_else() {
    let recorder = Recorder::new();
    workers(1).block_on(async {
        let client = |server| async move {
            let mut connection = Connection::to(server).await;
            assert_eq!(connection.get("/1").await.expect("a response"), "handler=1");
            assert!(connection.get("/crashes").await.is_err());
            let mut next = Connection::to(server).await;
            assert_eq!(next.get("/2").await.expect("a response"), "handler=2");
        };
        served(recorded(app(&Told::default()), &recorder), client).await;
    });
    let crashed = "crashes panicked {handler=crashes user=crashes}\n  inner\n";
    assert_eq!(settled_tree(&recorder), format!("{crashed}{FIRST}{SECOND}"));
}

#[test]
fn where_a_panic_is_caught_the_next_request_of_the_same_task_sees_nothing() {
    let recorder = Recorder::new();
    workers(1).block_on(async {
        let app = recorded(app(&Told::default()), &recorder);
        isohub::set_tag("client", "yes");
        assert!(AssertUnwindSafe(called(app.clone(), "/crashes")).catch_unwind().await.is_err());
        assert_eq!(tags(), "client=yes");
        assert_eq!(called(app, "/2").await, "handler=2");
        assert_eq!(tags(), "client=yes");
    });
    let crashed = "crashes panicked {handler=crashes user=crashes}\n  inner\n";
    assert_eq!(settled_tree(&recorder), format!("{crashed}{SECOND}"));
}

const WAITED: &str = "waits cancelled {handler=waits user=waits}\n  inner\n";

#[test]
fn a_client_that_disconnects_cancels_its_handler_which_leaves_nothing() {
    let (recorder, told) = (Recorder::new(), Told::default());
    workers(1).block_on(async {
        let client = |server| {
            let told = told.clone();
            async move {
                let mut connection = Connection::to(server).await;
                let request = spawn_bare(async move { connection.get("/waits").await });
                told.waiting.notified().await;
                request.abort();
                told.dropped.notified().await;
                let mut next = Connection::to(server).await;
                assert_eq!(next.get("/2").await.expect("a response"), "handler=2");
            }
        };
        served(recorded(app(&told), &recorder), client).await;
    });
    assert_eq!(settled_tree(&recorder), format!("{SECOND}{WAITED}"));
    assert_eq!(told.log.lines(), ["handler=waits user=waits"]);
}

#[test]
fn a_handler_that_times_out_leaves_nothing_to_the_next_request_on_its_connection() {
    async fn in_time(State(told): State<Told>, request: Request, next: Next) -> Response {
        isohub::set_tag("layer", "yes");
        tokio::select! {
            response = next.run(request) => response,
            () = told.waiting.notified() => format!("too late: {}", tags()).into_response(),
        }
    }
    let (recorder, told) = (Recorder::new(), Told::default());
    let app = app(&told).layer(middleware::from_fn_with_state(told.clone(), in_time));
    workers(1).block_on(async {
        let client = |server| async move {
            let mut connection = Connection::to(server).await;
            assert_eq!(connection.get("/waits").await.expect("a response"), "too late: layer=yes");
            assert_eq!(connection.get("/2").await.expect("a response"), "handler=2 layer=yes");
        };
        served(recorded(app, &recorder), client).await;
    });
    let second = "sees {handler=2 layer=yes user=2}\n  inner\n";
    let waited = "waits cancelled {handler=waits layer=yes user=waits}\n  inner\n";
    assert_eq!(settled_tree(&recorder), format!("{second}{waited}"));
    assert_eq!(told.log.lines(), ["handler=waits layer=yes user=waits"]);
}

/// Upgrades, as a WebSocket's handler does: what it starts outlives it.
#[parallel_span(tags(handler = how))]
async fn upgrades(Path(how): Path<String>, State(connections): State<Connections>) -> String {
    let (end, ended) = oneshot::channel();
    let talk = async move {
        isohub::set_tag("talks", "yes");
        inner().await;
        ended.await.expect("it is told to end");
        inner().await;
        tags()
    };
    let task = match how.as_str() {
        "fresh" => spawn_isolated!("talk", fresh, talk),
        "wrapped" => tokio::spawn(isolated!(fresh, talk)),
        _ => spawn_isolated!("talk", talk),
    };
    connections.lock().await.push((end, task));
    isohub::set_tag("user", "yes");
    tags()
}

type Connections = Arc<futures::lock::Mutex<Vec<(oneshot::Sender<()>, tokio::task::JoinHandle<String>)>>>;

#[test]
fn a_long_task_that_a_handler_starts_afresh_has_its_own_hub_and_trace() {
    let (recorder, connections) = (Recorder::new(), Connections::default());
    let app = Router::new().route("/{how}", get(upgrades)).with_state(connections.clone());
    workers(1).block_on(async {
        let app = recorded(app, &recorder);
        for how in ["fresh", "wrapped", "inherits"] {
            assert_eq!(called(app.clone(), &format!("/{how}")).await, format!("handler={how} user=yes"));
        }
        let mut seen = Vec::new();
        for (end, task) in connections.lock().await.drain(..) {
            end.send(()).expect("it waits");
            seen.push(tokio::time::timeout(Duration::from_secs(20), task).await);
        }
        let seen: Vec<_> = seen.into_iter().map(|it| it.expect("in time").expect("no panic")).collect();
        assert_eq!(seen, ["talks=yes", "talks=yes", "handler=inherits talks=yes"]);
    });
    // Without a span of its own, the first that it opens is the root.
    let expected = "\
inner {talks=yes}
inner {talks=yes}
talk {talks=yes}
  inner
  inner
upgrades {handler=fresh user=yes}
upgrades {handler=inherits user=yes}
  talk {handler=inherits talks=yes}
    inner
    inner
upgrades {handler=wrapped user=yes}
";
    assert_eq!(settled_tree(&recorder), expected);
}
