//! What the handlers work with: the three upstream services, and some work that takes time.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Failure;
use crate::http::{self, Client};
use crate::warehouse::Warehouse;

/// The one route of the shop.
pub(crate) const CHECKOUT: &str = "/{tenant}/checkout/{request}";

/// One request in so many fails.
pub(crate) const FAILS: u64 = 50;

/// The state of the server.
pub(crate) struct Shop {
    client: Client,
    upstreams: [SocketAddr; 3],
    /// Who is asked for the stock, if that is another process.
    warehouse: Option<Warehouse>,
    left_behind: Mutex<Vec<JoinHandle<()>>>,
}

impl Shop {
    /// Opens the shop, and the upstream services on ports of their own.
    pub(crate) async fn open(warehouse: Option<Warehouse>) -> std::io::Result<Self> {
        let mut upstreams = Vec::new();
        for upstream in Upstream::ALL {
            upstreams.push(upstream.serve().await?);
        }
        let [stock, price, courier] = upstreams[..] else { return Err(std::io::ErrorKind::Other.into()) };
        let upstreams = [stock, price, courier];
        Ok(Shop { client: http::client(), upstreams, warehouse, left_behind: Mutex::default() })
    }

    /// Asks an upstream service over HTTP.
    pub(crate) async fn call(&self, upstream: Upstream, request: u64) -> Result<String, CallFailed> {
        let failed = |reason: Failure| CallFailed { upstream, reason };
        let answer = match (&self.warehouse, upstream) {
            (Some(warehouse), Upstream::Stock) => warehouse.ask(request).await,
            _ => {
                let address = self.upstreams[upstream as usize];
                http::get(&self.client, &format!("http://{address}/{}/{request}", upstream.name())).await
            }
        };
        let (status, body) = answer.map_err(failed)?;
        if status.is_success() { Ok(body) } else { Err(failed(format!("{status}: {body}").into())) }
    }

    /// Takes a task that outlives its request.
    pub(crate) fn leave_behind(&self, task: JoinHandle<()>) {
        self.left_behind.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Waits for the tasks that outlived their requests.
    pub(crate) async fn close(&self) -> Result<(), tokio::task::JoinError> {
        let tasks = std::mem::take(&mut *self.left_behind.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            task.await?;
        }
        Ok(())
    }
}

/// A service that the shop asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Upstream {
    Stock,
    Price,
    Courier,
}

impl Upstream {
    const ALL: [Self; 3] = [Upstream::Stock, Upstream::Price, Upstream::Courier];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Upstream::Stock => "stock",
            Upstream::Price => "price",
            Upstream::Courier => "courier",
        }
    }

    /// Starts the service. It knows nothing of isohub, as a service of somebody else's.
    async fn serve(self) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let answer = move |Path((_, request)): Path<(String, u64)>| async move {
            pause(request, 100 + self as u64, 3..15).await;
            match self {
                Upstream::Courier if request.is_multiple_of(FAILS) => {
                    (StatusCode::SERVICE_UNAVAILABLE, "no courier is free".to_owned())
                }
                _ => (StatusCode::OK, format!("{} is fine", self.name())),
            }
        };
        let router = Router::new().route("/{service}/{request}", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    }
}

/// An upstream service did not do what it was asked for.
#[derive(Debug)]
pub(crate) struct CallFailed {
    upstream: Upstream,
    reason: Failure,
}

impl fmt::Display for CallFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} service failed", self.upstream.name())
    }
}

impl Error for CallFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.reason)
    }
}

/// The items of an order.
pub(crate) fn basket(request: u64) -> [u64; 4] {
    std::array::from_fn(|place| mix(request, 10 + place as u64) % 1000)
}

/// Stands for a hash that is meant to take long.
pub(crate) fn digest(request: u64, total: u64) -> u64 {
    (0..50_000).fold(total, |digest, _| mix(request, digest))
}

/// Waits for some of `milliseconds`: the same each time, and as if by chance.
pub(crate) async fn pause(request: u64, what: u64, milliseconds: Range<u64>) {
    let spread = (milliseconds.end - milliseconds.start) * 1000;
    let micros = milliseconds.start * 1000 + mix(request, what) % spread;
    tokio::time::sleep(Duration::from_micros(micros)).await;
}

/// Two numbers stirred into one (the finalizer of SplitMix64).
fn mix(a: u64, b: u64) -> u64 {
    let mut x = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
