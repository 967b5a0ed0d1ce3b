//! Each way to run units at the same time.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Barrier as ThreadBarrier};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use futures::{FutureExt as _, stream};
use isohub::{HubFutureExt as _, isolated, isolated_hub, span, spawn_isolated};
use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::{JoinSet, LocalSet, block_in_place};

use super::{SEEN, assert_creator_is_as_before, creator, plain, unit};
use crate::support::{
    Worker, crash, current_thread, pause, poll_on_two_threads, poll_once, poll_to_end, tags, workers,
};

fn write_and_meet(n: u32, meet: &ThreadBarrier) -> String {
    isohub::set_tag("unit", n);
    isohub::remove_tag("removed");
    meet.wait();
    tags()
}

#[test]
fn threads_see_neither_each_other_nor_does_their_creator_see_them() {
    creator();
    let meet = Arc::new(ThreadBarrier::new(2));
    let threads = [1, 2].map(|n| {
        let meet = Arc::clone(&meet);
        spawn_isolated!(thread, move || write_and_meet(n, &meet))
    });
    assert_eq!(threads.map(|thread| thread.join().expect("no panic")), SEEN);
    assert_creator_is_as_before();
}

#[test]
fn scoped_threads_are_isolated_however_their_closures_are_made() {
    creator();
    let meet = ThreadBarrier::new(2);
    std::thread::scope(|s| {
        let first = s.spawn(isolated!(|| write_and_meet(1, &meet)));
        let second = spawn_isolated!(in s, || write_and_meet(2, &meet));
        assert_eq!([first, second].map(|thread| thread.join().expect("no panic")), SEEN);
    });
    assert_creator_is_as_before();
}

#[test]
fn a_thread_that_is_no_unit_of_ours_is_one_by_itself() {
    creator();
    let seen = std::thread::spawn(|| {
        isohub::set_tag("thread", "other");
        tags()
    });
    assert_eq!(seen.join().expect("no panic"), "thread=other");
    assert_creator_is_as_before();
}

#[test]
fn spawned_calls_of_an_annotated_function_are_isolated_without_any_macro() {
    workers(2).block_on(async {
        creator();
        let meet = Arc::new(Barrier::new(2));
        let tasks = [1, 2].map(|n| tokio::spawn(unit(n, Arc::clone(&meet))));
        for (task, seen) in tasks.into_iter().zip(SEEN) {
            assert_eq!(task.await.expect("no panic"), seen);
        }
        assert_creator_is_as_before();
    });
}

#[test]
fn branches_of_our_join_are_isolated_though_nothing_is_annotated() {
    creator();
    let meet = Arc::new(Barrier::new(2));
    let (first, second) =
        poll_to_end(async { isohub::join!(plain(1, Arc::clone(&meet)), plain(2, Arc::clone(&meet))) });
    assert_eq!([first, second], SEEN);
    assert_creator_is_as_before();
}

#[test]
fn spans_that_are_called_as_branches_of_our_join_write_to_the_hub_of_their_branch() {
    #[span]
    async fn helper(n: u32, meet: Arc<Barrier>) -> String {
        plain(n, meet).await
    }
    creator();
    let meet = Arc::new(Barrier::new(2));
    let call = |n| helper(n, Arc::clone(&meet));
    let (first, second) = poll_to_end(async { isohub::join!(call(1), call(2)) });
    assert_eq!([first, second], SEEN);
    let (first, second) = poll_to_end(async { tokio::join!(call(1).isolated(), call(2).isolated()) });
    assert_eq!([first, second], SEEN);
    assert_creator_is_as_before();
}

#[test]
fn branches_of_our_try_join_are_isolated_also_if_one_of_them_fails() {
    creator();
    let meet = Arc::new(Barrier::new(2));
    let ok = |n| plain(n, Arc::clone(&meet)).map(Ok::<_, ()>);
    let both = poll_to_end(async { isohub::try_join!(ok(1), ok(2)) });
    assert_eq!(both.map(|(first, second)| [first, second]), Ok(SEEN.map(str::to_owned)));

    let fails = async {
        isohub::set_tag("unit", "fails");
        pause().await;
        Err::<(), _>(tags())
    };
    let waits = async {
        isohub::set_tag("unit", "waits");
        std::future::pending::<Result<(), String>>().await
    };
    let failed = poll_to_end(async { isohub::try_join!(fails, waits) });
    assert_eq!(failed, Err("creator=yes removed=no unit=fails".to_owned()));
    assert_creator_is_as_before();
}

#[test]
fn annotated_calls_in_join_and_try_join_of_tokio_are_isolated() {
    creator();
    let meet = Arc::new(Barrier::new(2));
    let call = |n| unit(n, Arc::clone(&meet));
    let (first, second) = poll_to_end(async { tokio::join!(call(1), call(2)) });
    assert_eq!([first, second], SEEN);
    let ok = |n| call(n).map(Ok::<_, ()>);
    let both = poll_to_end(async { tokio::try_join!(ok(1), ok(2)) });
    assert_eq!(both.map(|(first, second)| [first, second]), Ok(SEEN.map(str::to_owned)));
    assert_creator_is_as_before();
}

#[isolated_hub]
async fn never() {
    isohub::set_tag("unit", "never");
    std::future::pending().await
}

#[test]
fn the_cancelled_branch_of_a_select_leaves_nothing_to_the_winner_or_after_it() {
    creator();
    poll_to_end(async {
        let alone = Arc::new(Barrier::new(1));
        let seen = tokio::select! {
            biased;
            () = never() => unreachable!(),
            seen = unit(1, alone) => {
                assert_creator_is_as_before();
                seen
            }
        };
        assert_eq!(seen, SEEN[0]);
    });
    assert_creator_is_as_before();
}

#[test]
fn futures_of_an_unordered_set_are_isolated() {
    creator();
    let meet = Arc::new(Barrier::new(2));
    let set: FuturesUnordered<_> = [1, 2].map(|n| unit(n, Arc::clone(&meet))).into_iter().collect();
    let mut seen: Vec<_> = futures::executor::block_on(set.collect());
    seen.sort();
    assert_eq!(seen, SEEN);
    assert_creator_is_as_before();
}

#[test]
fn buffered_futures_of_a_stream_are_isolated() {
    creator();
    let meet = Arc::new(Barrier::new(2));
    let calls = stream::iter([1, 2]).map(|n| unit(n, Arc::clone(&meet)));
    let mut seen: Vec<_> = futures::executor::block_on(calls.buffer_unordered(2).collect());
    seen.sort();
    assert_eq!(seen, SEEN);
    assert_creator_is_as_before();
}

#[test]
fn jobs_on_blocking_threads_are_isolated() {
    workers(2).block_on(async {
        creator();
        let meet = Arc::new(ThreadBarrier::new(2));
        let jobs = [1, 2].map(|n| {
            let meet = Arc::clone(&meet);
            spawn_isolated!(blocking, move || write_and_meet(n, &meet))
        });
        for (job, seen) in jobs.into_iter().zip(SEEN) {
            assert_eq!(job.await.expect("no panic"), seen);
        }
        assert_creator_is_as_before();
    });
}

#[test]
fn tasks_of_a_join_set_are_isolated() {
    workers(2).block_on(async {
        creator();
        let meet = Arc::new(Barrier::new(2));
        let mut set = JoinSet::new();
        spawn_isolated!(in set, plain(1, Arc::clone(&meet)));
        set.spawn(unit(2, meet));
        let mut seen = set.join_all().await;
        seen.sort();
        assert_eq!(seen, SEEN);
        assert_creator_is_as_before();
    });
}

#[test]
fn a_unit_that_times_out_or_is_aborted_leaves_nothing() {
    workers(1).block_on(async {
        creator();
        let soon = Duration::from_millis(1);
        assert!(tokio::time::timeout(soon, never()).await.is_err());
        assert_creator_is_as_before();
        let task = tokio::spawn(never());
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
        assert_creator_is_as_before();
        let after = tokio::spawn(unit(1, Arc::new(Barrier::new(1))));
        assert_eq!(after.await.expect("no panic"), SEEN[0]);
    });
}

#[isolated_hub]
async fn crashes(when_polled_again: bool) {
    isohub::set_tag("unit", "crashes");
    if when_polled_again {
        pause().await;
    }
    crash()
}

#[isolated_hub]
fn crashes_at_once() {
    isohub::set_tag("unit", "crashes");
    crash()
}

#[test]
fn what_a_crashing_unit_wrote_is_gone_wherever_the_panic_is_caught() {
    workers(1).block_on(async {
        creator();
        for again in [false, true] {
            assert!(AssertUnwindSafe(crashes(again)).catch_unwind().await.is_err());
            assert_creator_is_as_before();
            assert!(tokio::spawn(crashes(again)).await.expect_err("crashed").is_panic());
            assert_creator_is_as_before();
        }
        assert!(std::panic::catch_unwind(crashes_at_once).is_err());
        assert_creator_is_as_before();
        assert!(spawn_isolated!(thread, crashes_at_once).join().is_err());
        assert_creator_is_as_before();
    });
}

#[test]
fn tasks_that_a_runtime_drops_at_its_shutdown_leave_nothing() {
    creator();
    let runtime = current_thread();
    let task = runtime.spawn(never());
    runtime.block_on(tokio::task::yield_now());
    drop(runtime);
    assert_creator_is_as_before();
    assert!(poll_to_end(task).expect_err("cancelled").is_cancelled());
    assert_creator_is_as_before();
}

#[test]
fn units_that_move_between_threads_at_each_poll_are_isolated() {
    let seen = poll_on_two_threads(
        async {
            creator();
            let meet = Arc::new(Barrier::new(2));
            let seen = isohub::join!(
                async {
                    let seen = plain(1, Arc::clone(&meet)).await;
                    pause().await;
                    seen
                },
                plain(2, Arc::clone(&meet))
            );
            assert_creator_is_as_before();
            seen
        }
        .isolated(),
    );
    assert_eq!([seen.0, seen.1], SEEN);
}

#[test]
fn units_of_a_local_set_are_isolated() {
    let local = LocalSet::new();
    local.block_on(&current_thread(), async {
        creator();
        let meet = Arc::new(Barrier::new(2));
        let tasks =
            [spawn_isolated!(local, plain(1, Arc::clone(&meet))), tokio::task::spawn_local(unit(2, meet))];
        for (task, seen) in tasks.into_iter().zip(SEEN) {
            assert_eq!(task.await.expect("no panic"), seen);
        }
        assert_creator_is_as_before();
    });
}

#[test]
fn a_future_that_a_unit_blocks_on_belongs_to_it_and_units_in_there_are_isolated() {
    workers(2).block_on(async {
        let outer = spawn_isolated!(async {
            creator();
            block_in_place(|| {
                Handle::current().block_on(async {
                    isohub::set_tag("inner", "yes");
                    let task = tokio::spawn(unit(1, Arc::new(Barrier::new(1))));
                    assert_eq!(task.await.expect("no panic"), "creator=yes inner=yes unit=1");
                });
            });
            tags()
        });
        assert_eq!(outer.await.expect("no panic"), "creator=yes inner=yes removed=no");
        assert_eq!(tags(), "");
    });
}

#[test]
fn a_runtime_inside_a_unit_of_another_keeps_the_two_apart() {
    workers(1).block_on(async {
        creator();
        let blocking = spawn_isolated!(blocking, || {
            let inner = current_thread();
            inner.block_on(async {
                let meet = Arc::new(Barrier::new(2));
                let tasks = [1, 2].map(|n| tokio::spawn(unit(n, Arc::clone(&meet))));
                for (task, seen) in tasks.into_iter().zip(SEEN) {
                    assert_eq!(task.await.expect("no panic"), seen);
                }
            });
            tags()
        });
        assert_eq!(blocking.await.expect("no panic"), "creator=yes removed=no");
        assert_creator_is_as_before();
    });
}

#[test]
fn a_thread_of_a_pool_that_is_used_again_keeps_nothing() {
    creator();
    let pool = Worker::new();
    let job = |n: u32| {
        isolated!(move || {
            let before = tags();
            isohub::set_tag("unit", n);
            before
        })
    };
    for n in 1..4 {
        assert_eq!(pool.run(job(n)), "creator=yes removed=no");
        assert_eq!(pool.run(tags), "");
    }
    assert_creator_is_as_before();
}

#[test]
fn unannotated_futures_in_one_unit_share_its_hub() {
    let mut both = std::pin::pin!(
        async {
            tokio::join!(
                async {
                    isohub::set_tag("first", 1);
                    pause().await;
                    tags()
                },
                async {
                    isohub::set_tag("second", 2);
                    pause().await;
                    tags()
                },
            )
        }
        .isolated()
    );
    assert!(poll_once(both.as_mut()).is_pending());
    let seen = poll_to_end(both);
    assert_eq!(seen.0, "first=1 second=2");
    assert_eq!(seen.1, seen.0);
    assert_eq!(tags(), "");
}
