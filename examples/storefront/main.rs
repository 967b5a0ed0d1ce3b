//! A shop under load, and whether each of its requests kept to itself.
//!
//! `cargo run --release --example storefront` starts a server, the three services that it asks and a client
//! on ports of this machine, sends 2,000 orders over 64 connections, and then judges by what the sink
//! received: were all spans there, each below its own request, with no tag of another's?
//!
//! Begin with `handlers.rs`: it is what a program that uses isohub looks like.

#![allow(clippy::print_stdout, reason = "what it prints is what the example is for")]

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::serve::ListenerExt as _;
use isohub::Console;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::received::Keep;
use crate::shop::Shop;
use crate::verdict::{REQUEST, Verdict, grouped};

mod bare;
mod http;
mod isolated;
mod naive;
mod received;
mod shop;
mod verdict;

const REQUESTS: u64 = 2000;
const CONNECTIONS: u64 = 64;

/// How wide the waterfall is.
const WIDTH: usize = 100;

const USAGE: &str = "\
usage: storefront [--without-isolation] [--serve]

  --without-isolation  run the same handlers without their attributes, in one unit, to see what goes wrong
  --serve              send no orders, but wait for yours, until ctrl-c

It exits with 0 if nothing went wrong, with 1 if something did, and with 2 if it could not run.";

const NOT_ISOLATED: &str = "
What to see: requests below other requests; `tag.request` that is not `request`; an error with the
tags of one request, the data of another, and the breadcrumbs of them all.
";

#[tokio::main]
async fn main() -> ExitCode {
    let (mut isolated, mut serve) = (true, false);
    for argument in std::env::args_os().skip(1) {
        match &*argument.to_string_lossy() {
            "--without-isolation" => isolated = false,
            "--serve" => serve = true,
            "--help" | "-h" => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            unknown => {
                eprintln!("unknown argument `{unknown}`\n\n{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let clean = if serve { serve_orders(isolated).await } else { judge_load(isolated).await };
    match clean {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("storefront could not run: {error}");
            ExitCode::from(2)
        }
    }
}

type Failure = Box<dyn Error + Send + Sync>;

/// Starts the shop, sends it orders, and says whether all went well.
async fn judge_load(isolated: bool) -> Result<bool, Failure> {
    let keep = Keep::default();
    let isohub = isohub::init().sink(keep.clone()).install()?;
    let shop = Arc::new(Shop::open().await?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let connections = Arc::new(AtomicU64::new(0));
    let accepted = Arc::clone(&connections);
    let listener = listener.tap_io(move |_| {
        accepted.fetch_add(1, Ordering::Relaxed);
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router(isolated, &shop)).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let server = tokio::spawn(server.into_future());

    let began = Instant::now();
    let answers = http::load(address, REQUESTS, CONNECTIONS).await?;
    let took = began.elapsed();
    let _ = stop.send(());
    server.await??;
    // The audits outlive their requests.
    shop.close().await?;
    isohub.flush(Duration::from_secs(10))?;

    let received = keep.received();
    let verdict = Verdict::of(&received, isohub.stats(), REQUESTS);
    let (how, hint) = match isolated {
        true => ("each in a unit of its own", ""),
        false => ("all in one unit, without attributes", NOT_ISOLATED),
    };
    println!(
        "{} requests over {} connections in {took:.1?}, {how}: {} accepted, {} refused",
        grouped(REQUESTS),
        connections.load(Ordering::Relaxed),
        grouped(answers.accepted),
        grouped(answers.refused),
    );
    println!("{hint}\n--- the slowest request\n");
    println!("{}", received.slowest(REQUEST, WIDTH).unwrap_or_default());
    println!("--- a captured error\n");
    println!("{}", received.events.first().map(|event| Console::render_event(event)).unwrap_or_default());
    println!("--- what the sink received\n");
    println!("{verdict}");
    Ok(verdict.is_clean())
}

/// Starts the shop for whoever comes, and shows each trace.
async fn serve_orders(isolated: bool) -> Result<bool, Failure> {
    let _isohub = isohub::init().sink(Console::stdout()).install()?;
    let shop = Arc::new(Shop::open().await?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!("the shop is open at http://{address} until ctrl-c; order something:\n");
    println!("  curl -X POST -H 'x-user: ada' http://{address}/acme/checkout/7");
    println!("  curl -X POST -H 'x-user: ada' http://{address}/acme/checkout/50    # one in 50 fails\n");
    axum::serve(listener, router(isolated, &shop))
        .with_graceful_shutdown(async {
            // Without a way to hear ctrl-c the shop closes at once, rather than never.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    shop.close().await?;
    Ok(true)
}

fn router(isolated: bool, shop: &Arc<Shop>) -> axum::Router {
    let shop = Arc::clone(shop);
    if isolated { isolated::router(shop) } else { bare::router(shop) }
}
