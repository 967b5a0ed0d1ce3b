//! However tokio ends a task or a job: it drops in its own hub, and nothing is left.

use std::sync::mpsc;
use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{isolated, spawn_isolated};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinSet};

use super::super::{assert_creator_is_as_before, creator};
use crate::support::{Log, current_thread, settled_tree, tags, workers};

/// Waits for ever, once it has said that it began.
async fn waits(log: Log, begun: oneshot::Sender<()>) {
    isohub::set_tag("unit", "waits");
    let _witness = log.witness("waits");
    let _ = begun.send(());
    std::future::pending().await
}

const WAITED: &str = "waits: creator=yes removed=no unit=waits";

/// Runs jobs one after the other.
fn one_blocking_thread() -> Runtime {
    Builder::new_current_thread().enable_time().max_blocking_threads(1).build().expect("a runtime")
}

#[test]
fn tasks_that_are_aborted_by_any_handle_drop_in_their_hubs() {
    for runtime in [workers(2), current_thread()] {
        let log = Log::default();
        runtime.block_on(isolated!(async {
            creator();
            let started = |log: &Log| {
                let (begun, started) = oneshot::channel();
                (waits(log.clone(), begun), started)
            };
            let (unit, begun) = started(&log);
            let task = spawn_isolated!(unit);
            begun.await.expect("it began");
            let by_handle: AbortHandle = task.abort_handle();
            by_handle.abort();
            assert!(task.await.expect_err("aborted").is_cancelled());

            let mut set = JoinSet::new();
            let (unit, begun) = started(&log);
            let one: AbortHandle = spawn_isolated!(in set, unit);
            begun.await.expect("it began");
            one.abort();
            assert!(set.join_next().await.expect("one").expect_err("aborted").is_cancelled());

            let (unit, begun) = started(&log);
            spawn_isolated!(in set, unit);
            begun.await.expect("it began");
            set.shutdown().await;

            let (unit, begun) = started(&log);
            spawn_isolated!(in set, unit);
            begun.await.expect("it began");
            drop(set);
            while log.lines().len() < 4 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_creator_is_as_before();
        }));
        assert_eq!(log.lines(), [WAITED; 4]);
    }
}

#[test]
fn a_job_that_is_aborted_before_a_thread_is_free_drops_in_its_hub_and_leaves_no_span() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let (sender, wait) = mpsc::channel::<()>();
    let unit = recorder.run(async {
        creator();
        let first = spawn_isolated!(blocking, move || wait.recv());
        let [named, plain, tagged] = ["named", "plain", "tagged"].map(|it| log.witness(it));
        let jobs = [
            spawn_isolated!("job", blocking, move || drop(named)),
            spawn_isolated!(blocking, move || drop(plain)),
            spawn_isolated!(blocking, tags(never = "evaluated"), move || drop(tagged)),
        ];
        isohub::set_tag("removed", "later");
        jobs.iter().for_each(tokio::task::JoinHandle::abort);
        sender.send(()).expect("it waits");
        first.await.expect("no panic").expect("it was sent");
        for job in jobs {
            assert!(job.await.expect_err("aborted").is_cancelled());
        }
    });
    one_blocking_thread().block_on(unit);
    let expected = ["named", "plain", "tagged"].map(|it| format!("{it}: creator=yes removed=no"));
    assert_eq!(log.sorted(), expected);
    assert_eq!(settled_tree(&recorder), "");
}

#[test]
fn a_job_that_runs_is_not_stopped_by_an_abort_and_keeps_its_hub() {
    let (begun, has_begun) = mpsc::channel();
    let (sender, wait) = mpsc::channel::<()>();
    current_thread().block_on(async {
        creator();
        let job = spawn_isolated!(blocking, move || {
            isohub::set_tag("unit", "job");
            begun.send(()).expect("it listens");
            wait.recv().expect("it was sent");
            tags()
        });
        has_begun.recv().expect("it began");
        job.abort();
        sender.send(()).expect("it waits");
        assert_eq!(job.await.expect("it ran to its end"), "creator=yes removed=no unit=job");
        assert_creator_is_as_before();
    });
}

#[test]
fn a_job_that_still_waits_when_the_runtime_shuts_down_runs_in_its_hub() {
    let (sender, wait) = mpsc::channel::<()>();
    let runtime = one_blocking_thread();
    creator();
    let job = runtime.block_on(async {
        drop(spawn_isolated!(blocking, move || wait.recv()));
        spawn_isolated!(blocking, tags)
    });
    isohub::set_tag("removed", "later");
    runtime.shutdown_background();
    drop(sender);
    assert_eq!(current_thread().block_on(job).expect("tokio runs it"), "creator=yes removed=no");
    assert_eq!(tags(), "creator=yes removed=later");
}

#[test]
fn however_a_runtime_shuts_down_its_tasks_drop_in_their_hubs() {
    type Shutdown = fn(Runtime);
    let in_a_unit: Shutdown = |runtime| {
        isolated!(|| {
            isohub::set_tag("unit", "shuts down");
            drop(runtime);
            assert_eq!(tags(), "creator=yes removed=no unit=shuts down");
        })();
    };
    let in_a_job: Shutdown = |runtime| {
        current_thread().block_on(async {
            let job = spawn_isolated!(blocking, move || drop(runtime));
            job.await.expect("no panic");
        });
    };
    let shutdowns: [Shutdown; 5] = [
        drop,
        |runtime| runtime.shutdown_timeout(Duration::from_secs(20)),
        Runtime::shutdown_background,
        in_a_unit,
        in_a_job,
    ];
    creator();
    for shut_down in shutdowns {
        for runtime in [workers(2), current_thread()] {
            let log = Log::default();
            let task = runtime.block_on(async {
                let (begun, has_begun) = oneshot::channel();
                let task = spawn_isolated!(waits(log.clone(), begun));
                has_begun.await.expect("it began");
                task
            });
            shut_down(runtime);
            assert!(current_thread().block_on(task).expect_err("shut down").is_cancelled());
            assert_eq!(log.lines(), [WAITED]);
            assert_creator_is_as_before();
        }
    }
}

#[test]
fn a_unit_that_is_spawned_when_the_runtime_is_gone_drops_in_its_hub() {
    for runtime in [workers(1), current_thread()] {
        let log = Log::default();
        let handle = runtime.handle().clone();
        drop(runtime);
        creator();
        let (task, job) = (log.witness("task"), log.witness("job"));
        let late = spawn_isolated!(in handle, tags(late = "unevaluated"), async move { drop(task) });
        drop(handle.spawn_blocking(parked(move || drop(job))));
        assert!(current_thread().block_on(late).expect_err("late").is_cancelled());
        assert_eq!(log.sorted(), ["job: creator=yes removed=no", "task: creator=yes removed=no"]);
        assert_creator_is_as_before();
    }
}

/// A closure of which the macro sees no literal.
fn parked(job: impl FnOnce()) -> impl FnOnce() {
    isolated!(job)
}
