//! Hubs that are returned, and merged where the program decides.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use isohub::testing::Recorder;
use isohub::{Breadcrumb, Hub, HubFutureExt as _, hub_local, isolated, start_span};

use super::after;
use crate::support::{Log, crash, current_thread, pause, poll_once, poll_to_end, tags};

#[test]
fn a_returned_hub_is_merged_by_hand() {
    let unit = async {
        let ((), child) = async { isohub::set_tag("b", 1) }.returning_hub().await;
        let ((), other) = async { isohub::set_tag("c", 2) }.returning_hub().await;
        isohub::set_tag("a", 1);
        let hub = Hub::current().merge(other.clone()).merge(child);
        assert_eq!(hub.scope().tags(), [("a", "1"), ("b", "1"), ("c", "2")]);
        isohub::merge(other);
        isohub::merge(Hub::base().with_tag("d", 3));
    };
    assert_eq!(after(unit), "a=1 c=2 d=3");
    current_thread().block_on(async {
        let spawned = async { isohub::set_tag("b", 1) }.returning_hub();
        let outer = async move {
            let ((), child) = tokio::spawn(spawned).await.expect("no panic");
            isohub::merge(child);
            assert_eq!(tags(), "a=0 b=1");
        };
        outer.bind_hub(Hub::base().with_tag("a", 0)).await;
    });
}

#[test]
fn a_hub_is_returned_with_an_error_and_not_by_what_is_cancelled_or_panics() {
    let unit = async {
        let failing = async {
            isohub::set_tag("failed", true);
            Err::<(), _>("failed")
        };
        let (result, hub) = failing.returning_hub().await;
        assert_eq!(result, Err("failed"));
        isohub::merge(hub);
        let cancelled = async {
            isohub::set_tag("cancelled", true);
            pause().await;
        };
        let mut cancelled = Box::pin(cancelled.returning_hub());
        assert!(poll_once(cancelled.as_mut()).is_pending());
        drop(cancelled);
        let crashing = async {
            isohub::set_tag("crashed", true);
            crash()
        };
        let crashed = catch_unwind(AssertUnwindSafe(|| poll_to_end(crashing.returning_hub())));
        assert!(crashed.is_err());
    };
    assert_eq!(after(unit), "a=0 failed=true");
}

#[test]
fn a_hub_that_was_returned_is_a_unit_as_any_other_and_gives_what_is_written_later_too() {
    let unit = async {
        let ((), mut hub) = async { isohub::set_tag("first", 1) }.returning_hub().await;
        hub.run(|| isohub::set_tag("second", 2));
        let hub = hub.with_tag("third", 3);
        let inner = async {
            let ((), innermost) = async { isohub::set_tag("innermost", 0) }.returning_hub().await;
            isohub::merge(innermost);
        };
        let ((), nested) = inner.returning_hub().await;
        isohub::merge(hub.merge(nested));
    };
    assert_eq!(after(unit), "a=0 first=1 innermost=0 second=2 third=3");
}

#[test]
fn any_other_hub_gives_all_that_it_holds_also_a_clone_of_a_unit_that_is_merged() {
    let unit = async {
        isohub::add_breadcrumb(Breadcrumb::new("inherited"));
        let clone = isolated!(merge, || {
            isohub::set_tag("own", 1);
            Hub::current()
        })();
        let merged = Hub::base().merge(clone.clone());
        assert_eq!(merged.scope().tags(), [("a", "0"), ("own", "1")]);
        // What both have of a list is there twice.
        assert_eq!(Hub::current().merge(clone).scope().breadcrumbs().len(), 2);
    };
    assert_eq!(after(unit), "a=0 own=1");
}

#[test]
fn what_the_future_holds_is_dropped_in_its_hub_before_that_is_returned() {
    let log = Log::default();
    let witness = log.witness("dropped");
    let future = std::future::poll_fn(move |_| {
        let _witness = &witness;
        isohub::set_tag("own", 1);
        Poll::Ready(())
    });
    let ((), hub) = poll_to_end(future.returning_hub());
    assert_eq!(log.lines(), ["dropped: own=1"]);
    assert_eq!(hub.scope().tag("own"), Some("1"));
}

#[test]
fn trace_and_active_span_are_those_of_the_hub_that_takes() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let child = start_span!("child").in_scope(Hub::current);
        start_span!("takes").in_scope(|| {
            let hub = Hub::current();
            let (before, of_child) = (hub.span_context(), child.span_context());
            assert_ne!(before, of_child);
            assert_eq!(hub.merge(child).span_context(), before);
        });
    });
}

#[test]
fn values_of_hub_locals_are_those_of_the_hub_that_takes() {
    hub_local! {
        static VALUE: u32 = 0;
    }
    let value = || VALUE.get().as_deref().copied();
    VALUE.set(1);
    let ((), child) = poll_to_end(async { VALUE.set(2) }.returning_hub());
    assert_eq!(child.clone().run(value), Some(2));
    assert_eq!(Hub::current().merge(child.clone()).run(value), Some(1));
    isohub::merge(child);
    assert_eq!(value(), Some(1));
}
