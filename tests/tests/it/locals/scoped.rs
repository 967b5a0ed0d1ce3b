//! Values that are there for a closure or a future, and values that are put back by hand.

use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use futures::FutureExt as _;
use isohub::{Hub, HubFutureExt as _, hub_local, isolated, isolated_hub, spawn_isolated};

use crate::support::{
    Log, alone, crash, pause, pauses, poll_on_two_threads, poll_once, poll_to_end, spawn_bare, workers,
};

hub_local! {
    static NAME: String;
    static OWN: String, reset;
    static COUNT: u32 = 7;
}

fn name() -> Option<String> {
    NAME.get().map(|name| (*name).clone())
}

fn own() -> Option<String> {
    OWN.get().map(|own| (*own).clone())
}

fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[test]
fn a_future_has_its_value_at_each_poll_and_others_of_its_unit_have_theirs() {
    NAME.set("unit".to_owned());
    let branch = |value: &str| {
        NAME.scope_async(value.to_owned(), async {
            let mut seen = vec![name()];
            pause().await;
            seen.push(name());
            NAME.set("set inside".to_owned());
            pause().await;
            seen.push(name());
            seen
        })
    };
    let seen = poll_to_end(async {
        let outside = async {
            pause().await;
            NAME.set("set outside".to_owned());
            name()
        };
        tokio::join!(branch("one"), outside, branch("two"))
    });
    let inside = |value| vec![some(value), some(value), some("set inside")];
    assert_eq!(seen, (inside("one"), some("set outside"), inside("two")));
    assert_eq!(name(), some("set outside"));
}

#[test]
fn a_futures_value_goes_with_it_from_thread_to_thread_and_into_the_units_it_makes() {
    #[isolated_hub]
    async fn unit() -> [Option<String>; 2] {
        let first = name();
        pause().await;
        NAME.set("of the unit".to_owned());
        [first, name()]
    }
    let future = async {
        let made = unit();
        let nested = NAME.scope_async("inner".to_owned(), async {
            pauses(3).await;
            name()
        });
        (nested.await, made.await, name())
    };
    let seen = poll_on_two_threads(NAME.scope_async("outer".to_owned(), future).isolated());
    assert_eq!(seen, (some("inner"), [some("outer"), some("of the unit")], some("outer")));
    assert_eq!(name(), None);
}

#[test]
fn a_value_that_is_reset_in_other_units_is_there_in_the_one_that_polls() {
    OWN.set("main".to_owned());
    let scoped = OWN.scope_async("scoped".to_owned(), async {
        let first = own();
        pause().await;
        (first, own(), async { own() }.isolated().await)
    });
    // Made in one unit, and polled in another.
    assert_eq!(poll_to_end(scoped.isolated()), (some("scoped"), some("scoped"), None));
    assert_eq!(own(), some("main"));
    assert_eq!(OWN.scope("scoped".to_owned(), own), some("scoped"));
    let replaced = isolated!(|| {
        let inner = OWN.scope("inner".to_owned(), own);
        (inner, OWN.replace(Arc::new("own".to_owned())), own())
    })();
    assert_eq!(replaced, (some("inner"), None, some("own")));
    assert_eq!(own(), some("main"));
}

#[test]
fn a_future_that_crashes_or_is_dropped_puts_back_what_was_there() {
    struct Says(Log);
    impl Drop for Says {
        fn drop(&mut self) {
            self.0.note(name().unwrap_or_default());
        }
    }
    let log = Log::default();
    NAME.set("unit".to_owned());
    let crashing = NAME.scope_async("crashes".to_owned(), async {
        pause().await;
        crash()
    });
    assert!(poll_to_end(AssertUnwindSafe(crashing).catch_unwind()).is_err());
    assert_eq!(name(), some("unit"));
    let says = Says(log.clone());
    let mut dropped = Box::pin(NAME.scope_async("dropped".to_owned(), async move {
        let _says = says;
        std::future::pending::<()>().await
    }));
    assert!(poll_once(dropped.as_mut()).is_pending());
    assert_eq!(name(), some("unit"));
    drop(dropped);
    let says = Says(log.clone());
    drop(NAME.scope_async("never polled".to_owned(), async move { drop(says) }));
    assert_eq!((log.lines(), name()), (vec!["dropped".to_owned(), "never polled".to_owned()], some("unit")));
}

#[test]
fn the_scoped_value_is_dropped_when_what_was_there_is_back() {
    struct Looks(Log);
    impl Drop for Looks {
        fn drop(&mut self) {
            self.0.note(LOOKS.get().is_some());
        }
    }
    hub_local! {
        static LOOKS: Looks;
    }
    let log = Log::default();
    LOOKS.scope(Looks(log.clone()), || ());
    poll_to_end(LOOKS.scope_async(Looks(log.clone()), pause()));
    LOOKS.set(Looks(Log::default()));
    LOOKS.scope(Looks(log.clone()), || ());
    drop(LOOKS.scope_async(Looks(log.clone()), pause()));
    assert_eq!(log.lines(), ["false", "false", "true", "true"]);
}

#[test]
fn what_was_there_is_put_back_by_hand_where_no_scope_fits() {
    assert_eq!(NAME.replace(Arc::new("first".to_owned())), None);
    let before = NAME.replace(Arc::new("second".to_owned()));
    let again = before.clone();
    assert_eq!(name(), some("second"));
    NAME.replace(before);
    assert_eq!(name(), some("first"));
    assert_eq!(NAME.replace(None).as_deref().map(String::as_str), Some("first"));
    assert_eq!(name(), None);
    // Unlike a token it may be used again, and in another unit.
    let seen = spawn_isolated!(thread, move || {
        NAME.replace(again);
        name()
    });
    assert_eq!((seen.join().expect("no panic"), name()), (some("first"), None));
    // A default that nobody has asked for is not there yet.
    assert_eq!(COUNT.replace(Arc::new(8)), None);
    assert_eq!(COUNT.replace(None).as_deref(), Some(&8));
    assert_eq!(COUNT.get().as_deref(), Some(&7));
}

#[test]
fn scopes_may_nest_cross_and_end_by_a_panic_at_any_depth() {
    fn nest(depth: u32) {
        assert_eq!(COUNT.get().as_deref(), Some(&depth));
        if depth == 20 {
            crash();
        }
        let crashed = catch_unwind(|| COUNT.scope(depth + 1, || nest(depth + 1))).is_err();
        assert_eq!(COUNT.get().as_deref(), Some(&depth));
        if crashed {
            crash();
        }
    }
    assert!(catch_unwind(|| COUNT.scope(10, || nest(10))).is_err());
    assert_eq!(COUNT.get().as_deref(), Some(&7));
    // Two futures of one unit, of which the first to be entered is the first to end.
    let mut first = Box::pin(COUNT.scope_async(1, pauses(1)));
    let mut second = Box::pin(COUNT.scope_async(2, pauses(2)));
    assert!(poll_once(first.as_mut()).is_pending());
    assert!(poll_once(second.as_mut()).is_pending());
    assert!(poll_once(first.as_mut()).is_ready());
    assert_eq!(COUNT.get().as_deref(), Some(&7));
    poll_to_end(second);
    assert_eq!(COUNT.get().as_deref(), Some(&7));
}

#[test]
fn in_a_bare_task_a_scope_is_named_once_and_not_seen() {
    if !alone("locals::scoped::in_a_bare_task_a_scope_is_named_once_and_not_seen") {
        return;
    }
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    workers(1).block_on(async {
        let task = spawn_bare(NAME.scope_async("lost".to_owned(), async {
            let first = name();
            pauses(5).await;
            (first, name())
        }));
        assert_eq!(task.await.expect("no panic"), (None, None));
        let never = spawn_bare(async { drop(NAME.scope_async("unpolled".to_owned(), pause())) });
        never.await.expect("no panic");
    });
    assert_eq!(isohub::stats().lost_writes, 1);
}

#[test]
fn a_scoped_future_is_what_its_future_is() {
    fn all<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>(_: &T) {}
    all(&NAME.scope_async(String::new(), std::future::ready(1)));
    // What is neither `Send` nor `'static` has a value as well.
    let (rc, text) = (Rc::new(1), "2".to_owned());
    let borrowed = &text;
    let seen = poll_to_end(NAME.scope_async("scoped".to_owned(), async {
        pause().await;
        format!("{rc} {borrowed} {:?}", name())
    }));
    assert_eq!(seen, "1 2 Some(\"scoped\")");
}

#[test]
fn a_hub_that_is_taken_inside_keeps_the_value_after_the_scope() {
    let hub = poll_to_end(NAME.scope_async("scoped".to_owned(), async { Hub::current() }));
    assert_eq!(({ hub }.run(name), name()), (some("scoped"), None));
}
