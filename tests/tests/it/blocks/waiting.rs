//! Blocks that wait: what they changed is out of the slot while their future is suspended, whoever
//! polls it and wherever.

use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::{BoxFuture, FutureExt as _, join_all};
use isohub::testing::Recorder;
use isohub::{Filter, Hub, Rate, SpanContext, isolated_hub, parallel_span, span};

use crate::support::{
    Log, Worker, current_thread, pause, pauses, poll_on_two_threads, poll_once, poll_to_end, settled_tree,
    spawn_bare, tags, workers,
};

fn active() -> Option<SpanContext> {
    isohub::current_span().context()
}

/// Every span that began has ended.
#[track_caller]
fn accounted(recorder: &Recorder) {
    let stats = recorder.stats();
    assert_eq!((stats.open, stats.started), (0, stats.delivered + stats.dropped), "{stats:?}");
}

/// Twenty futures in one unit, each in a block of its own.
#[span]
async fn crowd() {
    isohub::set_tag("name", "crowd");
    let before = (tags(), active());
    let one = |n: u32| async move {
        #[isolated_hub(tags(name = n))]
        for step in 0..100 {
            isohub::set_tag("step", step);
            pause().await;
            assert_eq!(tags(), format!("name={n} step={step}"));
        }
        assert_eq!(tags(), "name=crowd");
        #[parallel_span("unit", tags(name = n), fields(n))]
        {
            let here = active();
            #[span("inner")]
            let inner = {
                let here = active();
                pauses(50).await;
                assert_eq!(active(), here);
                here
            };
            assert_ne!(inner, here);
            for step in 0..50 {
                isohub::set_tag("step", step);
                pause().await;
                assert_eq!((tags(), active()), (format!("name={n} step={step}"), here));
            }
        }
        #[span("last")]
        {
            let here = active();
            pauses(100).await;
            assert_eq!(active(), here);
        }
    };
    let watch = async {
        for _ in 0..300 {
            assert_eq!((tags(), active()), before);
            pause().await;
        }
    };
    futures::join!(join_all((0..20).map(one)), watch);
    assert_eq!((tags(), active()), before);
}

fn crowd_tree() -> String {
    let mut units: Vec<_> =
        (0..20).map(|n| format!("  unit n={n} {{name={n} step=49}}\n    inner\n")).collect();
    units.sort();
    format!("crowd {{name=crowd}}\n{}{}", "  last\n".repeat(20), units.concat())
}

#[test]
fn interleaved_blocks_of_one_unit_stay_apart() {
    let recorder = Recorder::new();
    poll_to_end(recorder.run(async { crowd().await }));
    assert_eq!(settled_tree(&recorder), crowd_tree());
    accounted(&recorder);
}

#[test]
fn and_when_they_move_between_threads() {
    let recorder = Recorder::new();
    poll_on_two_threads(recorder.run(async { crowd().await }));
    assert_eq!(settled_tree(&recorder), crowd_tree());
    accounted(&recorder);
}

#[parallel_span]
async fn migrating(n: u64) {
    for step in 0..20 {
        #[isolated_hub(tags(n = n))]
        {
            isohub::set_tag("step", step);
            tokio::task::yield_now().await;
            #[span("step")]
            tokio::task::yield_now().await;
            assert_eq!(tags(), format!("n={n} step={step}"));
        }
        assert_eq!(tags(), "");
    }
}

#[test]
fn blocks_move_between_the_threads_of_a_runtime() {
    let recorder = Recorder::new();
    let tasks = |_: ()| join_all((0..50).map(|n| spawn_bare(migrating(n))));
    workers(4).block_on(recorder.run(async move { tasks(()).await.into_iter().for_each(|it| it.unwrap()) }));
    assert_eq!(settled_tree(&recorder), format!("migrating\n{}", "  step\n".repeat(20)).repeat(50));
    accounted(&recorder);
}

#[span(allow(bare_spawn))]
async fn in_every_form(log: Log) {
    let closure = async |n: u8| {
        #[span("in an async closure")]
        pauses(usize::from(n)).await;
    };
    let boxed: BoxFuture<'_, ()> = Box::pin(async {
        #[isolated_hub(tags(in_a = "box"))]
        {
            let _witness = log.witness("boxed");
            pause().await;
        }
    });
    let unit = #[parallel_span("unit")]
    async {
        #[span("in a unit")]
        pause().await;
    };
    let macros = async {
        futures::join!(
            async {
                #[isolated_hub(tags(in_a = "join"))]
                {
                    pauses(3).await;
                    assert_eq!(tags(), "in_a=join");
                }
            },
            async {
                pauses(2).await;
                assert_eq!(tags(), "");
                #[span("in a join")]
                pause().await;
            },
        )
    };
    let spawned = isohub::parallel!("spawned", tags(in_a = "macro"), async {
        #[span("in a macro of ours")]
        pause().await;
        assert_eq!(tags(), "in_a=macro");
    });
    futures::join!(closure(1), closure(3), boxed, unit, macros, spawned);
}

#[test]
fn every_form_of_future_keeps_its_blocks() {
    let (recorder, log) = (Recorder::new(), Log::default());
    poll_to_end(recorder.run(async { in_every_form(log.clone()).await }));
    let expected = "in_every_form\n  - drop boxed\n  in a join\n  in an async closure\n  in an async closure\n  spawned \
                    {in_a=macro}\n    in a macro of ours\n  unit\n    in a unit\n";
    assert_eq!(settled_tree(&recorder), expected);
    assert_eq!(log.lines(), ["boxed: in_a=box"]);
    accounted(&recorder);
}

#[span]
async fn dropped(log: Log) {
    let _outside = log.witness("outside");
    #[parallel_span("outer", tags(at = "outer"))]
    {
        let _outer = log.witness("outer");
        #[span("left")]
        if false {
            pause().await;
        }
        #[isolated_hub(tags(at = "inner"))]
        {
            let _inner = log.witness("inner");
            #[span("waiting")]
            std::future::pending::<()>().await;
        }
    }
}

fn with_tag<F: Future>(recorder: &Recorder, future: F) -> impl Future<Output = F::Output> + use<F> {
    recorder.run(async {
        isohub::set_tag("at", "root");
        future.await
    })
}

const DROPPED: [&str; 3] = ["inner: at=inner", "outer: at=outer", "outside: at=root"];
const CANCELLED: &str = "dropped cancelled {at=root}\n  - drop outside\n  outer cancelled {at=outer}\n    - drop inner\n    - drop \
     outer\n    left\n    waiting cancelled\n";

#[test]
fn a_future_that_is_dropped_in_a_block_is_cancelled_there() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let mut future = Box::pin(with_tag(&recorder, {
        let log = log.clone();
        async move { dropped(log).await }
    }));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!((tags(), active()), (String::new(), None));
    drop(future);
    assert_eq!((tags(), active()), (String::new(), None));
    assert_eq!(log.lines(), DROPPED);
    assert_eq!(settled_tree(&recorder), CANCELLED);
    accounted(&recorder);
}

#[test]
fn also_on_another_thread_and_while_that_one_unwinds() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let mut future = Box::pin(with_tag(&recorder, {
        let log = log.clone();
        async move { dropped(log).await }
    }));
    assert!(poll_once(future.as_mut()).is_pending());
    let left = std::thread::spawn(move || {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _future = future;
            crate::support::crash()
        }));
        assert!(caught.is_err());
        tags()
    });
    assert_eq!(left.join().unwrap(), "");
    assert_eq!(log.lines(), DROPPED);
    assert_eq!(settled_tree(&recorder), CANCELLED);
    accounted(&recorder);
}

#[span]
async fn losing(log: Log) {
    futures::select_biased! {
        () = async {
            #[isolated_hub(tags(at = "loser"))]
            {
                let _loser = log.witness("loser");
                #[span("losing")]
                pauses(5).await;
            }
        }.fuse() => unreachable!("it is slower"),
        () = pauses(2).fuse() => assert_eq!(tags(), "at=root"),
    }
}

#[test]
fn a_branch_that_loses_is_cancelled() {
    let (recorder, log) = (Recorder::new(), Log::default());
    poll_to_end(with_tag(&recorder, {
        let log = log.clone();
        async move { losing(log).await }
    }));
    assert_eq!(log.lines(), ["loser: at=loser"]);
    assert_eq!(settled_tree(&recorder), "losing {at=root}\n  - drop loser\n  losing cancelled\n");
    accounted(&recorder);
}

#[span]
async fn forgotten(log: Log) {
    dropped(log).await;
}

#[test]
fn a_future_that_is_forgotten_leaves_nothing_behind() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(with_tag(&recorder, {
        let log = log.clone();
        async move { forgotten(log).await }
    }));
    assert!(poll_once(future.as_mut()).is_pending());
    std::mem::forget(future);
    assert_eq!((tags(), active()), (String::new(), None));
    assert!(log.lines().is_empty());
}

/// What an annotated function spawns without more is nobody's.
#[span]
async fn spawns_bare() -> (String, String) {
    isohub::set_tag("at", "creator");
    let task = spawn_bare(async {
        #[span("orphan")]
        {
            isohub::set_tag("at", "orphan");
            tokio::task::yield_now().await;
            tags()
        }
    });
    (task.await.unwrap(), tags())
}

#[test]
fn a_block_in_a_task_without_a_unit_is_an_orphan_with_an_empty_hub() {
    isohub::doctor::allow(isohub::doctor::Kind::Orphan);
    for runtime in [workers(2), current_thread()] {
        let recorder = Recorder::new();
        let seen = runtime.block_on(recorder.run(async { spawns_bare().await }));
        assert_eq!(seen, ("at=orphan".to_owned(), "at=creator".to_owned()));
        // Its span belongs to the global pipeline.
        assert_eq!(settled_tree(&recorder), "spawns_bare {at=creator}\n");
        accounted(&recorder);
    }
}

#[test]
fn nothing_leaks_where_nothing_is_recorded() {
    let unsampled = Recorder::builder().sample(Rate(0.0)).build();
    let filtered = Recorder::builder().filter("error".parse::<Filter>().unwrap()).build();
    for recorder in [unsampled, filtered] {
        poll_on_two_threads(recorder.run(async { quiet().await }));
        assert_eq!(recorder.tree(), "");
        accounted(&recorder);
    }
    // Nor outside any pipeline.
    let worker = Worker::new();
    worker.run(|| poll_to_end(quiet()));
    assert_eq!(worker.run(tags), "outside=1");
}

#[span]
async fn quiet() {
    isohub::set_tag("outside", 1);
    let one = async |n: u32| {
        #[parallel_span("one", tags(n = n))]
        for _ in 0..10 {
            pause().await;
            assert_eq!(tags(), format!("n={n} outside=1"));
        }
        #[span("two")]
        pauses(10).await;
    };
    futures::join!(one(1), one(2));
    assert_eq!(tags(), "outside=1");
}

#[isolated_hub]
async fn installed_while_it_waits() {
    static STEP: AtomicU32 = AtomicU32::new(0);
    let one = async || {
        #[parallel_span("before")]
        {
            #[span("in it")]
            STEP.fetch_add(1, Ordering::Relaxed);
            pauses(3).await;
        }
        #[span("after")]
        pause().await;
    };
    futures::join!(one(), one());
    assert_eq!(active(), None);
}

#[test]
fn a_pipeline_that_is_installed_while_blocks_wait_sees_whole_spans_only() {
    let recorder = Recorder::new();
    let mut future = Box::pin(installed_while_it_waits());
    assert!(poll_once(future.as_mut()).is_pending());
    // The hub of the future carries no pipeline: the spans of whoever polls are others.
    poll_to_end(recorder.run(future));
    assert_eq!((Hub::current().scope().tag("n"), active()), (None, None));
    accounted(&recorder);
}

/// Not what it is taken for: it puts each branch into a future of its own.
macro_rules! join {
    ($($branch:expr),*) => { ::futures::join!($(async { $branch }),*) };
}

#[isolated_hub]
async fn mistaken(first: usize, second: usize) {
    isohub::set_tag("at", "outside");
    join!(
        #[isolated_hub(tags(at = "first"))]
        {
            pauses(first).await;
        },
        #[parallel_span("second", tags(at = "second"))]
        {
            pauses(second).await;
        }
    );
    assert_eq!((tags(), active()), ("at=outside".to_owned(), None));
}

#[test]
fn blocks_that_end_out_of_order_leave_nothing_behind_either() {
    let recorder = Recorder::new();
    poll_to_end(recorder.run(async {
        mistaken(1, 5).await;
        mistaken(5, 1).await;
    }));
    assert_eq!(settled_tree(&recorder).matches("second").count(), 4);
    accounted(&recorder);
}

#[test]
fn a_block_takes_away_no_property_of_a_future() {
    fn all<F: Future + Send + Sync + UnwindSafe + RefUnwindSafe>(_: &F) {}
    #[isolated_hub]
    async fn waits() {
        #[parallel_span]
        {
            #[isolated_hub]
            std::future::ready(()).await;
        }
    }
    all(&waits());
}
