//! Branches of a join that share a scope.

use isohub::doctor::Kind;
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, isolated, parallel_span, span};

use super::{assert_right, lines};
use crate::support::{pause, poll_to_end};

#[span]
async fn branch(value: u32) {
    isohub::set_tag("branch", value);
    pause().await;
}

#[span]
async fn other_branch() {
    set_it(7);
    pause().await;
}

#[span]
fn set_it(value: u32) {
    isohub::set_tag("branch", value);
}

const BRANCH: u32 = line!() - 15;
const SET_IT: u32 = line!() - 4;

fn record<F: Future>(future: F) -> Recorder {
    let recorder = Recorder::new();
    let all = async {
        let root = isohub::start_span!("root");
        future.in_span(root).await
    };
    poll_to_end(recorder.run(all));
    recorder
}

#[test]
fn two_branches_set_one_tag() {
    let found = record(async { futures::join!(branch(1), other_branch()) }).findings();
    assert_eq!(lines(&found), [(Kind::SharedScope, SET_IT, Some(BRANCH))]);
    assert!(found[0].message().starts_with("tag `branch` at tests/"), "{}", found[0]);
}

#[test]
fn two_calls_of_one_function() {
    let calls = async { futures::future::join_all((0..4).map(branch)).await };
    assert_eq!(lines(&record(calls).findings()), [(Kind::SharedScope, BRANCH, Some(BRANCH))]);
}

#[test]
fn whatever_else_a_scope_holds() {
    #[span]
    async fn sets(n: u32) {
        isohub::set_user(isohub::User::from(n.to_string()));
        isohub::set_context("job", [("n", n)]);
        isohub::set_extra("n", n);
        isohub::set_transaction_name(n.to_string());
        isohub::set_fingerprint([n.to_string()]);
        isohub::set_level(if n == 0 { isohub::Level::Info } else { isohub::Level::Error });
        isohub::add_breadcrumb(isohub::Breadcrumb::new("said of no one alone"));
        pause().await;
    }
    let found = record(async { futures::join!(sets(0), sets(1)) }).findings();
    let said: Vec<_> = found.iter().map(|it| it.message()).collect();
    let of = |what: &str| said.iter().any(|it| it.starts_with(what));
    let all =
        ["the user", "context `job`", "extra `n`", "the transaction's name", "the fingerprint", "the level"];
    assert!(all.into_iter().all(of) && said.len() == all.len(), "{said:#?}");
}

#[test]
fn futures_in_spans_that_were_started_by_hand() {
    async fn sets(value: u32) {
        isohub::set_tag("branch", value);
        pause().await;
    }
    let spans = async {
        let (first, second) = (isohub::start_span!("first"), isohub::start_span!("second"));
        futures::join!(sets(1).in_span(first), sets(2).in_span(second));
    };
    let found = record(spans).findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind(), Kind::SharedScope);
}

#[test]
fn blocks_that_wait() {
    #[span]
    async fn page() {
        let first = async {
            #[span]
            {
                isohub::set_tag("branch", 1);
                pause().await;
            }
        };
        let second = async {
            #[span]
            {
                isohub::set_tag("branch", 2);
                pause().await;
            }
        };
        futures::future::join(first, second).await;
    }
    let found = record(async { page().await }).findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind(), Kind::SharedScope);
}

#[test]
fn branches_of_their_own_hub_are_right() {
    #[parallel_span]
    async fn own(value: u32) {
        branch(value).await;
    }
    let own = record(async {
        futures::join!(own(1), own(2));
        isohub::join!(branch(1), branch(2));
        futures::join!(isolated!(branch(1)), isolated!(branch(2)));
    });
    assert_right(&own);
}

#[test]
fn one_after_the_other_is_right() {
    let turns = async {
        branch(1).await;
        branch(2).await;
        let (first, second) = (branch(3), branch(4));
        second.await;
        first.await;
    };
    assert_right(&record(turns));
}

#[test]
fn the_same_value_or_another_key_is_right() {
    #[span]
    async fn other_key() {
        isohub::set_tag("other", 1);
        pause().await;
    }
    assert_right(&record(async { futures::join!(branch(1), branch(1), other_key()) }));
}

#[test]
fn a_future_that_changes_its_mind_is_right() {
    #[span]
    async fn steps() {
        for step in 0..3 {
            isohub::set_tag("step", step);
            pause().await;
        }
    }
    assert_right(&record(async { futures::join!(steps(), pause()) }));
}

#[test]
fn inside_one_another_is_right() {
    #[span]
    async fn outer() {
        isohub::set_tag("branch", "outer");
        futures::join!(branch(1), pause());
        isohub::set_tag("branch", "again");
        pause().await;
    }
    assert_right(&record(async { outer().await }));
}

#[test]
fn what_a_branch_set_that_has_ended_may_be_replaced() {
    #[span]
    async fn late() {
        pause().await;
        pause().await;
        isohub::set_tag("branch", "late");
    }
    assert_right(&record(async { futures::join!(branch(1), late()) }));
}
