//! Coroutines that are iterators, and those of the crate `generator`, which are `Send`.
#![forbid(unsafe_code)]
// Deprecated for what only the generator's own closure can call.
#![expect(deprecated)]

use std::time::Duration;

use generator::{Generator, Gn, done, yield_with};
use isohub::stackful::Isolated;
use isohub::testing::Recorder;
use isohub::{Breadcrumb, Event, Hub, Level, Outcome, span};
use isohub_tests_stackful::{active, settled_tree, tags};

use crate::support::Threads;

#[span]
fn pages() {
    for page in 0..100_u32 {
        isohub::set_tag("page", page);
        let span = active();
        yield_with(page);
        assert_eq!((tags(), active()), (format!("page={page} tenant=acme"), span));
    }
}

fn generator() -> Isolated<Generator<'static, (), u32>> {
    isohub::set_tag("tenant", "acme");
    Isolated::new(Gn::new(|| {
        pages();
        done!()
    }))
}

#[test]
fn each_item_is_made_in_its_hub_on_whichever_thread() {
    let recorder = Recorder::new();
    let mut generator = recorder.run_sync(generator);
    let threads = Threads::new();
    for n in 0..101 {
        let item;
        (generator, item) = threads.run(n, move || {
            let item = generator.next();
            (generator, item)
        });
        assert_eq!(item, u32::try_from(n).ok().filter(|n| *n < 100));
        assert_eq!(threads.run(n, tags), "");
    }
    assert_eq!(settled_tree(&recorder), "pages {page=99 tenant=acme}\n");
}

#[test]
fn one_that_is_not_read_to_the_end_is_cancelled() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let read: Vec<_> = generator().take(3).collect();
        assert_eq!(read, [0, 1, 2]);
        assert_eq!(tags(), "tenant=acme");
    });
    settled_tree(&recorder);
    assert_eq!(recorder.span("pages").outcome, Outcome::Cancelled);
}

#[test]
fn what_is_isolated_tells_its_size_and_is_debug() {
    let three = Isolated::new([1, 2, 3].into_iter());
    assert_eq!(three.size_hint(), (3, Some(3)));
    assert!(format!("{three:?}").starts_with("Isolated { coroutine: IntoIter([1, 2, 3])"));
}

#[test]
fn suspended_in_an_event_processor_that_adds_a_breadcrumb() {
    let recorder = Recorder::builder().before_breadcrumb(Some).build();
    let mut generator: Isolated<Generator<'static, (), ()>> = recorder.run_sync(|| {
        Isolated::new(Gn::new(|| {
            isohub::add_event_processor(|event: Event| {
                yield_with(());
                isohub::add_breadcrumb(Breadcrumb::new("processed"));
                Some(event)
            });
            for _ in 0..10 {
                isohub::capture_message("full", Level::Warning);
            }
            assert_eq!(Hub::current().scope().breadcrumbs().len(), 10);
            done!()
        }))
    });
    let threads = Threads::new();
    for n in 0..11 {
        let item;
        (generator, item) = threads.run(n, move || {
            let item = generator.next();
            (generator, item)
        });
        assert_eq!(item.is_some(), n < 10);
    }
    recorder.settled(Duration::from_secs(30)).expect("nothing is open");
    assert_eq!((recorder.events().len(), recorder.stats().lost_events), (10, 0));
}

/// An error whose text takes a while.
#[derive(Debug)]
struct Failure;

impl std::error::Error for Failure {}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        yield_with(());
        f.write_str("failed")
    }
}

#[test]
fn suspended_while_an_error_is_captured_which_is_captured_once() {
    #[span(err(capture))]
    fn outer() -> Result<(), Failure> {
        inner()
    }
    #[span(err(capture))]
    fn inner() -> Result<(), Failure> {
        Err(Failure)
    }
    #[span]
    fn other() {}
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let mut generator: Isolated<Generator<'_, (), ()>> = Isolated::new(Gn::new(|| {
            outer().expect_err("it fails");
            done!()
        }));
        while generator.next().is_some() {
            other();
        }
    });
    settled_tree(&recorder);
    assert_eq!(recorder.events().len(), 1);
}
