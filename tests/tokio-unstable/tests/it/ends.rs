//! However a task ends, its destructors run in its hub, and nothing is left behind.

use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, hub_local, parallel, span, spawn_isolated};
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::{current_thread, runtimes, wait_until_no_task_has_a_hub, workers};
use crate::support::{Log, Witness, alone, crash, pause, settled_tree, tags};

/// Waits for ever with something that tells in which hub it is dropped.
async fn waits(log: Log) {
    isohub::set_tag("task", "waits");
    let _witness = log.witness("waits");
    std::future::pending().await
}

#[test]
fn a_task_that_is_aborted_drops_in_its_own_hub() {
    for runtime in runtimes() {
        let log = Log::default();
        runtime.block_on(async {
            let started = tokio::spawn(waits(log.clone()));
            let argument = log.witness("never polled");
            for _ in 0..10 {
                yield_now().await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            started.abort();
            assert!(started.await.expect_err("aborted").is_cancelled());
            isohub::set_tag("creator", "yes");
            let unpolled = tokio::spawn(async move { drop(argument) });
            unpolled.abort();
            isohub::remove_tag("creator");
            let _ = unpolled.await;
        });
        assert_eq!(log.sorted(), ["never polled: creator=yes", "waits: task=waits"]);
        assert_eq!(tags(), "");
    }
}

#[test]
fn a_task_that_panics_drops_in_its_own_hub_and_leaves_nothing_to_the_next() {
    for runtime in runtimes() {
        let log = Log::default();
        runtime.block_on(async {
            for again in [false, true] {
                let witness = log.witness("crashes");
                let task = tokio::spawn(async move {
                    isohub::set_tag("task", "crashes");
                    let _witness: Witness = witness;
                    if again {
                        pause().await;
                    }
                    crash()
                });
                assert!(task.await.expect_err("crashed").is_panic());
                assert_eq!(tokio::spawn(async { tags() }).await.expect("no panic"), "");
            }
        });
        assert_eq!(log.lines(), ["crashes: task=crashes"; 2]);
        assert_eq!(tags(), "");
    }
}

#[test]
fn a_runtime_that_shuts_down_drops_each_pending_task_in_its_own_hub() {
    for runtime in runtimes() {
        let log = Log::default();
        let polled = runtime.spawn(waits(log.clone()));
        runtime.block_on(async {
            yield_now().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        });
        isohub::set_tag("creator", "yes");
        let witness = log.witness("unpolled");
        drop(runtime.spawn(async move {
            std::future::pending::<()>().await;
            drop(witness);
        }));
        drop(runtime);
        drop(polled);
        assert_eq!(log.sorted(), ["unpolled: creator=yes", "waits: task=waits"]);
        assert_eq!(tags(), "creator=yes");
        isohub::remove_tag("creator");
    }
}

/// Writes, and opens spans inside one another, when it is dropped.
struct Busy(Log);

impl Drop for Busy {
    fn drop(&mut self) {
        #[span]
        fn cleans_up() {
            inside();
        }
        #[span]
        fn inside() {
            isohub::set_tag("cleaned", "yes");
        }
        cleans_up();
        let unit = parallel!("unit", || isohub::set_tag("unit", "alone"));
        unit();
        isohub::capture_message("cleaned up", isohub::Level::Info);
        self.0.note(tags());
    }
}

#[test]
fn destructors_at_a_shutdown_write_and_open_spans_as_anywhere() {
    let recorder = Recorder::new();
    let log = Log::default();
    let runtime = current_thread();
    let work = || {
        parallel!("root", async {
            let busy = Busy(log.clone());
            drop(tokio::spawn(async move {
                isohub::set_tag("task", "busy");
                let _busy = busy;
                std::future::pending::<()>().await;
            }));
            yield_now().await;
        })
    };
    runtime.block_on(recorder.run(async { work().await }));
    // Inside another unit and another span, which see nothing of it.
    let bystander = || {
        parallel!("bystander", move || {
            drop(runtime);
            assert_eq!(tags(), "");
            isohub::start_span!("after").in_scope(|| ());
        })
    };
    recorder.run_sync(|| bystander()());
    assert_eq!(log.lines(), ["cleaned=yes task=busy"]);
    let expected =
        "bystander\n  after\nroot\n  cleans_up\n    inside\n  unit {cleaned=yes task=busy unit=alone}\n";
    assert_eq!(settled_tree(&recorder), expected);
    assert_eq!(recorder.event().scope.tag("task"), Some("busy"));
    assert_eq!((recorder.stats().orphans, recorder.findings()), (0, Vec::new()));
}

#[test]
fn a_span_that_waits_when_the_runtime_shuts_down_is_active_in_its_destructors() {
    struct OpensASpan(Log);
    impl Drop for OpensASpan {
        fn drop(&mut self) {
            isohub::start_span!("destructor").in_scope(|| self.0.note(tags()));
        }
    }
    #[span]
    async fn waits(opens: OpensASpan) {
        isohub::set_tag("task", "waits");
        std::future::pending::<()>().await;
        drop(opens);
    }
    let recorder = Recorder::new();
    let log = Log::default();
    let runtime = current_thread();
    runtime.block_on(recorder.run(async {
        drop(tokio::spawn(waits(OpensASpan(log.clone()))));
        yield_now().await;
    }));
    drop(runtime);
    assert_eq!(settled_tree(&recorder), "waits cancelled {task=waits}\n  destructor\n");
    assert_eq!(log.lines(), ["task=waits"]);
}

#[test]
fn ten_thousand_tasks_leave_no_hub_behind_however_they_end() {
    if !alone("ends::ten_thousand_tasks_leave_no_hub_behind_however_they_end") {
        return;
    }
    for runtime in runtimes() {
        runtime.block_on(async {
            let tasks: Vec<_> = (0..10_000)
                .map(|n| {
                    tokio::spawn(async move {
                        isohub::set_tag("n", n);
                        match n % 4 {
                            0 => {}
                            1 => yield_now().await,
                            2 => std::future::pending().await,
                            _ => std::panic::resume_unwind(Box::new("a crash on purpose")),
                        }
                        assert_eq!(tags(), format!("n={n}"));
                    })
                })
                .collect();
            // Half of those that would wait for ever are left to the shutdown.
            for (n, task) in tasks.into_iter().enumerate() {
                match n % 8 {
                    2 => task.abort(),
                    6 => {}
                    n => assert_eq!(task.await.is_ok(), n % 4 < 2),
                }
            }
            for _ in 0..100 {
                spawn_isolated!(blocking, || ()).await.expect("no panic");
                let _ = tokio::task::spawn_blocking(tags).await;
            }
        });
        drop(runtime);
        wait_until_no_task_has_a_hub();
    }
}

#[test]
fn a_task_that_is_spawned_too_late_leaves_no_hub_behind() {
    if !alone("ends::a_task_that_is_spawned_too_late_leaves_no_hub_behind") {
        return;
    }
    for runtime in runtimes() {
        let handle = runtime.handle().clone();
        drop(runtime);
        let late = handle.spawn(async {});
        assert!(current_thread().block_on(late).expect_err("too late").is_cancelled());
        wait_until_no_task_has_a_hub();
    }
}

#[test]
fn tasks_that_threads_spawn_too_late_at_once_leave_no_hub_behind() {
    if !alone("ends::tasks_that_threads_spawn_too_late_at_once_leave_no_hub_behind") {
        return;
    }
    let runtime = workers(2);
    let handle = runtime.handle().clone();
    drop(runtime);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50_000).for_each(|_| drop(handle.spawn(async {}))));
        }
    });
    wait_until_no_task_has_a_hub();
}

hub_local! {
    static SPAWNER: SpawnsWhenDropped;
}

struct SpawnsWhenDropped(tokio::runtime::Handle, std::sync::Mutex<Option<oneshot::Sender<String>>>);

impl Drop for SpawnsWhenDropped {
    fn drop(&mut self) {
        let sender = self.1.lock().expect("no panic").take();
        // So many that each part of the table has one.
        for _ in 0..500 {
            drop(self.0.spawn(async {}));
        }
        self.0.spawn(async move {
            isohub::set_tag("from", "a value");
            sender.map(|sender| sender.send(tags()))
        });
    }
}

#[test]
fn destructors_of_a_task_and_of_values_in_its_hub_may_spawn() {
    for runtime in runtimes() {
        let (sender, from_value) = oneshot::channel();
        let (first, from_future) = oneshot::channel();
        runtime.block_on(async {
            let handle = tokio::runtime::Handle::current();
            let task = tokio::spawn(async move {
                isohub::set_tag("task", "spawns");
                SPAWNER.set(SpawnsWhenDropped(handle.clone(), Some(sender).into()));
                let _dropped = SpawnsWhenDropped(handle, Some(first).into());
            });
            task.await.expect("no panic");
            assert_eq!(from_future.await.expect("it was dropped"), "from=a value task=spawns");
            assert_eq!(from_value.await.expect("it was dropped"), "from=a value");
        });
        assert_eq!(tags(), "");
    }
}

#[test]
fn a_value_in_a_hub_that_panics_when_it_is_dropped_takes_no_worker_with_it() {
    hub_local! {
        static CRASHES: Crashes;
    }
    struct Crashes;
    impl Drop for Crashes {
        fn drop(&mut self) {
            crash()
        }
    }
    for runtime in runtimes() {
        runtime.block_on(async {
            for _ in 0..3 {
                let task = tokio::spawn(async {
                    CRASHES.set(Crashes);
                    yield_now().await;
                });
                task.await.expect("no panic");
            }
            assert_eq!(tokio::spawn(async { tags() }).await.expect("no panic"), "");
        });
    }
}

#[test]
fn a_worker_has_its_own_hub_back_between_polls() {
    let runtime = current_thread();
    isohub::set_tag("thread", "yes");
    runtime.block_on(async {
        let task = tokio::spawn(
            async {
                isohub::set_tag("task", "yes");
                yield_now().await;
            }
            .bind_hub(Hub::base()),
        );
        for _ in 0..3 {
            assert_eq!(tags(), "thread=yes");
            yield_now().await;
        }
        task.await.expect("no panic");
        assert_eq!(tags(), "thread=yes");
    });
    assert_eq!(tags(), "thread=yes");
    drop(workers(1));
}
