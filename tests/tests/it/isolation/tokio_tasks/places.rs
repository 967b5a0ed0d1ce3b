//! Wherever a unit is spawned.

use std::collections::HashMap;
use std::sync::Arc;

use isohub::testing::Recorder;
use isohub::{isolated, parallel, spawn_isolated};
use tokio::runtime::{Builder, Handle, LocalOptions, LocalRuntime};
use tokio::sync::Barrier;
use tokio::task::{JoinHandle, JoinSet, LocalSet};

use super::super::{SEEN, assert_creator_is_as_before, creator, plain, unit};
use crate::support::{current_thread, settled_tree, tags, workers};

fn local_runtime() -> LocalRuntime {
    Builder::new_current_thread().enable_time().build_local(LocalOptions::default()).expect("a runtime")
}

/// A unit that meets nobody.
fn alone(n: u32) -> impl Future<Output = String> + Send + 'static {
    plain(n, Arc::new(Barrier::new(1)))
}

fn job(n: u32) -> String {
    isohub::set_tag("unit", n);
    isohub::remove_tag("removed");
    tags()
}

async fn both_as_seen(tasks: [JoinHandle<String>; 2]) {
    for (task, seen) in tasks.into_iter().zip(SEEN) {
        assert_eq!(task.await.expect("no panic"), seen);
    }
    assert_creator_is_as_before();
}

#[test]
fn tasks_are_isolated_by_default_and_when_they_have_a_name() {
    workers(2).block_on(async {
        creator();
        let meet = Arc::new(Barrier::new(2));
        let first = spawn_isolated!(plain(1, Arc::clone(&meet)));
        both_as_seen([first, spawn_isolated!("second", plain(2, meet))]).await;
    });
}

#[test]
fn tasks_of_a_runtime_and_of_its_handle_are_isolated_from_whoever_spawns_them_outside() {
    for runtime in [workers(2), current_thread()] {
        creator();
        let meet = Arc::new(Barrier::new(2));
        let handle = runtime.handle().clone();
        let first = spawn_isolated!(in runtime, plain(1, Arc::clone(&meet)));
        let second = spawn_isolated!(in handle, plain(2, meet));
        runtime.block_on(both_as_seen([first, second]));
        let jobs =
            [runtime.spawn_blocking(isolated!(|| job(1))), handle.spawn_blocking(isolated!(|| job(2)))];
        runtime.block_on(both_as_seen(jobs));
    }
}

#[test]
fn units_of_a_join_set_are_isolated_wherever_it_spawns_them() {
    let local = LocalSet::new();
    local.block_on(&workers(2), async {
        creator();
        let mut set = JoinSet::new();
        spawn_isolated!(in set, alone(1));
        set.spawn(unit(2, Arc::new(Barrier::new(1))));
        set.spawn_on(isolated!(alone(3)), &Handle::current());
        set.spawn_local(isolated!(alone(4)));
        set.spawn_local_on(isolated!(alone(5)), &local);
        set.spawn_blocking(isolated!(|| job(6)));
        set.spawn_blocking_on(isolated!(|| job(7)), &Handle::current());
        isohub::set_tag("removed", "later");
        let mut seen = set.join_all().await;
        seen.sort();
        assert_eq!(seen, (1..8).map(|n| format!("creator=yes unit={n}")).collect::<Vec<_>>());
        isohub::set_tag("removed", "no");
        assert_creator_is_as_before();
    });
}

#[test]
fn tasks_of_a_local_set_are_isolated_inside_and_outside_of_it() {
    let local = LocalSet::new();
    creator();
    let outside = [spawn_isolated!(in Outside(&local), alone(1)), local.spawn_local(isolated!(alone(2)))];
    local.block_on(&current_thread(), both_as_seen(outside));
    local.block_on(&current_thread(), async {
        let inside = [spawn_isolated!(local, alone(1)), spawn_isolated!("named", local, alone(2))];
        both_as_seen(inside).await;
    });
}

/// What spawns by another name can be given one that the macro knows.
struct Outside<'a>(&'a LocalSet);

impl Outside<'_> {
    fn spawn<F: Future<Output: 'static> + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        self.0.spawn_local(future)
    }
}

#[test]
fn tasks_of_a_local_runtime_are_isolated() {
    let runtime = local_runtime();
    creator();
    let outside = [runtime.spawn_local(isolated!(alone(1))), runtime.handle().spawn(isolated!(alone(2)))];
    runtime.block_on(both_as_seen(outside));
    runtime.block_on(async {
        let meet = Arc::new(Barrier::new(2));
        let inside = [spawn_isolated!(local, plain(1, Arc::clone(&meet))), spawn_isolated!(plain(2, meet))];
        both_as_seen(inside).await;
        let jobs = [spawn_isolated!(blocking, || job(1)), spawn_isolated!(in Handle::current(), alone(2))];
        both_as_seen(jobs).await;
    });
}

/// Tasks by keys, as crates beside tokio keep them.
#[derive(Default)]
struct ByKey(HashMap<&'static str, JoinHandle<String>>);

impl ByKey {
    fn spawn<F: Future<Output = String> + Send + 'static>(&mut self, (key, task): (&'static str, F)) {
        self.0.insert(key, tokio::spawn(task));
    }
}

#[test]
fn tasks_that_a_map_keeps_by_their_keys_are_isolated() {
    current_thread().block_on(async {
        creator();
        let mut tasks = ByKey::default();
        tasks.spawn(("first", isolated!(alone(1))));
        tasks.spawn(("second", unit(2, Arc::new(Barrier::new(1)))));
        let mut task = |key| tasks.0.remove(key).expect("it was spawned");
        both_as_seen([task("first"), task("second")]).await;
    });
}

#[test]
fn tasks_that_are_spawned_from_a_plain_thread_start_from_its_hub() {
    let runtime = workers(2);
    creator();
    let handle = runtime.handle().clone();
    let thread = spawn_isolated!(thread, move || {
        isohub::set_tag("thread", "yes");
        let task = spawn_isolated!(in handle, async { tags() });
        handle.block_on(task).expect("no panic")
    });
    assert_eq!(thread.join().expect("no panic"), "creator=yes removed=no thread=yes");
    assert_creator_is_as_before();
}

#[test]
fn units_at_each_place_are_siblings() {
    let recorder = Recorder::new();
    let local = LocalSet::new();
    local.block_on(
        &workers(2),
        recorder.run(async {
            let at_all_places = parallel!("root", async {
                let mut set = JoinSet::new();
                spawn_isolated!("task", in set, async {});
                set.spawn_local(parallel!("local", async {}));
                set.spawn_blocking(parallel!("job", || ()));
                set.spawn_on(parallel!("handle", async {}), &Handle::current());
                set.join_all().await;
            });
            at_all_places.await;
        }),
    );
    assert_eq!(settled_tree(&recorder), "root\n  handle\n  job\n  local\n  task\n");
}
