//! What a unit wrote is applied to the unit that created it if it was asked to be, and only then.

mod by_hand;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use isohub::testing::Recorder;
use isohub::{
    Attachment, Breadcrumb, Hub, HubFutureExt as _, Level, Scope, User, isolated, isolated_hub, parallel,
    parallel_span, span,
};

use crate::support::{crash, current_thread, pause, poll_once, poll_to_end, tags};

#[isolated_hub(merge)]
async fn sets(key: &'static str, value: u32) {
    pause().await;
    isohub::set_tag(key, value);
}

#[parallel_span(merge)]
async fn sets_in_span(key: &'static str, value: u32) {
    pause().await;
    isohub::set_tag(key, value);
}

#[isolated_hub(merge)]
fn sets_now(key: &'static str, value: u32) {
    isohub::set_tag(key, value);
}

#[parallel_span(merge)]
fn sets_now_in_span(key: &'static str, value: u32) {
    isohub::set_tag(key, value);
}

#[isolated_hub(merge(err))]
async fn fails(fails: bool) -> Result<(), ()> {
    pause().await;
    isohub::set_tag("failed", fails);
    if fails { Err(()) } else { Ok(()) }
}

#[parallel_span(merge(err), error_if = |it| *it)]
async fn fails_in_span(fails: bool) -> bool {
    isohub::set_tag("failed", fails);
    fails
}

#[isolated_hub(merge(err))]
fn fails_now(fails: bool) -> Result<(), ()> {
    isohub::set_tag("failed", fails);
    if fails { Err(()) } else { Ok(()) }
}

#[isolated_hub(merge)]
async fn crashes() {
    isohub::set_tag("crashed", true);
    crash()
}

/// Runs in a unit of its own, and says which tags that has afterwards.
fn after(unit: impl Future<Output = ()>) -> String {
    let unit = async {
        unit.await;
        tags()
    };
    poll_to_end(unit.bind_hub(Hub::base().with_tag("a", 0)))
}

#[test]
fn what_it_wrote_is_applied_when_it_completes() {
    let all = async {
        sets("b", 1).await;
        sets_in_span("c", 2).await;
        sets_now("d", 3);
        sets_now_in_span("e", 4);
        parallel!("f", merge, async { isohub::set_tag("f", 5) }).await;
        isolated!(merge, || isohub::set_tag("g", 6))();
    };
    assert_eq!(after(all), "a=0 b=1 c=2 d=3 e=4 f=5 g=6");
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        sets_now_in_span("e", 4);
        assert_eq!(tags(), "e=4");
    });
}

#[test]
fn the_arguments_of_a_unit_are_among_its_writes() {
    #[isolated_hub(merge, tags(tenant = "acme"))]
    async fn tenant() {}
    assert_eq!(after(async { tenant().await }), "a=0 tenant=acme");
}

#[test]
fn a_closure_is_merged_at_each_call_and_starts_from_its_snapshot() {
    #[span]
    fn calls() {
        let each = #[isolated_hub(merge)]
        move |n: u32| {
            assert_eq!(tags(), "a=0");
            isohub::set_tag("n", n);
        };
        each(1);
        each(2);
    }
    assert_eq!(after(async { calls() }), "a=0 n=2");
}

#[test]
fn branches_that_write_different_things_keep_both_and_the_last_to_complete_wins() {
    let both = async {
        let late = async { sets("b", 1).await };
        futures::join!(sets("c", 2), async {
            pause().await;
            sets_in_span("d", 3).await;
        });
        let (first, second) = (sets("x", 1), sets("x", 2));
        second.await;
        first.await;
        late.await;
    };
    assert_eq!(after(both), "a=0 b=1 c=2 d=3 x=1");
}

#[test]
fn the_branches_of_a_join_pass_on_what_their_creator_asked_for_and_nothing_else() {
    let unit = async {
        isohub::join!(sets("b", 1), sets_in_span("c", 2), async {
            isohub::set_tag("branch", 1);
            sets("d", 3).await;
            assert_eq!(tags(), "a=0 branch=1 d=3");
        });
        let made_before = sets("e", 4);
        isohub::join!(async {
            made_before.await;
            assert_eq!(tags(), "a=0 b=1 c=2 e=4", "the branch has it, too");
        });
        let failed = isohub::try_join!(fails(true), fails(false));
        assert_eq!(failed, Err(()));
    };
    assert_eq!(after(unit), "a=0 b=1 c=2 e=4 failed=true");
}

#[test]
fn what_it_inherited_is_not_written_back() {
    let unit = async {
        let mut unit = pin!(sets("b", 1));
        assert!(poll_once(unit.as_mut()).is_pending());
        isohub::set_tag("a", 9);
        unit.await;
    };
    assert_eq!(after(unit), "a=9 b=1");
}

#[test]
fn nothing_is_applied_on_cancellation_and_panic() {
    let unit = async {
        let mut cancelled = Box::pin(isolated!(merge, async {
            isohub::set_tag("cancelled", true);
            pause().await;
        }));
        assert!(poll_once(cancelled.as_mut()).is_pending());
        drop(cancelled);
        drop(sets("never", 1));
        catch_unwind(AssertUnwindSafe(|| poll_to_end(crashes()))).expect_err("it crashes");
        let crashing = isolated!(merge, || {
            isohub::set_tag("crashed", true);
            crash();
        });
        catch_unwind(AssertUnwindSafe(crashing)).expect_err("it crashes");
    };
    assert_eq!(after(unit), "a=0");
}

#[test]
fn only_errors_are_applied_where_that_was_asked_for() {
    let unit = |fail: bool| async move {
        assert_eq!(fails(fail).await.is_err(), fail);
    };
    assert_eq!(after(unit(false)), "a=0");
    assert_eq!(after(unit(true)), "a=0 failed=true");
    assert_eq!(after(async { assert!(!fails_in_span(false).await) }), "a=0");
    assert_eq!(after(async { assert!(fails_in_span(true).await) }), "a=0 failed=true");
    assert_eq!(after(async { assert!(fails_now(false).is_ok()) }), "a=0");
    assert_eq!(after(async { assert!(fails_now(true).is_err()) }), "a=0 failed=true");
    let closure = isolated!(merge(err), || fails_now(true));
    assert_eq!(after(async { assert!(closure().is_err()) }), "a=0", "made in another unit");
    let inside = async {
        assert!(isolated!(merge(err), || fails_now(true))().is_err());
        let given = async { fails(true).await };
        assert!(isolated!(merge(err), given).await.is_err());
    };
    assert_eq!(after(inside), "a=0 failed=true");
}

#[test]
fn nested_units_give_to_their_creator_and_no_further() {
    #[isolated_hub]
    async fn keeps() {
        sets("inner", 1).await;
        assert_eq!(tags(), "a=0 inner=1");
    }
    #[isolated_hub(merge)]
    async fn passes() {
        sets("inner", 1).await;
    }
    assert_eq!(after(async { keeps().await }), "a=0");
    assert_eq!(after(async { passes().await }), "a=0 inner=1");
}

#[test]
fn a_unit_that_completes_elsewhere_gives_nothing() {
    let unit = async {
        let made = sets("b", 1);
        made.bind_hub(Hub::base()).await;
        let made = sets("b", 1);
        isolated!(async {
            made.await;
            assert_eq!(tags(), "a=0");
        })
        .await;
    };
    assert_eq!(after(unit), "a=0");
    current_thread().block_on(async {
        let outer = async {
            tokio::spawn(sets("b", 1)).await.expect("no panic");
            assert_eq!(tags(), "a=0");
        };
        outer.bind_hub(Hub::base().with_tag("a", 0)).await;
    });
}

#[test]
fn removals_and_clearing_are_writes() {
    let unit = async {
        isohub::set_user(isohub::User::from("17"));
        isolated!(merge, || {
            isohub::remove_tag("a");
            isohub::set_user(None);
        })();
        assert_eq!(Hub::current().scope().user(), None);
        isohub::set_tag("b", 1);
        isolated!(merge, || {
            isohub::clear_scope();
            isohub::set_tag("c", 2);
        })();
    };
    assert_eq!(after(unit), "c=2");
}

#[test]
fn breadcrumbs_are_merged_in_the_order_of_time() {
    let at = |seconds: u64, message: &'static str| Breadcrumb {
        time: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        ..Breadcrumb::new(message)
    };
    let shown = || {
        let hub = Hub::current();
        let messages = hub.scope().breadcrumbs().into_iter().filter_map(|it| it.message.clone());
        messages.collect::<Vec<_>>().join(" ")
    };
    let unit = async {
        isohub::add_breadcrumb(at(1, "one"));
        let inner = isolated!(merge, || {
            isohub::add_breadcrumb(at(2, "two"));
            isohub::add_breadcrumb(at(4, "four"));
        });
        isohub::add_breadcrumb(at(3, "three"));
        inner();
        assert_eq!(shown(), "one two three four");
        isolated!(merge, || {
            isohub::clear_breadcrumbs();
            isohub::add_breadcrumb(at(5, "five"));
        })();
        assert_eq!(shown(), "five");
    };
    after(unit);
}

#[test]
fn a_thousand_writes_are_applied_whatever_was_compacted() {
    let unit = async {
        (0..100).for_each(|n| isohub::set_tag(format!("inherited{n}"), n));
        let inner = isolated!(merge, || {
            (0..1000).for_each(|n| isohub::set_tag(format!("own{}", n % 50), n));
            isohub::remove_tag("inherited7");
        });
        (0..1000).for_each(|n| isohub::set_tag(format!("inherited{}", n % 100), "later"));
        inner();
        let hub = Hub::current();
        let tags = hub.scope().tags();
        assert_eq!(tags.len(), 150, "a, 99 inherited, 50 of its own");
        assert_eq!(hub.scope().tag("own49"), Some("999"));
        assert_eq!(hub.scope().tag("inherited7"), None);
        assert_eq!(hub.scope().tag("inherited8"), Some("later"));
    };
    after(unit);
}

#[test]
fn what_is_edited_and_what_is_merged_is_passed_on() {
    let unit = async {
        isolated!(merge, || isohub::configure_scope(|scope| scope.set_extra("rows", 3)))();
        assert_eq!(Hub::current().scope().extra("rows"), Some(&isohub::Value::I64(3)));
        isohub::with_scope(|scope| scope.set_tag("b", 1), || sets_now("c", 2));
    };
    assert_eq!(after(unit), "a=0", "a scope for a while takes what completes in it");
}

#[test]
fn the_creator_can_show_the_last_event() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let first = isohub::capture_message("before", isohub::Level::Info);
        isolated!(merge, || ())();
        assert_eq!(isohub::last_event_id(), Some(first));
        let inside = isolated!(merge, || isohub::capture_message("inside", isohub::Level::Info))();
        assert_eq!(isohub::last_event_id(), Some(inside));
        // One that captures nothing has that of its creator, which is not given back.
        let captures_nothing = isolated!(merge, || assert_eq!(isohub::last_event_id(), Some(inside)));
        let later = isohub::capture_message("later", isohub::Level::Info);
        captures_nothing();
        assert_eq!(isohub::last_event_id(), Some(later));
    });
}

#[test]
fn all_parts_of_a_scope_are_merged_and_baggage_is_none() {
    let unit = async {
        isohub::set_user(User::from("1"));
        isohub::set_context("job", [("attempt", 1)]);
        isohub::set_context("gone", [("attempt", 1)]);
        isohub::set_extra("gone", 1);
        isohub::set_level(Level::Info);
        isohub::set_transaction_name("first");
        isohub::set_fingerprint(["first"]);
        isohub::add_attachment(Attachment::new("first", b"1".to_vec()));
        isohub::set_baggage("creator", "yes");
        isolated!(merge, || {
            isohub::set_user(User::from("2"));
            isohub::set_context("job", [("attempt", 2)]);
            isohub::remove_context("gone");
            isohub::remove_extra("gone");
            isohub::set_level(Level::Error);
            isohub::set_transaction_name("second");
            isohub::set_fingerprint(["second"]);
            isohub::add_attachment(Attachment::new("second", b"2".to_vec()));
            isohub::set_baggage("creator", "no");
        })();
        let hub = Hub::current();
        let scope = hub.scope();
        let mut expected = Scope::default();
        expected.set_tag("a", 0);
        expected.set_user(User::from("2"));
        expected.set_context("job", [("attempt", 2)]);
        expected.set_level(Level::Error);
        expected.set_transaction_name("second");
        expected.set_fingerprint(["second"]);
        expected.add_attachment(Attachment::new("first", b"1".to_vec()));
        expected.add_attachment(Attachment::new("second", b"2".to_vec()));
        assert_eq!(format!("{scope:?}"), format!("{expected:?}"));
        assert_eq!(hub.baggage().get("creator"), Some("yes"));
    };
    after(unit);
}

#[test]
fn event_processors_that_are_merged_run_once_and_after_those_that_were_there() {
    let (recorder, seen) = (Recorder::new(), Arc::new(Mutex::new(String::new())));
    let processor = |name: char| {
        let seen = Arc::clone(&seen);
        move |event| {
            seen.lock().expect("no panic").push(name);
            Some(event)
        }
    };
    recorder.run_sync(|| {
        isohub::add_event_processor(processor('a'));
        let merges = isolated!(merge, || isohub::add_event_processor(processor('b')));
        isohub::add_event_processor(processor('c'));
        merges();
        isohub::capture_message("passes them", Level::Info);
    });
    assert_eq!(*seen.lock().expect("no panic"), "acb");
}

#[test]
fn what_a_merge_takes_away_is_dropped_when_the_unit_is_whole() {
    struct Writes;
    impl Drop for Writes {
        fn drop(&mut self) {
            isohub::set_tag("dropped", tags());
        }
    }
    let unit = async {
        let add = || {
            let writes = Writes;
            isohub::add_event_processor(move |event| {
                let _writes = &writes;
                Some(event)
            });
        };
        add();
        isolated!(merge, isohub::clear_scope)();
        assert_eq!(tags(), "dropped=");
        add();
        let ((), child) = async { isohub::clear_scope() }.returning_hub().await;
        isohub::merge(child);
    };
    assert_eq!(after(unit), "dropped=");
}

#[test]
fn what_is_merged_over_three_levels_comes_from_each_of_them() {
    #[isolated_hub(merge)]
    async fn level(depth: u32) {
        isohub::set_tag(format!("depth{depth}"), depth);
        isohub::add_breadcrumb(Breadcrumb::new(format!("depth {depth}")));
        if depth < 3 {
            Box::pin(level(depth + 1)).await;
        }
        isohub::set_tag("last", depth);
    }
    let unit = async {
        level(1).await;
        assert_eq!(Hub::current().scope().breadcrumbs().len(), 3);
    };
    let seen = after(async {
        unit.await;
        isohub::remove_tag("a");
    });
    assert_eq!(seen, "depth1=1 depth2=2 depth3=3 last=1");
}
