//! Awaits, spawns, joins.

use std::time::Duration;

use tracing::{Instrument as _, info_span, instrument};

use crate::support::{recorded_async, settled};

/// A library that knows nothing of isohub.
mod library {
    use super::*;

    #[instrument]
    pub(crate) async fn query(n: u32) {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        fetch(n % 2).await;
    }

    #[instrument]
    async fn fetch(shard: u32) {
        tokio::task::yield_now().await;
    }

    /// Spawns its own task, as pools do.
    pub(crate) async fn in_background(n: u32) {
        let span = info_span!("background", n);
        tokio::spawn(query(n).instrument(span)).await.expect("no panic");
    }
}

#[isohub::span]
async fn helper(n: u32) {
    library::query(n).await;
}

#[isohub::parallel_span(fields(n))]
async fn request(n: u32) {
    isohub::set_tag("n", n);
    helper(n).await;
    library::in_background(n).await;
    tokio::join!(library::query(n), library::query(n));
}

fn expected(n: u32) -> String {
    let shard = n % 2;
    let query = |depth: &str| format!("{depth}query n={n}\n{depth}  fetch shard={shard}\n");
    format!(
        "request n={n} {{n={n}}}\n  helper\n{}  background n={n}\n{}{}{}",
        query("    "),
        query("    "),
        query("  "),
        query("  ")
    )
}

#[test]
fn spans_of_a_library_stand_in_the_unit_that_called_it() {
    let recorder = recorded_async(async {
        let all = (0..20).map(|n| isohub::spawn_isolated!(request(n)));
        for task in all.collect::<Vec<_>>() {
            task.await.expect("no panic");
        }
    });
    let tree = recorder.tree();
    let mut traces: Vec<_> = tree.split("\n\n").map(|it| it.trim_end().to_owned() + "\n").collect();
    traces.sort_by_key(|it| it.split("n=").nth(1).and_then(|it| it.split(' ').next()?.parse::<u32>().ok()));
    let expected: Vec<_> = (0..20).map(expected).collect();
    assert_eq!(traces, expected);
}

#[test]
fn an_instrumented_spawn_keeps_its_parent_in_a_task_without_a_hub() {
    let recorder = recorded_async(async {
        isohub::parallel!("request", async {
            let task = tokio::spawn(library::query(1).instrument(info_span!("task")));
            task.await.expect("no panic");
        })
        .await;
    });
    assert_eq!(recorder.tree(), "request\n  task\n    query n=1\n      fetch shard=1\n");
    assert_eq!(recorder.stats().orphans, 0);
}

#[test]
fn a_future_that_select_drops_ends_its_spans() {
    let recorder = recorded_async(async {
        isohub::parallel!("request", async {
            tokio::select! {
                biased;
                () = std::future::pending::<()>().instrument(info_span!("never")) => {}
                () = library::query(1) => {}
            }
        })
        .await;
    });
    assert_eq!(recorder.tree(), "request\n  never\n  query n=1\n    fetch shard=1\n");
}

#[test]
fn what_waits_long_is_as_long_as_that() {
    let recorder = recorded_async(async {
        async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        .instrument(info_span!("waits"))
        .await;
    });
    assert_eq!(recorder.stats().started, 1, "polls are no spans");
    assert!(recorder.span("waits").duration >= Duration::from_millis(20), "waits included");
}

#[test]
fn a_task_of_a_library_that_outlives_the_request_is_no_finding() {
    let recorder = recorded_async(async {
        let mut task = None;
        isohub::parallel!("request", async {
            let work = async {
                tokio::task::yield_now().await;
                tracing::info!("a breadcrumb for nobody");
                tracing::error!("an error of nobody's");
                info_span!("late").in_scope(|| {});
            };
            task = Some(tokio::spawn(work.instrument(info_span!("pool"))));
        })
        .await;
        task.expect("a task").await.expect("no panic");
        // A task in which tracing has nothing either.
        tokio::spawn(async { info_span!("alone").in_scope(|| {}) }).await.expect("no panic");
    });
    settled(&recorder);
    assert_eq!(recorder.tree(), "request\n  pool error\n    late\n");
    let event = recorder.event();
    assert_eq!(event.span, Some(recorder.span("pool").context));
    assert!(event.scope.is_empty());
    assert_eq!(recorder.stats().lost_writes, 0);
}
