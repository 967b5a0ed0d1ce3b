//! What a unit writes by the `sentry` crate stays in the unit. Nothing is installed: the first step of a migration.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::{Stream, StreamExt};
use isohub::{HubStreamExt, isolated_hub, parallel_span, span};
use sentry::{Breadcrumb, Hub};

use super::{capture, events_of, shown, tag};

#[isolated_hub]
async fn branch(n: u32) {
    tag("branch", n);
    tokio::task::yield_now().await;
    helper().await;
    tokio::task::yield_now().await;
    capture("in a branch");
}

#[span]
async fn helper() {
    tokio::task::yield_now().await;
    tag("helped", true);
}

fn block_on<F: Future>(threads: usize, future: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).enable_all().build().expect("a runtime").block_on(future)
}

const BRANCHES: [&str; 4] = [
    "after request=7",
    "in a branch branch=1 helped=true request=7",
    "in a branch branch=2 helped=true request=7",
    "in a branch branch=3 helped=true request=7",
];

#[test]
fn branches_of_a_join_see_nothing_of_each_other() {
    let events = events_of(|| {
        block_on(1, async {
            tag("request", 7);
            futures::join!(branch(1), branch(2), branch(3));
            capture("after");
        });
    });
    assert_eq!(shown(&events), BRANCHES);
}

#[test]
fn tasks_and_threads_start_with_what_their_creator_had() {
    let events = events_of(|| {
        let hub = Hub::current();
        block_on(2, async {
            tag("request", 7);
            let tasks = [isohub::spawn_isolated!(branch(1)), tokio::spawn(branch(2))];
            let thread = isohub::spawn_isolated!(thread, || {
                tag("branch", 3);
                tag("helped", true);
                capture("in a branch");
            });
            tag("late", true);
            for task in tasks {
                task.await.expect("a task ends");
            }
            thread.join().expect("a thread ends");
            sentry::configure_scope(|scope| scope.remove_tag("late"));
            capture("after");
        });
        assert!(Arc::ptr_eq(&hub, &Hub::current()));
    });
    assert_eq!(shown(&events), BRANCHES);
}

#[test]
fn many_tasks_on_few_threads_keep_their_own() {
    let events = events_of(|| {
        block_on(2, async {
            let tasks: Vec<_> = (0..200).map(|n| isohub::spawn_isolated!(branch(n))).collect();
            for task in tasks {
                task.await.expect("a task ends");
            }
        });
    });
    let mut expected: Vec<_> = (0..200).map(|n| format!("in a branch branch={n} helped=true")).collect();
    expected.sort();
    assert_eq!(shown(&events), expected);
}

#[test]
fn what_was_current_is_put_back_after_each_poll() {
    events_of(|| {
        let outside = Hub::current();
        let mut unit = pin!(branch(1));
        let mut polls = 0;
        let mut poll = || {
            polls += 1;
            let poll = unit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(Arc::ptr_eq(&outside, &Hub::current()), "after poll {polls}");
            poll
        };
        // In no runtime, `yield_now` is ready the second time.
        while poll().is_pending() {}
        assert!(polls > 2);
    });
}

#[test]
fn a_unit_has_one_hub_on_whichever_thread_it_runs() {
    events_of(|| {
        let mut hubs = Vec::new();
        let mut unit = Box::pin(isohub::isolated!(async {
            let first = Hub::current();
            for _ in 0..3 {
                futures::pending!();
                assert!(Arc::ptr_eq(&first, &Hub::current()));
            }
            first
        }));
        loop {
            let polled = std::thread::spawn(move || {
                let before = Hub::current();
                let poll = unit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(Arc::ptr_eq(&before, &Hub::current()));
                (unit, poll)
            });
            let (again, poll) = polled.join().expect("the unit keeps its hub");
            unit = again;
            if let Poll::Ready(hub) = poll {
                hubs.push(hub);
                break;
            }
        }
        assert!(!Arc::ptr_eq(&hubs[0], &Hub::current()));
    });
}

fn numbers() -> impl Stream<Item = u32> {
    futures::stream::iter([1, 2]).then(|n| async move {
        tokio::task::yield_now().await;
        tag("stream", n);
        capture("in a stream");
        n
    })
}

#[test]
fn streams_keep_what_they_write() {
    let events = events_of(|| {
        futures::executor::block_on(async {
            let mut stream = pin!(numbers().isolated());
            while let Some(n) = stream.next().await {
                tag("outside", n);
            }
            capture("after");
        });
    });
    assert_eq!(shown(&events), ["after outside=2", "in a stream stream=1", "in a stream stream=2"]);
}

#[parallel_span]
fn fails() {
    tag("inside", true);
    panic!("it fails");
}

/// Captures when it is dropped.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        capture("dropped");
    }
}

#[test]
fn a_panic_and_a_drop_leave_nothing() {
    let events = events_of(|| {
        let outside = Hub::current();
        catch_unwind(AssertUnwindSafe(fails)).expect_err("it panics");
        assert!(Arc::ptr_eq(&outside, &Hub::current()));
        let mut unit = Box::pin(isohub::isolated!(async {
            let _last = Last;
            tag("inside", true);
            futures::pending!();
        }));
        assert!(unit.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(unit);
        assert!(Arc::ptr_eq(&outside, &Hub::current()));
        capture("after");
    });
    assert_eq!(shown(&events), ["after", "dropped inside=true"], "a destructor runs in its unit");
}

#[span]
async fn with_blocks(n: u32, polls: usize) {
    #[isolated_hub]
    {
        tag("block", n);
        for _ in 0..polls {
            tokio::task::yield_now().await;
        }
        capture("in a block");
    }
    capture("after a block");
}

#[test]
fn blocks_that_wait_at_the_same_time_in_one_unit_keep_apart() {
    let events = events_of(|| {
        let outside = Hub::current();
        // The one that began first ends first.
        block_on(1, async { futures::join!(with_blocks(1, 1), with_blocks(2, 3)) });
        assert!(Arc::ptr_eq(&outside, &Hub::current()));
    });
    assert_eq!(
        shown(&events),
        ["after a block", "after a block", "in a block block=1", "in a block block=2"]
    );
}

#[test]
fn breadcrumbs_and_scopes_that_are_pushed_stay_in_the_unit() {
    let events = events_of(|| {
        block_on(1, async {
            let unit = isohub::isolated!(async {
                sentry::add_breadcrumb(Breadcrumb {
                    message: Some("inside".into()),
                    ..Breadcrumb::default()
                });
                let pushed = Hub::current().push_scope();
                tag("pushed", true);
                tokio::task::yield_now().await;
                capture("pushed");
                drop(pushed);
                capture("popped");
            });
            futures::join!(unit, async {
                capture("beside");
                tokio::task::yield_now().await;
                capture("beside");
            });
        });
    });
    assert_eq!(shown(&events), ["beside", "beside", "popped", "pushed pushed=true"]);
    for event in &events {
        let is_inside = event.message.as_deref() != Some("beside");
        assert_eq!(event.breadcrumbs.len(), usize::from(is_inside), "{event:#?}");
    }
}

#[test]
fn what_is_fresh_has_nothing_of_its_creator() {
    let events = events_of(|| {
        tag("request", 7);
        isohub::isolated!(fresh, || capture("fresh"))();
        isohub::suppress(|| capture("suppressed"));
        capture("outside");
    });
    assert_eq!(shown(&events), ["fresh", "outside request=7", "suppressed"]);
}

#[test]
fn a_hub_that_is_kept_keeps_its_own() {
    let events = events_of(|| {
        tag("request", 7);
        let mut hub = isohub::Hub::current();
        tag("late", true);
        hub.run(|| tag("inside", true));
        let mut clone = hub.clone();
        hub.run(|| tag("again", true));
        hub.run(|| capture("kept"));
        clone.run(|| capture("cloned"));
    });
    assert_eq!(shown(&events), ["cloned inside=true request=7", "kept again=true inside=true request=7"]);
}

#[test]
fn the_end_of_a_thread_does_no_harm() {
    thread_local!(static KEPT: std::cell::RefCell<Option<Box<dyn FnOnce()>>> = const { std::cell::RefCell::new(None) });
    struct Runs;
    impl Drop for Runs {
        fn drop(&mut self) {
            isohub::isolated!(|| tag("at", "the end"))();
        }
    }
    events_of(|| {
        let thread = isohub::spawn_isolated!(thread, || {
            let runs = Runs;
            KEPT.set(Some(Box::new(move || drop(runs))));
            tag("inside", true);
        });
        thread.join().expect("a thread ends");
    });
}
