//! Tasks in which no unit is bound: what they write goes nowhere, and that is counted and marked.

use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, User, span, spawn_isolated};
use tokio::task::{LocalSet, spawn_local};

use super::{assert_creator_is_as_before, creator};
use crate::support::{alone, crash, current_thread, pause, settled_tree, spawn_bare, tags, workers};

/// Loses as many writes as [`LOST`] says.
async fn writes_and_opens_a_span() -> String {
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    isohub::doctor::allow(isohub::doctor::Kind::LostCapture);
    isohub::doctor::allow(isohub::doctor::Kind::Orphan);
    isohub::set_tag("task", "lost");
    pause().await;
    isohub::set_user(User::from("nobody"));
    isohub::configure_scope(|scope| scope.set_tags([("lost", 1), ("too", 2)]));
    helper().await;
    isohub::capture_message("from nowhere", isohub::Level::Info);
    tags()
}

const LOST: u64 = 3;

#[span]
async fn helper() {
    pause().await;
}

#[test]
fn what_a_bare_task_writes_reaches_nobody_and_is_counted() {
    if !alone("isolation::bare::what_a_bare_task_writes_reaches_nobody_and_is_counted") {
        return;
    }
    workers(2).block_on(
        async {
            creator();
            let task = spawn_bare(writes_and_opens_a_span());
            assert_eq!(task.await.expect("no panic"), "");
            assert_creator_is_as_before();
            assert_eq!(Hub::current().scope().user(), None);
        }
        .isolated(),
    );
    assert_eq!(isohub::stats().lost_writes, LOST);
    assert_eq!(tags(), "");
}

#[test]
fn spans_of_a_bare_task_are_orphans_also_on_a_thread_that_has_a_unit() {
    if !alone("isolation::bare::spans_of_a_bare_task_are_orphans_also_on_a_thread_that_has_a_unit") {
        return;
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        creator();
        isohub::parallel!("main", || {
            current_thread().block_on(async {
                let task = spawn_bare(writes_and_opens_a_span());
                assert_eq!(task.await.expect("no panic"), "");
            });
        })();
        assert_creator_is_as_before();
    });
    let expected = "helper orphan\nmain {creator=yes removed=no}\n";
    assert_eq!(settled_tree(&recorder), expected);
    assert_eq!((recorder.stats().orphans, recorder.stats().lost_writes), (1, LOST));
    let event = recorder.event();
    assert!(event.scope.is_empty(), "{:?}", event.scope);
    assert_eq!(event.span, None);
}

#[test]
fn a_bare_task_of_a_local_set_inside_a_unit_writes_nothing_there() {
    if !alone("isolation::bare::a_bare_task_of_a_local_set_inside_a_unit_writes_nothing_there") {
        return;
    }
    let recorder = Recorder::new();
    let unit = recorder.run(async {
        creator();
        let local = LocalSet::new();
        let until = async {
            assert_eq!(spawn_local(writes_and_opens_a_span()).await.expect("no panic"), "");
            isohub::set_tag("until", "kept");
        };
        local.run_until(until).await;
        assert_eq!(tags(), "creator=yes removed=no until=kept");
    });
    current_thread().block_on(unit);
    assert_eq!(settled_tree(&recorder), "helper orphan\n");
    assert_eq!((recorder.stats().orphans, recorder.stats().lost_writes), (1, LOST));
}

/// Captures something when it is dropped, and panics.
struct Crashes;

impl Drop for Crashes {
    fn drop(&mut self) {
        isohub::capture_message("dropped", isohub::Level::Info);
        crash()
    }
}

#[test]
fn what_a_bare_task_loses_is_dropped_when_the_unit_around_is_in_its_place() {
    isohub::hub_local! {
        static LOST_VALUE: Crashes;
    }
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    isohub::doctor::allow(isohub::doctor::Kind::LostCapture);
    let recorder = Recorder::new();
    let unit = recorder.run(async {
        creator();
        let until = async {
            spawn_local(async { LOST_VALUE.set(Crashes) }).await.expect_err("it crashes");
            let crashes = Crashes;
            let processor = move |event| {
                let _crashes = &crashes;
                Some(event)
            };
            // What is isohub's to drop crashes nobody.
            spawn_local(async { isohub::add_event_processor(processor) }).await.expect("no panic");
        };
        LocalSet::new().run_until(until).await;
        assert_eq!(tags(), "creator=yes removed=no");
    });
    current_thread().block_on(unit);
    assert_eq!(recorder.events().len(), 2, "captured in the pipeline of the unit around");
}

#[test]
fn a_bare_job_on_a_blocking_thread_writes_nowhere_and_leaves_nothing_there() {
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    if !alone("isolation::bare::a_bare_job_on_a_blocking_thread_writes_nowhere_and_leaves_nothing_there") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build();
    runtime.expect("a runtime").block_on(async {
        creator();
        for _ in 0..2 {
            let bare = || {
                let before = tags();
                isohub::set_tag("job", "lost");
                before + &tags()
            };
            assert_eq!(tokio::task::spawn_blocking(bare).await.expect("no panic"), "");
            let unit = spawn_isolated!(blocking, tags).await;
            assert_eq!(unit.expect("no panic"), "creator=yes removed=no");
        }
        assert_creator_is_as_before();
    });
    assert_eq!(isohub::stats().lost_writes, 2);
}

#[test]
fn a_scope_of_its_own_in_a_bare_task_is_that_of_spans_in_it_too() {
    isohub::doctor::allow(isohub::doctor::Kind::Orphan);
    #[span]
    fn reads() -> String {
        isohub::set_tag("span", "yes");
        tags()
    }
    #[span]
    async fn reads_later() -> String {
        pause().await;
        reads()
    }
    async fn bare() -> [String; 2] {
        let at_once = isohub::with_scope(|scope| scope.set_tag("edit", 1), || reads() + " then " + &tags());
        let later = reads_later().with_scope(|scope| scope.set_tag("edit", 2));
        let inside = async { reads_later().await + " then " + &tags() };
        assert_eq!(later.await, "span=yes");
        [at_once, inside.with_scope(|scope| scope.set_tag("edit", 3)).await]
    }
    let seen = ["edit=1 span=yes then edit=1 span=yes", "edit=3 span=yes then edit=3 span=yes"];
    workers(1).block_on(async { assert_eq!(spawn_bare(bare()).await.expect("no panic"), seen) });
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        current_thread().block_on(async { assert_eq!(spawn_bare(bare()).await.expect("no panic"), seen) });
    });
}

#[test]
fn a_bare_future_on_a_plain_thread_writes_to_the_thread() {
    futures::executor::block_on(writes_and_opens_a_span());
    assert_eq!(tags(), "lost=1 task=lost too=2");
}

#[test]
fn a_unit_inside_a_bare_task_works_as_any_other() {
    let recorder = Recorder::new();
    let hub = recorder.hub().with_tag("given", "yes");
    workers(2).block_on(async move {
        let task = spawn_bare(async move {
            let unit = async {
                isohub::set_tag("written", "yes");
                helper().await;
                tags()
            };
            (unit.bind_hub(hub).await, tags())
        });
        let (inside, outside) = task.await.expect("no panic");
        assert_eq!((inside.as_str(), outside.as_str()), ("given=yes written=yes", ""));
    });
    assert_eq!(settled_tree(&recorder), "helper {given=yes written=yes}\n");
    assert_eq!(recorder.stats().orphans, 0);
}

#[test]
fn a_unit_that_blocks_on_a_runtime_lends_its_hub_to_no_task_of_it() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        creator();
        current_thread().block_on(async {
            assert_eq!(tags(), "creator=yes removed=no");
            let task = spawn_bare(async { (tags(), Hub::current().span_context()) });
            assert_eq!(task.await.expect("no panic"), (String::new(), None));
        });
    });
}
