//! Hooks of the user's own, beside ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use isohub::tokio::isolate_tasks;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
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
fn a_thread_that_waited_for_a_hub_in_vain_takes_it_from_nobody() {
    if !alone("hooks::a_thread_that_waited_for_a_hub_in_vain_takes_it_from_nobody") {
        return;
    }
    let (end_first, is_to_end) = mpsc::channel();
    let is_to_end = Mutex::new(is_to_end);
    let polls = AtomicU32::new(0);
    let log = Log::default();
    let stops = log.clone();
    let mut builder = Builder::new_multi_thread();
    // The first poll keeps the hub while another thread polls the task a second time.
    isolate_tasks(&mut builder).on_after_task_poll(move |_| {
        if polls.fetch_add(1, Ordering::Relaxed) == 0 {
            let wait = Duration::from_secs(30);
            is_to_end.lock().expect("no panic").recv_timeout(wait).expect("a second poll");
        }
    });
    builder.worker_threads(2).enable_time().on_thread_stop(move || stops.note(tags()));
    let runtime = builder.build().expect("a runtime");
    let seen = runtime.block_on(async {
        let (tell, waits) = oneshot::channel();
        let task = tokio::spawn(async {
            isohub::set_tag("task", "yes");
            wakes_itself().await;
            let (go_on, goes_on) = oneshot::channel::<()>();
            tell.send((tags(), go_on)).expect("it listens");
            goes_on.await.expect("it is woken");
            tags()
        });
        let (without, go_on) = waits.await.expect("a second poll");
        tokio::time::sleep(Duration::from_millis(100)).await;
        end_first.send(()).expect("the first poll waits for it");
        go_on.send(()).expect("it waits");
        (without, task.await.expect("no panic"))
    });
    drop(runtime);
    assert_eq!((seen.0.as_str(), seen.1.as_str()), ("", "task=yes"));
    assert!(log.lines().iter().all(String::is_empty), "{:?}", log.lines());
    wait_until_no_task_has_a_hub();
}

/// Is woken while it is polled, and on a thread without a core, so that other threads get it next.
async fn wakes_itself() {
    let mut waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        tokio::task::block_in_place(|| cx.waker().wake_by_ref());
        Poll::Pending
    })
    .await;
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
