//! Branches of one task: in each combinator they are siblings, whatever wins.

use std::sync::Arc;

use futures::executor::block_on;
use futures::future::FutureExt as _;
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, parallel, parallel_span, span, start_span};
use tokio::sync::Barrier;

use super::{inner, job};
use crate::combinators::{BOTH, Branch, RACES};
use crate::support::{settled_tree, tags};

async fn work(n: u32) {
    isohub::set_tag("n", n);
    inner().await;
}

#[span("job")]
async fn shared(n: u32) {
    let _ = n;
    inner().await;
}

/// Makes a branch with a span.
type Way = fn(u32) -> Branch;

/// And whether the tree shows the tag that it sets.
const WAYS: &[(&str, Way, bool)] = &[
    ("#[parallel_span]", |n| job(n).map(|()| String::new()).boxed_local(), true),
    ("parallel!", |n| parallel!("job", work(n)).map(|()| String::new()).boxed_local(), true),
    ("a span and a hub by hand", by_hand, false),
    ("#[span], which shares the hub", |n| shared(n).map(|()| String::new()).boxed_local(), false),
];

fn by_hand(n: u32) -> Branch {
    work(n).in_span(start_span!("job")).isolated().map(|()| String::new()).boxed_local()
}

#[test]
fn in_each_combinator_branches_are_siblings_under_the_span_of_the_call() {
    for (combinator, both) in BOTH {
        for (way, branch, has_scope) in WAYS {
            let recorder = Recorder::new();
            let main = async {
                let (first, second) = start_span!("creator").in_scope(|| (branch(1), branch(2)));
                // Wherever they are polled.
                both(first, second).in_span(start_span!("poller")).await;
            };
            block_on(recorder.run(main));
            let job = |n: u32| match has_scope {
                true => format!("  job {{n={n}}}\n    inner\n"),
                false => "  job\n    inner\n".to_owned(),
            };
            let expected = format!("creator\n{}{}poller\n", job(1), job(2));
            assert_eq!(settled_tree(&recorder), expected, "{combinator} of {way}");
        }
    }
}

#[parallel_span]
async fn loser(meet: Arc<Barrier>) -> String {
    isohub::set_tag("unit", "loser");
    inner().await;
    meet.wait().await;
    stuck().await
}

#[span]
async fn stuck() -> String {
    std::future::pending().await
}

#[parallel_span]
async fn winner(meet: Arc<Barrier>) -> String {
    isohub::set_tag("unit", "winner");
    inner().await;
    meet.wait().await;
    // The loser has to be polled once more.
    crate::support::pauses(3).await;
    tags()
}

#[test]
fn in_each_race_the_loser_and_what_it_waits_for_are_cancelled() {
    let expected = "\
main
  inner
  loser cancelled {unit=loser}
    inner
    stuck cancelled
  winner {unit=winner}
    inner
";
    for (race, first) in RACES {
        let recorder = Recorder::new();
        let main = async {
            let meet = Arc::new(Barrier::new(2));
            let (loser, winner) = (loser(Arc::clone(&meet)).boxed_local(), winner(meet).boxed_local());
            assert_eq!(first(loser, winner).await, "unit=winner");
            // The span that was active is so again.
            inner().await;
        };
        block_on(recorder.run(async { main.in_span(start_span!("main")).await }));
        assert_eq!(settled_tree(&recorder), expected, "{race}");
    }
}

#[test]
fn in_each_race_a_loser_that_was_never_polled_leaves_no_span() {
    let recorder = Recorder::new();
    let main = async {
        tokio::select! {
            biased;
            () = job(1) => {}
            () = job(2) => unreachable!(),
            () = job(3), if false => unreachable!(),
        }
    };
    // Ready at its first poll, the first lets no other be polled.
    let ready = async {
        tokio::select! {
            biased;
            () = parallel!("ready", std::future::ready(())) => {}
            () = job(4) => unreachable!(),
        }
    };
    block_on(recorder.run(async { main.in_span(start_span!("main")).await }));
    block_on(recorder.run(ready));
    let expected = "\
main
  job cancelled {n=2}
    inner
  job {n=1}
    inner
ready
";
    assert_eq!(settled_tree(&recorder), expected);
}
