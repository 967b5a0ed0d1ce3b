//! What is built inside `suppress` starts from the base hub, and the current hub is as before after it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, hub_local, isolated_hub, span, spawn_isolated, start_span, suppress};
use tokio::sync::{Notify, oneshot};

use crate::support::{
    crash, pause, poll_on_two_threads, poll_to_end, settled_tree, spawn_bare, tags, workers,
};

hub_local! {
    static TENANT: &'static str;
}

/// All that a request has, around `f`.
fn request<T>(recorder: &Recorder, f: impl FnOnce() -> T) -> T {
    recorder.run_sync(|| {
        isohub::set_tag("request", 1);
        TENANT.set("acme");
        isohub::capture_message("in the request", isohub::Level::Info);
        let result = start_span!("request").in_scope(f);
        assert_eq!((tags().as_str(), TENANT.get().as_deref()), ("request=1", Some(&"acme")));
        result
    })
}

/// Sees to it that nothing of a request is here.
fn assert_base() {
    let hub = Hub::current();
    assert_eq!((tags().as_str(), TENANT.get(), hub.last_event_id()), ("", None, None));
    assert_eq!((hub.span_context(), isohub::current_span().context()), (None, None));
}

#[span]
fn work() {}

#[test]
fn inside_is_the_base_hub_of_the_same_pipeline_and_afterwards_all_is_as_before() {
    let recorder = Recorder::new();
    request(&recorder, || {
        let before = isohub::current_span().context();
        let seen = suppress(|| {
            assert_base();
            isohub::set_tag("inside", 1);
            TENANT.set("inside");
            work();
            suppress(assert_base);
            tags()
        });
        assert_eq!(seen, "inside=1");
        assert_eq!((tags().as_str(), isohub::current_span().context()), ("request=1", before));
        work();
    });
    assert_eq!(settled_tree(&recorder), "request\n  work\nwork {inside=1}\n");
}

#[test]
fn a_panic_inside_leaves_the_current_hub_as_it_was() {
    let recorder = Recorder::new();
    request(&recorder, || {
        let crashed = catch_unwind(AssertUnwindSafe(|| {
            suppress(|| {
                isohub::set_tag("inside", 1);
                crash()
            })
        }));
        assert!(crashed.is_err());
        assert_eq!((tags().as_str(), TENANT.get().as_deref()), ("request=1", Some(&"acme")));
    });
}

#[test]
fn a_thread_that_is_spawned_inside_starts_from_the_base_hub() {
    let recorder = Recorder::new();
    request(&recorder, || {
        let thread = suppress(|| {
            spawn_isolated!(thread, || {
                assert_base();
                work();
            })
        });
        thread.join().expect("no panic");
    });
    assert_eq!(settled_tree(&recorder), "request\nwork\n");
}

#[test]
fn what_is_built_once_for_all_keeps_nothing_of_the_first_who_asks() {
    /// A cache with a thread that fills it.
    fn cache() -> Sender<oneshot::Sender<String>> {
        let (asks, asked) = mpsc::channel::<oneshot::Sender<String>>();
        spawn_isolated!(thread, || {
            for answer in asked {
                answer.send(tags()).expect("the test waits");
            }
        });
        asks
    }
    static ONCE: OnceLock<Sender<oneshot::Sender<String>>> = OnceLock::new();
    static LAZY: LazyLock<Sender<oneshot::Sender<String>>> = LazyLock::new(|| suppress(cache));
    static LAZY_OUTSIDE: LazyLock<Sender<oneshot::Sender<String>>> = LazyLock::new(cache);
    let seen = |asks: &Sender<oneshot::Sender<String>>| {
        let (answer, answered) = oneshot::channel();
        asks.send(answer).expect("the cache lives");
        answered.blocking_recv().expect("an answer")
    };
    let recorder = Recorder::new();
    request(&recorder, || {
        assert_eq!(seen(ONCE.get_or_init(|| suppress(cache))), "");
        assert_eq!(seen(&LAZY), "");
        suppress(|| LazyLock::force(&LAZY_OUTSIDE));
        assert_eq!(seen(&LAZY_OUTSIDE), "");
        assert_eq!(seen(&cache()), "request=1", "what the others would have kept");
    });
}

#[test]
fn a_timer_that_is_started_inside_ticks_outside_of_the_request() {
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        isohub::set_tag("request", 1);
        let (ticked, ticks) = oneshot::channel();
        let timer = start_span!("request").in_scope(|| {
            suppress(|| {
                spawn_isolated!(async move {
                    let mut interval = tokio::time::interval(Duration::from_millis(1));
                    for _ in 0..3 {
                        interval.tick().await;
                        assert_base();
                        work();
                    }
                    ticked.send(tags()).expect("the test waits");
                })
            })
        });
        timer.await.expect("no panic");
        assert_eq!(ticks.await.as_deref(), Ok(""));
        assert_eq!(tags(), "request=1");
    }));
    assert_eq!(settled_tree(&recorder), "request\nwork\nwork\nwork\n");
}

#[test]
fn a_connection_that_outlives_its_request_keeps_nothing_of_it() {
    async fn connection(closed: &Notify) -> String {
        work();
        pause().await;
        isohub::set_tag("connection", 1);
        closed.notified().await;
        work();
        assert_eq!((TENANT.get(), isohub::last_event_id()), (None, None));
        tags()
    }
    static CLOSED: Notify = Notify::const_new();
    let recorder = Recorder::new();
    workers(2).block_on(async {
        let connection =
            request(&recorder, || tokio::spawn(async { connection(&CLOSED).await }.suppressed()));
        CLOSED.notify_one();
        assert_eq!(connection.await.expect("no panic"), "connection=1");
    });
    assert_eq!(settled_tree(&recorder), "request\nwork\nwork {connection=1}\n");
}

#[test]
fn a_suppressed_future_is_in_the_base_hub_on_each_thread_and_in_its_destructors() {
    isohub::set_tag("request", 1);
    let log = crate::support::Log::default();
    let witness = log.witness("dropped");
    let future = async move {
        isohub::set_tag("inside", 1);
        pause().await;
        drop(witness);
        tags()
    };
    assert_eq!(poll_on_two_threads(future.suppressed()), "inside=1");
    assert_eq!((log.lines(), tags().as_str()), (vec!["dropped: inside=1".to_owned()], "request=1"));
}

#[test]
fn what_took_its_hub_before_keeps_it() {
    #[isolated_hub]
    async fn annotated() -> String {
        tags()
    }
    isohub::set_tag("request", 1);
    assert_eq!(poll_to_end(annotated().suppressed()), "request=1");
    assert_eq!(poll_to_end(suppress(annotated)), "");
    assert_eq!(poll_to_end(async { annotated().await }.suppressed()), "");
}

#[test]
fn in_a_task_without_a_hub_it_gives_one_for_as_long_as_it_lasts() {
    workers(1).block_on(async {
        let task = spawn_bare(async {
            suppress(|| {
                isohub::set_tag("inside", 1);
                (tags(), Hub::current().run(tags))
            })
        });
        let inside = "inside=1".to_owned();
        assert_eq!(task.await.expect("no panic"), (inside.clone(), inside));
    });
}
