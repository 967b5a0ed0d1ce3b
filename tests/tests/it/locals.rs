//! Typed values that follow the hub: what each policy gives a unit that is cloned from another.

mod context;
mod declared;
mod scoped;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use isohub::{Hub, HubFutureExt as _, hub_local, isolated, isolated_hub, spawn_isolated};

use crate::support::{Log, alone, crash, pause, poll_on_two_threads, poll_to_end, spawn_bare, tags, workers};

hub_local! {
    static FORKED: String;
    static SHARED: AtomicU32, share;
    static RESET: String, reset;
    static WITH_DEFAULT: u32 = 7;
    static RESET_TO_DEFAULT: u32 = 7, reset;
    static EXPLICIT: u32 = 7, fork;
}

fn forked() -> Option<String> {
    FORKED.get().map(|value| (*value).clone())
}

#[isolated_hub]
async fn unit(own: &'static str) -> [Option<String>; 2] {
    let first = forked();
    pause().await;
    FORKED.set(own.to_owned());
    pause().await;
    [first, forked()]
}

fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[test]
fn a_forked_value_is_inherited_at_the_call_and_set_for_the_own_unit_only() {
    assert_eq!(forked(), None);
    FORKED.set("main".to_owned());
    let (first, second) = (unit("first"), unit("second"));
    FORKED.set("later".to_owned());
    let seen = poll_to_end(async { tokio::join!(first, second) });
    assert_eq!(seen, ([some("main"), some("first")], [some("main"), some("second")]));
    assert_eq!(forked(), some("later"));
}

#[test]
fn a_forked_value_follows_its_unit_from_thread_to_thread() {
    FORKED.set("main".to_owned());
    let seen = poll_on_two_threads(async { tokio::join!(unit("first"), unit("second")) }.isolated());
    assert_eq!(seen, ([some("main"), some("first")], [some("main"), some("second")]));
    let seen = workers(2).block_on(async { tokio::spawn(unit("task")).await.expect("no panic") });
    assert_eq!(seen, [some("main"), some("task")]);
    assert_eq!(spawn_isolated!(thread, forked).join().expect("no panic"), some("main"));
    assert_eq!(std::thread::spawn(forked).join().expect("no panic"), None);
}

#[test]
fn a_shared_value_is_one_for_all_units_that_are_made_after_it() {
    SHARED.set(AtomicU32::new(0));
    let count = || SHARED.get().map(|count| count.fetch_add(1, Ordering::Relaxed));
    let threads: Vec<_> = (0..10).map(|_| spawn_isolated!(thread, count)).collect();
    let mut seen: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
    seen.sort();
    assert_eq!(seen, (0..10).map(Some).collect::<Vec<_>>());
    assert_eq!(count(), Some(10));
    // To set another is to fork.
    isolated!(|| SHARED.set(AtomicU32::new(100)))();
    assert_eq!(count(), Some(11));
}

#[test]
fn a_reset_value_is_absent_in_other_units_and_there_again_in_its_own() {
    let get = || RESET.get().map(|value| (*value).clone());
    RESET.set("main".to_owned());
    let inner = isolated!(move || {
        let first = get();
        RESET.set("inner".to_owned());
        [first, get(), isolated!(get)()]
    });
    assert_eq!(inner(), [None, some("inner"), None]);
    assert_eq!(get(), some("main"));
    let mut hub = Hub::current();
    assert_eq!(hub.run(get), None);
    hub.run(|| RESET.set("hub".to_owned()));
    assert_eq!((hub.run(get), get()), (some("hub"), some("main")));
}

#[test]
fn a_default_is_made_where_it_is_first_asked_for() {
    let get = || WITH_DEFAULT.get().map(|value| *value);
    let mut hub = Hub::base();
    assert_eq!(hub.run(get), Some(7));
    hub.run(|| WITH_DEFAULT.set(8));
    assert_eq!((hub.run(get), get()), (Some(8), Some(7)));
    hub.run(|| WITH_DEFAULT.remove());
    assert_eq!(hub.run(get), Some(7));
    RESET_TO_DEFAULT.set(9);
    assert_eq!(isolated!(|| RESET_TO_DEFAULT.get().map(|value| *value))(), Some(7));
    assert_eq!(RESET_TO_DEFAULT.get().as_deref(), Some(&9));
}

#[test]
fn a_default_that_is_made_is_the_same_value_until_another_is_set() {
    let first = EXPLICIT.get();
    let again = EXPLICIT.get();
    assert!(first.zip(again).is_some_and(|(first, again)| Arc::ptr_eq(&first, &again)));
}

#[test]
fn a_value_that_is_removed_is_removed_from_its_own_unit_only() {
    FORKED.set("main".to_owned());
    let seen = isolated!(|| {
        FORKED.remove();
        forked()
    })();
    assert_eq!((seen, forked()), (None, some("main")));
}

#[test]
fn a_scoped_value_is_there_for_a_closure_and_then_what_was_there_before() {
    let nested = || FORKED.scope("inner".to_owned(), forked);
    FORKED.scope("outer".to_owned(), || {
        assert_eq!((forked(), nested(), forked()), (some("outer"), some("inner"), some("outer")));
        FORKED.set("set inside".to_owned());
    });
    assert_eq!(forked(), None);
    FORKED.set("before".to_owned());
    let crashed = catch_unwind(AssertUnwindSafe(|| {
        FORKED.scope("outer".to_owned(), || {
            assert_eq!(forked(), some("outer"));
            crash()
        })
    }));
    assert!(crashed.is_err());
    assert_eq!(forked(), some("before"));
}

#[test]
fn units_that_are_made_in_a_scoped_value_keep_it() {
    let (inside, taken) = FORKED.scope("scoped".to_owned(), || (unit("own"), Hub::current()));
    assert_eq!(poll_to_end(inside), [some("scoped"), some("own")]);
    assert_eq!({ taken }.run(forked), some("scoped"));
}

#[test]
fn a_value_is_dropped_when_the_last_unit_that_has_it_is_gone() {
    hub_local! {
        static WITNESS: crate::support::Witness;
    }
    let log = Log::default();
    let mut hub = Hub::base().with_tag("hub", 1);
    hub.run(|| WITNESS.set(log.witness("first")));
    let copy = hub.clone();
    hub.run(|| WITNESS.set(log.witness("second")));
    assert!(log.lines().is_empty());
    hub.run(|| WITNESS.remove());
    assert_eq!(log.lines(), ["second: hub=1"]);
    drop(copy);
    assert_eq!(log.lines(), ["second: hub=1", "first: "]);
}

#[test]
fn the_value_that_is_replaced_may_look_at_its_own_slot_when_it_is_dropped() {
    struct Looks(u32, Arc<Mutex<Vec<Option<u32>>>>);
    impl Drop for Looks {
        fn drop(&mut self) {
            let now = LOOKS.get().map(|it| it.0);
            self.1.lock().expect("no panic").push(now);
            if self.0 == 1 {
                LOOKS.set(Looks(3, Arc::clone(&self.1)));
            }
        }
    }
    hub_local! {
        static LOOKS: Looks;
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    LOOKS.set(Looks(1, Arc::clone(&seen)));
    LOOKS.set(Looks(2, Arc::clone(&seen)));
    LOOKS.remove();
    assert_eq!(*seen.lock().expect("no panic"), [Some(2), Some(3), None]);
}

#[test]
fn in_a_bare_task_values_are_neither_kept_nor_seen() {
    if !alone("locals::in_a_bare_task_values_are_neither_kept_nor_seen") {
        return;
    }
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    workers(1).block_on(async {
        FORKED.set("main".to_owned());
        let task = spawn_bare(async {
            FORKED.set("lost".to_owned());
            let scoped = FORKED.scope("lost".to_owned(), forked);
            (forked(), scoped, WITH_DEFAULT.get().as_deref().copied())
        });
        assert_eq!(task.await.expect("no panic"), (None, None, Some(7)));
        assert_eq!(forked(), some("main"));
    });
    // The default that could not be kept is the third.
    assert_eq!(isohub::stats().lost_writes, 3);
}

#[test]
fn a_scope_that_is_cleared_or_changed_leaves_values_alone() {
    FORKED.set("kept".to_owned());
    isohub::set_tag("tag", "gone");
    isohub::clear_scope();
    assert_eq!((forked(), tags()), (some("kept"), String::new()));
    let inside = isohub::with_scope(
        |scope| scope.set_tag("inside", 1),
        || {
            FORKED.set("inside".to_owned());
            forked()
        },
    );
    assert_eq!((inside, forked()), (some("inside"), some("kept")));
}
