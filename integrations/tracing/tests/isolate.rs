//! A current span of tracing for each unit. A program of its own: `isolate()` is for the whole process, and the other
//! tests are to run without.

#![cfg(feature = "enabled")]
#![allow(clippy::expect_used, clippy::panic, reason = "assertions of tests")]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _};
use tracing::{Dispatch, Span, dispatcher, info_span};
use tracing_subscriber::prelude::*;

/// A subscriber that knows nothing of isohub.
fn with_plain<T>(f: impl FnOnce() -> T) -> T {
    isohub_tracing::isolate();
    dispatcher::with_default(&tracing_subscriber::registry().into(), f)
}

fn name() -> &'static str {
    Span::current().metadata().map_or("none", |metadata| metadata.name())
}

/// Waits for one poll.
async fn once() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn seen() -> impl Future<Output = [&'static str; 2]> {
    isohub::isolated!(async {
        let before = name();
        once().await;
        [before, name()]
    })
}

#[test]
fn a_unit_has_what_was_current_where_it_was_made() {
    with_plain(|| {
        let mut unit = pin!(info_span!("maker").in_scope(seen));
        let mut without = pin!(seen());
        let outer = info_span!("outer").entered();
        info_span!("one").in_scope(|| {
            assert!(poll(&mut unit).is_pending());
            assert_eq!(name(), "one");
            assert!(poll(&mut without).is_pending());
            assert_eq!(name(), "one");
        });
        drop(outer);
        let other = info_span!("other").entered();
        let _within = info_span!("within").entered();
        assert_eq!(poll(&mut unit), Poll::Ready(["maker", "maker"]));
        assert_eq!(poll(&mut without), Poll::Ready(["none", "none"]));
        assert_eq!(name(), "within");
        drop(_within);
        assert_eq!(name(), "other");
        drop(other);
        assert_eq!(name(), "none");
    });
}

#[test]
fn on_whichever_thread() {
    isohub_tracing::isolate();
    let dispatch: Dispatch = tracing_subscriber::registry().into();
    let of_threads = dispatch.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(3)
        .enable_time()
        .on_thread_start(move || std::mem::forget(dispatcher::set_default(&of_threads)))
        .build()
        .expect("a runtime");
    let work = |n: u64| async move {
        for _ in 0..20 {
            let inner = info_span!("inner");
            let expected = Span::current().id();
            tokio::time::sleep(Duration::from_micros(n * 50)).await;
            assert_eq!((name(), Span::current().id()), ("task", expected));
            inner.in_scope(|| assert_eq!(name(), "inner"));
        }
    };
    let _default = dispatcher::set_default(&dispatch);
    let _running = runtime.enter();
    let tasks: Vec<_> =
        (0..10).map(|n| info_span!("task").in_scope(|| isohub::spawn_isolated!(work(n)))).collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

#[test]
fn a_guard_across_an_await_stays_in_its_unit() {
    with_plain(|| {
        let held = || {
            isohub::isolated!(async {
                let _guard = info_span!("held").entered();
                once().await;
                name()
            })
        };
        let around = info_span!("around").entered();
        // One unit is where its maker is, one is not.
        let (mut here, mut there) = (pin!(held()), pin!(Hub::base().run(held)));
        for unit in [&mut here, &mut there] {
            assert!(poll(unit).is_pending());
            assert_eq!(name(), "around");
        }
        drop(around);
        assert_eq!(name(), "none");
        for unit in [&mut here, &mut there] {
            assert_eq!(poll(unit), Poll::Ready("held"));
            assert_eq!(name(), "none");
        }
    });
}

#[test]
fn the_base_hub_has_none_and_a_clone_what_the_hub_has() {
    with_plain(|| {
        let _around = info_span!("around").entered();
        isohub::suppress(|| assert_eq!(name(), "none"));
        assert_eq!(name(), "around");
        let mut hub = info_span!("inside").in_scope(Hub::current);
        let mut clone = hub.clone();
        hub.run(|| assert_eq!(name(), "inside"));
        clone.run(|| assert_eq!(name(), "inside"));
        assert_eq!(name(), "around");
    });
}

#[test]
fn a_span_entered_in_itself_is_so_afterwards() {
    with_plain(|| {
        let span = info_span!("span");
        let (first, second) = (span.enter(), span.enter());
        isohub::suppress(|| assert_eq!(name(), "none"));
        drop(second);
        assert_eq!(name(), "span");
        drop(first);
        assert_eq!(name(), "none");
    });
}

#[test]
fn where_both_are_in_one_span_nothing_is_put_away() {
    #[derive(Clone, Default)]
    struct Enters(Arc<AtomicU32>);
    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Enters {
        fn on_enter(&self, _: &tracing::Id, _: tracing_subscriber::layer::Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    isohub_tracing::isolate();
    let enters = Enters::default();
    let subscriber = tracing_subscriber::registry().with(enters.clone());
    dispatcher::with_default(&subscriber.into(), || {
        info_span!("outer").in_scope(|| {
            info_span!("span").in_scope(|| {
                let mut unit = pin!(seen());
                assert!(poll(&mut unit).is_pending());
                assert_eq!(poll(&mut unit), Poll::Ready(["span", "span"]));
            });
        });
    });
    assert_eq!(enters.0.load(Ordering::Relaxed), 2);
}

#[test]
fn a_panic_in_a_unit_is_none_of_what_is_put_away() {
    isohub_tracing::isolate();
    let recorder = Recorder::new();
    let subscriber: Dispatch = tracing_subscriber::registry().with(isohub_tracing::layer()).into();
    dispatcher::with_default(&subscriber, || {
        recorder.run_sync(|| {
            let maker = info_span!("maker");
            let unit = maker.in_scope(|| {
                isohub::isolated!(|| {
                    let _left = info_span!("left").entered();
                    std::panic::panic_any("as asked");
                })
            });
            let around = info_span!("around").entered();
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(unit)).expect_err("it panics");
            assert_eq!(name(), "around");
            drop(around);
        });
    });
    recorder.settled(Duration::from_secs(60)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recorder.tree(), "maker\n  left panicked\n\naround\n");
}

#[test]
fn a_panic_that_goes_on_leaves_what_was_put_back() {
    isohub_tracing::isolate();
    let recorder = Recorder::new();
    let subscriber: Dispatch = tracing_subscriber::registry().with(isohub_tracing::layer()).into();
    dispatcher::with_default(&subscriber, || {
        recorder.run_sync(|| {
            std::panic::catch_unwind(|| {
                let unit = isohub::isolated!(|| std::panic::panic_any("as asked"));
                let _around = info_span!("around").entered();
                unit();
            })
            .expect_err("it panics");
        });
    });
    recorder.settled(Duration::from_secs(60)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recorder.tree(), "around panicked\n");
}

#[test]
fn spans_of_both_in_a_unit_that_is_polled_in_a_later_span() {
    isohub_tracing::isolate();
    let recorder = Recorder::new();
    let subscriber: Dispatch = tracing_subscriber::registry().with(isohub_tracing::layer()).into();
    let work = || async {
        once().await;
        info_span!("theirs").in_scope(|| {});
        isohub::start_span!("ours").in_scope(|| {});
    };
    dispatcher::with_default(&subscriber, || {
        recorder.run_sync(|| {
            let mut unit = pin!(isohub::start_span!("maker").in_scope(|| work().isolated()));
            info_span!("later").in_scope(|| {
                assert!(poll(&mut unit).is_pending());
                assert!(poll(&mut unit).is_ready());
            });
        });
    });
    recorder.settled(Duration::from_secs(60)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recorder.tree(), "maker\n  theirs\n  ours\n\nlater\n");
}
