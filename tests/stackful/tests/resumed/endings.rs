//! However a coroutine ends, its spans end, its destructors run in its hub, and the resumer's is as it was.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use corosensei::Yielder;
use isohub::stackful::Isolated;
use isohub::testing::Recorder;
use isohub::{Outcome, isolated_hub, span};
use isohub_tests_stackful::{Tells, active, settled_tree, tags};

use crate::support::{Movable, Threads, coroutine, resume};

#[span]
fn outer(yielder: &Yielder<(), ()>, tells: Tells, end: impl FnOnce()) {
    isohub::set_tag("name", "outer");
    let _tells = tells;
    inner(yielder, end);
}

#[isolated_hub]
fn inner(yielder: &Yielder<(), ()>, end: impl FnOnce()) {
    isohub::set_tag("name", "inner");
    #[span("block")]
    {
        yielder.suspend(());
        end();
    }
}

fn suspended(recorder: &Recorder, end: fn()) -> (Isolated<Movable>, mpsc::Receiver<String>) {
    let (tell, told) = mpsc::channel();
    let coroutine = recorder.run_sync(|| {
        let mut coroutine = coroutine(move |yielder| outer(yielder, Tells(tell), end));
        assert!(!resume(&mut coroutine));
        coroutine
    });
    (coroutine, told)
}

fn outcomes(recorder: &Recorder) -> [Outcome; 2] {
    settled_tree(recorder);
    ["outer", "block"].map(|name| recorder.span(name).outcome)
}

#[test]
fn a_panic_goes_to_the_resumer_who_finds_its_own_hub() {
    let recorder = Recorder::new();
    let (mut coroutine, told) = suspended(&recorder, || panic!("meant"));
    recorder.run_sync(|| {
        isohub::set_tag("resumer", 1);
        let before = active();
        catch_unwind(AssertUnwindSafe(|| resume(&mut coroutine))).expect_err("it panics");
        assert_eq!((tags(), active()), ("resumer=1".to_owned(), before));
        drop(coroutine);
        assert_eq!(tags(), "resumer=1");
    });
    assert_eq!(told.recv().as_deref(), Ok("name=outer"));
    assert_eq!(outcomes(&recorder), [Outcome::Panicked; 2]);
}

#[test]
fn dropped_while_suspended_its_destructors_run_in_its_hub_and_its_spans_are_cancelled() {
    let recorder = Recorder::new();
    let (coroutine, told) = suspended(&recorder, || ());
    Threads::new().run(0, move || {
        isohub::set_tag("thread", 1);
        drop(coroutine);
        assert_eq!(tags(), "thread=1");
    });
    assert_eq!(told.recv().as_deref(), Ok("name=outer"));
    assert_eq!(outcomes(&recorder), [Outcome::Cancelled; 2]);
}

#[test]
fn dropped_while_it_resumes_another_one_the_spans_of_both_are_cancelled() {
    #[span("step")]
    fn step(yielder: &Yielder<(), ()>) -> Option<()> {
        yielder.suspend(());
        None
    }
    #[span]
    fn whole(yielder: &Yielder<(), ()>) {
        Isolated::new(std::iter::from_fn(|| step(yielder))).next();
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let mut coroutine = coroutine(whole);
        assert!(!resume(&mut coroutine));
        drop(coroutine);
    });
    settled_tree(&recorder);
    assert_eq!(["whole", "step"].map(|name| recorder.span(name).outcome), [Outcome::Cancelled; 2]);
}

#[test]
fn dropped_by_a_panic_of_its_resumer_its_spans_are_cancelled() {
    let recorder = Recorder::new();
    let (coroutine, told) = suspended(&recorder, || ());
    recorder.run_sync(|| {
        #[span]
        fn resumer<T>(_coroutine: T) {
            panic!("meant");
        }
        catch_unwind(AssertUnwindSafe(|| resumer(coroutine))).expect_err("it panics");
    });
    assert_eq!(told.recv().as_deref(), Ok("name=outer"));
    assert_eq!(outcomes(&recorder), [Outcome::Cancelled; 2]);
    assert_eq!(recorder.span("resumer").outcome, Outcome::Panicked);
}

#[test]
fn resumed_by_a_resumer_that_unwinds_it_goes_on_as_ever() {
    #[span]
    fn own(yielder: &Yielder<(), ()>) {
        #[span("before")]
        yielder.suspend(());
        #[span("meanwhile")]
        yielder.suspend(());
        #[span("failing")]
        panic!("meant");
    }
    struct ResumesWhenDropped<'a>(&'a mut Isolated<Movable>);
    impl Drop for ResumesWhenDropped<'_> {
        fn drop(&mut self) {
            assert!(!resume(self.0));
        }
    }
    let recorder = Recorder::new();
    let mut coroutine = recorder.run_sync(|| coroutine(own));
    assert!(!resume(&mut coroutine));
    let resumer = || {
        let _resumes = ResumesWhenDropped(&mut coroutine);
        panic!("meant");
    };
    catch_unwind(AssertUnwindSafe(resumer)).expect_err("it panics");
    catch_unwind(AssertUnwindSafe(|| resume(&mut coroutine))).expect_err("it panics");
    settled_tree(&recorder);
    let outcomes = ["before", "meanwhile", "failing"].map(|name| recorder.span(name).outcome);
    assert_eq!(outcomes, [Outcome::Ok, Outcome::Ok, Outcome::Panicked]);
}

#[test]
fn a_coroutine_that_is_resumed_in_a_destructor_of_a_dropped_one_ends_as_it_ends() {
    struct Resumes(Isolated<Movable>);
    impl Drop for Resumes {
        fn drop(&mut self) {
            assert!(resume(&mut self.0));
        }
    }
    #[span]
    fn other() {
        let _ = catch_unwind(failing);
    }
    #[span]
    fn failing() {
        std::panic::resume_unwind(Box::new("meant"));
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let mut dropped = coroutine(|yielder| {
            let _resumes = Resumes(coroutine(|_| other()));
            yielder.suspend(());
        });
        assert!(!resume(&mut dropped));
    });
    settled_tree(&recorder);
    assert_eq!(recorder.span("other").outcome, Outcome::Ok);
    assert_eq!(recorder.span("failing").outcome, Outcome::Panicked);
}

#[test]
fn never_resumed_it_leaves_no_span_and_drops_in_its_own_hub() {
    let recorder = Recorder::new();
    let (tell, told) = mpsc::channel();
    recorder.run_sync(|| {
        let tells = Tells(tell);
        isohub::set_tag("creator", 1);
        let coroutine = coroutine(move |yielder| outer(yielder, tells, || ()));
        isohub::set_tag("creator", 2);
        drop(coroutine);
        assert_eq!(tags(), "creator=2");
    });
    assert_eq!(told.recv().as_deref(), Ok("creator=1"));
    assert_eq!(settled_tree(&recorder), "");
}

#[test]
fn resumed_after_its_end_it_panics_as_ever() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("resumer", 1);
        let mut coroutine = coroutine(|_| isohub::set_tag("coroutine", 1));
        assert!(resume(&mut coroutine));
        catch_unwind(AssertUnwindSafe(|| resume(&mut coroutine))).expect_err("it has ended");
        assert_eq!(tags(), "resumer=1");
    });
}
