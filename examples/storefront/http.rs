//! A small HTTP client, and the load that it puts on the shop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body, Bytes};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower::{Service, ServiceExt as _};

use crate::Failure;

/// Keeps its connections open for the next request.
pub(crate) type Client = hyper_util::client::legacy::Client<HttpConnector, Empty<Bytes>>;

pub(crate) type Answer = Result<(StatusCode, String), Failure>;

pub(crate) fn client() -> Client {
    let mut connector = HttpConnector::new();
    // Small messages go out at once.
    connector.set_nodelay(true);
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector)
}

pub(crate) async fn get(client: &Client, url: &str) -> Answer {
    send(client, Request::get(url).body(Empty::new())?).await
}

/// Sends a request by a client, or by one within layers.
pub(crate) async fn send<C, B>(client: C, request: Request<Empty<Bytes>>) -> Answer
where
    C: Service<Request<Empty<Bytes>>, Response = Response<B>, Error: Into<Failure>>,
    B: Body<Error: Into<Failure>>,
{
    let response = client.oneshot(request).await.map_err(Into::into)?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(Into::into)?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// What the clients saw.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
}

/// Sends `requests` orders over `connections` connections, each of which sends the next when the last is
/// answered.
pub(crate) async fn load(shop: SocketAddr, requests: u64, connections: u64) -> Result<Answers, Failure> {
    const TENANTS: [&str; 5] = ["alder", "birch", "cedar", "elm", "fir"];
    let next = Arc::new(AtomicU64::new(1));
    let senders = (0..connections).map(|_| {
        let next = Arc::clone(&next);
        tokio::spawn(async move {
            // A client that waits for each answer has one connection.
            let client = client();
            let mut answers = Answers::default();
            loop {
                let request = next.fetch_add(1, Ordering::Relaxed);
                if request > requests {
                    return Ok(answers);
                }
                let tenant = TENANTS[request as usize % TENANTS.len()];
                let order = Request::builder()
                    .method(Method::POST)
                    .uri(format!("http://{shop}/{tenant}/checkout/{request}"))
                    .header("x-user", format!("user-{}", request % 97))
                    .body(Empty::new())?;
                let (status, _) = send(&client, order).await?;
                if status.is_success() {
                    answers.accepted += 1;
                } else {
                    answers.refused += 1;
                }
            }
        })
    });
    let mut all = Answers::default();
    for sender in senders.collect::<Vec<_>>() {
        let answers: Result<Answers, Failure> = sender.await?;
        let Answers { accepted, refused } = answers?;
        all.accepted += accepted;
        all.refused += refused;
    }
    Ok(all)
}
