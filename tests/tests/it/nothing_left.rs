//! Law 5: after a unit returned, crashed, was cancelled or dropped, its thread's current hub is what
//! it was before, and destructors ran in their own unit's hub.

mod closures;
mod destructors;
mod thread_end;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use futures::FutureExt as _;
use isohub::testing::Recorder;
use isohub::{
    Hub, HubFutureExt as _, SpanContext, isolated, isolated_hub, parallel, parallel_span, span, with_scope,
};

use crate::support::{crash, pause, poll_once, poll_to_end, tags};

#[test]
fn units_and_spans_leave_nothing_on_threads_without_a_hub_in_the_global_pipeline() {
    let out = crate::child::prints("bare-threads");
    assert_eq!(out, "left=false\nflush=Ok(())\nroots=[\"bare\", \"request\", \"shared\"]\n");
}

/// What a thread has now.
fn here() -> (String, Option<SpanContext>) {
    (tags(), isohub::current_span().context())
}

/// Runs `f` in a unit with a tag and an active span, and sees to it that it leaves both as they were.
fn leaves_all_as_it_was(f: impl Fn()) {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("around").in_scope(|| {
            isohub::set_tag("around", "yes");
            let before = here();
            assert_eq!(before.0, "around=yes");
            assert!(before.1.is_some());
            for _ in 0..2 {
                f();
                assert_eq!(here(), before);
            }
        });
        assert_eq!(here(), ("around=yes".to_owned(), None));
    });
    recorder.settled(std::time::Duration::from_secs(20)).expect("every span ends");
    // The same where no unit was bound before.
    let before = here();
    f();
    assert_eq!(here(), before);
}

fn work() {
    isohub::doctor::allow(isohub::doctor::Kind::DeadWrite);
    isohub::set_tag("work", "yes");
    isohub::remove_tag("around");
}

#[isolated_hub]
fn hub(crashes: bool) {
    work();
    if crashes {
        crash();
    }
}

#[parallel_span]
fn unit(crashes: bool) {
    work();
    if crashes {
        crash();
    }
}

#[span]
fn helper(crashes: bool) {
    if crashes {
        crash();
    }
}

#[parallel_span]
async fn slow_unit(crashes: bool) {
    work();
    pause().await;
    slow_helper(crashes).await;
}

#[isolated_hub]
async fn slow_hub(crashes: bool) {
    work();
    slow_helper(crashes).await;
}

#[span]
async fn slow_helper(crashes: bool) {
    pause().await;
    if crashes {
        crash();
    }
}

fn crashed(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
}

#[test]
fn functions_that_return_leave_all_as_it_was() {
    leaves_all_as_it_was(|| hub(false));
    leaves_all_as_it_was(|| unit(false));
    leaves_all_as_it_was(|| helper(false));
    leaves_all_as_it_was(|| isolated!(work)());
    leaves_all_as_it_was(|| parallel!("closure", work)());
    leaves_all_as_it_was(|| Hub::current().run(work));
    leaves_all_as_it_was(|| with_scope(|scope| scope.set_tag("edit", 1), work));
    leaves_all_as_it_was(|| isohub::start_span!("by hand").in_scope(|| helper(false)));
}

#[test]
fn functions_that_crash_leave_all_as_it_was() {
    leaves_all_as_it_was(|| crashed(|| hub(true)));
    leaves_all_as_it_was(|| crashed(|| unit(true)));
    leaves_all_as_it_was(|| crashed(|| helper(true)));
    leaves_all_as_it_was(|| crashed(isolated!(|| unit(true))));
    leaves_all_as_it_was(|| crashed(parallel!("closure", || helper(true))));
    leaves_all_as_it_was(|| crashed(|| Hub::current().run(|| helper(true))));
    leaves_all_as_it_was(|| crashed(|| with_scope(|scope| scope.set_tag("edit", 1), || hub(true))));
    leaves_all_as_it_was(|| crashed(|| isohub::start_span!("by hand").in_scope(|| helper(true))));
}

#[test]
fn what_crashes_before_its_body_begins_leaves_all_as_it_was() {
    #[parallel_span(tags(key = key()))]
    fn tagged() {}
    #[isolated_hub(tags(key = key()))]
    async fn slowly_tagged() {}
    #[span(parent = given())]
    fn below() {}
    fn key() -> String {
        work();
        crash()
    }
    fn given() -> SpanContext {
        crash()
    }
    // Whether the panic goes on is not the matter here.
    leaves_all_as_it_was(|| drop(catch_unwind(tagged)));
    leaves_all_as_it_was(|| drop(catch_unwind(|| poll_to_end(slowly_tagged()))));
    leaves_all_as_it_was(|| crashed(below));
    leaves_all_as_it_was(|| crashed(|| with_scope(|_| crash(), work)));
}

#[test]
fn futures_leave_all_as_it_was_after_each_poll_and_when_they_are_ready() {
    leaves_all_as_it_was(|| {
        let before = here();
        let (mut unit, mut hub, mut helper) =
            (pin!(slow_unit(false)), pin!(slow_hub(false)), pin!(slow_helper(false)));
        let mut scoped = pin!(slow_hub(false).with_scope(|scope| scope.set_tag("edit", 1)));
        let mut by_hand = pin!(slow_helper(false).in_span(isohub::start_span!("by hand")));
        let mut returning = pin!(slow_hub(false).returning_hub());
        for turn in 1..=3 {
            let is_last = turn == 3;
            assert_eq!(poll_once(unit.as_mut()).is_ready(), is_last);
            assert_eq!(here(), before);
            if turn <= 2 {
                let is_last = turn == 2;
                assert_eq!(poll_once(hub.as_mut()).is_ready(), is_last);
                assert_eq!(here(), before);
                assert_eq!(poll_once(helper.as_mut()).is_ready(), is_last);
                assert_eq!(here(), before);
                assert_eq!(poll_once(scoped.as_mut()).is_ready(), is_last);
                assert_eq!(here(), before);
                assert_eq!(poll_once(by_hand.as_mut()).is_ready(), is_last);
                assert_eq!(here(), before);
                assert_eq!(poll_once(returning.as_mut()).is_ready(), is_last);
                assert_eq!(here(), before);
            }
        }
    });
}

#[test]
fn futures_that_crash_leave_all_as_it_was() {
    leaves_all_as_it_was(|| crashed(|| poll_to_end(slow_unit(true))));
    leaves_all_as_it_was(|| crashed(|| poll_to_end(slow_hub(true))));
    leaves_all_as_it_was(|| crashed(|| poll_to_end(slow_helper(true))));
    leaves_all_as_it_was(|| crashed(|| poll_to_end(slow_hub(true).with_scope(|_| ()))));
    leaves_all_as_it_was(|| crashed(|| drop(poll_to_end(slow_hub(true).returning_hub()))));
    leaves_all_as_it_was(|| {
        crashed(|| poll_to_end(slow_helper(true).in_span(isohub::start_span!("by hand"))));
    });
    leaves_all_as_it_was(|| {
        poll_to_end(async {
            let before = here();
            assert!(AssertUnwindSafe(slow_unit(true)).catch_unwind().await.is_err());
            assert_eq!(here(), before);
            assert!(AssertUnwindSafe(slow_helper(true)).catch_unwind().await.is_err());
            assert_eq!(here(), before);
        });
    });
}

#[test]
fn a_future_that_crashed_can_be_polled_and_dropped_again() {
    leaves_all_as_it_was(|| {
        let mut future = Box::pin(slow_unit(true));
        for _ in 0..2 {
            assert!(poll_once(future.as_mut()).is_pending());
        }
        crashed(|| {
            let _ = poll_once(future.as_mut());
        });
        // Plain futures panic then, too.
        crashed(|| {
            let _ = poll_once(future.as_mut());
        });
        drop(future);
    });
}

#[test]
fn futures_that_are_dropped_leave_all_as_it_was() {
    leaves_all_as_it_was(|| {
        for polls in 0..3 {
            let mut futures: Vec<std::pin::Pin<Box<dyn Future<Output = ()>>>> = vec![
                Box::pin(slow_unit(false)),
                Box::pin(slow_hub(false)),
                Box::pin(slow_helper(false)),
                Box::pin(slow_hub(false).with_scope(|_| ())),
                Box::pin(slow_helper(false).in_span(isohub::start_span!("by hand"))),
                Box::pin(slow_unit(false).isolated()),
                Box::pin(async { drop(slow_hub(false).returning_hub().await) }),
            ];
            let before = here();
            for future in &mut futures {
                for _ in 0..polls {
                    if poll_once(future.as_mut()).is_ready() {
                        break;
                    }
                }
            }
            for future in futures {
                drop(future);
                assert_eq!(here(), before);
            }
        }
    });
}

#[test]
fn units_that_overlap_like_waves_leave_all_as_it_was() {
    leaves_all_as_it_was(|| {
        let mut first = Box::pin(slow_unit(false));
        assert!(poll_once(first.as_mut()).is_pending());
        let mut second = Box::pin(slow_unit(false));
        assert!(poll_once(second.as_mut()).is_pending());
        drop(first);
        assert!(poll_once(second.as_mut()).is_pending());
        let third = slow_unit(false);
        drop(second);
        poll_to_end(third);
    });
}

#[test]
fn what_is_forgotten_does_no_harm() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("around", "yes");
        let before = here();
        let mut future = Box::pin(slow_unit(false));
        assert!(poll_once(future.as_mut()).is_pending());
        std::mem::forget(future);
        std::mem::forget(Hub::current());
        std::mem::forget(slow_unit(false));
        let mut helper = Box::pin(slow_helper(false));
        assert!(poll_once(helper.as_mut()).is_pending());
        std::mem::forget(helper);
        std::mem::forget(isohub::start_span!("forgotten"));
        assert_eq!(here(), before);
        poll_to_end(slow_unit(false));
        assert_eq!(here(), before);
    });
    let expected = "slow_unit {work=yes}\n  slow_helper\n";
    assert!(recorder.tree().contains(expected), "{}", recorder.tree());
    assert_eq!(recorder.stats().open, 3);
}

#[test]
fn the_value_that_a_set_tag_replaces_may_use_the_hub_when_it_is_dropped() {
    isohub::hub_local! {
        static SLOT: WritesWhenDropped;
    }
    struct WritesWhenDropped(&'static str);
    impl Drop for WritesWhenDropped {
        fn drop(&mut self) {
            isohub::set_tag(self.0, tags().len());
        }
    }
    let mut hub = Hub::base();
    hub.run(|| {
        SLOT.set(WritesWhenDropped("first"));
        SLOT.set(WritesWhenDropped("second"));
        assert_eq!(tags(), "first=0");
        SLOT.remove();
        assert_eq!(tags(), "first=0 second=7");
    });
}
