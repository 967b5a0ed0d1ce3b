//! A shop under load, and whether each of its requests kept to itself.
//!
//! `cargo run --release --example storefront` starts a server, the three services that it asks and a client
//! on ports of this machine, sends 2,000 orders over 64 connections, and then judges by what the sink
//! received: were all spans there, each below its own request, with no tag of another's?
//!
//! Asked to send its records somewhere, as by `--html FILE`, it runs as two processes that share traces.
//!
//! Begin with `handlers.rs`: it is what a program that uses isohub looks like.

#![allow(clippy::print_stdout, reason = "what it prints is what the example is for")]

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::serve::ListenerExt as _;
use isohub::{Console, Guard};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::options::Options;
use crate::outputs::SHOP;
use crate::received::Keep;
use crate::shop::Shop;
use crate::verdict::{REQUEST, Verdict, grouped};
use crate::warehouse::Process;

mod bare;
mod http;
mod isolated;
mod naive;
mod options;
mod outputs;
mod received;
mod shop;
mod verdict;
mod warehouse;

const CONNECTIONS: u64 = 64;

/// How wide the waterfall is.
const WIDTH: usize = 100;

const NOT_ISOLATED: &str = "
What to see: requests below other requests; `tag.request` that is not `request`; an error with the
tags of one request, the data of another, and the breadcrumbs of them all.
";

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(wrong) => {
            eprintln!("{wrong}");
            return ExitCode::from(2);
        }
    };
    let clean = match &options {
        Options { help: true, .. } => {
            println!("{}", options::USAGE);
            Ok(true)
        }
        Options { warehouse: true, outputs, .. } => warehouse::run(outputs, options.requests()).await,
        Options { serve: true, .. } => serve_orders(&options).await,
        _ => judge_load(&options).await,
    };
    match clean {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("storefront could not run: {error}");
            ExitCode::from(2)
        }
    }
}

/// Starts the shop, sends it orders, and says whether all went well.
async fn judge_load(options: &Options) -> Result<bool, Failure> {
    let (keep, requests) = (Keep::default(), options.requests());
    let isohub = options.outputs.of(SHOP, requests)?.sink(keep.clone()).install()?;
    let second = second_process(options).await?;
    let shop = Arc::new(Shop::open(second.as_ref().map(Process::warehouse)).await?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let connections = Arc::new(AtomicU64::new(0));
    let accepted = Arc::clone(&connections);
    let listener = listener.tap_io(move |_| {
        accepted.fetch_add(1, Ordering::Relaxed);
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router(options, &shop)).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let server = tokio::spawn(server.into_future());

    let began = Instant::now();
    let answers = http::load(address, requests, CONNECTIONS).await?;
    let took = began.elapsed();
    let _ = stop.send(());
    server.await??;
    // The audits outlive their requests.
    shop.close().await?;
    close(&isohub, second, options).await?;

    let received = keep.received();
    let verdict = Verdict::of(&received, isohub::stats(), requests);
    let (how, hint) = match options.isolated {
        true => ("each in a unit of its own", ""),
        false => ("all in one unit, without attributes", NOT_ISOLATED),
    };
    println!(
        "{} requests over {} connections in {took:.1?}, {how}: {} accepted, {} refused",
        grouped(requests),
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
async fn serve_orders(options: &Options) -> Result<bool, Failure> {
    let isohub = options.outputs.of(SHOP, options.requests())?;
    // Both processes show their traces, or else this one does.
    let isohub = if options.outputs.console { isohub } else { isohub.sink(Console::stdout()) }.install()?;
    let second = second_process(options).await?;
    let shop = Arc::new(Shop::open(second.as_ref().map(Process::warehouse)).await?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!("the shop is open at http://{address} until ctrl-c; order something:\n");
    println!("  curl -X POST -H 'x-user: ada' http://{address}/acme/checkout/7");
    println!("  curl -X POST -H 'x-user: ada' http://{address}/acme/checkout/50    # one in 50 fails\n");
    axum::serve(listener, router(options, &shop))
        .with_graceful_shutdown(async {
            // Without a way to hear ctrl-c the shop closes at once, rather than never.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    shop.close().await?;
    close(&isohub, second, options).await?;
    Ok(true)
}

/// Starts the other process, if records go anywhere.
async fn second_process(options: &Options) -> Result<Option<Process>, Failure> {
    if !options.outputs.are_wanted() {
        return Ok(None);
    }
    let process = Process::start().await?;
    println!("the warehouse is a process of its own, at {}\n", process.url);
    Ok(Some(process))
}

/// Sends what is left, and ends the other process; then the files of both are complete.
async fn close(isohub: &Guard, second: Option<Process>, options: &Options) -> Result<(), Failure> {
    isohub.flush(Duration::from_secs(10))?;
    if let Some(process) = second {
        process.close().await?;
        options.outputs.join()?;
    }
    Ok(())
}

fn router(options: &Options, shop: &Arc<Shop>) -> axum::Router {
    let shop = Arc::clone(shop);
    if options.isolated { isolated::router(shop) } else { bare::router(shop) }
}
