//! What a poll and a spawn cost: bare, with hooks, and by `spawn_isolated!`. The least of several rounds, taken in turn.
//!
//! `cargo run --release --example cost`, in the directory of this package. On a machine that is not quiet count
//! instructions: `valgrind --tool=callgrind .. hooks` polls 100,000 times, and so do `bare` and `explicit`.

use std::time::Instant;

use isohub::spawn_isolated;
use isohub::tokio::isolate_tasks;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

const POLLS: u32 = 1_000_000;
const SPAWNS: u32 = 200_000;

fn runtime(isolate: bool) -> Runtime {
    let mut builder = Builder::new_current_thread();
    if isolate {
        isolate_tasks(&mut builder);
    }
    builder.build().expect("a runtime")
}

async fn polls() {
    polls_of(POLLS).await;
}

async fn polls_of(count: u32) {
    for _ in 0..count {
        yield_now().await;
    }
}

/// Polls for a tool that counts.
fn counted(way: &str) {
    let polls = polls_of(100_000);
    let run = async {
        match way {
            "explicit" => spawn_isolated!(polls).await,
            _ => tokio::spawn(polls).await,
        }
    };
    runtime(way == "hooks").block_on(run).expect("no panic");
}

fn nanoseconds(each: u32, f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_nanos() as f64 / f64::from(each)
}

fn main() {
    if let Some(way) = std::env::args().nth(1) {
        return counted(&way);
    }
    let (bare, hooks) = (runtime(false), runtime(true));
    isohub::set_tag("request", 1);
    let mut least = [[f64::MAX; 3]; 2];
    for _ in 0..7 {
        let polled = [
            nanoseconds(POLLS, || bare.block_on(async { tokio::spawn(polls()).await.expect("no panic") })),
            nanoseconds(POLLS, || hooks.block_on(async { tokio::spawn(polls()).await.expect("no panic") })),
            nanoseconds(POLLS, || bare.block_on(async { spawn_isolated!(polls()).await.expect("no panic") })),
        ];
        let spawned = [
            nanoseconds(SPAWNS, || bare.block_on(spawns(|| tokio::spawn(async {})))),
            nanoseconds(SPAWNS, || hooks.block_on(spawns(|| tokio::spawn(async {})))),
            nanoseconds(SPAWNS, || bare.block_on(spawns(|| spawn_isolated!(async {})))),
        ];
        for (least, now) in least.as_flattened_mut().iter_mut().zip([polled, spawned].as_flattened()) {
            *least = least.min(*now);
        }
    }
    for (what, [bare, hooks, explicit]) in ["poll", "spawn"].into_iter().zip(least) {
        println!("{what}: bare {bare:.0} ns, with hooks {hooks:.0} ns, by spawn_isolated! {explicit:.0} ns");
    }
}

async fn spawns(spawn: impl Fn() -> tokio::task::JoinHandle<()>) {
    for _ in 0..SPAWNS {
        spawn().await.expect("no panic");
    }
}
