//! What a coroutine is in the midst of is there after each switch, on whichever thread.

use std::collections::HashSet;
use std::sync::mpsc;
use std::task::{Context, Waker};

use corosensei::Yielder;
use isohub::testing::Recorder;
use isohub::{Hub, isolated_hub, parallel_span, span, with_scope};
use isohub_tests_stackful::{active, settled_tree, tags};

use crate::support::{Threads, coroutine};

isohub::hub_local! {
    static DEPTH: usize = 0;
}

/// Writes before each of `count` switches, and looks after it.
fn switches(yielder: &Yielder<(), ()>, name: &str, count: usize) {
    isohub::set_tag("name", name);
    let span = active();
    for n in 0..count {
        isohub::set_tag("n", n);
        let written = tags();
        yielder.suspend(());
        assert_eq!(tags(), written);
        assert_eq!(Hub::current().scope().tag("n"), Some(&*n.to_string()));
        assert_eq!(active(), span);
    }
}

#[span]
fn step(n: usize) -> usize {
    n + 1
}

#[span]
fn outer(yielder: &Yielder<(), ()>, count: usize) {
    let mut done = 0;
    while done < count {
        // Everything that the optimiser may see through, in one function that switches.
        isohub::set_tag("n", done);
        DEPTH.set(done);
        let span = active();
        yielder.suspend(());
        assert_eq!(tags(), format!("n={done}"));
        assert_eq!(DEPTH.get().as_deref(), Some(&done));
        assert_eq!(active(), span);
        done = step(done);
    }
}

#[test]
fn five_hundred_switches_between_two_threads_lose_nothing() {
    let recorder = Recorder::new();
    let (tell, threads_seen) = mpsc::channel();
    let coroutine = recorder.run_sync(|| {
        coroutine(move |yielder| {
            for _ in 0..2 {
                let _ = tell.send(std::thread::current().id());
                yielder.suspend(());
            }
            outer(yielder, 500);
        })
    });
    Threads::new().run_to_end(coroutine);
    assert_eq!(threads_seen.into_iter().collect::<HashSet<_>>().len(), 2);
    let steps = "  step\n".repeat(500);
    assert_eq!(settled_tree(&recorder), format!("outer {{n=499}}\n{steps}"));
}

#[test]
fn twenty_coroutines_of_a_hundred_switches_each_keep_their_own() {
    #[span]
    fn one(yielder: &Yielder<(), ()>, name: &str) {
        switches(yielder, name, 100);
    }
    let recorder = Recorder::new();
    let mut coroutines: Vec<_> = recorder.run_sync(|| {
        let named = |n: usize| coroutine(move |yielder| one(yielder, &n.to_string()));
        (10..30).map(named).collect()
    });
    let threads = Threads::new();
    let mut turn = 0;
    while !coroutines.is_empty() {
        turn += 1;
        let resumed = coroutines.into_iter().enumerate().map(|(n, one)| threads.resume(n + turn, one));
        coroutines = resumed.filter(|(_, is_done)| !is_done).map(|(one, _)| one).collect();
    }
    let tree: String = (10..30).map(|n| format!("one {{n=99 name={n}}}\n")).collect();
    assert_eq!(settled_tree(&recorder), tree);
}

/// Runs `body`, which switches, in a span of a coroutine on two threads, and gives the tree.
fn tree_of(body: impl FnOnce(&Yielder<(), ()>) + Send + 'static) -> String {
    #[parallel_span]
    fn whole(body: impl FnOnce()) {
        isohub::set_tag("before", 1);
        let span = active();
        body();
        assert_eq!((tags(), active()), ("before=1".to_owned(), span));
    }
    let recorder = Recorder::new();
    let coroutine = recorder.run_sync(|| coroutine(move |yielder| whole(|| body(yielder))));
    Threads::new().run_to_end(coroutine);
    settled_tree(&recorder)
}

#[test]
fn inside_a_span() {
    #[span]
    fn inner(yielder: &Yielder<(), ()>) {
        yielder.suspend(());
        step(1);
        yielder.suspend(());
    }
    assert_eq!(tree_of(inner), "whole {before=1}\n  inner\n    step\n");
}

#[test]
fn inside_an_inner_unit() {
    #[isolated_hub]
    fn unit(yielder: &Yielder<(), ()>) {
        switches(yielder, "unit", 5);
        step(1);
    }
    assert_eq!(tree_of(unit), "whole {before=1}\n  step\n");
}

#[test]
fn inside_an_inner_unit_with_a_span() {
    #[parallel_span]
    fn unit(yielder: &Yielder<(), ()>) {
        switches(yielder, "unit", 5);
        step(1);
    }
    assert_eq!(tree_of(unit), "whole {before=1}\n  unit {before=1 n=4 name=unit}\n    step\n");
}

#[test]
fn inside_a_scope_of_tags() {
    let tree = tree_of(|yielder| {
        with_scope(|scope| scope.set_tag("with", 1), || switches(yielder, "scope", 5));
    });
    assert_eq!(tree, "whole {before=1}\n");
}

#[test]
fn inside_a_scope_of_a_typed_value() {
    let tree = tree_of(|yielder| {
        DEPTH.set(1);
        DEPTH.scope(2, || {
            yielder.suspend(());
            assert_eq!(DEPTH.get().as_deref(), Some(&2));
            yielder.suspend(());
        });
        assert_eq!(DEPTH.get().as_deref(), Some(&1));
    });
    assert_eq!(tree, "whole {before=1}\n");
}

#[test]
fn inside_an_annotated_block() {
    #[span]
    fn blocks(yielder: &Yielder<(), ()>) {
        #[parallel_span("block")]
        {
            switches(yielder, "block", 5);
            #[span("inner")]
            {
                yielder.suspend(());
                step(1);
            }
        }
        yielder.suspend(());
        step(2);
    }
    let tree = "whole {before=1}\n  blocks\n    block {before=1 n=4 name=block}\n      inner\n        step\n    step\n";
    assert_eq!(tree_of(blocks), tree);
}

/// Polls a future, and switches where it waits. The executors that others wrote note in a thread-local that they run.
fn poll_to_end(yielder: &Yielder<(), ()>, future: impl Future<Output = ()>) {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {
        yielder.suspend(());
    }
}

#[test]
fn inside_a_poll_of_a_future_whose_blocks_wait() {
    #[span]
    async fn waiting(yielder: &Yielder<(), ()>) {
        #[parallel_span("block")]
        {
            futures::pending!(); // undone and done again by the next poll
            switches(yielder, "block", 5);
            std::future::ready(()).await;
            step(1);
        }
        yielder.suspend(());
        step(2);
    }
    let poll = |yielder: &Yielder<(), ()>| poll_to_end(yielder, waiting(yielder));
    let tree = "whole {before=1}\n  waiting\n    block {before=1 n=4 name=block}\n      step\n    step\n";
    assert_eq!(tree_of(poll), tree);
}

#[test]
fn two_that_poll_futures_whose_blocks_wait_on_one_thread() {
    #[span]
    async fn waiting(yielder: &Yielder<(), ()>, name: &str) {
        #[parallel_span("block")]
        {
            std::future::ready(()).await;
            switches(yielder, name, 5);
        }
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let body =
            |name: &'static str| coroutine(move |yielder| poll_to_end(yielder, waiting(yielder, name)));
        let mut two = [body("a"), body("b")];
        while !two.each_mut().map(crate::support::resume).contains(&true) {}
    });
    let tree = "waiting\n  block {n=4 name=a}\nwaiting\n  block {n=4 name=b}\n";
    assert_eq!(settled_tree(&recorder), tree);
}

#[test]
fn the_same_value_through_ten_coroutines_that_resume_one_another() {
    #[span]
    fn level(yielder: Option<&Yielder<(), ()>>, depth: usize) {
        isohub::set_tag("depth", depth);
        if depth < 10 {
            let mut inner = coroutine(move |yielder| level(Some(yielder), depth + 1));
            while !crate::support::resume(&mut inner) {
                assert_eq!(tags(), format!("depth={depth}"));
                yielder.inspect(|yielder| yielder.suspend(()));
                assert_eq!(tags(), format!("depth={depth}"));
            }
        }
        yielder.inspect(|yielder| yielder.suspend(()));
        assert_eq!(tags(), format!("depth={depth}"));
    }
    let recorder = Recorder::new();
    let coroutine = recorder.run_sync(|| coroutine(|yielder| level(Some(yielder), 1)));
    Threads::new().run_to_end(coroutine);
    let tree: String = (1..=10).map(|depth| "  ".repeat(depth - 1) + "level\n").collect();
    assert_eq!(settled_tree(&recorder).replace(" {depth=1}", ""), tree);
}
