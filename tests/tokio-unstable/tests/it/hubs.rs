//! What a task starts with, and who sees what it writes.

use std::sync::Arc;

use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, isolated_hub, parallel, span, spawn_isolated, start_span};
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};

use super::{CREATOR, creator, current_thread, runtimes, workers};
use crate::support::{pause, settled_tree, tags};

async fn bare(n: u32, meet: Arc<Barrier>) -> String {
    isohub::set_tag("unit", n);
    isohub::remove_tag("removed");
    meet.wait().await;
    tags()
}

const SEEN: [&str; 2] = ["creator=yes unit=1", "creator=yes unit=2"];

#[test]
fn a_task_starts_with_what_its_creator_held_when_it_was_spawned() {
    for runtime in runtimes() {
        runtime.block_on(
            async {
                creator();
                let task = tokio::spawn(async { tags() });
                isohub::set_tag("later", "yes");
                assert_eq!(task.await.expect("no panic"), CREATOR);
            }
            .isolated(),
        );
    }
}

#[test]
fn tasks_see_neither_each_other_nor_does_their_creator_see_them() {
    for runtime in runtimes() {
        runtime.block_on(
            async {
                creator();
                let meet = Arc::new(Barrier::new(2));
                let tasks = [1, 2].map(|n| tokio::spawn(bare(n, Arc::clone(&meet))));
                for (task, seen) in tasks.into_iter().zip(SEEN) {
                    assert_eq!(task.await.expect("no panic"), seen);
                }
                assert_eq!(tags(), CREATOR);
            }
            .isolated(),
        );
    }
}

#[test]
fn tasks_of_a_join_set_of_a_handle_and_of_a_task_builder_are_isolated() {
    let runtime = workers(2);
    runtime.block_on(async {
        creator();
        let meet = Arc::new(Barrier::new(3));
        let handle = tokio::runtime::Handle::current();
        let mut set = JoinSet::new();
        set.spawn(bare(1, Arc::clone(&meet)));
        set.spawn_on(bare(2, Arc::clone(&meet)), &handle);
        set.build_task().name("three").spawn(bare(3, meet)).expect("a task");
        let mut seen = set.join_all().await;
        seen.sort();
        assert_eq!(seen, ["creator=yes unit=1", "creator=yes unit=2", "creator=yes unit=3"]);
        let alone = || Arc::new(Barrier::new(1));
        let named = tokio::task::Builder::new().name("one").spawn(bare(1, alone())).expect("a task");
        assert_eq!(named.await.expect("no panic"), SEEN[0]);
        assert_eq!(handle.spawn(bare(2, alone())).await.expect("no panic"), SEEN[1]);
        let named = tokio::task::Builder::new().spawn(isohub::isolated!(bare(2, alone()))).expect("a task");
        assert_eq!(named.await.expect("no panic"), SEEN[1]);
        assert_eq!(tags(), CREATOR);
    });
    // From outside of a runtime, too.
    let outside = runtime.spawn(async { tags() });
    assert_eq!(runtime.block_on(outside).expect("no panic"), CREATOR);
}

#[test]
fn a_task_keeps_what_it_wrote_over_a_hundred_yields_among_a_hundred_others() {
    async fn yields(n: u32) -> bool {
        isohub::set_tag("task", n);
        for step in 0..100 {
            isohub::set_tag("step", step);
            if n.is_multiple_of(2) {
                yield_now().await
            } else {
                pause().await
            }
            if tags() != format!("common=yes step={step} task={n}") {
                return false;
            }
        }
        true
    }
    for runtime in runtimes() {
        runtime.block_on(
            async {
                isohub::set_tag("common", "yes");
                let tasks: Vec<_> = (0..100).map(|n| tokio::spawn(yields(n))).collect();
                for task in tasks {
                    assert!(task.await.expect("no panic"));
                }
                assert_eq!(tags(), "common=yes");
            }
            .isolated(),
        );
    }
}

#[test]
fn a_task_that_spawns_is_a_creator_as_any_other() {
    current_thread().block_on(async {
        let outer = tokio::spawn(async {
            isohub::set_tag("outer", "yes");
            let inner = tokio::spawn(async {
                isohub::set_tag("inner", "yes");
                tags()
            });
            (inner.await.expect("no panic"), tags())
        });
        let (inner, outer) = outer.await.expect("no panic");
        assert_eq!((inner.as_str(), outer.as_str()), ("inner=yes outer=yes", "outer=yes"));
    });
}

#[span]
async fn step(n: u32) {
    isohub::set_tag("step", n);
    yield_now().await;
    inner_step();
}

#[span]
fn inner_step() {}

#[test]
fn spans_of_tasks_are_siblings_below_the_span_that_was_active_in_their_creator() {
    let recorder = Recorder::new();
    let work = || {
        parallel!("root", async {
            let tasks = [1, 2].map(|n| {
                tokio::spawn(async move {
                    step(n).await;
                    start_span!("after").in_scope(|| ());
                })
            });
            for task in tasks {
                task.await.expect("no panic");
            }
        })
    };
    workers(2).block_on(recorder.run(async { work().await }));
    let step = "  step\n    inner_step\n";
    assert_eq!(settled_tree(&recorder), format!("root\n  after\n  after\n{step}{step}"));
    assert_eq!(recorder.stats().orphans, 0);
}

#[test]
fn a_span_that_was_called_in_the_creator_runs_in_the_hub_of_the_task() {
    let recorder = Recorder::new();
    let work = || {
        parallel!("root", async {
            let called = step(1);
            let task = tokio::spawn(async move {
                called.await;
                tags()
            });
            assert_eq!(task.await.expect("no panic"), "step=1");
            assert_eq!(tags(), "");
        })
    };
    current_thread().block_on(recorder.run(async { work().await }));
    assert_eq!(settled_tree(&recorder), "root\n  step\n    inner_step\n");
}

#[test]
fn an_annotated_unit_has_a_hub_of_its_own_here_too() {
    #[isolated_hub(tags(unit = "annotated"))]
    async fn annotated() -> String {
        pause().await;
        tags()
    }
    for runtime in runtimes() {
        runtime.block_on(
            async {
                creator();
                let seen = "creator=yes removed=no unit=annotated";
                let task = tokio::spawn(annotated());
                isohub::set_tag("later", "yes");
                assert_eq!(task.await.expect("no panic"), seen);
                isohub::remove_tag("later");
                let inside = tokio::spawn(async { (annotated().await, tags()) });
                assert_eq!(inside.await.expect("no panic"), (seen.to_owned(), CREATOR.to_owned()));
                let spawned = spawn_isolated!(tags(unit = "spawned"), async { tags() });
                assert_eq!(spawned.await.expect("no panic"), "creator=yes removed=no unit=spawned");
                let parallel = spawn_isolated!("named", async { tags() });
                assert_eq!(parallel.await.expect("no panic"), CREATOR);
            }
            .isolated(),
        );
    }
}

#[test]
fn branches_of_our_join_are_units_inside_a_task() {
    current_thread().block_on(async {
        creator();
        let task = tokio::spawn(async {
            let meet = Arc::new(Barrier::new(2));
            let seen = isohub::join!(bare(1, Arc::clone(&meet)), bare(2, meet));
            (seen, tags())
        });
        let (seen, after) = task.await.expect("no panic");
        assert_eq!([seen.0, seen.1], SEEN);
        assert_eq!(after, CREATOR);
    });
}

/// Is pending once, and woken by another thread, so that the next poll may begin before the hook after this one.
async fn woken_elsewhere(waker: &std::sync::mpsc::Sender<std::task::Waker>) {
    let mut waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        waker.send(cx.waker().clone()).expect("it listens");
        std::task::Poll::Pending
    })
    .await;
}

#[test]
fn a_task_that_another_thread_polls_again_at_once_keeps_its_hub() {
    let (sender, wakers) = std::sync::mpsc::channel::<std::task::Waker>();
    let wakes = std::thread::spawn(move || wakers.into_iter().for_each(|waker| waker.wake()));
    workers(4).block_on(async {
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let sender = sender.clone();
                tokio::spawn(async move {
                    isohub::set_tag("task", n);
                    for step in 0..2000 {
                        isohub::set_tag("step", step);
                        woken_elsewhere(&sender).await;
                        // Without a core a task is scheduled for all threads.
                        tokio::task::block_in_place(|| ());
                        pause().await;
                        assert_eq!(tags(), format!("step={step} task={n}"));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    drop(sender);
    wakes.join().expect("no panic");
}
