//! What adapters have in common.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::adapter::Boxed;
use crate::scene::{Body, Ended, Ending, Plan, Scene, Started};

/// Drives a body where futures have no place: what the unit does to let others run is `switch`.
pub fn drive<F: Future>(body: F, mut switch: impl FnMut()) -> F::Output {
    let mut body = pin!(body);
    loop {
        // Nobody waits: whatever the bodies wait for, they look at it again.
        if let Poll::Ready(output) = body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
        switch();
    }
}

/// Drives what has no executor on two threads in turn: after each poll it is the turn of the other.
pub fn drive_on_two_threads(future: Boxed<()>) {
    let future = Mutex::new((0, Some(future)));
    std::thread::scope(|s| {
        for own in 0..2 {
            let future = &future;
            let polls = move || loop {
                let mut turn = future.lock().unwrap_or_else(PoisonError::into_inner);
                let (next, Some(polled)) = &mut *turn else { return };
                if *next == own {
                    *next = 1 - own;
                    let cx = &mut Context::from_waker(Waker::noop());
                    if polled.as_mut().poll(cx).is_ready() {
                        turn.1 = None;
                    }
                }
                drop(turn);
                std::thread::yield_now();
            };
            s.spawn(polls);
        }
    });
}

/// How a unit ends, a panic included, which goes no further.
pub async fn caught(unit: impl Future<Output = Ending>) -> Ended {
    let mut unit = Box::pin(unit);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| unit.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Ended::from),
        Err(_) => Poll::Ready(Ended::Panicked),
    })
    .await
}

/// The same of a unit that is a call.
pub fn caught_call(unit: impl FnOnce() -> Ending) -> Ended {
    catch_unwind(AssertUnwindSafe(unit)).map_or(Ended::Panicked, Ended::from)
}

/// Polls `running` until all units have started, and drops it.
pub async fn run_to_start(started: Started, running: impl Future) {
    let mut running = Box::pin(running);
    let mut all = pin!(started.all());
    std::future::poll_fn(|cx| {
        let _ = running.as_mut().poll(cx);
        all.as_mut().poll(cx)
    })
    .await;
}

/// Plays a scene whose units are futures that their creator polls, all in one `join`.
pub async fn joined<U, J>(
    mut scene: Scene,
    make: impl FnMut(Body) -> U,
    join: impl FnOnce(Vec<U>) -> J,
) -> Vec<Ended>
where
    J: Future<Output = Vec<Ended>>,
{
    let count = scene.len();
    let (plan, started) = (scene.plan(), scene.started());
    let units = scene.create(make);
    match plan {
        Plan::Finish | Plan::Merge => return join(units).await,
        Plan::Cancel => run_to_start(started, join(units)).await,
        Plan::Drop => drop(units),
    }
    vec![Ended::Cancelled; count]
}
