//! Executors other than tokio: by `spawn_isolated!(in ..)`, and by annotated calls alone.

mod own;

use std::cell::Cell;
use std::sync::{Arc, mpsc};

use async_executor::{Executor, LocalExecutor};
use futures::executor::{LocalPool, ThreadPool};
use futures::task::{LocalSpawnExt as _, SpawnExt as _};
use isohub::testing::Recorder;
use isohub::{isolated, isolated_hub, parallel, parallel_span, spawn_isolated};
use tokio::sync::Barrier;

use super::{SEEN, assert_creator_is_as_before, creator, plain, unit};
use crate::support::{Log, Worker, crash, pause, poll_to_end, settled_tree, tags};

fn two_that_meet() -> (Arc<Barrier>, Arc<Barrier>) {
    let meet = Arc::new(Barrier::new(2));
    (Arc::clone(&meet), meet)
}

/// Runs on two threads, until all of them are told to end.
fn on_two_threads<T>(executor: &Executor<'_>, f: impl Future<Output = T>) -> T {
    let (stop, stopped) = smol::channel::unbounded::<()>();
    std::thread::scope(|s| {
        for _ in 0..2 {
            let stopped = stopped.clone();
            s.spawn(move || {
                let _ = smol::block_on(executor.run(stopped.recv()));
                assert_eq!(tags(), "", "it left something on a thread of the executor");
            });
        }
        let output = smol::block_on(f);
        drop(stop);
        output
    })
}

#[test]
fn tasks_of_the_global_executor_of_smol_are_isolated() {
    creator();
    let (first, second) = two_that_meet();
    let tasks = [smol::spawn(isolated!(plain(1, first))), smol::spawn(unit(2, second))];
    assert_eq!(smol::block_on(futures::future::join_all(tasks)), SEEN);
    assert_creator_is_as_before();
}

#[test]
fn jobs_that_smol_runs_on_other_threads_are_isolated() {
    fn job(n: u32) -> String {
        isohub::set_tag("unit", n);
        isohub::remove_tag("removed");
        tags()
    }
    #[isolated_hub]
    fn annotated(n: u32) -> String {
        job(n)
    }
    creator();
    let jobs = [1, 2].map(|n| smol::unblock(isolated!(move || job(n))));
    assert_eq!(smol::block_on(futures::future::join_all(jobs)), SEEN);
    // An annotated function takes the hub of the thread that calls it: here, that of the pool.
    assert_eq!(smol::block_on(smol::unblock(|| annotated(1))), "unit=1");
    assert_creator_is_as_before();
}

#[test]
fn the_future_that_a_thread_blocks_on_belongs_to_it_unless_it_is_annotated() {
    type BlockOn = fn(std::pin::Pin<Box<dyn Future<Output = String>>>) -> String;
    for block_on in [smol::block_on as BlockOn, futures::executor::block_on, poll_to_end] {
        creator();
        let alone = || Arc::new(Barrier::new(1));
        assert_eq!(block_on(Box::pin(unit(1, alone()))), SEEN[0]);
        assert_creator_is_as_before();
        assert_eq!(block_on(Box::pin(plain(2, alone()))), SEEN[1]);
        assert_eq!(tags(), SEEN[1]);
        isohub::clear_scope();
    }
}

#[test]
fn tasks_of_an_executor_on_two_threads_are_isolated() {
    let executor = Executor::new();
    creator();
    let (first, second) = two_that_meet();
    let tasks = [spawn_isolated!(in executor, plain(1, first)), executor.spawn(unit(2, second))];
    assert_eq!(on_two_threads(&executor, futures::future::join_all(tasks)), SEEN);
    assert_creator_is_as_before();
}

#[test]
fn tasks_of_a_local_executor_are_isolated_and_need_not_be_send() {
    let count = Cell::new(0);
    let executor = LocalExecutor::new();
    creator();
    let (first, second) = two_that_meet();
    let tasks = [
        spawn_isolated!(in executor, async {
            count.set(count.get() + 1);
            plain(1, first).await
        }),
        executor.spawn(unit(2, second)),
    ];
    assert_eq!(smol::block_on(executor.run(futures::future::join_all(tasks))), SEEN);
    assert_eq!(count.get(), 1);
    assert_creator_is_as_before();
}

#[test]
fn tasks_of_a_thread_pool_of_futures_are_isolated() {
    let pool = ThreadPool::builder().pool_size(2).create().expect("threads");
    creator();
    let (first, second) = two_that_meet();
    let (sender, seen) = mpsc::channel();
    let send = |of: mpsc::Sender<String>, unit: futures::future::BoxFuture<'static, String>| async move {
        of.send(unit.await).expect("it listens");
    };
    spawn_isolated!(in pool, send(sender.clone(), Box::pin(plain(1, first)))).expect("the pool runs");
    pool.spawn_ok(send(sender, Box::pin(unit(2, second))));
    let mut seen: Vec<_> = seen.into_iter().collect();
    seen.sort();
    assert_eq!(seen, SEEN);
    let handle = pool.spawn_with_handle(unit(1, Arc::new(Barrier::new(1)))).expect("the pool runs");
    assert_eq!(futures::executor::block_on(handle), SEEN[0]);
    assert_creator_is_as_before();
}

#[test]
fn tasks_of_a_local_pool_are_isolated() {
    let mut pool = LocalPool::new();
    creator();
    let (first, second) = two_that_meet();
    let log = Log::default();
    let notes = |unit: futures::future::LocalBoxFuture<'static, String>| {
        let log = log.clone();
        async move { log.note(unit.await) }
    };
    let bare = notes(Box::pin(plain(1, first)));
    pool.spawner().spawn_local(isolated!(bare)).expect("the pool is there");
    pool.spawner().spawn_local(notes(Box::pin(unit(2, second)))).expect("the pool is there");
    pool.run_until_stalled();
    assert_eq!(log.sorted(), SEEN);
    assert_creator_is_as_before();
    spawn_isolated!(in pool.spawner(), async { isohub::set_tag("unit", "send") }).expect("the pool is there");
    pool.run();
    assert_creator_is_as_before();
}

#[test]
fn the_tags_of_a_unit_that_is_no_literal_are_set_before_it_runs() {
    let executor = Executor::new();
    creator();
    let future = async { tags() };
    let task = spawn_isolated!(in executor, tags(unit = 1), future);
    assert_eq!(smol::block_on(executor.run(task)), "creator=yes removed=no unit=1");
    let future = async { tags() };
    assert_eq!(poll_to_end(isolated!(tags(unit = 2), future)), "creator=yes removed=no unit=2");
    let closure = tags;
    assert_eq!(isolated!(tags(unit = 3), closure)(), "creator=yes removed=no unit=3");
    assert_creator_is_as_before();
}

#[test]
fn tasks_start_from_the_hub_in_which_they_were_spawned_whoever_runs_them() {
    let executor = Executor::new();
    creator();
    let task = spawn_isolated!(in executor, async { tags() });
    isohub::set_tag("later", "yes");
    let seen = isolated!(tags(runs = "it"), || smol::block_on(executor.run(task)))();
    assert_eq!(seen, "creator=yes removed=no");
    assert_eq!(tags(), "creator=yes later=yes removed=no");
}

#[test]
fn a_hundred_tasks_keep_their_own_value_over_a_hundred_yields_on_two_threads() {
    #[isolated_hub]
    async fn yields(n: u32) -> bool {
        isohub::set_tag("task", n);
        for _ in 0..100 {
            smol::future::yield_now().await;
            if tags() != format!("common=yes task={n}") {
                return false;
            }
        }
        true
    }
    let executor = Executor::new();
    isohub::set_tag("common", "yes");
    let tasks: Vec<_> = (0..100).map(|n| executor.spawn(yields(n))).collect();
    let kept = on_two_threads(&executor, futures::future::join_all(tasks));
    assert!(kept.into_iter().all(|kept| kept));
    assert_eq!(tags(), "common=yes");
}

#[test]
fn tasks_that_are_cancelled_that_crash_or_whose_executor_is_gone_drop_in_their_hubs() {
    async fn waits(log: Log, unit: &'static str) {
        isohub::set_tag("unit", unit);
        let _witness = log.witness(unit);
        pause().await;
        if unit == "crashes" {
            crash();
        }
        std::future::pending().await
    }
    let log = Log::default();
    isohub::set_tag("creator", "yes");
    let executor = Executor::new();
    let spawn = |unit| spawn_isolated!(in executor, waits(log.clone(), unit));
    let [cancelled, dropped, crashes, left] = ["cancelled", "dropped", "crashes", "left"].map(spawn);
    (0..4).for_each(|_| assert!(executor.try_tick()));
    smol::block_on(executor.run(async {
        assert_eq!(cancelled.cancel().await, None);
        drop(dropped);
    }));
    let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        smol::block_on(executor.run(crashes));
    }));
    assert!(crashed.is_err());
    left.detach();
    assert_eq!(tags(), "creator=yes");
    drop(executor);
    let expected =
        ["cancelled", "crashes", "dropped", "left"].map(|it| format!("{it}: creator=yes unit={it}"));
    assert_eq!(log.sorted(), expected);
    assert_eq!(tags(), "creator=yes");
}

#[parallel_span]
async fn job() {
    smol::future::yield_now().await;
    isohub::start_span!("inner").in_scope(|| ());
}

#[test]
fn spans_of_tasks_of_any_executor_are_siblings() {
    let recorder = Recorder::new();
    let executor = Executor::new();
    let pool = ThreadPool::builder().pool_size(1).create().expect("a thread");
    let root = || {
        parallel!("root", async {
            let tasks = [executor.spawn(job()), spawn_isolated!("job", in executor, job())];
            let smol = smol::spawn(job());
            let pooled = pool.spawn_with_handle(job()).expect("the pool runs");
            executor.run(futures::future::join_all(tasks)).await;
            smol.await;
            pooled.await;
        })
    };
    smol::block_on(recorder.run(async { root().await }));
    // The call in the macro is one of `root`, too.
    let job = "  job\n    inner\n";
    assert_eq!(settled_tree(&recorder), format!("root\n  job\n{job}{job}{job}{job}"));
    assert_eq!(recorder.stats().orphans, 0);
}

// What is not annotated, on executors whose tasks nothing tells apart.

#[test]
fn a_bare_task_writes_to_whatever_runs_the_executor() {
    let executor = Executor::new();
    creator();
    executor.spawn(async { isohub::set_tag("bare", "yes") }).detach();
    isolated!(tags(runs = "it"), || {
        assert!(executor.try_tick());
        assert_eq!(tags(), "bare=yes creator=yes removed=no runs=it");
    })();
    assert_creator_is_as_before();
}

#[test]
fn a_bare_task_on_a_thread_of_an_executor_writes_to_the_thread_and_the_next_one_sees_it() {
    let thread = Worker::new();
    let executor = Arc::new(Executor::new());
    let ticks = |n: usize| {
        let executor = Arc::clone(&executor);
        thread.run(move || (0..n).for_each(|_| assert!(executor.try_tick())));
    };
    creator();
    executor.spawn(async { isohub::set_tag("bare", "yes") }).detach();
    ticks(1);
    let next = executor.spawn(async { tags() });
    let unit = spawn_isolated!(in executor, async { tags() });
    ticks(2);
    assert_eq!(poll_to_end(next), "bare=yes");
    assert_eq!(poll_to_end(unit), "creator=yes removed=no");
    assert_creator_is_as_before();
}
