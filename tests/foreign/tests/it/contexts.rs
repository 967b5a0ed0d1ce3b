//! Contexts go with units.

use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use futures::executor::block_on;
use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, spawn_isolated};

use crate::support::{CALLS, LIBRARY, PANICS, calls, isolate};

#[test]
fn units_that_are_cloned_begin_with_what_is_current_and_change_their_own() {
    isolate();
    LIBRARY.set(1);
    let mut hub = Hub::current();
    LIBRARY.set(2);
    hub.run(|| {
        assert_eq!(LIBRARY.replace(3), 1);
    });
    assert_eq!(LIBRARY.get(), 2);
    hub.run(|| assert_eq!(LIBRARY.get(), 3, "what is left is there in the next run"));
    let mut copy = hub.clone();
    hub.run(|| LIBRARY.set(4));
    copy.run(|| assert_eq!(LIBRARY.get(), 3, "a clone of a hub that does not run"));
}

#[test]
fn the_base_hub_has_nothing_of_it() {
    isolate();
    LIBRARY.set(1);
    isohub::suppress(|| assert_eq!(LIBRARY.get(), 0));
    Hub::base().run(|| assert_eq!(LIBRARY.replace(5), 0));
    #[isohub::isolated_hub(fresh)]
    fn fresh() -> u32 {
        LIBRARY.get()
    }
    assert_eq!((fresh(), LIBRARY.get()), (0, 1));
}

#[test]
fn a_plain_thread_and_a_pool_start_as_the_library_has_it() {
    isolate();
    LIBRARY.set(1);
    assert_eq!(std::thread::spawn(|| LIBRARY.get()).join().unwrap(), 0);
    assert_eq!(spawn_isolated!(thread, || LIBRARY.get()).join().unwrap(), 1);
}

#[test]
fn units_within_units_and_spans_within_units() {
    isolate();
    #[isohub::parallel_span]
    fn outer() -> [u32; 3] {
        let before = LIBRARY.replace(10);
        let inner = inner();
        plain();
        [before, inner, LIBRARY.get()]
    }
    #[isohub::isolated_hub]
    fn inner() -> u32 {
        LIBRARY.replace(20)
    }
    #[isohub::span]
    fn plain() {
        LIBRARY.set(30);
    }
    LIBRARY.set(1);
    let recorder = Recorder::new();
    assert_eq!(recorder.run_sync(|| (LIBRARY.replace(2), outer(), LIBRARY.get())), (0, [2, 10, 30], 2));
    assert_eq!(LIBRARY.get(), 1);
}

#[test]
fn those_given_first_are_entered_first_and_left_last() {
    isolate();
    let mut hub = Hub::current();
    CALLS.take();
    hub.run(|| CALLS.with_borrow_mut(|calls| calls.push("run".to_owned())));
    assert_eq!(calls(), "enter first, enter second, run, leave second, leave first");
}

#[test]
fn destructors_and_panics() {
    struct Sees;
    impl Drop for Sees {
        fn drop(&mut self) {
            assert_eq!(LIBRARY.get(), 7);
            LIBRARY.set(8);
        }
    }
    isolate();
    LIBRARY.set(1);
    let unwound = catch_unwind(|| {
        Hub::current().run(|| {
            LIBRARY.set(7);
            let _sees = Sees;
            std::panic::resume_unwind(Box::new("on purpose"));
        });
    });
    assert!(unwound.is_err());
    assert_eq!(LIBRARY.get(), 1);

    let mut cancelled = Box::pin(
        async {
            LIBRARY.set(7);
            let _sees = Sees;
            std::future::pending::<()>().await;
        }
        .isolated(),
    );
    assert!(cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(LIBRARY.get(), 1);
    drop(cancelled);
    assert_eq!(LIBRARY.get(), 1);
}

/// Pending once.
async fn switch() {
    let mut waited = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

#[test]
fn blocks_that_wait_take_their_contexts_out() {
    #[isohub::span]
    async fn unit() -> (u32, u32) {
        #[isohub::isolated_hub]
        let inside = {
            LIBRARY.set(7);
            switch().await;
            LIBRARY.get()
        };
        (inside, LIBRARY.get())
    }
    isolate();
    LIBRARY.set(1);
    let mut unit = pin!(unit());
    let mut context = Context::from_waker(Waker::noop());
    assert!(unit.as_mut().poll(&mut context).is_pending());
    assert_eq!(LIBRARY.get(), 1);
    let again = std::thread::scope(|scope| {
        let poll = || {
            LIBRARY.set(50);
            let polled = unit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            (polled, LIBRARY.get())
        };
        scope.spawn(poll).join().unwrap()
    });
    assert_eq!(again, (Poll::Ready((7, 50)), 50));
}

#[test]
fn a_unit_that_waits_in_rayon_leaves_its_context_to_nobody() {
    isolate();
    let pool = rayon_pool();
    let mut seen = Vec::new();
    let mut hub = Hub::current();
    hub.run(|| LIBRARY.set(1));
    hub.run(|| {
        isohub::rayon::install(&pool, || {
            assert_eq!(LIBRARY.replace(2), 1, "a part of the unit, on another thread");
            isohub::rayon::scope(|scope| {
                for _ in 0..20 {
                    scope.spawn(|_| assert_eq!(LIBRARY.get(), 0, "a bare job"));
                }
            });
            let sides = isohub::rayon::join(|| LIBRARY.replace(3), || LIBRARY.replace(4));
            seen.extend([sides.0, sides.1, LIBRARY.get()]);
        })
    });
    assert_eq!(seen, [2, 2, 2]);
    hub.run(|| assert_eq!(LIBRARY.get(), 2, "`install` is a part of the unit that calls"));
    assert_eq!(LIBRARY.get(), 0);
}

fn rayon_pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap()
}

#[test]
fn a_context_that_panics_does_no_harm() {
    isolate();
    for panics in ["current", "fork", "base", "enter", "leave", "drop"] {
        LIBRARY.set(1);
        PANICS.set(panics);
        let mut hub = Hub::current();
        let mut copy = hub.clone();
        hub.run(|| assert_eq!(LIBRARY.replace(2), 1));
        copy.run(|| assert_eq!(LIBRARY.get(), 1));
        isohub::suppress(|| assert_eq!(LIBRARY.get(), 0));
        drop((hub, copy));
        PANICS.set("");
        assert_eq!(LIBRARY.get(), 1, "{panics}");
    }
}

#[test]
fn contexts_may_use_isohub() {
    isolate();
    let recorder = Recorder::new();
    let crumbs = recorder.run_sync(|| {
        let mut hub = Hub::current();
        hub.run(|| ());
        hub.scope().breadcrumbs().iter().filter_map(|it| it.message.clone()).collect::<Vec<_>>()
    });
    assert_eq!(crumbs.last().map(|it| &**it), Some("leave"), "it was left in its own hub");
}

#[test]
fn what_isohub_itself_calls_changes_nothing() {
    isolate();
    let seen = Arc::new(AtomicU32::new(0));
    let sees = Arc::clone(&seen);
    let recorder = Recorder::builder()
        .sample(move |_: &isohub::Root<'_>| {
            sees.store(LIBRARY.get(), Ordering::Relaxed);
            true
        })
        .build();
    recorder.run_sync(|| {
        LIBRARY.set(1);
        isohub::start_span!("asked").in_scope(|| assert_eq!(LIBRARY.get(), 1));
    });
    assert_eq!(seen.load(Ordering::Relaxed), 1);
    assert_eq!(recorder.tree(), "asked\n");
}

#[test]
fn scopes_for_a_while_and_hubs_that_come_back() {
    isolate();
    LIBRARY.set(1);
    isohub::with_scope(|_| (), || assert_eq!(LIBRARY.replace(2), 1));
    assert_eq!(LIBRARY.get(), 1);
    let ((), mut hub) = block_on(async { LIBRARY.set(3) }.returning_hub());
    assert_eq!(LIBRARY.get(), 1);
    hub.run(|| assert_eq!(LIBRARY.get(), 3));
}

#[test]
fn tasks_that_move_between_threads() {
    isolate();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let tasks = (0..100).map(|n| {
            LIBRARY.set(n);
            spawn_isolated!(async move {
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                    assert_eq!(LIBRARY.get(), n);
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        tokio::spawn(async { assert_eq!(LIBRARY.get(), 0) }).await.unwrap();
    });
}
