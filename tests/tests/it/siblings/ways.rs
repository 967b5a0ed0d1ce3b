//! Each way to run units at the same time.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use futures::stream::{self, FuturesUnordered, StreamExt as _};
use futures::{FutureExt as _, future};
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, isolated, parallel, parallel_span, span, spawn_isolated};
use tokio::runtime::Handle;
use tokio::task::{JoinSet, LocalSet, block_in_place};

use super::{JOBS, inner, job};
use crate::support::{
    Worker, crash, current_thread, pause, poll_on_two_threads, poll_once, poll_to_end, settled_tree, workers,
};

/// Runs something in a span, on a runtime with two threads.
fn tree_of<F: Future>(f: impl FnOnce() -> F) -> String {
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        let main = isohub::start_span!("main");
        let made = main.in_scope(f);
        made.in_span(main).await;
    }));
    settled_tree(&recorder)
}

#[test]
fn annotated_calls_in_join_and_try_join_of_tokio_are_siblings() {
    assert_eq!(tree_of(|| async { tokio::join!(job(1), job(2)) }), JOBS);
    let ok = |n| job(n).map(Ok::<_, ()>);
    assert_eq!(tree_of(|| async { tokio::try_join!(ok(1), ok(2)) }), JOBS);
}

#[test]
fn branches_of_our_join_and_try_join_are_siblings() {
    assert_eq!(tree_of(|| async { isohub::join!(job(1), job(2)) }), JOBS);
    let ok = |n| job(n).map(Ok::<_, ()>);
    assert_eq!(tree_of(|| async { isohub::try_join!(ok(1), ok(2)) }), JOBS);
    let spans = "main\n  inner\n  inner\n  inner\n";
    assert_eq!(tree_of(|| async { isohub::join!(inner(), inner(), inner()) }), spans);
}

#[test]
fn spawned_calls_are_siblings_without_any_macro() {
    let tree = tree_of(|| async {
        let tasks = [1, 2].map(|n| tokio::spawn(job(n)));
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    assert_eq!(tree, JOBS);
}

#[test]
fn members_of_sets_and_streams_are_siblings() {
    let set = || [1, 2].map(job).into_iter().collect::<FuturesUnordered<_>>();
    assert_eq!(tree_of(|| set().collect::<Vec<_>>()), JOBS);
    assert_eq!(tree_of(|| stream::iter([1, 2]).map(job).buffer_unordered(2).collect::<Vec<_>>()), JOBS);
    assert_eq!(tree_of(|| future::join_all([job(1), job(2)])), JOBS);
    let tree = tree_of(|| async {
        let mut set = JoinSet::new();
        spawn_isolated!(in set, job(1));
        set.spawn(job(2));
        set.join_all().await;
    });
    assert_eq!(tree, JOBS);
}

#[test]
fn the_losers_of_a_select_are_siblings_that_were_cancelled() {
    let tree = tree_of(|| async {
        let mut turns = 0;
        loop {
            turns += 1;
            tokio::select! {
                biased;
                () = job(turns) => unreachable!(),
                () = pause() => {}
            }
            if turns == 2 {
                break;
            }
        }
    });
    let expected = "\
main
  job cancelled {n=1}
    inner cancelled
  job cancelled {n=2}
    inner cancelled
";
    assert_eq!(tree, expected);
}

#[test]
fn threads_and_jobs_of_pools_are_siblings() {
    let run = |n| poll_to_end(job(n));
    let threads = tree_of(|| async {
        let threads = [1, 2].map(|n| spawn_isolated!(thread, move || run(n)));
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    });
    assert_eq!(threads, JOBS);
    let scoped = tree_of(|| async {
        std::thread::scope(|s| {
            s.spawn(isolated!(|| run(1)));
            spawn_isolated!(in s, || run(2));
        });
    });
    assert_eq!(scoped, JOBS);
    let blocking = tree_of(|| async {
        let jobs = [1, 2].map(|n| spawn_isolated!(blocking, move || run(n)));
        for job in jobs {
            job.await.expect("no panic");
        }
    });
    assert_eq!(blocking, JOBS);
}

#[test]
fn named_units_of_the_macros_are_siblings() {
    let tree = tree_of(|| async {
        let named = parallel!("future", async { inner().await });
        parallel!("closure", || poll_to_end(inner()))();
        let thread = spawn_isolated!("thread", thread, || poll_to_end(inner()));
        let task = spawn_isolated!("task", async { inner().await });
        thread.join().expect("no panic");
        tokio::join!(named, task).1.expect("no panic");
    });
    let expected = "\
main
  closure
    inner
  future
    inner
  task
    inner
  thread
    inner
";
    assert_eq!(tree, expected);
}

#[test]
fn polled_on_two_threads_in_turn_units_are_siblings() {
    let recorder = Recorder::new();
    let main = async { tokio::join!(job(1), job(2)) };
    poll_on_two_threads(recorder.run(async { main.in_span(isohub::start_span!("main")).await }));
    assert_eq!(settled_tree(&recorder), JOBS);
}

#[test]
fn every_interleaving_of_two_units_gives_siblings() {
    // Each bit says whose turn it is. A job is ready at its fourth poll.
    for turns in (0_u32..256).filter(|turns| turns.count_ones() == 4) {
        let recorder = Recorder::new();
        recorder.run_sync(|| {
            isohub::start_span!("main").in_scope(|| {
                let (mut first, mut second) = (pin!(job(1)), pin!(job(2)));
                for turn in 0..8 {
                    let _ = match turns >> turn & 1 {
                        0 => poll_once(first.as_mut()),
                        _ => poll_once(second.as_mut()),
                    };
                }
            });
        });
        assert_eq!(settled_tree(&recorder), JOBS, "when the turns are {turns:08b}");
    }
}

#[test]
fn units_of_a_local_set_are_siblings() {
    let recorder = Recorder::new();
    let main = async {
        let tasks = [spawn_isolated!(local, job(1)), tokio::task::spawn_local(job(2))];
        for task in tasks {
            task.await.expect("no panic");
        }
    };
    let local = LocalSet::new();
    local
        .block_on(&current_thread(), recorder.run(async { main.in_span(isohub::start_span!("main")).await }));
    assert_eq!(settled_tree(&recorder), JOBS);
}

#[test]
fn units_of_a_nested_runtime_are_children_of_what_blocks_on_it() {
    let tree = tree_of(|| async {
        let task = spawn_isolated!("outer", async {
            block_in_place(|| {
                Handle::current().block_on(async {
                    let (task, ()) = tokio::join!(tokio::spawn(job(1)), job(2));
                    task.expect("no panic");
                });
            });
        });
        task.await.expect("no panic");
    });
    let expected = "\
main
  outer
    job {n=1}
      inner
    job {n=2}
      inner
";
    assert_eq!(tree, expected);
}

#[test]
fn units_that_end_in_any_way_leave_the_next_one_its_parent() {
    #[parallel_span]
    async fn crashes() {
        inner().await;
        crash()
    }
    let tree = tree_of(|| async {
        assert!(AssertUnwindSafe(crashes()).catch_unwind().await.is_err());
        assert!(tokio::spawn(crashes()).await.is_err());
        let never = parallel!("never", future::pending::<()>());
        assert!(tokio::time::timeout(Duration::from_millis(1), never).await.is_err());
        let (began, begins) = tokio::sync::oneshot::channel();
        let aborted = spawn_isolated!("aborted", async {
            inner().await;
            began.send(()).expect("somebody waits");
            future::pending::<()>().await
        });
        begins.await.expect("it begins");
        aborted.abort();
        assert!(aborted.await.is_err());
        job(1).await;
    });
    let expected = "\
main
  aborted cancelled
    inner
  crashes panicked
    inner
  crashes panicked
    inner
  job {n=1}
    inner
  never cancelled
";
    assert_eq!(tree, expected);
}

#[test]
fn tasks_in_flight_when_a_runtime_shuts_down_are_siblings_that_were_cancelled() {
    let recorder = Recorder::new();
    let runtime = workers(2);
    runtime.block_on(recorder.run(async {
        let begun = Arc::new(tokio::sync::Barrier::new(3));
        isohub::start_span!("main").in_scope(|| {
            for n in 1..3 {
                let begun = Arc::clone(&begun);
                spawn_isolated!("flying", tags(n = n), async move {
                    begun.wait().await;
                    future::pending::<()>().await
                });
            }
        });
        begun.wait().await;
    }));
    drop(runtime);
    assert_eq!(settled_tree(&recorder), "main\n  flying cancelled {n=1}\n  flying cancelled {n=2}\n");
}

#[test]
fn five_threads_that_start_inside_five_sibling_spans_each_stay_under_their_own() {
    #[span(fields(n))]
    fn step(n: u32, meet: &Arc<Barrier>) -> std::thread::JoinHandle<()> {
        let meet = Arc::clone(meet);
        spawn_isolated!("thread", thread, fields(n), move || {
            meet.wait();
        })
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("main").in_scope(|| {
            let meet = Arc::new(Barrier::new(5));
            let threads: Vec<_> = (1..6).map(|n| step(n, &meet)).collect();
            threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        });
    });
    let steps: String = (1..6).map(|n| format!("  step n={n}\n    thread n={n}\n")).collect();
    assert_eq!(settled_tree(&recorder), format!("main\n{steps}"));
}

#[test]
fn the_one_thread_of_a_pool_keeps_no_parent_for_the_next_job() {
    let recorder = Recorder::new();
    let pool = Worker::new();
    recorder.run_sync(|| {
        for n in 1..4 {
            let step = isohub::start_span!("step", n);
            pool.run(step.in_scope(|| parallel!("job", move || poll_to_end(inner()))));
            assert_eq!(pool.run(|| isohub::current_span().context()), None);
        }
        pool.run(isolated!(|| poll_to_end(inner())));
    });
    let steps: String = (1..4).map(|n| format!("step n={n}\n  job\n    inner\n")).collect();
    assert_eq!(settled_tree(&recorder), format!("inner\n{steps}"));
}

#[test]
fn units_without_spans_give_no_spans_and_pass_the_parent_on() {
    let tree = tree_of(|| async {
        let tasks = [1, 2].map(|_| spawn_isolated!(isolated!(async { isolated!(inner()).await })));
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    assert_eq!(tree, "main\n  inner\n  inner\n");
}
