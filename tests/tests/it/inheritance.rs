//! Law 2: a unit starts with exactly what its creator's hub held when the unit was created, and not
//! when it was first polled or run.

use std::sync::{Arc, Mutex};

use futures::stream::{FuturesUnordered, StreamExt as _};
use isohub::spawn_isolated;
use isohub::testing::Recorder;
use isohub::{
    Breadcrumb, Hub, HubFutureExt as _, Level, User, isolated, isolated_hub, parallel, parallel_span, span,
};
use tokio::task::{JoinSet, LocalSet};

use crate::support::{
    Worker, current_thread, pause, poll_on_two_threads, poll_once, poll_to_end, spawn_bare, tags, workers,
};

/// Tells with what it starts.
#[isolated_hub]
async fn unit() -> String {
    tags()
}

#[isolated_hub]
fn unit_sync() -> String {
    tags()
}

fn created() {
    isohub::set_tag("at", "creation");
    isohub::set_tag("removed", "later");
}

/// What the creator does between the creation of a unit and its first poll.
fn changed() {
    isohub::set_tag("at", "poll");
    isohub::set_tag("new", "yes");
    isohub::remove_tag("removed");
}

const CREATED: &str = "at=creation removed=later";
const CHANGED: &str = "at=poll new=yes";

#[test]
fn an_annotated_call_starts_with_what_was_there_at_the_call() {
    created();
    let called = unit();
    changed();
    assert_eq!(poll_to_end(called), CREATED);
    assert_eq!(poll_to_end(unit()), CHANGED);
    assert_eq!(unit_sync(), CHANGED);
}

#[test]
fn a_call_of_a_parallel_span_starts_with_what_was_there_at_the_call() {
    #[parallel_span]
    async fn call() -> String {
        tags()
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        created();
        let called = call();
        changed();
        assert_eq!(poll_to_end(called), CREATED);
    });
    assert_eq!(recorder.tree(), "call {at=creation removed=later}\n");
}

#[test]
fn futures_that_are_isolated_by_a_macro_or_a_method_start_with_what_was_there_then() {
    created();
    let future = async { tags() };
    let (of_block, of_call) = (isolated!(async { tags() }), isolated!(unit()));
    let (of_method, bound) = (future.isolated(), async { tags() }.bind_hub(Hub::current()));
    let named = parallel!("named", async { tags() });
    changed();
    for seen in [poll_to_end(of_block), poll_to_end(of_call), poll_to_end(of_method), poll_to_end(bound)] {
        assert_eq!(seen, CREATED);
    }
    assert_eq!(poll_to_end(named), CREATED);
}

#[test]
fn a_closure_starts_each_call_with_what_was_there_when_it_was_made() {
    created();
    let closure = isolated!(move || {
        let seen = tags();
        isohub::set_tag("called", "yes");
        seen
    });
    let once = parallel!("once", tags);
    changed();
    assert_eq!([closure(), closure(), once()], [CREATED; 3]);
    assert_eq!(tags(), CHANGED);
}

#[span]
fn inner_attributes() -> [String; 3] {
    created();
    let block = #[isolated_hub]
    async {
        tags()
    };
    let closure = #[isolated_hub]
    |more: &str| tags() + more;
    let parallel = #[parallel_span]
    async {
        tags()
    };
    changed();
    [poll_to_end(block), closure(""), poll_to_end(parallel)]
}

#[test]
fn inner_blocks_and_closures_start_with_what_was_there_when_they_were_made() {
    assert_eq!(inner_attributes(), [CREATED; 3]);
}

#[test]
fn spawned_units_start_with_what_was_there_at_the_spawn() {
    let runtime = current_thread();
    LocalSet::new().block_on(&runtime, async {
        created();
        // None of them runs before the creator waits.
        let tasks = [
            spawn_isolated!(async { tags() }),
            spawn_isolated!("named", async { tags() }),
            spawn_isolated!(local, async { tags() }),
            spawn_isolated!(in tokio::runtime::Handle::current(), unit()),
            tokio::spawn(unit()),
            tokio::task::spawn_local(unit()),
        ];
        let mut set = JoinSet::new();
        spawn_isolated!(in set, unit());
        set.spawn(unit());
        changed();
        for task in tasks {
            assert_eq!(task.await.expect("no panic"), CREATED);
        }
        assert_eq!(set.join_all().await, [CREATED; 2]);
        assert_eq!(tags(), CHANGED);
    });
}

#[test]
fn jobs_that_wait_for_a_thread_start_with_what_was_there_at_the_spawn() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build();
    runtime.expect("a runtime").block_on(async {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let first = spawn_isolated!(blocking, move || wait.recv());
        created();
        let job = spawn_isolated!(blocking, tags);
        let unit = spawn_isolated!("named", blocking, tags);
        changed();
        go.send(()).expect("it waits");
        assert_eq!(first.await.expect("no panic"), Ok(()));
        assert_eq!(job.await.expect("no panic"), CREATED);
        assert_eq!(unit.await.expect("no panic"), CREATED);
    });
}

#[test]
fn threads_start_with_what_was_there_when_their_closures_were_made() {
    created();
    std::thread::scope(|s| {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let spawned = spawn_isolated!(in s, move || {
            wait.recv().expect("a word");
            tags()
        });
        let made = isolated!(tags);
        changed();
        go.send(()).expect("it waits");
        assert_eq!(spawned.join().expect("no panic"), CREATED);
        assert_eq!(s.spawn(made).join().expect("no panic"), CREATED);
    });
    assert_eq!(spawn_isolated!(thread, tags).join().expect("no panic"), CHANGED);
}

#[test]
fn the_hub_is_cloned_before_the_place_to_spawn_in_is_evaluated() {
    workers(1).block_on(async {
        created();
        let task = spawn_isolated!(in {
            changed();
            tokio::runtime::Handle::current()
        }, async { tags() });
        assert_eq!(task.await.expect("no panic"), CREATED);
    });
}

#[test]
fn members_of_an_unordered_set_start_with_what_was_there_when_each_was_made() {
    let set = FuturesUnordered::new();
    for n in 1..4 {
        isohub::set_tag("n", n);
        set.push(unit());
    }
    isohub::set_tag("n", "poll");
    let mut seen: Vec<_> = futures::executor::block_on(set.collect());
    seen.sort();
    assert_eq!(seen, ["n=1", "n=2", "n=3"]);
}

#[test]
fn the_creator_may_be_gone_when_its_unit_starts() {
    let called = {
        let mut hub = Hub::base().with_tag("by", "creator");
        hub.run(unit)
    };
    isohub::set_tag("thread", "other");
    assert_eq!(poll_to_end(called), "by=creator");
    let called = std::thread::spawn(|| {
        isohub::set_tag("by", "thread");
        unit()
    });
    assert_eq!(poll_to_end(called.join().expect("no panic")), "by=thread");
}

#[test]
fn branches_of_our_join_start_with_what_was_there_at_the_macro() {
    poll_to_end(async {
        created();
        let mut both = std::pin::pin!(async {
            isohub::join!(async { tags() }, async {
                pause().await;
                tags()
            })
        });
        assert!(poll_once(both.as_mut()).is_pending());
        changed();
        assert_eq!(both.await, (CREATED.to_owned(), CREATED.to_owned()));
    });
}

#[test]
fn a_span_shares_the_hub_of_its_unit_as_it_is_at_each_poll() {
    #[span]
    async fn helper() -> [String; 2] {
        let first = tags();
        isohub::set_tag("helper", "was here");
        pause().await;
        [first, tags()]
    }
    created();
    let mut called = std::pin::pin!(helper());
    changed();
    assert!(poll_once(called.as_mut()).is_pending());
    assert_eq!(tags(), "at=poll helper=was here new=yes");
    isohub::remove_tag("new");
    assert_eq!(poll_to_end(called), [CHANGED, "at=poll helper=was here"]);
}

#[test]
fn a_span_that_is_spawned_starts_from_an_empty_scope_of_its_own() {
    #[span]
    async fn helper() -> [String; 2] {
        let first = tags();
        isohub::set_tag("helper", "was here");
        pause().await;
        [first, tags()]
    }
    workers(1).block_on(async {
        created();
        let spawned = spawn_bare(helper());
        assert_eq!(spawned.await.expect("no panic"), ["", "helper=was here"]);
        assert_eq!(tags(), CREATED);
    });
}

#[test]
fn everything_that_a_scope_holds_is_inherited_and_so_is_the_last_event() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::configure_scope(|scope| {
            scope.set_tag("tag", 1);
            scope.set_user(User::from("17"));
            scope.set_context("job", [("attempt", 2)]);
            scope.set_extra("rows", 3);
            scope.set_level(Level::Fatal);
            scope.set_fingerprint(["a", "b"]);
            scope.set_transaction_name("GET /");
            scope.add_breadcrumb(Breadcrumb::new("crumb"));
        });
        isohub::add_attachment(isohub::Attachment::new("file", *b"content"));
        let event = isohub::capture_message("before", Level::Info);
        let here = format!("{:?}", Hub::current().scope());
        let called = isolated!(async { (format!("{:?}", Hub::current().scope()), isohub::last_event_id()) });
        isohub::clear_scope();
        isohub::capture_message("after", Level::Info);
        assert_eq!(poll_to_end(called), (here, Some(event)));
    });
}

#[test]
fn units_of_units_inherit_from_their_own_creator() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let nested = {
        let seen = Arc::clone(&seen);
        async move {
            isohub::set_tag("level", 1);
            let inner = isolated!(async move {
                isohub::set_tag("inner", 1);
                let innermost = isolated!(move || seen.lock().expect("no panic").push(tags()));
                isohub::set_tag("inner", 2);
                pause().await;
                innermost();
            });
            isohub::set_tag("level", 2);
            pause().await;
            inner.await;
        }
    };
    isohub::set_tag("level", 0);
    poll_on_two_threads(nested.isolated());
    assert_eq!(*seen.lock().expect("no panic"), ["inner=1 level=1"]);
    assert_eq!(tags(), "level=0");
}

#[test]
fn fresh_units_inherit_nothing_but_the_place_where_their_data_goes() {
    #[parallel_span(fresh, tags(own = 1))]
    async fn consumer() -> String {
        tags()
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        created();
        assert_eq!(poll_to_end(consumer()), "own=1");
        assert_eq!(isolated!(fresh, tags)(), "");
        assert_eq!(tags(), CREATED);
    });
    assert_eq!(recorder.tree(), "consumer {own=1}\n");
}

#[test]
fn tags_of_an_attribute_are_evaluated_in_the_unit_at_its_first_poll() {
    #[isolated_hub(tags(seen = tags(), n = n))]
    async fn tagged(n: u32) -> String {
        tags()
    }
    created();
    let called = tagged(7);
    changed();
    assert_eq!(poll_to_end(called), format!("at=creation n=7 removed=later seen={CREATED}"));
    assert_eq!(tags(), CHANGED);
}

#[test]
fn a_hub_that_was_taken_stays_as_it_was() {
    created();
    let taken = Hub::current();
    changed();
    let pool = Worker::new();
    let seen = pool.run(move || {
        let mut taken = taken;
        taken.run(tags)
    });
    assert_eq!(seen, CREATED);
}
