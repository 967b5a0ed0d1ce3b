//! What a coroutine writes, neither its resumer nor its siblings see, nor does it see what they write.

use isohub::stackful::Isolated;
use isohub::testing::Recorder;
use isohub::{Hub, isolated_hub, parallel_span, span};
use isohub_tests_stackful::{active, settled_tree, tags};

use crate::support::{Movable, Threads, coroutine, resume};

#[test]
fn neither_side_sees_what_the_other_writes() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("creator", 1);
        let mut coroutine = coroutine(|yielder| {
            assert_eq!(tags(), "creator=1");
            isohub::set_tag("coroutine", 1);
            yielder.suspend(());
            assert_eq!(tags(), "coroutine=1 creator=1");
        });
        isohub::set_tag("creator", 2);
        assert!(!resume(&mut coroutine));
        assert_eq!(tags(), "creator=2");
        assert!(resume(&mut coroutine));
        assert_eq!(tags(), "creator=2");
    });
}

#[test]
fn it_starts_from_the_hub_of_its_creation_on_a_thread_that_has_another() {
    let threads = Threads::new();
    let hub = Hub::base().with_tag("from", "hub");
    let coroutine = Isolated::in_hub(
        hub,
        Movable::new(|yielder| {
            assert_eq!(tags(), "from=hub");
            yielder.suspend(());
            isohub::set_tag("written", 1);
        }),
    );
    for n in 0..2 {
        threads.run(n, || isohub::set_tag("thread", "its own"));
    }
    threads.run_to_end(coroutine);
    for n in 0..2 {
        assert_eq!(threads.run(n, tags), "thread=its own");
    }
}

#[test]
fn spans_of_coroutines_are_siblings_below_the_span_of_their_creator() {
    #[span]
    fn part(yielder: &corosensei::Yielder<(), ()>, name: &'static str) {
        isohub::set_tag("part", name);
        yielder.suspend(());
        #[span("inner")]
        yielder.suspend(());
    }
    let recorder = Recorder::new();
    let parts = recorder.run_sync(|| {
        isohub::start_span!("creator")
            .in_scope(|| ["a", "b", "c"].map(|name| coroutine(move |y| part(y, name))))
    });
    let threads = Threads::new();
    let mut parts = parts.map(Some);
    for n in 0..3 {
        for (at, part) in parts.iter_mut().enumerate() {
            let resumed = threads.resume(n + at, part.take().expect("it is there"));
            assert_eq!(resumed.1, n == 2);
            *part = Some(resumed.0);
        }
    }
    assert_eq!(settled_tree(&recorder), "creator\n  part\n    inner\n  part\n    inner\n  part\n    inner\n");
}

#[test]
fn the_resumer_may_be_in_any_unit_and_span() {
    #[isolated_hub]
    fn in_a_unit(coroutine: &mut Isolated<Movable>) {
        isohub::set_tag("resumer", 1);
        assert!(!resume(coroutine));
        assert_eq!(tags(), "resumer=1");
    }
    #[parallel_span]
    fn in_a_span(coroutine: &mut Isolated<Movable>) {
        let span = active();
        assert!(!resume(coroutine));
        assert_eq!(active(), span);
        #[span("after")]
        assert!(resume(coroutine));
        assert_eq!((tags(), active()), (String::new(), span));
    }
    #[parallel_span]
    fn own(yielder: &corosensei::Yielder<(), ()>) {
        #[parallel_span("inner")]
        {
            isohub::set_tag("own", 1);
            yielder.suspend(());
            assert_eq!(tags(), "own=1");
            yielder.suspend(());
            assert_eq!(tags(), "own=1");
        }
        assert_eq!(tags(), "");
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let mut coroutine = coroutine(own);
        in_a_unit(&mut coroutine);
        in_a_span(&mut coroutine);
    });
    assert_eq!(settled_tree(&recorder), "in_a_span\n  after\nown\n  inner {own=1}\n");
}
