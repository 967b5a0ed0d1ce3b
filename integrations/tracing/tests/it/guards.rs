//! Guards: out of order, on panic, and when what they were made in is gone.

use isohub::testing::Recorder;
use tracing::info_span;

use crate::support::{dispatch, recorded, settled, tree, with};

#[test]
fn guards_may_leave_in_any_order() {
    let recorder = recorded(|| {
        let (a, b) = (info_span!("a").entered(), info_span!("b").entered());
        drop(a);
        isohub::start_span!("in b").in_scope(|| {});
        let c = info_span!("c").entered();
        drop(b);
        isohub::start_span!("in c").in_scope(|| {});
        drop(c);
        isohub::start_span!("outside").in_scope(|| {});
    });
    assert_eq!(tree(&recorder), "a\n  b\n    in b\n    c\n      in c\n\noutside\n");
}

#[test]
fn a_span_may_be_entered_in_itself() {
    let recorder = recorded(|| {
        let span = info_span!("span");
        let (first, second) = (span.enter(), span.enter());
        drop(first);
        info_span!("still in it").in_scope(|| {});
        drop(second);
        info_span!("outside").in_scope(|| {});
    });
    assert_eq!(tree(&recorder), "span\n  still in it\n\noutside\n");
}

#[test]
fn a_panic_is_the_outcome_of_what_it_leaves() {
    let recorder = recorded(|| {
        let around = info_span!("around");
        let _around = around.enter();
        let caught = std::panic::catch_unwind(|| {
            let _left = info_span!("left").entered();
            std::panic::panic_any("as asked");
        });
        caught.expect_err("it panics");
        info_span!("after").in_scope(|| {});
    });
    assert_eq!(tree(&recorder), "around\n  left panicked\n  after\n");
}

#[test]
fn what_is_entered_while_unwinding_has_not_panicked() {
    struct Cleanup;
    impl Drop for Cleanup {
        fn drop(&mut self) {
            info_span!("cleanup").in_scope(|| {});
        }
    }
    let recorder = recorded(|| {
        let caught = std::panic::catch_unwind(|| {
            let _left = info_span!("left").entered();
            let _cleanup = Cleanup;
            std::panic::panic_any("as asked");
        });
        caught.expect_err("it panics");
    });
    assert_eq!(tree(&recorder), "left panicked\n  cleanup\n");
}

#[test]
fn a_span_outlives_what_it_was_made_in() {
    let dispatch = dispatch();
    let gone = Recorder::new();
    let (span, entered) = with(&dispatch, &gone, || (info_span!("span"), info_span!("entered").entered()));
    drop(gone);
    let recorder = Recorder::new();
    with(&dispatch, &recorder, || {
        span.in_scope(|| {
            tracing::error!("in a span whose recorder is gone");
            span.record("x", 1);
        });
        isohub::start_span!("fine").in_scope(|| info_span!("child").in_scope(|| {}));
    });
    drop((span, entered));
    with(&dispatch, &recorder, || info_span!("after").in_scope(|| {}));
    settled(&recorder);
    assert!(recorder.tree().ends_with("after\n"), "{}", recorder.tree());
    assert_eq!(recorder.events().len(), 1);
}

#[test]
fn subscribers_side_by_side_do_not_take_each_others_spans() {
    let (one, other) = (dispatch(), dispatch());
    let recorder = Recorder::new();
    with(&one, &recorder, || {
        // Both have the same id, each in its registry.
        let first = info_span!("first").entered();
        tracing::dispatcher::with_default(&other, || {
            let second = info_span!("second").entered();
            drop(first);
            isohub::start_span!("in second").in_scope(|| {});
            drop(second);
        });
        isohub::start_span!("outside").in_scope(|| {});
    });
    assert_eq!(tree(&recorder), "first\n  second\n    in second\n\noutside\n");
}

#[test]
fn two_layers_in_one_subscriber_do_not_panic() {
    use tracing_subscriber::prelude::*;
    let twice = tracing_subscriber::registry().with(isohub_tracing::layer()).with(isohub_tracing::layer());
    let recorder = Recorder::new();
    with(&twice.into(), &recorder, || info_span!("span", n = 1).in_scope(|| tracing::error!("once")));
    settled(&recorder);
}

#[test]
fn a_filter_that_panics_lets_everything_be_as_without_it() {
    use tracing_subscriber::prelude::*;
    let layer = isohub_tracing::layer().spans(|_| panic!("as asked")).events(|_| panic!("as asked"));
    let recorder = Recorder::new();
    with(&tracing_subscriber::registry().with(layer).into(), &recorder, || {
        info_span!("span").in_scope(|| tracing::error!("failed"));
    });
    assert_eq!(tree(&recorder), "span error\n");
    assert_eq!(recorder.events().len(), 1);
}
