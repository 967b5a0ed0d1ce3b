//! What has no hook is no unit by itself.

use isohub::doctor::{self, Kind};
use isohub::tokio::isolate_tasks;
use isohub::{isolated, spawn_isolated};
use tokio::runtime::{Builder, LocalOptions};
use tokio::task::{LocalSet, spawn_blocking, spawn_local, yield_now};

use super::{CREATOR, creator, current_thread, workers};
use crate::support::{Log, alone, pause, tags};

async fn writes() -> String {
    isohub::set_tag("task", "yes");
    pause().await;
    tags()
}

#[test]
fn all_tasks_of_a_local_runtime_are_isolated() {
    let mut builder = Builder::new_current_thread();
    isolate_tasks(&mut builder);
    let runtime = builder.build_local(LocalOptions::default()).expect("a runtime");
    let log = Log::default();
    runtime.block_on(async {
        creator();
        let seen = "creator=yes removed=no task=yes";
        assert_eq!(tokio::spawn(writes()).await.expect("no panic"), seen);
        assert_eq!(spawn_local(writes()).await.expect("no panic"), seen);
        let witness = log.witness("pending");
        drop(spawn_local(async move {
            isohub::set_tag("task", "local");
            let _witness = witness;
            std::future::pending::<()>().await;
        }));
        yield_now().await;
        assert_eq!(tags(), CREATOR);
    });
    assert_eq!(
        runtime.block_on(runtime.spawn_local(writes())).expect("no panic"),
        "creator=yes removed=no task=yes"
    );
    drop(runtime);
    assert_eq!(log.lines(), ["pending: creator=yes removed=no task=local"]);
    assert_eq!(tags(), CREATOR);
}

#[test]
fn a_bare_task_of_a_local_set_has_no_hub_and_an_isolated_one_has() {
    doctor::allow(Kind::LostWrite);
    if !alone("limits::a_bare_task_of_a_local_set_has_no_hub_and_an_isolated_one_has") {
        return;
    }
    for inside_a_task in [false, true] {
        let before = isohub::stats().lost_writes;
        let work = async {
            let local = LocalSet::new();
            local
                .run_until(async {
                    creator();
                    assert_eq!(local.spawn_local(writes()).await.expect("no panic"), "");
                    let isolated = local.spawn_local(isolated!(writes()));
                    assert_eq!(isolated.await.expect("no panic"), "creator=yes removed=no task=yes");
                    // What such a task spawns on the runtime starts from the base hub.
                    let spawned = local.spawn_local(async { tokio::spawn(writes()).await });
                    assert_eq!(spawned.await.expect("no panic").expect("no panic"), "task=yes");
                })
                .await;
            assert_eq!(tags(), CREATOR);
        };
        let mut builder = Builder::new_current_thread();
        isolate_tasks(&mut builder);
        let runtime = builder.build_local(LocalOptions::default()).expect("a runtime");
        if inside_a_task {
            runtime.block_on(async { spawn_local(work).await.expect("no panic") });
        } else {
            runtime.block_on(work);
        }
        assert_eq!(isohub::stats().lost_writes - before, 1);
    }
}

#[test]
fn a_bare_job_on_a_blocking_thread_has_no_hub_and_an_isolated_one_has() {
    doctor::allow(Kind::LostWrite);
    if !alone("limits::a_bare_job_on_a_blocking_thread_has_no_hub_and_an_isolated_one_has") {
        return;
    }
    fn job() -> String {
        isohub::set_tag("job", "yes");
        tags()
    }
    workers(1).block_on(async {
        let task = tokio::spawn(async {
            creator();
            assert_eq!(spawn_blocking(job).await.expect("no panic"), "");
            let isolated = spawn_isolated!(blocking, job);
            assert_eq!(isolated.await.expect("no panic"), "creator=yes job=yes removed=no");
            assert_eq!(tags(), CREATOR);
        });
        task.await.expect("no panic");
    });
    assert_eq!(isohub::stats().lost_writes, 1);
}

#[test]
fn the_future_of_block_on_runs_in_the_hub_of_its_thread() {
    let runtime = current_thread();
    isohub::set_tag("thread", "yes");
    runtime.block_on(async { isohub::set_tag("root", "yes") });
    assert_eq!(tags(), "root=yes thread=yes");
}

#[test]
fn branches_of_join_share_the_hub_of_their_task() {
    workers(1).block_on(async {
        let task = tokio::spawn(async {
            let first = async {
                isohub::set_tag("first", "yes");
                pause().await;
                tags()
            };
            tokio::join!(first, writes())
        });
        let (first, second) = task.await.expect("no panic");
        assert_eq!((first.as_str(), second.as_str()), ("first=yes task=yes", "first=yes task=yes"));
    });
}

#[test]
fn hooks_that_are_set_afterwards_end_the_isolation() {
    let mut builder = Builder::new_current_thread();
    isolate_tasks(&mut builder);
    builder.on_task_spawn(|_| ());
    builder.build().expect("a runtime").block_on(async {
        creator();
        assert_eq!(tokio::spawn(async { tags() }).await.expect("no panic"), "");
    });
}

#[test]
fn what_a_task_returned_has_no_hub_when_its_join_handle_drops_it() {
    doctor::allow(Kind::LostWrite);
    if !alone("limits::what_a_task_returned_has_no_hub_when_its_join_handle_drops_it") {
        return;
    }
    struct Writes(Log);
    impl Drop for Writes {
        fn drop(&mut self) {
            isohub::set_tag("dropped", "yes");
            self.0.note(tags());
        }
    }
    let log = Log::default();
    current_thread().block_on(async {
        creator();
        let returned = || Writes(log.clone());
        let (bare, explicit, taken) = (returned(), returned(), returned());
        let tasks = [tokio::spawn(async { bare }), spawn_isolated!(async { explicit })];
        let taken = tokio::spawn(async { taken }).await.expect("no panic");
        assert!(tasks.iter().all(tokio::task::JoinHandle::is_finished));
        drop(tasks);
        drop(taken);
    });
    assert_eq!(log.lines(), ["", "", "creator=yes dropped=yes removed=no"]);
    assert_eq!(isohub::stats().lost_writes, 2);
}
