//! Spans in other units, and units whose writes nobody reads.

use std::pin::pin;

use isohub::doctor::Kind;
use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, Level, isolated, isolated_hub, parallel_span, span};

use super::{assert_right, kinds, lines, until_found};
use crate::support::{pause, poll_on_two_threads, poll_once, poll_to_end};

const STEP: u32 = line!() + 2;
#[span]
async fn step() {
    pause().await;
}

#[test]
fn a_span_polled_in_another_unit() {
    let recorder = Recorder::new();
    let call = recorder.run_sync(step);
    let other = line!() + 1;
    let mut other_hub = recorder.hub();
    other_hub.run(|| poll_to_end(call));
    assert_eq!(lines(&recorder.findings()), [(Kind::OtherUnit, STEP, Some(other))]);
}

#[test]
fn the_base_hub_was_made_where_it_was_asked_for() {
    let (first, second) = (Recorder::new(), Recorder::new());
    let (one, other) = (first.run_sync(step), second.run_sync(step));
    let made = line!() + 1;
    isohub::suppress(|| poll_to_end(one));
    poll_to_end(other.suppressed());
    assert_eq!(lines(&first.findings()), [(Kind::OtherUnit, STEP, Some(made))]);
    assert_eq!(lines(&second.findings()), [(Kind::OtherUnit, STEP, Some(made + 1))]);
}

#[test]
fn a_span_polled_where_no_unit_is() {
    let recorder = Recorder::new();
    poll_on_two_threads(recorder.run_sync(step));
    assert_eq!(lines(&recorder.findings()), [(Kind::OtherUnit, STEP, None)]);
}

#[test]
fn a_span_polled_in_its_unit_or_a_clone_of_it_is_right() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        poll_to_end(step());
        poll_to_end(isolated!(step()));
        poll_to_end(step().isolated());
        poll_to_end(async { isohub::join!(step(), step()) });
        poll_to_end(step().bind_hub(Hub::current()));
    });
    poll_on_two_threads(recorder.run(async { step().await }));
    assert_right(&recorder);
}

#[test]
fn a_span_dropped_elsewhere_is_right() {
    let recorder = Recorder::new();
    let begun = recorder.run_sync(|| {
        let mut begun = Box::pin(step());
        assert!(poll_once(begun.as_mut()).is_pending());
        begun
    });
    drop(begun);
    assert_right(&recorder);
    // Polled there, it is not.
    let mut call = recorder.run_sync(|| Box::pin(step()));
    assert!(poll_once(call.as_mut()).is_pending());
    assert_eq!(kinds(&recorder), [Kind::OtherUnit]);
}

const WRITE: u32 = line!() + 4;
const HUB: u32 = line!() + 1;
#[isolated_hub]
fn sign_in() {
    isohub::set_tag("user", "ada");
}

#[test]
fn a_write_that_nothing_reads() {
    let recorder = Recorder::new();
    until_found(&recorder, || {
        recorder.run_sync(|| {
            sign_in();
            isohub::capture_message("an order of nobody's", Level::Info);
        });
    });
    assert_eq!(lines(&recorder.findings()), [(Kind::DeadWrite, WRITE, Some(HUB))]);
}

#[test]
fn a_write_after_the_last_await_that_nothing_reads() {
    #[isolated_hub]
    async fn sign_in() {
        pause().await;
        isohub::set_tag("user", "ada");
    }
    let recorder = Recorder::new();
    let write = line!() - 3;
    until_found(&recorder, || poll_to_end(recorder.run(async { sign_in().await })));
    assert_eq!(lines(&recorder.findings()), [(Kind::DeadWrite, write, Some(write - 3))]);
}

#[test]
fn a_write_in_a_branch_of_a_join_that_nothing_reads() {
    let recorder = Recorder::new();
    let branches = || async { isohub::join!(async { isohub::set_tag("user", "ada") }, pause()) };
    until_found(&recorder, || {
        poll_to_end(recorder.run(branches()));
    });
    assert_eq!(kinds(&recorder), [Kind::DeadWrite]);
}

#[test]
fn a_value_of_a_hub_local_that_nothing_reads() {
    isohub::hub_local! {
        static SESSION: u32;
    }
    #[isolated_hub]
    fn sign_in() {
        SESSION.set(17);
    }
    let (recorder, write) = (Recorder::new(), line!() - 2);
    until_found(&recorder, || recorder.run_sync(sign_in));
    assert_eq!(lines(&recorder.findings()), [(Kind::DeadWrite, write, Some(write - 2))]);
}

/// Many times, as each is found only where nothing stops the thread.
fn right(unit: impl Fn()) {
    let recorder = Recorder::new();
    for _ in 0..20 {
        recorder.run_sync(&unit);
    }
    assert_right(&recorder);
}

#[test]
fn a_write_to_the_hub_of_the_caller_is_right() {
    #[span]
    fn sign_in() {
        isohub::set_tag("user", "ada");
    }
    #[isolated_hub(merge)]
    fn merged() {
        isohub::set_tag("user", "ada");
    }
    #[isolated_hub(merge(err))]
    fn merged_if_failed() -> Result<(), ()> {
        isohub::set_tag("user", "ada");
        Ok(())
    }
    right(|| {
        sign_in();
        merged();
        assert_eq!(merged_if_failed(), Ok(()));
    });
}

#[test]
fn a_write_that_is_read_is_right() {
    #[isolated_hub]
    fn captured() {
        isohub::set_tag("n", 1);
        isohub::capture_message("seen", Level::Info);
    }
    #[parallel_span]
    fn carried_by_the_span() {
        isohub::set_tag("n", 1);
    }
    #[isolated_hub]
    fn read() -> Option<String> {
        isohub::set_tag("n", 1);
        Hub::current().scope().tag("n").map(str::to_owned)
    }
    #[isolated_hub]
    fn cloned() -> Hub {
        isohub::set_tag("n", 1);
        Hub::current()
    }
    right(|| {
        captured();
        carried_by_the_span();
        assert_eq!(read().as_deref(), Some("1"));
        cloned().run(|| ());
        let (_, hub) = poll_to_end(async { isohub::set_tag("n", 1) }.returning_hub());
        let _ = hub.scope();
    });
}

#[test]
fn a_write_in_a_unit_whose_span_is_not_recorded_is_right() {
    #[parallel_span]
    fn left_out() {
        isohub::set_tag("n", 1);
    }
    #[parallel_span]
    fn unsampled() {
        sign_in();
        left_out();
    }
    let filtered = Recorder::builder().filter("info,it::doctor=off".parse().expect("a filter")).build();
    let sampled = Recorder::builder().sample(isohub::Rate(0.0)).build();
    for _ in 0..20 {
        filtered.run_sync(left_out);
        sampled.run_sync(unsampled);
    }
    assert_right(&filtered);
    assert_right(&sampled);
    assert!(filtered.spans().is_empty() && sampled.spans().is_empty());
}

#[test]
fn a_write_before_the_work_is_right() {
    #[isolated_hub]
    async fn awaits() {
        isohub::set_tag("n", 1);
        pause().await;
    }
    #[isolated_hub]
    fn has_a_span() {
        isohub::set_tag("n", 1);
        isohub::start_span!("work").in_scope(|| ());
    }
    right(|| {
        poll_to_end(awaits());
        has_a_span();
    });
}

#[test]
fn a_unit_that_leaves_early_is_right() {
    #[isolated_hub]
    fn fails(n: u32) -> Result<(), String> {
        isohub::set_tag("n", n);
        Err("not found".to_owned())
    }
    #[isolated_hub]
    async fn finds_nothing(n: u32) -> Option<u32> {
        isohub::set_tag("n", n);
        None
    }
    right(|| {
        assert!(fails(1).is_err() && poll_to_end(finds_nothing(2)).is_none());
        let branches = async { isohub::try_join!(async { fails(1) }, async { Ok(()) }) };
        assert!(poll_to_end(branches).is_err());
        let failing = async {
            isohub::set_tag("n", 3);
            Err::<(), ()>(())
        };
        assert!(poll_to_end(failing.isolated()).is_err());
    });
}

#[test]
fn a_write_that_was_of_use_once_is_right() {
    #[isolated_hub]
    async fn cached(has_it: bool) -> u32 {
        isohub::set_tag("key", 1);
        if !has_it {
            pause().await;
        }
        1
    }
    right(|| {
        poll_to_end(cached(false));
        poll_to_end(cached(true));
    });
    // Not so for another write, or in another unit.
    let recorder = Recorder::new();
    until_found(&recorder, || {
        recorder.run_sync(|| poll_to_end(async { isohub::join!(async { isohub::set_tag("key", 1) }) }));
    });
    assert_eq!(kinds(&recorder), [Kind::DeadWrite]);
}

#[test]
fn the_last_breadcrumb_and_what_is_tidied_up_are_right() {
    #[isolated_hub]
    fn tells() {
        isohub::breadcrumb!("job", "done");
    }
    #[isolated_hub]
    fn tidies_up() {
        isohub::set_tag("step", 1);
        isohub::remove_tag("step");
    }
    #[isolated_hub]
    fn clears() {
        isohub::set_tag("step", 1);
        isohub::clear_scope();
    }
    right(|| {
        tells();
        tidies_up();
        clears();
    });
    // But who tells of what was set has set it for nobody.
    #[isolated_hub]
    fn sets_and_tells() {
        isohub::set_tag("step", 1);
        isohub::breadcrumb!("job", "done");
    }
    let (recorder, write) = (Recorder::new(), line!() - 3);
    until_found(&recorder, || recorder.run_sync(sets_and_tells));
    assert_eq!(lines(&recorder.findings()), [(Kind::DeadWrite, write, Some(write - 2))]);
}

#[test]
fn a_unit_that_does_not_complete_in_its_creator_is_right() {
    right(|| {
        let hub = Hub::current();
        std::thread::scope(|scope| {
            isohub::spawn_isolated!(in scope, || isohub::set_tag("n", 1));
        });
        drop(hub);
        let mut cancelled = pin!(isolated!(async {
            pause().await;
            isohub::set_tag("n", 1);
        }));
        assert!(poll_once(cancelled.as_mut()).is_pending());
    });
}
