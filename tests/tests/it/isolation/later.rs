//! Closures that return a future: the future is the unit, wherever it is polled, and not the call alone.

use std::future::Future;
use std::pin::Pin;

use futures::stream::{self, StreamExt as _};
use isohub::doctor::Kind;
use isohub::testing::Recorder;
use isohub::{isolated, isolated_hub, parallel, parallel_span, span};

use crate::support::{pause, settled_tree, tags, workers};

/// What three of them see after a wait, all polled in one task.
async fn seen_by_three<F: Future<Output = String>>(each: impl FnMut(u32) -> F) -> Vec<String> {
    let mut seen: Vec<_> = stream::iter(1..4).map(each).buffer_unordered(3).collect().await;
    seen.sort();
    seen
}

async fn work(n: u32) -> String {
    isohub::set_tag("n", n);
    pause().await;
    tags()
}

const APART: [&str; 3] = ["main=yes n=1", "main=yes n=2", "main=yes n=3"];

#[test]
fn each_future_of_a_closure_that_is_a_unit_is_one() {
    #[isolated_hub]
    async fn all() {
        isohub::set_tag("main", "yes");
        assert_eq!(seen_by_three(isolated!(move |n| async move { work(n).await })).await, APART);
        let twice = isolated!(move |n| {
            let n = n / 2;
            async move { work(n).await }
        });
        assert_eq!(seen_by_three(move |n| twice(2 * n)).await, APART);
        assert_eq!(seen_by_three(isolated!(move |n| Box::pin(async move { work(n).await }))).await, APART);
        assert_eq!(
            seen_by_three(
                #[isolated_hub]
                |n| async move { work(n).await }
            )
            .await,
            APART
        );
        let once = isolated!(|| async { work(1).await });
        isohub::set_tag("main", "later");
        assert_eq!(once().await, APART[0]);
        assert_eq!(tags(), "main=later");
    }
    workers(2).block_on(all());
}

#[test]
fn its_span_lasts_as_long_as_the_future_and_has_its_outcome_and_arguments() {
    #[parallel_span]
    async fn all() {
        seen_by_three(parallel!("fetch", tags(of = n), fields(n), move |n| async move {
            inner().await;
            work(n).await
        }))
        .await;
        let refuse = parallel!("refuse", queued, || async {
            inner().await;
            Err::<(), _>("refused")
        });
        refuse().await.unwrap_err();
        seen_by_three(
            #[span("shares")]
            |n| async move { work(n).await },
        )
        .await;
    }
    #[span]
    async fn inner() {
        pause().await;
    }
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async { all().await }));
    let fetch = |n| format!("  fetch n={n} {{n={n} of={n}}}\n    inner\n");
    let expected = format!(
        "all {{n=3}}\n{}{}{}  refuse error queued_us=0\n    inner\n  shares\n  shares\n  shares\n",
        fetch(1),
        fetch(2),
        fetch(3)
    );
    let tree = settled_tree(&recorder);
    let queued = recorder.span("refuse").attribute("queued_us").expect("it waited").to_string();
    assert_eq!(tree.replace(&format!("queued_us={queued}"), "queued_us=0"), expected);
    // Spans share the hub, and write to it in turns.
    let findings: Vec<_> = recorder.findings().iter().map(|finding| finding.kind()).collect();
    assert!(!findings.is_empty() && findings.iter().all(|kind| *kind == Kind::SharedScope), "{findings:?}");
}

/// A type that nothing else tells.
#[test]
fn the_type_of_its_outcome_may_be_told_by_what_the_closure_returns() {
    type Boxed = Pin<Box<dyn Future<Output = Result<u32, String>> + Send>>;
    #[parallel_span]
    async fn all() {
        let boxed = parallel!("boxed", move |n: u32| -> Boxed {
            Box::pin(async move {
                pause().await;
                if n == 0 { Err("none".into()) } else { Ok(n) }
            })
        });
        assert_eq!(tokio::join!(boxed(0), boxed(7)), (Err("none".to_owned()), Ok(7)));
    }
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async { all().await }));
    assert_eq!(settled_tree(&recorder), "all\n  boxed\n  boxed error\n");
}

#[test]
fn it_is_dropped_in_its_unit_also_if_it_was_never_polled() {
    let log = crate::support::Log::default();
    workers(2).block_on(async {
        isohub::set_tag("main", "yes");
        let witness = log.witness("captured");
        let unit = isolated!(move || async move {
            pause().await;
            drop(witness);
        });
        let unit = unit();
        isohub::set_tag("main", "later");
        drop(unit);
    });
    assert_eq!(log.lines(), ["captured: main=yes"]);
}
