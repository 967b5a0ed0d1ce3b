//! A context for each unit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Poll, Waker};

use futures::StreamExt as _;
use futures::executor::block_on;
use isohub::{Hub, HubFutureExt as _, HubStreamExt as _, spawn_isolated};
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{KeyValue, trace::SpanContext};

use crate::support::{isolate, remote, set_tenant, switch, tenant, with_tenant};

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(Waker::noop()))
}

#[test]
fn a_unit_begins_with_what_is_current_and_has_it_on_every_poll() {
    isolate();
    let one = set_tenant(1);
    let mut unit = pin!(
        async {
            let before = tenant();
            switch().await;
            (before, tenant())
        }
        .isolated()
    );
    drop(one);
    assert!(poll(unit.as_mut()).is_pending());
    assert_eq!(tenant(), 0);
    let _two = set_tenant(2);
    assert_eq!(poll(unit.as_mut()), Poll::Ready((1, 1)));
    assert_eq!(tenant(), 2);
}

#[test]
fn what_is_attached_inside_does_not_get_out() {
    isolate();
    let _one = set_tenant(1);
    let mut hub = Hub::current();
    hub.run(|| {
        let _two = set_tenant(2);
        Hub::current().run(|| {
            assert_eq!(tenant(), 2);
            std::mem::forget(set_tenant(3));
        });
        assert_eq!(tenant(), 2);
    });
    assert_eq!(tenant(), 1);
    let mut copy = hub.clone();
    copy.run(|| assert_eq!(tenant(), 1));
}

#[test]
fn the_base_hub_has_an_empty_one() {
    isolate();
    let _one = set_tenant(1);
    isohub::suppress(|| assert_eq!(tenant(), 0));
    Hub::base().run(|| assert_eq!(tenant(), 0));
    assert_eq!(
        std::thread::spawn(tenant).join().unwrap(),
        0,
        "a plain thread starts as OpenTelemetry has it"
    );
    assert_eq!(spawn_isolated!(thread, tenant).join().unwrap(), 1);
}

#[test]
fn spans_and_baggage_go_with_it() {
    isolate();
    let context = Context::new()
        .with_remote_span_context(remote())
        .with_baggage([KeyValue::new("user", "ann")])
        .with_telemetry_suppressed();
    let _guard = context.attach();
    let seen = spawn_isolated!(thread, || {
        let context = Context::current();
        let user = context.baggage().get("user").map(|it| it.to_string());
        (context.span().span_context().clone(), user, context.is_telemetry_suppressed())
    });
    assert_eq!(seen.join().unwrap(), (remote(), Some("ann".to_owned()), true));
    isohub::suppress(|| {
        let context = Context::current();
        assert_eq!((context.baggage().len(), context.span().span_context()), (0, &SpanContext::NONE));
    });
}

#[test]
fn tasks_that_move_between_threads() {
    isolate();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let tasks = (1..=100).map(|n| {
            let _tenant = set_tenant(n);
            spawn_isolated!(async move {
                for round in 0..20 {
                    tokio::task::yield_now().await;
                    assert_eq!(tenant(), n);
                    async {
                        tokio::task::yield_now().await;
                        assert_eq!(tenant(), 1000 + round);
                    }
                    .with_context(with_tenant(1000 + round))
                    .await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        tokio::spawn(async { assert_eq!(tenant(), 0) }).await.unwrap();
    });
}

#[test]
fn branches_of_join_and_select_have_their_own() {
    isolate();
    async fn branch(n: u32) -> (u32, u32) {
        // What OpenTelemetry advises against: held across an await.
        let before = tenant();
        let _held = set_tenant(n);
        switch().await;
        (before, tenant())
    }
    let _one = set_tenant(1);
    let both = block_on(async { isohub::join!(branch(2), branch(3)) });
    assert_eq!(both, ((1, 2), (1, 3)));
    assert_eq!(tenant(), 1);

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let first = runtime.block_on(async {
        tokio::select! {
            biased;
            it = async { switch().await; branch(2).await }.isolated() => it,
            it = branch(3).isolated() => it,
        }
    });
    assert_eq!(first, (1, 3));
    assert_eq!(tenant(), 1, "the branch that was dropped held a guard");
}

#[test]
fn guards_that_are_held_across_awaits_pile_nothing_up() {
    isolate();
    let _one = set_tenant(1);
    // More than OpenTelemetry's stack has places for.
    for _ in 0..70_000 {
        let mut unit = pin!(
            async {
                let held = set_tenant(2);
                assert_eq!(tenant(), 2);
                switch().await;
                assert_eq!(tenant(), 2);
                drop(held);
                switch().await;
            }
            .isolated()
        );
        while poll(unit.as_mut()).is_pending() {
            assert_eq!(tenant(), 1);
        }
    }
    assert_eq!(tenant(), 1);
}

#[test]
fn streams() {
    isolate();
    let _one = set_tenant(1);
    let stream = futures::stream::iter(0..3)
        .then(|_| async {
            switch().await;
            tenant()
        })
        .isolated();
    let _two = set_tenant(2);
    assert_eq!(block_on(stream.collect::<Vec<_>>()), [1, 1, 1]);
    assert_eq!(tenant(), 2);
}

#[test]
fn panics_and_drops() {
    struct Sees;
    impl Drop for Sees {
        fn drop(&mut self) {
            assert_eq!(tenant(), 7);
        }
    }
    isolate();
    let _one = set_tenant(1);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        Hub::current().run(|| {
            let _seven = set_tenant(7);
            let _sees = Sees;
            std::panic::resume_unwind(Box::new("on purpose"));
        });
    }));
    assert!(unwound.is_err());
    assert_eq!(tenant(), 1);

    let mut cancelled = Box::pin(
        async {
            let _seven = set_tenant(7);
            let _sees = Sees;
            std::future::pending::<()>().await;
        }
        .isolated(),
    );
    assert!(poll(cancelled.as_mut()).is_pending());
    assert_eq!(tenant(), 1);
    drop(cancelled);
    assert_eq!(tenant(), 1);
}

#[test]
fn blocks_and_the_units_in_them() {
    isolate();
    #[isohub::isolated_hub]
    fn outer() {
        let _two = set_tenant(2);
        Hub::current().run(|| {
            let _three = set_tenant(3);
            Hub::current().run(|| assert_eq!(tenant(), 3));
        });
        assert_eq!(tenant(), 2);
    }
    let _one = set_tenant(1);
    outer();
    assert_eq!(tenant(), 1);
}

#[test]
fn at_the_end_of_a_thread_there_is_none() {
    struct AtTheEnd(Hub);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            self.0.run(|| ());
            let _ = Hub::current();
            drop(isohub::start_span!("late"));
        }
    }
    thread_local!(static LAST: std::cell::RefCell<Option<AtTheEnd>> = const { std::cell::RefCell::new(None) });
    isolate();
    isohub_opentelemetry::bridge::attach();
    let thread = std::thread::spawn(|| {
        // Made before all that OpenTelemetry has, and dropped after it.
        LAST.set(None);
        let _one = set_tenant(1);
        LAST.set(Some(AtTheEnd(Hub::current())));
        Hub::current().run(|| assert_eq!(tenant(), 1));
    });
    assert!(thread.join().is_ok());
}
