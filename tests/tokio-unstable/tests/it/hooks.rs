//! Hooks of the user's own, beside ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use isohub::tokio::isolate_tasks;
use tokio::runtime::Builder;
use tokio::task::yield_now;

use super::{current_thread, wait_until_no_task_has_a_hub};
use crate::support::{Log, alone, crash, tags};

#[test]
fn hooks_of_the_users_run_in_the_hub_of_the_task() {
    let log = Log::default();
    let noted = |what: &'static str| {
        let log = log.clone();
        move |_: &tokio::runtime::TaskMeta<'_>| {
            log.note(format!("{what}: {}", tags()));
            isohub::set_tag(what, "yes");
        }
    };
    let mut builder = Builder::new_current_thread();
    isolate_tasks(&mut builder)
        .on_task_spawn(noted("spawn"))
        .on_before_task_poll(noted("before"))
        .on_after_task_poll(noted("after"))
        .on_task_terminate(noted("terminate"));
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async {
        isohub::set_tag("a", "creator");
        let seen = tokio::spawn(async {
            let first = tags();
            yield_now().await;
            isohub::remove_tag("before");
            first + ", then " + &tags()
        });
        assert_eq!(
            seen.await.expect("no panic"),
            "a=creator before=yes spawn=yes, then a=creator after=yes spawn=yes"
        );
        yield_now().await;
    });
    assert_eq!(tags(), "a=creator");
    let expected = [
        "spawn: a=creator",
        "before: a=creator spawn=yes",
        "after: a=creator before=yes spawn=yes",
        "before: a=creator after=yes before=yes spawn=yes",
        "terminate: a=creator after=yes spawn=yes",
        "after: a=creator after=yes spawn=yes terminate=yes",
    ];
    assert_eq!(log.lines(), expected);
    // Of a task that the runtime drops, the end alone is told.
    drop(runtime.spawn(std::future::pending::<()>()));
    drop(runtime);
    assert_eq!(log.lines()[6..], ["spawn: a=creator", "terminate: a=creator spawn=yes"]);
    assert_eq!(tags(), "a=creator");
}

#[test]
fn a_hook_of_the_users_that_panics_leaves_the_hubs_whole() {
    if !alone("hooks::a_hook_of_the_users_that_panics_leaves_the_hubs_whole") {
        return;
    }
    for place in ["spawn", "before", "after", "terminate"] {
        let armed = Arc::new(AtomicBool::new(false));
        let hook = |at: &'static str| {
            let armed = Arc::clone(&armed);
            move |_: &tokio::runtime::TaskMeta<'_>| {
                if at == place && armed.swap(false, Ordering::Relaxed) {
                    isohub::set_tag("hook", "crashed");
                    crash()
                }
            }
        };
        let mut builder = Builder::new_current_thread();
        isolate_tasks(&mut builder)
            .on_task_spawn(hook("spawn"))
            .on_before_task_poll(hook("before"))
            .on_after_task_poll(hook("after"))
            .on_task_terminate(hook("terminate"));
        let runtime = builder.build().expect("a runtime");
        isohub::set_tag("thread", place);
        let crashed = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                armed.store(true, Ordering::Relaxed);
                let task = tokio::spawn(async {
                    isohub::set_tag("task", "yes");
                    yield_now().await;
                });
                yield_now().await;
                let _ = task.await;
            });
        }));
        // A panic at the end of a task is caught by tokio.
        assert_eq!(crashed.is_err(), place != "terminate", "{place}");
        assert!(!armed.load(Ordering::Relaxed), "{place}");
        assert_eq!(tags(), format!("thread={place}"));
        drop(runtime);
        assert_eq!(tags(), format!("thread={place}"));
        wait_until_no_task_has_a_hub();
    }
}

#[test]
fn hooks_that_the_user_installs_can_call_ours() {
    let log = Log::default();
    let ended = log.clone();
    let mut builder = Builder::new_current_thread();
    builder
        .on_task_spawn(isohub::tokio::on_task_spawn)
        .on_before_task_poll(isohub::tokio::on_before_task_poll)
        .on_after_task_poll(isohub::tokio::on_after_task_poll)
        .on_task_terminate(move |task| {
            isohub::tokio::on_task_terminate(task);
            ended.note("ended");
        });
    builder.build().expect("a runtime").block_on(async {
        isohub::set_tag("creator", "yes");
        let task = tokio::spawn(async {
            isohub::set_tag("task", "yes");
            yield_now().await;
            tags()
        });
        assert_eq!(task.await.expect("no panic"), "creator=yes task=yes");
        assert_eq!(tags(), "creator=yes");
    });
    assert_eq!(log.lines(), ["ended"]);
}

#[test]
fn a_hook_that_spawns_a_task_of_another_runtime_is_no_deadlock() {
    let other = Arc::new(current_thread());
    let mut builder = Builder::new_current_thread();
    let spawns = Arc::clone(&other);
    isolate_tasks(&mut builder).on_before_task_poll(move |_| drop(spawns.spawn(async { tags() })));
    builder.build().expect("a runtime").block_on(async {
        let task = tokio::spawn(async {
            isohub::set_tag("task", "yes");
            yield_now().await;
            tags()
        });
        assert_eq!(task.await.expect("no panic"), "task=yes");
    });
    other.block_on(yield_now());
}
