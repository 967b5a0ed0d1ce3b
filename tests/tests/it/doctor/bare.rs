//! Tasks and jobs without a unit.

use isohub::doctor::{self, Kind};
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, Level, isolated, span, spawn_isolated};

use super::{assert_right, kinds, lines};
use crate::support::{Worker, current_thread, pause, poll_once, spawn_bare, workers};

const STEP: u32 = line!() + 2;
#[span]
async fn step() {
    pause().await;
}

const MADE: u32 = line!() + 3;

fn block_on<F: Future>(recorder: &Recorder, future: F) -> F::Output {
    current_thread().block_on(recorder.run(future))
}

#[test]
fn a_bare_task_loses_writes_spans_and_captures() {
    let recorder = Recorder::new();
    let first = line!() + 3;
    block_on(&recorder, async {
        let bare = async {
            isohub::set_tag("lost", 1);
            isohub::configure_scope(|scope| scope.set_tag("lost", 2));
            isohub::capture_message("lost", Level::Info);
            step().await;
        };
        spawn_bare(bare).await.expect("no panic");
    });
    assert_eq!(
        lines(&recorder.findings()),
        [
            (Kind::LostWrite, first, Some(MADE)),
            (Kind::LostWrite, first + 1, Some(MADE)),
            (Kind::LostCapture, first + 2, Some(MADE)),
            (Kind::Orphan, STEP, Some(MADE)),
        ]
    );
    let said: Vec<_> = recorder.findings().iter().map(ToString::to_string).collect();
    assert!(said[0].starts_with("lost write: what is written to the scope at tests/"), "{}", said[0]);
    assert!(said[0].ends_with("(see TROUBLESHOOTING.md#lost-write)"), "{}", said[0]);
    assert!(said[3].starts_with("orphan: span `step` at tests/"), "{}", said[3]);
}

#[test]
fn an_isolated_task_loses_nothing() {
    let recorder = Recorder::new();
    block_on(&recorder, async {
        let task = spawn_isolated!(async {
            isohub::set_tag("kept", 1);
            isohub::capture_message("kept", Level::Info);
            step().await;
        });
        task.await.expect("no panic");
    });
    assert_right(&recorder);
}

#[test]
fn a_bare_task_on_a_thread_that_ran_a_unit_is_found_by_its_recorder() {
    let recorder = Recorder::new();
    workers(1).block_on(async {
        let unit = recorder.run(async { spawn_isolated!(async { isohub::set_tag("kept", 1) }).await });
        unit.await.expect("no panic");
        spawn_bare(async { isohub::set_tag("lost", 1) }).await.expect("no panic");
    });
    assert_eq!(kinds(&recorder), [Kind::LostWrite]);
}

#[test]
fn a_bare_task_after_one_in_which_something_began_is_found_by_the_same_recorder() {
    let recorder = Recorder::new();
    block_on(&recorder, async {
        let began = async { pause().with_scope(|scope| scope.set_tag("while", 1)).await };
        let tasks = (spawn_bare(began), spawn_bare(async { isohub::set_tag("lost", 1) }));
        tasks.0.await.expect("no panic");
        tasks.1.await.expect("no panic");
    });
    assert_eq!(kinds(&recorder), [Kind::LostWrite]);
}

#[test]
fn a_bare_job_on_a_blocking_thread_is_a_task_without_a_unit() {
    // The recorder finds it only if the thread ran a unit of its before.
    doctor::allow(Kind::LostWrite);
    let recorder = Recorder::new();
    block_on(&recorder, async {
        spawn_isolated!(blocking, || ()).await.expect("no panic");
        let job = || isohub::set_tag("lost", 1);
        tokio::task::spawn_blocking(job).await.expect("no panic");
    });
    assert!(kinds(&recorder).iter().all(|kind| *kind == Kind::LostWrite), "{:?}", recorder.findings());
}

#[test]
fn a_bare_job_on_the_thread_of_a_pool() {
    let (recorder, pool) = (Recorder::new(), Worker::new());
    let made = line!() + 1;
    let job = recorder.run_sync(|| isolated!(|| isohub::capture_message("kept", Level::Info)));
    pool.run(job);
    let lost = line!() + 2;
    pool.run(|| {
        isohub::set_tag("lost", 1);
        isohub::capture_message("lost", Level::Info);
        span_of_nobody();
    });
    assert_eq!(
        lines(&recorder.findings()),
        [
            (Kind::BarePoolJob, lost, Some(made)),
            (Kind::BarePoolJob, lost + 1, Some(made)),
            (Kind::BarePoolJob, SPAN_OF_NOBODY, Some(made)),
        ]
    );
}

const SPAN_OF_NOBODY: u32 = line!() + 2;
#[span]
fn span_of_nobody() {}

#[test]
fn isolated_jobs_of_a_pool_are_right() {
    let (recorder, pool) = (Recorder::new(), Worker::new());
    for n in 0..3 {
        let job = recorder.run_sync(|| {
            isolated!(move || {
                isohub::set_tag("n", n);
                isohub::capture_message("kept", Level::Info);
            })
        });
        pool.run(job);
    }
    assert_right(&recorder);
}

#[test]
fn a_thread_that_has_a_hub_of_its_own_may_write_to_it() {
    let (recorder, thread) = (Recorder::new(), Worker::new());
    thread.run(|| isohub::set_tag("thread", "own"));
    let job = recorder.run_sync(|| isolated!(|| isohub::capture_message("kept", Level::Info)));
    thread.run(job);
    thread.run(|| isohub::set_tag("thread", "still"));
    assert_right(&recorder);
}

#[test]
fn an_actor_may_write_to_its_own_hub() {
    let (recorder, actor) = (Recorder::new(), Worker::new());
    let message = |n: u32| recorder.run_sync(|| isohub::carry(n));
    let (first, second, third) = (message(1), message(2), message(3));
    actor.run(move || {
        first.handle(|n| isohub::set_tag("message", n));
        drop(second);
        crate::support::poll_to_end(third.map(|n| n + 1).handle_async(|n| async move { pause_at(n).await }));
        isohub::set_tag("actor", "idle");
        isohub::capture_message("nothing to do", Level::Info);
    });
    assert_right(&recorder);
}

#[test]
fn a_span_that_was_given_its_parent_has_lost_nothing() {
    #[span(parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse::<isohub::SpanContext>().ok())]
    fn continued() {}
    let (recorder, pool) = (Recorder::new(), Worker::new());
    let job = recorder.run_sync(|| isolated!(|| isohub::capture_message("kept", Level::Info)));
    pool.run(job);
    pool.run(continued);
    assert_right(&recorder);
}

#[test]
fn a_thread_that_runs_a_job_in_a_unit_of_its_own_is_no_pools() {
    let (recorder, thread) = (Recorder::new(), Worker::new());
    let job = recorder.run_sync(|| isolated!(|| isohub::capture_message("kept", Level::Info)));
    thread.run(|| isolated!(job)());
    thread.run(|| isohub::set_tag("thread", "own"));
    assert_right(&recorder);
}

#[isohub::isolated_hub]
async fn pause_at(n: u32) {
    isohub::set_tag("message", n);
    pause().await;
}

#[test]
fn a_bare_job_after_those_of_an_isolated_pool() {
    let (recorder, threads) = (Recorder::new(), Worker::new());
    let pool = isohub::IsolatedPool::new(|job: isohub::Job| threads.run(job));
    let made = line!() + 1;
    recorder.run_sync(|| pool.execute(|| isohub::set_tag("kept", 1)));
    let lost = line!() + 1;
    threads.run(|| isohub::set_tag("lost", 1));
    assert_eq!(lines(&recorder.findings()), [(Kind::BarePoolJob, lost, Some(made))]);
}

#[test]
fn a_bare_job_of_rayons_is_told_what_to_write_there() {
    let recorder = Recorder::new();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(|| {
        recorder.run_sync(|| ());
        isohub::set_tag("lost", 1);
        isohub::capture_message("lost", Level::Info);
        step_of_nobody();
    });
    assert_eq!(kinds(&recorder), [Kind::LostWrite, Kind::LostCapture, Kind::Orphan]);
    for finding in recorder.findings() {
        assert!(finding.instead().contains(".par_iter().isolated()"), "{finding}");
        assert_eq!(finding.link(), "TROUBLESHOOTING.md#rayon");
    }
}

#[span]
fn step_of_nobody() {}

#[test]
fn a_thread_that_polls_what_it_made_is_no_pools() {
    let (recorder, thread) = (std::sync::Arc::new(Recorder::new()), Worker::new());
    let inside = recorder.clone();
    thread.run(move || {
        let mut unit = Box::pin(inside.run(step()));
        assert!(poll_once(unit.as_mut()).is_pending());
        isohub::set_tag("thread", "own");
    });
    assert_right(&recorder);
}
