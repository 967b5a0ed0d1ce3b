//! However a coroutine ends, its spans end, its destructors run in its hub, and the next one sees nothing of it.

use std::sync::mpsc;
use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{Hub, Outcome, isolated, isolated_hub, span};
use isohub_tests_stackful::{Tells, settled_tree, tags};
use may::coroutine::{self, yield_now};
use may::go;

use crate::three_workers;

isohub::hub_local! {
    static KEPT: Tells;
}

#[span]
fn outer(tells: Tells, end: fn()) {
    isohub::set_tag("name", "outer");
    let _tells = tells;
    inner(end);
}

#[isolated_hub]
fn inner(end: fn()) {
    isohub::set_tag("name", "inner");
    yield_now();
    #[span("block")]
    {
        yield_now();
        end();
    }
}

/// Runs `outer` in a coroutine that fails, and gives the outcomes of its spans.
fn outcomes(end: fn()) -> [Outcome; 2] {
    three_workers();
    let recorder = Recorder::new();
    let (tell, told) = mpsc::channel();
    recorder.run_sync(|| {
        isohub::set_tag("creator", 1);
        let failing = go!(isolated!(move || outer(Tells(tell), end)));
        failing.join().expect_err("it fails");
        assert_eq!(tags(), "creator=1");
    });
    assert_eq!(told.recv().as_deref(), Ok("creator=1 name=outer"));
    for _ in 0..10 {
        assert_eq!(go!(tags).join().expect("no panic"), "");
    }
    settled_tree(&recorder);
    ["outer", "block"].map(|name| recorder.span(name).outcome)
}

#[test]
fn by_a_panic() {
    assert_eq!(outcomes(|| panic!("meant")), [Outcome::Panicked; 2]);
}

#[test]
fn cancelled_which_is_a_panic() {
    // What `Coroutine::cancel`, which is unsafe to call, has the next yield do.
    assert_eq!(outcomes(|| coroutine::trigger_cancel_panic()), [Outcome::Panicked; 2]);
}

#[test]
fn a_coroutines_own_unit_is_dropped_with_it_where_nobody_sees_what_destructors_write() {
    three_workers();
    let (tell, told) = mpsc::channel();
    for _ in 0..10 {
        let tell = tell.clone();
        let bare = go!(move || {
            isohub::set_tag("bare", 1);
            KEPT.set(Tells(tell));
            yield_now();
        });
        bare.join().expect("no panic");
    }
    for _ in 0..10 {
        assert_eq!(told.recv_timeout(Duration::from_secs(30)).as_deref(), Ok(""));
    }
    for _ in 0..10 {
        assert_eq!(go!(tags).join().expect("no panic"), "");
    }
}

#[test]
fn records_of_a_coroutine_are_delivered_when_it_has_ended() {
    three_workers();
    let recorder = Recorder::new();
    let hub = recorder.hub();
    go!(move || {
        let mut hub: Hub = hub;
        hub.run(|| isohub::start_span!("work").in_scope(yield_now));
    })
    .join()
    .expect("no panic");
    assert_eq!(settled_tree(&recorder), "work\n");
}
