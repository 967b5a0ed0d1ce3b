//! Programs as isohub runs them.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use futures::FutureExt as _;
use isohub::doctor;
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, Level};
use tokio::runtime::{Handle, Runtime};

use super::program::{Body, Joiner, Kind, Op, Unit};
use crate::support::{crash, pauses, poll_to_end};

/// An operation returned an error.
#[derive(Debug)]
struct Failed;

type Ended = Result<(), Failed>;
type Running = Pin<Box<dyn Future<Output = Ended> + Send>>;

/// Where tasks and threads are spawned.
#[derive(Clone)]
struct World {
    handle: Handle,
    tasks: Arc<Mutex<Vec<tokio::task::JoinHandle<Ended>>>>,
    threads: Arc<Mutex<Vec<std::thread::JoinHandle<Ended>>>>,
}

/// Runs a program to the end of the last thing that it spawned.
pub(super) fn program(runtime: &Runtime, recorder: &Recorder, body: &Body) {
    // Random programs make every mistake.
    doctor::Kind::ALL.into_iter().for_each(|kind| doctor::allow(kind));
    let world = World { handle: runtime.handle().clone(), tasks: Arc::default(), threads: Arc::default() };
    // What panics or fails was meant to.
    let _ = runtime.block_on(runtime.spawn(recorder.run(run(&world, body))));
    loop {
        let tasks = std::mem::take(&mut *world.tasks.lock().expect("no panic in here"));
        let threads = std::mem::take(&mut *world.threads.lock().expect("no panic in here"));
        if tasks.is_empty() && threads.is_empty() {
            return;
        }
        for thread in threads {
            let _ = thread.join();
        }
        for task in tasks {
            let _ = runtime.block_on(task);
        }
    }
}

fn run(world: &World, body: &Body) -> Running {
    let (world, body) = (world.clone(), body.clone());
    Box::pin(async move {
        for op in body {
            run_one(&world, op).await?;
        }
        Ok(())
    })
}

async fn run_one(world: &World, op: Op) -> Ended {
    match op {
        Op::SetTag(key, value) => isohub::set_tag(format!("k{key}"), value),
        Op::RemoveTag(key) => isohub::remove_tag(&format!("k{key}")),
        Op::Pause(times) => pauses(times.into()).await,
        Op::Capture(id) => {
            isohub::capture_message(id.to_string(), Level::Info);
        }
        Op::Fail => return Err(Failed),
        Op::Panic => crash(),
        Op::Call(unit) => {
            let _ = call(world, unit).await;
        }
        Op::CallSync(unit) => {
            let _ = call_sync(world, &unit);
        }
        Op::Late { unit, before, hand } => {
            let late = call(world, unit);
            run(world, &before).await?;
            let _ = late.in_span(isohub::start_span!("hand", id = hand)).await;
        }
        Op::Catch(body) => match AssertUnwindSafe(run(world, &body)).catch_unwind().await {
            Ok(result) => return result,
            Err(_panic) => {}
        },
        Op::WithScope(body) => {
            return run(world, &body).with_scope(|scope| scope.set_tag("in", "side")).await;
        }
        Op::InSpan(id, body) => return run(world, &body).in_span(isohub::start_span!("hand", id)).await,
        Op::Join(joiner, units) => return join(world, joiner, units).await,
        Op::Select(units) => {
            let [a, b] = units.map(|unit| call(world, unit).isolated());
            let _ = tokio::select! {
                biased;
                result = a => result,
                result = b => result,
            };
        }
        Op::Cancel(polls, unit) => {
            let mut called = call(world, unit);
            for _ in 0..polls {
                if poll_fn(|cx| Poll::Ready(called.as_mut().poll(cx))).await.is_ready() {
                    break;
                }
            }
        }
        Op::Spawn(unit) => {
            let task = world.handle.spawn(call(world, unit));
            world.tasks.lock().expect("no panic in here").push(task);
        }
        Op::Thread(unit) => {
            let inside = world.clone();
            let thread = isohub::spawn_isolated!(thread, move || poll_to_end(call(&inside, unit)));
            world.threads.lock().expect("no panic in here").push(thread);
        }
        Op::Bare(body) => {
            let task = world.handle.spawn(run(world, &body));
            world.tasks.lock().expect("no panic in here").push(task);
        }
    }
    Ok(())
}

async fn join(world: &World, joiner: Joiner, units: Vec<Unit>) -> Ended {
    let mut calls = units.into_iter().map(|unit| call(world, unit));
    let mut next = || calls.next().expect("two units");
    match joiner {
        Joiner::Join => {
            let _ = isohub::join!(next(), next());
        }
        Joiner::TryJoin => {
            let _ = isohub::try_join!(next(), next());
        }
        Joiner::Tokio => {
            let _ = tokio::join!(biased; next().isolated(), next().isolated());
        }
        Joiner::All => {
            futures::future::join_all(calls.map(|call| call.isolated())).await;
        }
    }
    Ok(())
}

fn call(world: &World, unit: Unit) -> Running {
    let world = world.clone();
    match unit.kind {
        Kind::Span => Box::pin(span(world, unit)),
        Kind::Hub => Box::pin(hub(world, unit)),
        Kind::Parallel => Box::pin(parallel(world, unit)),
        Kind::Fresh => Box::pin(fresh(world, unit)),
        Kind::Detached => Box::pin(detached(world, unit)),
    }
}

fn call_sync(world: &World, unit: &Unit) -> Ended {
    match unit.kind {
        Kind::Span => span_sync(world, unit),
        Kind::Hub => hub_sync(world, unit),
        Kind::Parallel => parallel_sync(world, unit),
        Kind::Fresh => fresh_sync(world, unit),
        Kind::Detached => detached_sync(world, unit),
    }
}

macro_rules! annotated {
    // The attributes and the parameter that they name have to come from one place.
    ($unit:ident: $($(#[$attribute:meta])* $name:ident, $sync:ident;)*) => {$(
        $(#[$attribute])*
        async fn $name(world: World, $unit: Unit) -> Ended {
            run(&world, &$unit.body).await
        }

        $(#[$attribute])*
        fn $sync(world: &World, $unit: &Unit) -> Ended {
            poll_to_end(run(world, &$unit.body))
        }
    )*};
}

annotated! {
    unit:
    #[isohub::span(fields(id = unit.id))]
    span, span_sync;
    #[isohub::isolated_hub]
    hub, hub_sync;
    #[isohub::parallel_span(fields(id = unit.id))]
    parallel, parallel_sync;
    #[isohub::parallel_span(fresh, fields(id = unit.id))]
    fresh, fresh_sync;
    #[isohub::parallel_span(detached, fields(id = unit.id))]
    detached, detached_sync;
}
