//! What a coroutine is in the midst of follows it over each yield.

use std::collections::HashSet;
use std::thread::ThreadId;

use isohub::testing::Recorder;
use isohub::{Breadcrumb, Event, Hub, Level, isolated, isolated_hub, parallel_span, span, with_scope};
use isohub_tests_stackful::{active, settled_tree, tags};
use may::coroutine::yield_now;
use may::go;

use crate::three_workers;

isohub::hub_local! {
    static DEPTH: usize = 0;
}

#[span]
fn step() {}

/// Writes before each of `count` switches, and looks after it; the threads on which that was.
fn yields(name: &str, count: usize) -> HashSet<ThreadId> {
    let mut threads = HashSet::new();
    isohub::set_tag("name", name);
    let span = active();
    for n in 0..count {
        isohub::set_tag("n", n);
        DEPTH.set(n);
        let written = tags();
        yield_now();
        threads.insert(std::thread::current().id());
        assert_eq!(tags(), written);
        assert_eq!(Hub::current().scope().tag("n"), Some(&*n.to_string()));
        assert_eq!(DEPTH.get().as_deref(), Some(&n));
        assert_eq!(active(), span);
        step();
    }
    threads
}

#[parallel_span]
fn unit(name: &str, count: usize) -> HashSet<ThreadId> {
    yields(name, count)
}

#[test]
fn twenty_coroutines_of_five_hundred_yields_on_three_threads_lose_nothing() {
    three_workers();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let named = |n: usize| go!(isolated!(move || unit(&n.to_string(), 500)));
        let coroutines: Vec<_> = (10..30).map(named).collect();
        let threads: Vec<_> = coroutines.into_iter().map(|one| one.join().expect("no panic")).collect();
        assert!(threads.iter().any(|threads| threads.len() > 1), "none went from thread to thread");
    });
    let steps = "  step\n".repeat(500);
    let tree: String = (10..30).map(|n| format!("unit {{n=499 name={n}}}\n{steps}")).collect();
    assert_eq!(settled_tree(&recorder), tree);
}

/// Runs `body`, which yields, in ten coroutines at once.
fn in_ten(body: fn(&str)) -> String {
    #[parallel_span]
    fn whole(name: String, body: fn(&str)) {
        isohub::set_tag("before", 1);
        let span = active();
        body(&name);
        assert_eq!((tags(), active()), ("before=1".to_owned(), span));
    }
    three_workers();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let named = |n: usize| go!(isolated!(move || whole(n.to_string(), body)));
        let coroutines: Vec<_> = (0..10).map(named).collect();
        coroutines.into_iter().for_each(|one| one.join().expect("no panic"));
    });
    let tree = settled_tree(&recorder);
    let one = tree.len() / 10;
    assert_eq!(tree, tree[..one].repeat(10));
    tree[..one].to_owned()
}

#[test]
fn inside_spans_units_scopes_and_blocks() {
    #[isolated_hub]
    fn in_a_unit(name: &str) {
        yields(name, 5);
    }
    #[span]
    fn in_a_span(name: &str) {
        in_a_unit(name);
        with_scope(|scope| scope.set_tag("with", name), || drop(yields(name, 5)));
        DEPTH.set(1);
        DEPTH.scope(2, || {
            yield_now();
            assert_eq!(DEPTH.get().as_deref(), Some(&2));
        });
        assert_eq!(DEPTH.get().as_deref(), Some(&1));
        #[isolated_hub]
        {
            yields(name, 5);
            #[span("block")]
            {
                yield_now();
                step();
            }
        }
    }
    let steps = "    step\n".repeat(15);
    let block = "    block\n      step\n";
    assert_eq!(in_ten(in_a_span), format!("whole {{before=1}}\n  in_a_span\n{block}{steps}"));
}

#[test]
fn inside_a_poll_of_a_future_whose_blocks_wait() {
    #[span]
    async fn waiting(name: &str) {
        #[isolated_hub]
        {
            yields(name, 5);
            futures::pending!();
            yields(name, 5);
        }
    }
    fn poll(name: &str) {
        let mut future = std::pin::pin!(waiting(name));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        while future.as_mut().poll(&mut context).is_pending() {
            yield_now();
        }
    }
    let steps = "    step\n".repeat(10);
    assert_eq!(in_ten(poll), format!("whole {{before=1}}\n  waiting\n{steps}"));
}

#[test]
fn inside_an_event_processor_that_adds_a_breadcrumb() {
    three_workers();
    let recorder = Recorder::builder().before_breadcrumb(Some).build();
    recorder.run_sync(|| {
        let capture = || {
            isohub::add_event_processor(|event: Event| {
                yield_now();
                isohub::add_breadcrumb(Breadcrumb::new("processed"));
                Some(event)
            });
            for _ in 0..20 {
                isohub::capture_message("full", Level::Warning);
            }
        };
        let coroutines: Vec<_> = (0..10).map(|_| go!(isolated!(move || capture()))).collect();
        coroutines.into_iter().for_each(|one| one.join().expect("no panic"));
    });
    settled_tree(&recorder);
    assert_eq!((recorder.events().len(), recorder.stats().lost_events), (200, 0));
}
