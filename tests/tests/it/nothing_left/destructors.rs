//! Destructors run in the hub and the span of their own unit.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, isolated, isolated_hub, parallel_span, span, spawn_isolated};
use tokio::sync::Barrier;

use crate::support::{
    Log, Witness, crash, current_thread, poll_on_two_threads, poll_once, poll_to_end, settled_tree, tags,
    tags_of, workers,
};

#[parallel_span]
fn runs(unit: &'static str, argument: Witness, log: &Log) {
    let _local = log.witness("local");
    isohub::set_tag("unit", unit);
    let _ = &argument;
    if unit == "crashes" {
        crash();
    }
}

#[parallel_span]
fn ignores(_: Witness) {
    isohub::set_tag("unit", "ignores");
}

/// What a unit leaves in which a local and an argument were dropped.
fn dropped_both(head: &str) -> String {
    format!("{head}\n  - drop local\n  - drop argument\n")
}

#[test]
fn locals_and_arguments_of_a_function_are_dropped_in_its_unit() {
    let (recorder, log) = (Recorder::new(), Log::default());
    recorder.run_sync(|| {
        isohub::set_tag("main", "yes");
        runs("returns", log.witness("argument"), &log);
        let crashed = catch_unwind(AssertUnwindSafe(|| runs("crashes", log.witness("argument"), &log)));
        assert!(crashed.is_err());
        ignores(log.witness("ignored"));
    });
    let expected = [
        "local: main=yes unit=returns",
        "argument: main=yes unit=returns",
        "local: main=yes unit=crashes",
        "argument: main=yes unit=crashes",
        "ignored: main=yes unit=ignores",
    ];
    assert_eq!(log.lines(), expected);
    let returned = dropped_both("runs {main=yes unit=returns}");
    let crashed = dropped_both("runs panicked {main=yes unit=crashes}");
    let ignored = "ignores {main=yes unit=ignores}\n  - drop ignored\n";
    assert_eq!(recorder.tree(), format!("{returned}\n{crashed}\n{ignored}"));
}

#[parallel_span]
async fn waits(unit: &'static str, argument: Witness, log: Log) {
    let _local = log.witness("local");
    isohub::set_tag("unit", unit);
    let _ = &argument;
    match unit {
        "returns" => tokio::task::yield_now().await,
        "crashes" => {
            tokio::task::yield_now().await;
            crash()
        }
        _ => pending().await,
    }
}

fn seen_by_both(unit: &str) -> [String; 2] {
    ["local", "argument"].map(|name| format!("{name}: main=yes unit={unit}"))
}

#[test]
fn locals_and_arguments_of_a_future_are_dropped_in_its_unit() {
    let (recorder, log) = (Recorder::new(), Log::default());
    recorder.run_sync(|| {
        isohub::set_tag("main", "yes");
        poll_to_end(waits("returns", log.witness("argument"), log.clone()));
        let crashing = waits("crashes", log.witness("argument"), log.clone());
        assert!(catch_unwind(AssertUnwindSafe(|| poll_to_end(crashing))).is_err());
        let mut cancelled = Box::pin(waits("cancelled", log.witness("argument"), log.clone()));
        assert!(poll_once(cancelled.as_mut()).is_pending());
        isohub::set_tag("main", "later");
        drop(cancelled);
    });
    let expected = ["returns", "crashes", "cancelled"].map(seen_by_both);
    assert_eq!(log.lines(), expected.concat());
    let head = |outcome| format!("waits{outcome} {{main=yes unit=");
    let tree = [
        dropped_both(&(head("") + "returns}")),
        dropped_both(&(head(" panicked") + "crashes}")),
        dropped_both(&(head(" cancelled") + "cancelled}")),
    ];
    assert_eq!(recorder.tree(), tree.join("\n"));
}

#[test]
fn arguments_of_a_future_that_was_never_polled_are_dropped_in_its_hub() {
    let (recorder, log) = (Recorder::new(), Log::default());
    recorder.run_sync(|| {
        isohub::set_tag("main", "yes");
        let never = waits("never", log.witness("argument"), log.clone());
        let witness = log.witness("captured");
        let block = isolated!(async move { drop(witness) });
        let witness = log.witness("bound");
        let bound = async move { drop(witness) }.bind_hub(recorder.hub().with_tag("bound", "yes"));
        isohub::set_tag("main", "later");
        drop((never, block, bound));
    });
    assert_eq!(log.lines(), ["argument: main=yes", "captured: main=yes", "bound: bound=yes"]);
    assert_eq!(recorder.tree(), "");
}

#[test]
fn a_task_that_is_aborted_drops_in_its_unit() {
    let (recorder, log) = (Recorder::new(), Log::default());
    current_thread().block_on(recorder.run(async {
        isohub::set_tag("main", "yes");
        let task = tokio::spawn(waits("aborted", log.witness("argument"), log.clone()));
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
        let soon = Duration::from_millis(1);
        let late = waits("late", log.witness("argument"), log.clone());
        assert!(tokio::time::timeout(soon, late).await.is_err());
        assert_eq!(tags(), "main=yes");
    }));
    assert_eq!(log.lines(), [seen_by_both("aborted"), seen_by_both("late")].concat());
    let dropped = |unit| dropped_both(&format!("waits cancelled {{main=yes unit={unit}}}"));
    assert_eq!(recorder.tree(), [dropped("aborted"), dropped("late")].join("\n"));
}

#[test]
fn tasks_that_a_runtime_drops_at_its_shutdown_drop_in_their_units() {
    for runtime in [workers(2), current_thread()] {
        let (recorder, log) = (Recorder::new(), Log::default());
        runtime.block_on(recorder.run(async {
            isohub::set_tag("main", "yes");
            let begun = Arc::new(Barrier::new(2));
            let (log, at_start) = (log.clone(), Arc::clone(&begun));
            spawn_isolated!(async move {
                let unit = waits("shut down", log.witness("argument"), log.clone());
                tokio::join!(unit, at_start.wait());
            });
            begun.wait().await;
        }));
        let mut other = recorder.hub().with_tag("other", "yes");
        other.run(|| {
            drop(runtime);
            assert_eq!(tags(), "other=yes");
        });
        assert_eq!(log.lines(), seen_by_both("shut down"));
        let expected = dropped_both("waits cancelled {main=yes unit=shut down}");
        assert_eq!(settled_tree(&recorder).lines().next(), expected.lines().next());
        assert_eq!(recorder.tree(), expected);
    }
}

#[test]
fn a_task_that_never_ran_before_the_shutdown_drops_in_its_hub() {
    let log = Log::default();
    let runtime = current_thread();
    let guard = runtime.enter();
    isohub::set_tag("main", "yes");
    drop(tokio::spawn(waits("never", log.witness("argument"), log.clone())));
    isohub::set_tag("main", "later");
    drop(guard);
    drop(runtime);
    assert_eq!(log.lines(), ["argument: main=yes"]);
    assert_eq!(tags(), "main=later");
}

#[span]
async fn helper(argument: Witness, log: Log) {
    let _local = log.witness("local");
    isohub::set_tag("helper", "yes");
    let _ = &argument;
    pending().await
}

#[test]
fn a_span_drops_in_the_unit_that_it_shares_or_else_in_its_own() {
    isohub::doctor::allow(isohub::doctor::Kind::OtherUnit);
    let (recorder, log) = (Recorder::new(), Log::default());
    recorder.run_sync(|| {
        isohub::set_tag("main", "yes");
        let mut shared = Box::pin(helper(log.witness("argument"), log.clone()));
        assert!(poll_once(shared.as_mut()).is_pending());
        drop(shared);
        isohub::remove_tag("helper");
        let mut elsewhere = Box::pin(helper(log.witness("argument"), log.clone()));
        let thread = std::thread::spawn(move || {
            isohub::set_tag("thread", "other");
            assert!(poll_once(elsewhere.as_mut()).is_pending());
            assert_eq!(tags(), "thread=other");
            drop(elsewhere);
            assert_eq!(tags(), "thread=other");
        });
        thread.join().expect("no panic");
    });
    let expected = [
        "local: helper=yes main=yes",
        "argument: helper=yes main=yes",
        "local: helper=yes",
        "argument: helper=yes",
    ];
    assert_eq!(log.lines(), expected);
    let shared = dropped_both("helper cancelled {helper=yes main=yes}");
    let elsewhere = dropped_both("helper cancelled {helper=yes}");
    assert_eq!(recorder.tree(), format!("{shared}\n{elsewhere}"));
}

#[test]
fn wrappers_around_futures_drop_in_what_they_add() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let holding = |name| {
        let witness = log.witness(name);
        async move {
            let _witness = witness;
            isohub::set_tag("inside", name);
            pending::<()>().await
        }
    };
    recorder.run_sync(|| {
        isohub::set_tag("main", "yes");
        let mut scoped = Box::pin(holding("scoped").with_scope(|scope| scope.set_tag("edit", 1)));
        let mut returning = Box::pin(holding("returning").returning_hub());
        let mut by_hand = Box::pin(holding("by hand").in_span(isohub::start_span!("span")));
        assert!(poll_once(scoped.as_mut()).is_pending());
        assert!(poll_once(returning.as_mut()).is_pending());
        assert!(poll_once(by_hand.as_mut()).is_pending());
        drop((scoped, returning));
        drop(by_hand);
    });
    let expected = [
        "scoped: edit=1 inside=scoped main=yes",
        "returning: inside=returning main=yes",
        "by hand: inside=by hand main=yes",
    ];
    assert_eq!(log.lines(), expected);
    assert_eq!(recorder.tree(), "span cancelled\n  - drop by hand\n");
}

#[test]
fn what_a_future_still_holds_when_it_has_completed_drops_in_the_hub_that_it_returns() {
    let log = Log::default();
    isohub::set_tag("main", "yes");
    let witness = log.witness("held");
    let unit = std::future::poll_fn(move |_| {
        let _ = &witness;
        isohub::set_tag("unit", "yes");
        Poll::Ready(())
    });
    let ((), hub) = poll_to_end(unit.returning_hub());
    assert_eq!(log.lines(), ["held: main=yes unit=yes"]);
    assert_eq!((tags_of(&hub).as_str(), tags().as_str()), ("main=yes unit=yes", "main=yes"));
}

#[test]
fn closures_drop_what_they_hold_in_the_unit_of_the_call() {
    let log = Log::default();
    isohub::set_tag("main", "yes");
    let witness = log.witness("once");
    let once = isolated!(move || {
        isohub::set_tag("unit", "once");
        drop(witness);
    });
    isohub::set_tag("main", "later");
    once();
    let witness = log.witness("result");
    drop(isolated!(move || witness)());
    assert_eq!(log.lines(), ["once: main=yes unit=once", "result: main=later"]);
}

#[test]
fn what_a_unit_returns_is_dropped_by_its_caller() {
    #[isolated_hub]
    async fn gives(witness: Witness) -> Witness {
        isohub::set_tag("unit", "yes");
        witness
    }
    let log = Log::default();
    isohub::set_tag("main", "yes");
    drop(poll_to_end(gives(log.witness("given"))));
    assert_eq!(log.lines(), ["given: main=yes"]);
}

#[test]
fn a_future_that_moves_between_threads_drops_in_its_unit_on_any_of_them() {
    let log = Log::default();
    let unit = {
        let log = log.clone();
        isolated!(async move {
            let witness = log.witness("inner");
            isohub::set_tag("unit", "yes");
            crate::support::pauses(3).await;
            drop(witness);
            let mut cancelled = Box::pin(waits("cancelled", log.witness("argument"), log.clone()));
            assert!(poll_once(cancelled.as_mut()).is_pending());
            crate::support::pause().await;
            drop(cancelled);
        })
    };
    poll_on_two_threads(unit);
    let expected = ["inner: unit=yes", "local: unit=cancelled", "argument: unit=cancelled"];
    assert_eq!(log.lines(), expected);
}
