//! What the runtimes of other languages promise of values that follow a task: asynchronous locals, scoped values,
//! context elements, storages, wrapped executors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, Level, capture_message, isolated, isolated_hub, set_tag, spawn_isolated};
use tokio::task::JoinSet;

use super::{capture, events};
use crate::support::{Worker, crash, current_thread, pause, pauses, tags, workers};

/// The stages are threads, each begun by the one before.
#[test]
fn what_the_last_of_three_threads_captures_has_the_tags_of_all_and_of_none_if_they_were_plain() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        set_tag("main", 1);
        let first = spawn_isolated!(thread, || {
            set_tag("first", 1);
            let second = spawn_isolated!(thread, || {
                set_tag("second", 1);
                capture("isolated");
                tags()
            });
            assert_eq!(second.join().expect("no panic"), "first=1 main=1 second=1");
            let plain = thread::spawn(|| thread::spawn(tags).join());
            assert_eq!(plain.join().expect("no panic").expect("no panic"), "");
            tags()
        });
        assert_eq!(first.join().expect("no panic"), "first=1 main=1");
        assert_eq!(tags(), "main=1");
    });
    assert_eq!(events(&recorder), ["isolated: first=1 main=1 second=1"]);
}

#[test]
fn calls_that_are_awaited_in_another_order_than_begun_each_keep_what_was_set_before_them() {
    #[isolated_hub]
    async fn call() -> String {
        let before = tags();
        pauses(3).await;
        assert_eq!(tags(), before);
        set_tag("value", "of the call");
        before
    }
    current_thread().block_on(isolated!(async {
        let calls: Vec<_> = (0..5)
            .map(|n| {
                set_tag("value", n);
                tokio::spawn(call())
            })
            .collect();
        set_tag("value", "last");
        for (n, call) in calls.into_iter().enumerate().rev() {
            assert_eq!(call.await.expect("no panic"), format!("value={n}"));
            assert_eq!(tags(), "value=last");
        }
    }));
}

type Listener = Box<dyn Fn() -> String + Send + Sync>;

/// Listeners that requests leave behind, which others call.
#[test]
fn a_listener_belongs_to_whoever_calls_it_unless_it_was_a_unit_when_it_was_left() {
    let listeners = Arc::new(Mutex::new(HashMap::<&str, Listener>::new()));
    let keep = |name, listener| listeners.lock().expect("no panic").insert(name, listener);
    workers(2).block_on(async {
        isolated!(async {
            set_tag("request", "first");
            keep("plain", Box::new(tags));
            let heard = move || {
                let before = tags();
                set_tag("heard", "yes");
                before
            };
            keep("isolated", Box::new(isolated!(move || heard())));
        })
        .await;
        let theirs = Arc::clone(&listeners);
        let second = spawn_isolated!(async move {
            set_tag("request", "second");
            let call = |name| theirs.lock().expect("no panic")[name]();
            assert_eq!(call("plain"), "request=second");
            for _ in 0..2 {
                assert_eq!(call("isolated"), "request=first", "what one call wrote is not there in the next");
            }
            tags()
        });
        assert_eq!(second.await.expect("no panic"), "request=second");
    });
}

/// A job that is scheduled once and runs at each tick.
#[test]
fn each_run_of_a_scheduled_job_starts_from_where_it_was_scheduled_also_after_one_that_crashed() {
    let scheduler = Worker::new();
    set_tag("scheduled", "by a request");
    let job = Arc::new(isolated!(move |tick: u32| {
        let before = tags();
        set_tag("tick", tick);
        if tick == 1 {
            crash();
        }
        before
    }));
    isohub::clear_scope();
    for tick in 0..4 {
        let job = Arc::clone(&job);
        let ran = scheduler.run(move || {
            let run = std::panic::AssertUnwindSafe(|| job(tick));
            (std::panic::catch_unwind(run).ok(), tags())
        });
        let expected = (tick != 1).then(|| "scheduled=by a request".to_owned());
        assert_eq!(ran, (expected, String::new()));
    }
}

/// The first that fails ends the group.
#[test]
fn members_of_a_group_that_ends_with_the_first_error_leave_their_story_to_nobody() {
    #[isolated_hub(tags(member = n))]
    async fn member(n: u32) -> Result<(), String> {
        capture_message(format!("began {n}"), Level::Info);
        pauses(2).await;
        if n == 3 { Err(tags()) } else { std::future::pending().await }
    }
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        set_tag("group", "yes");
        let mut group = JoinSet::new();
        for n in 0..6 {
            group.spawn(member(n));
        }
        let failed = group.join_next().await.expect("a member").expect("no panic");
        assert_eq!(failed, Err("group=yes member=3".to_owned()));
        group.shutdown().await;
        capture("the group");
    }));
    // Those that were aborted before they began have nothing to tell.
    let (of_group, of_members): (Vec<_>, Vec<_>) =
        events(&recorder).into_iter().partition(|event| event.starts_with("the group"));
    assert_eq!(of_group, ["the group: group=yes"]);
    for event in of_members {
        let (_, n) = event.rsplit_once('=').expect("its member");
        assert_eq!(event, format!("began {n}: group=yes member={n}"));
    }
}

/// A scope for a while inside another, each in a task of its own, and left by an error, a crash or a cancellation.
#[test]
fn a_hundred_tasks_with_scopes_for_a_while_that_are_left_in_any_way_find_their_own_afterwards() {
    /// Goes on in a task of its own, where it has a scope of its own for a while.
    fn deep(n: u32, depth: u32) -> BoxFuture<'static, Result<String, String>> {
        Box::pin(async move {
            let here = tags();
            let inside = async move {
                pause().await;
                match (depth, n % 4) {
                    (3, 0) => Err(tags()),
                    (3, 1) => crash(),
                    (3, 2) => std::future::pending().await,
                    (3, _) => Ok(tags()),
                    _ => spawn_isolated!(deep(n, depth + 1)).await.unwrap_or_else(|_| Err(tags())),
                }
            };
            let inside = inside.with_scope(move |scope| scope.set_tag(format!("depth{depth}"), n));
            let patience = if n % 4 == 2 { Duration::from_millis(5) } else { Duration::from_secs(60) };
            let ended = tokio::time::timeout(patience, inside).await;
            assert_eq!(tags(), here);
            ended.unwrap_or_else(|_| Err(tags()))
        })
    }
    #[isolated_hub(tags(task = n))]
    async fn task(n: u32) -> bool {
        let ended = deep(n, 0).await;
        let all = format!("depth0={n} depth1={n} depth2={n} depth3={n} task={n}");
        let is_right = match n % 4 {
            // The one that crashed is told of by who waited for it, in whose scope the last depth is not.
            1 => ended == Err(format!("depth0={n} depth1={n} depth2={n} task={n}")),
            0 => ended == Err(all),
            // Whose time is over first is not known.
            2 => ended.is_err(),
            _ => ended == Ok(all),
        };
        is_right && tags() == format!("task={n}")
    }
    workers(2).block_on(async {
        assert!(
            join_all((0..100).map(|n| tokio::spawn(task(n))))
                .await
                .into_iter()
                .all(|it| it.expect("no panic"))
        );
        assert_eq!(tags(), "");
    });
}
