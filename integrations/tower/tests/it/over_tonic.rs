//! tonic's own server and its own client, over one connection. The service is that of its health checks, whose code
//! is generated, with answers of our own: what is asked for is the name of what is to happen.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, Outcome, SpanKind};
use isohub_tower::{ClientLayer, ClientService, ServerLayer};
use tokio::net::TcpListener;
use tokio::sync::{Barrier, Notify, Semaphore, oneshot};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::{Layer as _, ServiceExt as _};

use crate::support::{block_on, open, outline, settled, tags, text};

const CALLS: usize = 100;

/// What the unit saw that made an answer.
fn seen_by(answer: &Response<HealthCheckResponse>) -> &str {
    answer.metadata().get("seen").and_then(|seen| seen.to_str().ok()).unwrap_or_default()
}

type Answer = Result<HealthCheckResponse, Status>;
type Client = HealthClient<ClientService<Channel>>;

struct Service {
    /// What waits goes on for each permit.
    go: Arc<Semaphore>,
    all: Barrier,
    waits: Notify,
}

/// An answer that says what its unit sees.
fn seen() -> Response<HealthCheckResponse> {
    let mut response = Response::new(HealthCheckResponse::default());
    let seen = format!("{} {}", tags(), isohub::baggage().get("tenant").unwrap_or("-"));
    response.metadata_mut().insert("seen", seen.parse().expect("printable"));
    response
}

#[tonic::async_trait]
impl Health for Service {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let asked = request.into_inner().service;
        isohub::set_tag("asked", &asked);
        tokio::task::yield_now().await;
        match &*asked {
            "not found" => return Err(Status::not_found("no such thing")),
            "internal" => return Err(Status::internal("out of order")),
            "panic" => panic!("on purpose"),
            "wait" => {
                self.waits.notify_one();
                drop(self.go.acquire().await);
            }
            "fine" => {}
            _ => _ = self.all.wait().await,
        }
        Ok(seen())
    }

    type WatchStream = BoxStream<'static, Answer>;

    /// Two messages, the second of which waits, and a status.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<'static, Answer>>, Status> {
        let asked = request.into_inner().service;
        isohub::set_tag("asked", &asked);
        let go = Arc::clone(&self.go);
        Ok(Response::new(
            stream::iter(1..=3)
                .then(move |n| {
                    let (go, asked) = (go.clone(), asked.clone());
                    async move {
                        if n == 2 {
                            drop(go.acquire().await);
                        }
                        isohub::start_span!("message").in_scope(|| ());
                        isohub::set_tag("message", n);
                        match (n, &*asked) {
                            (3, "internal") => Err(Status::internal("out of order")),
                            (3, "panic") => panic!("on purpose"),
                            _ => Ok(HealthCheckResponse { status: n }),
                        }
                    }
                })
                .boxed(),
        ))
    }
}

/// Both sides of a connection, and what they recorded.
struct Pair {
    client: Recorder,
    server: Recorder,
    service: Arc<Service>,
}

impl Pair {
    fn new() -> Self {
        let service =
            Service { go: Arc::new(Semaphore::new(0)), all: Barrier::new(CALLS), waits: Notify::new() };
        Pair { client: Recorder::new(), server: Recorder::new(), service: Arc::new(service) }
    }

    /// Runs what a client does, in a span of its own.
    fn run<T>(&self, server: Server, work: impl AsyncFnOnce(Client) -> T) -> T {
        self.run_on_channel(server, async |channel| work(HealthClient::new(channel)).await)
    }

    fn run_on_channel<T>(&self, server: Server, work: impl AsyncFnOnce(ClientService<Channel>) -> T) -> T {
        block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
            let address = listener.local_addr().expect("it is bound");
            let (stop, stopped) = oneshot::channel::<()>();
            let router = { server }
                .layer(ServerLayer::new().in_hub(self.server.hub()))
                .add_service(HealthServer::from_arc(Arc::clone(&self.service)));
            let stopped = async { drop(stopped.await) };
            let served =
                tokio::spawn(router.serve_with_incoming_shutdown(TcpIncoming::from(listener), stopped));
            let channel = connected(address).await;
            let work = async { work(channel).in_span(isohub::start_span!("work")).await };
            let output = self.client.run(work).await;
            settled(&self.server);
            drop(stop);
            served.await.expect("no panic").expect("it served");
            output
        })
    }

    fn outlines(&self) -> [String; 2] {
        [outline(&self.client), outline(&self.server)]
    }
}

async fn connected(address: SocketAddr) -> ClientService<Channel> {
    let channel = Channel::from_shared(format!("http://{address}")).expect("an address");
    ClientLayer::new().layer(channel.connect().await.expect("it listens"))
}

fn asking(what: &str) -> Request<HealthCheckRequest> {
    Request::new(HealthCheckRequest { service: what.to_owned() })
}

const CHECK: &str = "grpc.health.v1.Health/Check";
const WATCH: &str = "grpc.health.v1.Health/Watch";

#[test]
fn a_call_is_one_trace_in_both_processes() {
    let pair = Pair::new();
    let seen = pair.run(Server::builder(), async |mut client| {
        isohub::set_tag("of", "the client");
        isohub::set_baggage("tenant", "acme");
        seen_by(&client.check(asking("fine")).await.expect("an answer")).to_owned()
    });
    assert_eq!(seen, "asked=fine acme");
    let [client, server] = pair.outlines();
    assert_eq!(client, format!("work\n  {CHECK}"));
    assert_eq!(server, format!("{CHECK} {{asked=fine}}"));
    let (asks, is_asked) = (pair.client.span(CHECK), pair.server.span(CHECK));
    assert_eq!((asks.kind(), is_asked.kind()), (SpanKind::Client, SpanKind::Server));
    assert_eq!(is_asked.context.trace_id(), asks.context.trace_id());
    assert_eq!(is_asked.parent, Some(asks.context.span_id()));
    for span in [asks, is_asked] {
        let keys = ["rpc.system", "rpc.service", "rpc.method", "rpc.grpc.status_code"];
        assert_eq!(keys.map(|key| text(&span, key)), ["grpc", "grpc.health.v1.Health", "Check", "0"]);
        assert_eq!(text(&span, "network.protocol.version"), "2");
    }
}

/// Outcome, status and error of the only call.
fn end(recorder: &Recorder, name: &str) -> (Outcome, String, String) {
    let span = recorder.span(name);
    (span.outcome, text(&span, "rpc.grpc.status_code"), text(&span, "error.type"))
}

fn expected(outcome: Outcome, status: &str, error: &str) -> (Outcome, String, String) {
    (outcome, status.to_owned(), error.to_owned())
}

#[test]
fn a_status_without_a_body_is_read_from_the_head() {
    for (asked, code, of_server) in [
        ("not found", Code::NotFound, expected(Outcome::Ok, "5", "-")),
        ("internal", Code::Internal, expected(Outcome::Error, "13", "13")),
    ] {
        let pair = Pair::new();
        let answer = pair.run(Server::builder(), async |mut client| client.check(asking(asked)).await);
        assert_eq!(answer.expect_err("a status").code(), code);
        let status = &*(code as i32).to_string();
        assert_eq!(end(&pair.client, CHECK), expected(Outcome::Error, status, status));
        assert_eq!(end(&pair.server, CHECK), of_server);
    }
}

#[test]
fn a_status_behind_messages_is_read_from_the_trailers() {
    for (asked, status, outcome) in [("fine", "0", Outcome::Ok), ("internal", "13", Outcome::Error)] {
        let pair = Pair::new();
        pair.service.go.add_permits(1);
        pair.run(Server::builder(), async |mut client| {
            let messages = client.watch(asking(asked)).await.expect("a head").into_inner();
            let messages = messages.collect::<Vec<_>>().await;
            assert_eq!(messages.iter().filter(|it| it.is_ok()).count(), if asked == "fine" { 3 } else { 2 });
        });
        let error = if asked == "fine" { "-" } else { "13" };
        assert_eq!(end(&pair.client, WATCH), expected(outcome, status, error));
        assert_eq!(end(&pair.server, WATCH), expected(outcome, status, error));
    }
}

#[test]
fn the_unit_lives_until_the_stream_has_ended() {
    let pair = Pair::new();
    pair.run(Server::builder(), async |mut client| {
        let mut messages = client.watch(asking("fine")).await.expect("a head").into_inner();
        assert!(messages.message().await.expect("no status yet").is_some());
        // Its first message is here, its second waits, and another call comes and goes on the same connection.
        assert_eq!((open(&pair.client), open(&pair.server)), (2, 1));
        let other = client.check(asking("fine")).await.expect("an answer");
        assert_eq!(seen_by(&other), "asked=fine -");
        assert_eq!((open(&pair.client), open(&pair.server)), (2, 1));
        pair.service.go.add_permits(1);
        while messages.message().await.expect("no error").is_some() {}
        assert_eq!(open(&pair.client), 1);
    });
    let [client, server] = pair.outlines();
    assert_eq!(client, format!("work\n  {WATCH}\n  {CHECK}"));
    let watched = format!("{WATCH} {{asked=fine message=3}}\n  message\n  message\n  message");
    assert_eq!(server, format!("{watched}\n{CHECK} {{asked=fine}}"));
}

#[test]
fn a_client_that_goes_away_cancels_the_call() {
    let pair = Pair::new();
    pair.run(Server::builder(), async |mut client| {
        let mut messages = client.watch(asking("fine")).await.expect("a head").into_inner();
        assert!(messages.message().await.expect("no status yet").is_some());
        drop(messages);
        settled(&pair.server);
        let call = Box::pin(client.check(asking("wait")));
        drop(futures::future::select(call, Box::pin(pair.service.waits.notified())).await);
    });
    let [client, server] = pair.outlines();
    // Who drops a body has what it wanted; who drops a call has not.
    assert_eq!(client, format!("work\n  {WATCH}\n  {CHECK} cancelled"));
    let watched = format!("{WATCH} cancelled {{asked=fine message=1}}\n  message");
    assert_eq!(server, format!("{watched}\n{CHECK} cancelled {{asked=wait}}"));
}

#[test]
fn a_deadline_cancels_what_is_within_it() {
    let short = Duration::from_millis(20);
    // Of the server's alone: tonic answers outside of its layers.
    let pair = Pair::new();
    let answer = pair
        .run(Server::builder().timeout(short), async |mut client| client.check(asking("wait")).await)
        .expect_err("a deadline");
    let status = &*(answer.code() as i32).to_string();
    assert!(matches!(answer.code(), Code::DeadlineExceeded | Code::Cancelled), "{answer}");
    assert_eq!(end(&pair.client, CHECK), expected(Outcome::Error, status, status));
    assert_eq!(end(&pair.server, CHECK), expected(Outcome::Cancelled, "-", "-"));
    // Of the call, which both sides see.
    let pair = Pair::new();
    let answer = pair.run(Server::builder(), async |mut client| {
        let mut request = asking("wait");
        request.set_timeout(short);
        client.check(request).await
    });
    answer.expect_err("a deadline");
    assert_eq!(pair.client.span(CHECK).outcome, Outcome::Error);
    assert_eq!(end(&pair.server, CHECK), expected(Outcome::Cancelled, "-", "-"));
}

#[test]
fn a_panic_ends_its_call_and_no_other() {
    let pair = Pair::new();
    pair.service.go.add_permits(1);
    pair.run(Server::builder(), async |mut client| {
        client.check(asking("panic")).await.expect_err("nobody answers");
        let messages = client.watch(asking("panic")).await.expect("a head").into_inner();
        assert!(messages.collect::<Vec<_>>().await.last().is_some_and(Result::is_err));
        client.check(asking("fine")).await.expect("the connection is there");
    });
    let [client, server] = pair.outlines();
    assert_eq!(client, format!("work\n  {CHECK} error\n  {WATCH} error\n  {CHECK}"));
    let watched = format!("{WATCH} panicked {{asked=panic message=3}}\n  message\n  message\n  message");
    assert_eq!(server, format!("{CHECK} panicked {{asked=panic}}\n{watched}\n{CHECK} {{asked=fine}}"));
}

#[test]
fn a_hundred_calls_at_once_on_a_connection_keep_their_own() {
    let pair = Pair::new();
    pair.run(Server::builder(), async |client| {
        let calls = (0..CALLS).map(|n| {
            let mut client = client.clone();
            async move { client.check(asking(&n.to_string())).await.expect("an answer") }
        });
        // None is answered before all have been asked.
        for (n, answer) in futures::future::join_all(calls).await.iter().enumerate() {
            assert_eq!(seen_by(answer), format!("asked={n} -"));
        }
    });
    let (asks, are_asked) = (pair.client.spans(), pair.server.spans());
    assert_eq!(are_asked.len(), CALLS);
    let work = pair.client.span("work").context.span_id();
    let below = asks.iter().filter(|span| span.parent == Some(work)).map(|span| span.context.span_id());
    let mut below: Vec<_> = below.collect();
    let mut parents: Vec<_> = are_asked.iter().filter_map(|span| span.parent).collect();
    below.sort();
    parents.sort();
    assert_eq!(below, parents, "they are siblings, and each has the call that asked above it");
    let mut tagged: Vec<_> = are_asked
        .iter()
        .map(|span| span.scope.as_ref().and_then(|it| it.tag("asked")?.parse().ok()))
        .collect();
    tagged.sort();
    assert_eq!(tagged, (0..CALLS).map(Some).collect::<Vec<_>>());
}

#[test]
fn what_the_server_does_not_know_gives_no_name() {
    let pair = Pair::new();
    let answer = pair.run_on_channel(Server::builder(), async |channel| {
        let request = http::Request::post("/made.Up/ByClient").header("content-type", "application/grpc");
        let request = request.body(tonic::body::Body::empty()).expect("a request");
        channel.oneshot(request).await.expect("a response")
    });
    assert_eq!(Status::from_header_map(answer.headers()).map(|it| it.code()), Some(Code::Unimplemented));
    assert_eq!(pair.outlines(), ["work\n  made.Up/ByClient error", "POST error"]);
}
