//! Law 3: what a unit wrote, and the span that was active in it, are still there after each await, on
//! whichever thread.

use std::cell::Cell;
use std::collections::HashSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::thread::ThreadId;
use std::time::Duration;

use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt as _};
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, SpanContext, isolated, isolated_hub, parallel_span, span, spawn_isolated};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::{
    crash, current_thread, pause, pauses, poll_on_two_threads, poll_once, poll_to_end, settled_tree, tags,
    workers,
};

fn active() -> Option<SpanContext> {
    isohub::current_span().context()
}

/// Writes before each of a hundred awaits and looks after it.
async fn hundred_awaits<F: Future>(name: &str, mut wait: impl FnMut() -> F) {
    isohub::set_tag("name", name);
    let span = active();
    assert!(span.is_some());
    for n in 0..100 {
        isohub::set_tag("n", n);
        wait().await;
        assert_eq!(tags(), format!("n={n} name={name}"));
        assert_eq!(active(), span);
    }
}

#[parallel_span]
async fn on_any_thread(name: &'static str) {
    hundred_awaits(name, pause).await;
}

#[test]
fn tags_and_span_are_there_after_each_of_a_hundred_awaits_on_alternating_threads() {
    let recorder = Recorder::new();
    let seen = poll_on_two_threads(recorder.run(async {
        let threads = std::sync::Mutex::new(HashSet::<ThreadId>::new());
        let tell = async {
            for _ in 0..100 {
                threads.lock().expect("no panic").insert(std::thread::current().id());
                pause().await;
            }
        };
        tokio::join!(on_any_thread("a"), on_any_thread("b"), tell);
        threads.lock().expect("no panic").len()
    }));
    assert_eq!(seen, 2);
    assert_eq!(settled_tree(&recorder), "on_any_thread {n=99 name=a}\non_any_thread {n=99 name=b}\n");
}

#[test]
fn tags_and_span_are_there_after_each_of_a_hundred_yields_of_tasks_that_are_stolen() {
    #[parallel_span]
    async fn task(name: String) {
        hundred_awaits(&name, tokio::task::yield_now).await;
    }
    let recorder = Recorder::new();
    workers(4).block_on(recorder.run(async {
        let tasks: Vec<_> = (10..42).map(|n| tokio::spawn(task(n.to_string()))).collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    }));
    let tree: String = (10..42).map(|n| format!("task {{n=99 name={n}}}\n")).collect();
    assert_eq!(settled_tree(&recorder), tree);
}

#[test]
fn tags_and_span_are_there_after_timers_and_jobs_on_other_threads() {
    #[parallel_span]
    async fn task(name: &'static str) {
        let mut turn = 0;
        hundred_awaits(name, || {
            turn += 1;
            let of_job = turn % 2 == 0;
            async move {
                match of_job {
                    true => tokio::task::spawn_blocking(std::thread::yield_now).await.expect("no panic"),
                    false => tokio::time::sleep(Duration::from_micros(1)).await,
                }
            }
        })
        .await;
    }
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        let (a, b) = tokio::join!(tokio::spawn(task("a")), tokio::spawn(task("b")));
        a.and(b).expect("no panic");
    }));
    assert_eq!(settled_tree(&recorder), "task {n=99 name=a}\ntask {n=99 name=b}\n");
}

#[span]
async fn step(depth: u32) {
    let span = active();
    pause().await;
    if depth > 0 {
        Box::pin(step(depth - 1)).await;
        assert_eq!(active(), span);
        isohub::set_tag("deepest", "passed");
    } else {
        isohub::set_tag("deepest", "reached");
    }
    pause().await;
    assert_eq!(active(), span);
}

#[test]
fn what_helpers_write_stays_written_for_their_caller_on_any_thread() {
    #[parallel_span]
    async fn request() {
        step(2).await;
        assert_eq!(tags(), "deepest=passed");
        pause().await;
        step(0).await;
        assert_eq!(tags(), "deepest=reached");
    }
    let recorder = Recorder::new();
    poll_on_two_threads(recorder.run(async { request().await }));
    let expected = "\
request {deepest=reached}
  step
    step
      step
  step
";
    assert_eq!(recorder.tree(), expected);
}

#[test]
fn a_span_that_is_polled_elsewhere_keeps_its_own_unit_over_each_await() {
    isohub::doctor::allow(isohub::doctor::Kind::OtherUnit);
    #[span]
    async fn helper(name: &'static str) {
        hundred_awaits(name, tokio::task::yield_now).await;
    }
    let recorder = Recorder::new();
    let calls = recorder.run_sync(|| isohub::start_span!("main").in_scope(|| ["a", "b"].map(helper)));
    workers(2).block_on(async {
        for task in calls.map(tokio::spawn) {
            task.await.expect("no panic");
        }
    });
    assert_eq!(settled_tree(&recorder), "main\n  helper\n  helper\n");
}

#[test]
fn a_scope_or_a_span_for_a_future_is_there_after_each_await() {
    let recorder = Recorder::new();
    poll_on_two_threads(recorder.run(async {
        isohub::set_tag("main", "yes");
        let inside = async {
            for n in 0..10 {
                isohub::set_tag("n", n);
                pause().await;
                assert_eq!(tags(), format!("main=yes n={n} scope=own"));
            }
        };
        inside.with_scope(|scope| scope.set_tag("scope", "own")).await;
        assert_eq!(tags(), "main=yes");

        let span = isohub::start_span!("by hand");
        let context = span.context();
        let inside = async {
            for _ in 0..10 {
                pause().await;
                assert_eq!(active(), context);
                step(0).await;
            }
        };
        inside.in_span(span).await;
        assert_eq!(active(), None);
        assert_eq!(tags(), "deepest=reached main=yes");
    }));
    assert_eq!(recorder.tree(), format!("by hand\n{}", "  step\n".repeat(10)));
}

#[test]
fn a_unit_in_a_loop_of_selects_goes_on_where_it_was() {
    let recorder = Recorder::new();
    poll_to_end(recorder.run(async {
        let mut unit = std::pin::pin!(on_any_thread("selected"));
        let mut turns = 0;
        loop {
            tokio::select! {
                biased;
                () = &mut unit => break,
                () = step(0) => turns += 1,
            }
        }
        assert_eq!(turns, 33);
        assert_eq!(tags(), "deepest=reached");
    }));
    let tree = recorder.tree();
    assert!(tree.contains("on_any_thread {n=99 name=selected}\n"), "{tree}");
}

#[test]
fn members_of_an_unordered_set_keep_theirs_among_others() {
    #[parallel_span]
    async fn member(n: usize) {
        isohub::set_tag("member", n);
        let span = active();
        for _ in 0..n {
            pause().await;
            assert_eq!((tags(), active()), (format!("member={n}"), span));
        }
    }
    let recorder = Recorder::new();
    poll_on_two_threads(recorder.run(async {
        let mut set: FuturesUnordered<_> = (0..10).map(member).collect();
        while set.next().await.is_some() {
            assert_eq!((tags(), active()), (String::new(), None));
        }
    }));
    let tree: String = (0..10).map(|n| format!("member {{member={n}}}\n")).collect();
    assert_eq!(settled_tree(&recorder), tree);
}

#[test]
fn tags_and_span_are_there_in_and_after_a_nested_runtime() {
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        let task = spawn_isolated!("outer", async {
            isohub::set_tag("outer", "yes");
            let span = active();
            tokio::task::yield_now().await;
            block_in_place(|| {
                Handle::current().block_on(async {
                    assert_eq!((tags(), active()), ("outer=yes".to_owned(), span));
                    tokio::task::yield_now().await;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    assert_eq!((tags(), active()), ("outer=yes".to_owned(), span));
                    step(0).await;
                });
            });
            assert_eq!((tags(), active()), ("deepest=reached outer=yes".to_owned(), span));
        });
        task.await.expect("no panic");
    }));
    assert_eq!(settled_tree(&recorder), "outer {deepest=reached outer=yes}\n  step\n");
}

#[test]
fn a_unit_goes_on_where_it_was_after_a_unit_inside_it_crashed() {
    #[parallel_span]
    async fn crashes() {
        isohub::set_tag("inner", "yes");
        pause().await;
        crash()
    }
    #[parallel_span]
    async fn survives() {
        isohub::set_tag("outer", "yes");
        let span = active();
        for _ in 0..3 {
            assert!(AssertUnwindSafe(crashes()).catch_unwind().await.is_err());
            assert_eq!((tags(), active()), ("outer=yes".to_owned(), span));
            pause().await;
        }
    }
    let recorder = Recorder::new();
    poll_on_two_threads(recorder.run(async { survives().await }));
    let crashed = "  crashes panicked {inner=yes outer=yes}\n".repeat(3);
    assert_eq!(recorder.tree(), format!("survives {{outer=yes}}\n{crashed}"));
}

#[test]
fn a_block_edits_the_hub_of_its_unit_over_each_await() {
    #[isolated_hub]
    async fn with_block() -> [String; 2] {
        isohub::set_tag("before", "yes");
        let inside = #[isolated_hub]
        async {
            isohub::set_tag("inside", "yes");
            pauses(3).await;
            tags()
        }
        .await;
        [inside, tags()]
    }
    assert_eq!(poll_on_two_threads(with_block()), ["before=yes inside=yes", "before=yes"]);
}

#[test]
fn a_unit_that_is_polled_by_two_tasks_in_turn_stays_itself() {
    type Handed = Pin<Box<dyn Future<Output = String> + Send>>;
    let mut unit: Handed = Box::pin(isolated!(async {
        for n in 0..10 {
            isohub::set_tag("n", n);
            pause().await;
        }
        tags()
    }));
    let runtime = workers(2);
    for turn in 0..11 {
        let task = runtime.spawn(isolated!(async move {
            isohub::set_tag("task", turn);
            let output = poll_once(unit.as_mut());
            assert_eq!(tags(), format!("task={turn}"));
            (unit, output.is_ready().then_some(output))
        }));
        let (handed, output) = runtime.block_on(task).expect("no panic");
        match output {
            Some(output) => return assert_eq!((turn, output), (10, "n=9".to_owned().into())),
            None => unit = handed,
        }
    }
    unreachable!("it was polled eleven times");
}

#[test]
fn units_of_one_thread_keep_theirs_without_send() {
    #[parallel_span]
    async fn not_send(name: &'static str) {
        let turns = std::rc::Rc::new(Cell::new(0));
        hundred_awaits(name, || {
            turns.set(turns.get() + 1);
            tokio::task::yield_now()
        })
        .await;
        assert_eq!(turns.get(), 100);
    }
    let recorder = Recorder::new();
    let local = tokio::task::LocalSet::new();
    local.block_on(
        &current_thread(),
        recorder.run(async {
            let tasks = ["a", "b"].map(|name| tokio::task::spawn_local(not_send(name)));
            for task in tasks {
                task.await.expect("no panic");
            }
        }),
    );
    assert_eq!(settled_tree(&recorder), "not_send {n=99 name=a}\nnot_send {n=99 name=b}\n");
}
