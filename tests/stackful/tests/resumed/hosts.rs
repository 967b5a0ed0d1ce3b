//! Coroutines in tasks: the task in which one is resumed is not its own, and may be another the next time.

use isohub::doctor::{self, Kind};
use isohub::stackful::Isolated;
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, isolated_hub, parallel_span, span};
use isohub_tests_stackful::{settled_tree, tags};

use crate::support::{Movable, coroutine, resume};

fn workers() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime")
}

#[isolated_hub]
fn inner(yielder: &corosensei::Yielder<(), ()>) {
    isohub::set_tag("inner", 1);
    yielder.suspend(());
    isohub::set_tag("inner", 2);
    assert_eq!(tags(), "inner=2 own=1");
}

#[span]
fn own(yielder: &corosensei::Yielder<(), ()>) {
    isohub::set_tag("own", 1);
    inner(yielder);
    assert_eq!(tags(), "own=1");
    isohub::set_tag("own", 2);
    yielder.suspend(());
    assert_eq!(tags(), "own=2");
    #[span("last")]
    isohub::set_tag("own", 3);
}

#[test]
fn resumed_in_one_task_and_then_in_others() {
    let recorder = Recorder::new();
    workers().block_on(recorder.run(async {
        let mut coroutine = coroutine(own);
        for n in 0..3 {
            let task = async move {
                isohub::set_tag("task", n);
                let is_done = resume(&mut coroutine);
                assert_eq!((tags(), is_done), (format!("task={n}"), n == 2));
                coroutine
            };
            coroutine = tokio::spawn(task.isolated()).await.expect("no panic");
        }
    }));
    assert_eq!(settled_tree(&recorder), "own {own=3}\n  last\n");
}

/// A coroutine that is suspended while it resumes another one.
fn around_another() -> Isolated<Movable> {
    coroutine(|yielder| {
        #[span]
        fn whole(yielder: &corosensei::Yielder<(), ()>) {
            isohub::set_tag("whole", 1);
            let mut steps = Isolated::new(std::iter::from_fn(|| {
                #[span("step")]
                isohub::set_tag("step", 1);
                yielder.suspend(());
                assert_eq!(tags(), "step=1 whole=1");
                Some(())
            }));
            assert_eq!(steps.next(), Some(()));
            assert_eq!(tags(), "whole=1");
            isohub::set_tag("whole", 2);
            drop(steps);
            assert_eq!(tags(), "whole=2");
            #[span("last")]
            yielder.suspend(());
        }
        whole(yielder);
    })
}

#[test]
fn resumed_in_another_task_while_it_resumes_another_one() {
    let recorder = Recorder::new();
    workers().block_on(recorder.run(async {
        let mut coroutine = around_another();
        for n in 0..3 {
            let task = async move {
                let is_done = resume(&mut coroutine);
                assert_eq!((tags(), is_done), (String::new(), n == 2));
                coroutine
            };
            coroutine = tokio::spawn(task.isolated()).await.expect("no panic");
        }
    }));
    assert_eq!(settled_tree(&recorder), "whole {whole=2}\n  last\n  step\n");
}

#[test]
fn made_in_a_task_and_resumed_on_a_thread() {
    let recorder = Recorder::new();
    let runtime = workers();
    let mut coroutine = runtime.block_on(recorder.run(async {
        let task = async {
            let mut coroutine = coroutine(own);
            assert!(!resume(&mut coroutine));
            coroutine
        };
        tokio::spawn(task.isolated()).await.expect("no panic")
    }));
    assert!(!resume(&mut coroutine));
    assert!(resume(&mut coroutine));
    assert_eq!(settled_tree(&recorder), "own {own=3}\n  last\n");
}

#[test]
fn in_a_hub_that_was_used_in_a_task() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub();
    let task = async move {
        hub.run(|| isohub::set_tag("task", 1));
        hub
    };
    let runtime = workers();
    let hub = runtime.block_on(runtime.spawn(task)).expect("no panic");
    let body = Movable::new(|_| {
        isohub::set_tag("own", 1);
        assert_eq!(tags(), "own=1 task=1");
    });
    assert!(resume(&mut Isolated::in_hub(hub, body)));
}

#[test]
fn a_task_without_a_unit_may_resume_one() {
    let recorder = Recorder::new();
    workers().block_on(recorder.run(async {
        let mut coroutine = coroutine(own);
        let bare = async move { while !resume(&mut coroutine) {} };
        tokio::spawn(bare).await.expect("no panic");
    }));
    assert_eq!(settled_tree(&recorder), "own {own=3}\n  last\n");
}

#[test]
fn a_bare_task_in_a_coroutine_is_still_one_without_a_unit() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let mut coroutine = coroutine(|_| {
            isohub::set_tag("coroutine", 1);
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async {
                tokio::task::spawn_local(async { isohub::set_tag("bare", 1) }).await.expect("no panic");
            });
            assert_eq!(tags(), "coroutine=1");
        });
        assert!(resume(&mut coroutine));
    });
    if doctor::IS_PRESENT {
        let found: Vec<_> = recorder.findings().iter().map(|it| (it.kind(), it.other_place())).collect();
        let is_made_here = |made: doctor::Place| made.file() == file!();
        assert!(matches!(found[..], [(Kind::LostWrite, Some(made))] if is_made_here(made)), "{found:?}");
    }
}

#[test]
fn a_coroutine_in_an_annotated_thread() {
    #[parallel_span]
    fn on_a_thread() {
        isohub::set_tag("thread", 1);
        let mut coroutine = coroutine(|yielder| {
            isohub::set_tag("coroutine", 1);
            yielder.suspend(());
            assert_eq!(tags(), "coroutine=1 thread=1");
            #[span]
            fn inside() {}
            inside();
        });
        while !resume(&mut coroutine) {}
        assert_eq!(tags(), "thread=1");
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::spawn_isolated!(thread, on_a_thread).join().expect("no panic");
    });
    assert_eq!(settled_tree(&recorder), "on_a_thread {thread=1}\n  inside\n");
}
