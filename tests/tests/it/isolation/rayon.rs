//! Jobs of rayon: each is a unit, on whichever thread and inside whichever waiting job it runs.

mod items;
mod jobs;
mod pools;
mod without;

use isohub::testing::Recorder;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::support::tags;

/// Pools with no, one and many threads that steal.
const SIZES: [usize; 3] = [1, 2, 8];

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool")
}

/// Runs `f` in a unit on a thread of the pool, and sees to it that nothing is left on any of them.
#[track_caller]
fn in_unit_on<R: Send>(pool: &ThreadPool, f: impl FnOnce() -> R + Send) -> R {
    let result = isohub::Hub::base().run(|| isohub::rayon::install(pool, f));
    assert_nothing_left(pool);
    result
}

#[track_caller]
fn assert_nothing_left(pool: &ThreadPool) {
    let left = pool.broadcast(|_| (tags(), isohub::Hub::current().span_context()));
    assert!(left.iter().all(|it| *it == (String::new(), None)), "{left:?}");
}

/// Runs `f` below the span `root` of a recorder, on a thread of the pool.
fn below_root<R: Send>(pool: &ThreadPool, f: impl FnOnce() -> R + Send) -> (Recorder, R) {
    let recorder = Recorder::new();
    let result =
        recorder.run_sync(|| isohub::rayon::install(pool, || isohub::start_span!("root").in_scope(f)));
    (recorder, result)
}
