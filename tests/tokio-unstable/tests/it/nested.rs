//! Runtimes inside the tasks of others.

use isohub::testing::Recorder;
use isohub::{parallel, start_span};
use tokio::runtime::Handle;
use tokio::task::{block_in_place, yield_now};

use super::{current_thread, workers};
use crate::support::{pause, settled_tree, tags};

async fn inner() -> String {
    isohub::set_tag("inner", "yes");
    pause().await;
    start_span!("inner").in_scope(tags)
}

#[test]
fn a_runtime_that_a_task_blocks_on_keeps_its_tasks_apart_from_it() {
    let recorder = Recorder::new();
    let work = || {
        parallel!("root", async {
            let outer = tokio::spawn(async {
                isohub::set_tag("outer", "yes");
                block_in_place(|| {
                    let seen = current_thread().block_on(async {
                        isohub::set_tag("blocks", "yes");
                        let seen = tokio::spawn(inner()).await.expect("no panic");
                        assert_eq!(tags(), "blocks=yes outer=yes");
                        seen
                    });
                    assert_eq!(seen, "blocks=yes inner=yes outer=yes");
                });
                yield_now().await;
                tags()
            });
            assert_eq!(outer.await.expect("no panic"), "blocks=yes outer=yes");
        })
    };
    workers(2).block_on(recorder.run(async { work().await }));
    assert_eq!(settled_tree(&recorder), "root\n  inner\n");
    assert_eq!(tags(), "");
}

#[test]
fn a_task_may_block_on_tasks_of_its_own_runtime() {
    workers(2).block_on(async {
        let outer = tokio::spawn(async {
            isohub::set_tag("outer", "yes");
            let seen = block_in_place(|| {
                Handle::current().block_on(async { tokio::spawn(inner()).await.expect("no panic") })
            });
            (seen, tags())
        });
        let (seen, after) = outer.await.expect("no panic");
        assert_eq!((seen.as_str(), after.as_str()), ("inner=yes outer=yes", "outer=yes"));
    });
}

#[test]
fn a_runtime_that_ends_inside_a_task_drops_its_tasks_in_their_hubs() {
    let log = crate::support::Log::default();
    workers(2).block_on(async {
        let witness = log.witness("inner");
        let outer = tokio::spawn(async move {
            isohub::set_tag("outer", "yes");
            block_in_place(|| {
                let runtime = current_thread();
                runtime.block_on(async {
                    drop(tokio::spawn(async move {
                        isohub::set_tag("inner", "yes");
                        let _witness = witness;
                        std::future::pending::<()>().await;
                    }));
                    yield_now().await;
                });
                drop(runtime);
            });
            tags()
        });
        assert_eq!(outer.await.expect("no panic"), "outer=yes");
    });
    assert_eq!(log.lines(), ["inner: inner=yes outer=yes"]);
}

#[test]
#[cfg(feature = "stackful")]
fn a_runtime_in_a_coroutine_in_a_task_keeps_its_tasks_apart_from_it() {
    use isohub::stackful::Isolated;

    workers(2).block_on(async {
        let outer = tokio::spawn(async {
            isohub::set_tag("outer", "yes");
            let mut coroutine = Isolated::new(std::iter::from_fn(|| {
                isohub::set_tag("coroutine", "yes");
                let seen = block_in_place(|| {
                    current_thread().block_on(async { tokio::spawn(inner()).await.expect("no panic") })
                });
                Some((seen, tags()))
            }));
            let (seen, coroutine) = coroutine.next().expect("it is endless");
            (seen, coroutine, tags())
        });
        let (seen, coroutine, after) = outer.await.expect("no panic");
        assert_eq!(seen, "coroutine=yes inner=yes outer=yes");
        assert_eq!((coroutine.as_str(), after.as_str()), ("coroutine=yes outer=yes", "outer=yes"));
    });
}
