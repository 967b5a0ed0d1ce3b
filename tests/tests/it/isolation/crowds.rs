//! Many units at once: cases that the test suites of other SDKs taught.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, Level, isolated_hub, parallel_span, spawn_isolated};

use crate::support::{Worker, crash, settled_tree, tags, tags_of, workers};

/// A number that looks random, and is the same in each run.
fn scatter(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17) % 7
}

#[isolated_hub(tags(handler = n))]
async fn handler(n: u64) -> bool {
    isohub::set_tag("request", n);
    tokio::time::sleep(Duration::from_millis(scatter(n))).await;
    let kept = tags() == format!("handler={n} request={n}");
    isohub::set_tag("done", n);
    tokio::time::sleep(Duration::from_millis(scatter(n + 1))).await;
    kept && tags() == format!("done={n} handler={n} request={n}")
}

#[test]
fn a_thousand_handlers_find_the_tag_that_they_set_before_a_sleep() {
    workers(4).block_on(async {
        let handlers: Vec<_> = (0..1000).map(|n| tokio::spawn(handler(n))).collect();
        for handler in handlers {
            assert!(handler.await.expect("no panic"));
        }
        assert_eq!(tags(), "");
    });
}

#[test]
fn a_thousand_handlers_in_one_task_find_the_tag_that_they_set_before_a_sleep() {
    workers(1).block_on(async {
        let kept = futures::future::join_all((0..1000).map(handler)).await;
        assert!(kept.into_iter().all(|kept| kept));
        assert_eq!(tags(), "");
    });
}

#[test]
fn twenty_threads_keep_their_own_value_over_a_hundred_yields() {
    let meet = Arc::new(Barrier::new(20));
    let threads: Vec<_> = (0..20)
        .map(|n| {
            let meet = Arc::clone(&meet);
            spawn_isolated!(thread, move || {
                isohub::set_tag("thread", n);
                meet.wait();
                (0..100).all(|_| {
                    std::thread::yield_now();
                    tags() == format!("thread={n}")
                })
            })
        })
        .collect();
    for thread in threads {
        assert!(thread.join().expect("no panic"));
    }
}

#[test]
fn a_hundred_tasks_keep_their_own_value_over_a_hundred_yields() {
    #[isolated_hub]
    async fn yields(n: u32) -> bool {
        isohub::set_tag("task", n);
        for _ in 0..100 {
            tokio::task::yield_now().await;
            if tags() != format!("common=yes task={n}") {
                return false;
            }
        }
        true
    }
    workers(4).block_on(async {
        isohub::set_tag("common", "yes");
        let tasks: Vec<_> = (0..100).map(|n| tokio::spawn(yields(n))).collect();
        for task in tasks {
            assert!(task.await.expect("no panic"));
        }
        assert_eq!(tags(), "common=yes");
    });
}

fn tells_and_crashes(n: u32) {
    isohub::set_tag("thread", n);
    isohub::capture_message(format!("crash {n}"), Level::Error);
    crash()
}

#[test]
fn ten_crashing_threads_give_exactly_ten_events_each_with_its_own_tags() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("main", "yes");
        let threads: Vec<_> =
            (0..10).map(|n| spawn_isolated!("thread", thread, move || tells_and_crashes(n))).collect();
        assert!(threads.into_iter().all(|thread| thread.join().is_err()));
    });
    let seen: BTreeSet<_> = recorder
        .events()
        .iter()
        .map(|event| (event.message.as_deref().unwrap_or("").to_owned(), format!("{:?}", event.scope.tags())))
        .collect();
    let expected: BTreeSet<_> = (0..10)
        .map(|n| (format!("crash {n}"), format!("[(\"main\", \"yes\"), (\"thread\", \"{n}\")]")))
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(recorder.events().len(), 10);
    let tree: String = (0..10).map(|n| format!("thread panicked {{main=yes thread={n}}}\n")).collect();
    assert_eq!(settled_tree(&recorder), tree);
}

#[test]
fn copies_are_independent_in_both_directions() {
    let mut original = Hub::base().with_tag("at", "start");
    let mut copy = original.clone();
    original.run(|| isohub::set_tag("by", "original"));
    copy.run(|| isohub::remove_tag("at"));
    copy.run(|| isohub::set_tag("by", "copy"));
    let late = original.clone();
    original.run(isohub::clear_scope);
    assert_eq!([&original, &copy, &late].map(tags_of), ["", "by=copy", "at=start by=original"]);
}

#[test]
fn values_of_a_run_that_crashes_stay_in_its_hub() {
    let mut hub = Hub::current();
    let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        hub.run(|| {
            isohub::set_tag("crashed", "yes");
            crash()
        })
    }));
    assert!(crashed.is_err());
    assert_eq!(tags(), "");
    assert_eq!(tags_of(&hub), "crashed=yes");
}

#[test]
fn what_is_done_when_a_task_is_done_sees_the_hub_of_whoever_does_it() {
    #[parallel_span]
    async fn work() {
        isohub::set_tag("work", "yes");
    }
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        isohub::set_tag("main", "yes");
        let done = async {
            tokio::spawn(work()).await.expect("no panic");
            isohub::set_tag("done", "yes");
            tags()
        };
        assert_eq!(tokio::spawn(done.isolated()).await.expect("no panic"), "done=yes main=yes");
        assert_eq!(tags(), "main=yes");
    }));
    assert_eq!(recorder.tree(), "work {main=yes work=yes}\n");
}

#[test]
fn twenty_pooled_threads_that_take_jobs_in_turn_mix_nothing_up() {
    let pool: Vec<_> = (0..20).map(|_| Worker::new()).collect();
    for n in 0..200_usize {
        let seen = pool[n % pool.len()].run(isohub::isolated!(tags(job = n), move || tags()));
        assert_eq!(seen, format!("job={n}"));
    }
    for thread in &pool {
        assert_eq!(thread.run(tags), "");
    }
}
