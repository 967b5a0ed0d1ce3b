//! The stock service as a process of its own: the same program, started by the shop.
//!
//! What carries a trace from the shop to here is two layers of isohub-tower: [`ClientLayer`] around the client
//! in the shop, [`ServerLayer`] around the routes here. All of a request that is handled here has the hub
//! that the layer gave it.

use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use http_body_util::Empty;
use hyper::Request;
use isohub::{Level, breadcrumb, capture_message, parallel_span, set_tag};
use isohub_tower::{ClientLayer, ClientService, ServerLayer, UrlTemplate};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tower::Layer as _;

use crate::Failure;
use crate::http::{self, Answer, Client};
use crate::options::Outputs;
use crate::outputs::WAREHOUSE;
use crate::shop::pause;

const STOCK: &str = "/stock/{request}";

/// Of so many orders, the warehouse is too busy for one, until it is asked once more.
const BUSY: u64 = 7;

/// The process, as the shop sees it.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
}

impl Process {
    /// Starts this program once more, with the same arguments.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(std::env::args_os().skip(1))
            .arg("--warehouse")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the warehouse has no output")?;
        let url = BufReader::new(output).lines().next_line().await?.ok_or("the warehouse did not open")?;
        Ok(Process { child, url })
    }

    pub(crate) fn warehouse(&self) -> Warehouse {
        Warehouse { client: ClientLayer::new().layer(http::client()), url: self.url.clone() }
    }

    /// Lets it finish what it is at, and waits for that.
    pub(crate) async fn close(mut self) -> Result<(), Failure> {
        // Closes its standard input, which is what it waits for.
        let status = self.child.wait().await?;
        if status.success() { Ok(()) } else { Err(format!("the warehouse failed: {status}").into()) }
    }
}

/// Who is asked for the stock.
pub(crate) struct Warehouse {
    client: ClientService<Client>,
    url: String,
}

impl Warehouse {
    /// Asks for what an order needs; once more if the warehouse is busy.
    pub(crate) async fn ask(&self, request: u64) -> Answer {
        let mut attempt = 1;
        loop {
            let question = Request::get(format!("{}/stock/{request}", self.url))
                .extension(UrlTemplate(STOCK))
                .header("x-attempt", attempt)
                .body(Empty::new())?;
            let (status, body) = http::send(self.client.clone(), question).await?;
            if status != StatusCode::SERVICE_UNAVAILABLE || attempt == 2 {
                return Ok((status, body));
            }
            breadcrumb!("http", "the warehouse is busy, asked once more");
            attempt += 1;
        }
    }
}

/// The second process, until nobody holds the other end of its standard input: so it ends with the shop,
/// however that ends.
pub(crate) async fn run(outputs: &Outputs, requests: u64) -> Result<bool, Failure> {
    let isohub = outputs.of(WAREHOUSE, requests)?.install()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    // Ctrl-c is for the shop: it closes this process when it has closed itself.
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    let router = Router::new().route(STOCK, get(stock)).layer(ServerLayer::new());
    axum::serve(listener, router)
        .with_graceful_shutdown(async {
            let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
        })
        .await?;
    isohub.flush(Duration::from_secs(10))?;
    let stats = isohub.stats();
    Ok(stats.started == stats.delivered && stats.lost_events == 0)
}

/// What the warehouse does with a question; the layer has begun a unit and a span.
async fn stock(Path(request): Path<u64>, headers: HeaderMap) -> (StatusCode, &'static str) {
    set_tag("request", request);
    let is_first = headers.get("x-attempt").is_some_and(|attempt| attempt == "1");
    if is_first && request.is_multiple_of(BUSY) {
        capture_message("all pickers are busy", Level::Warning);
        return (StatusCode::SERVICE_UNAVAILABLE, "all pickers are busy");
    }
    // Two look for it; each is a unit, and the one that comes second is cancelled.
    tokio::select! {
        () = pick("robot", request) => (StatusCode::OK, "stock is fine"),
        () = pick("human", request) => (StatusCode::OK, "stock is fine, says a human"),
    }
}

#[parallel_span("pick", fields(picker))]
async fn pick(picker: &str, request: u64) {
    set_tag("picker", picker);
    breadcrumb!("warehouse", "on the way");
    pause(request, picker.len() as u64, 3..15).await;
}
