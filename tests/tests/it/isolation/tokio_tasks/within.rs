//! What a task does with futures of its own.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use isohub::{isolated, isolated_hub, spawn_isolated};
use tokio::runtime::Handle;
use tokio::task::{block_in_place, coop, yield_now};
use tokio::time::timeout;

use super::super::{assert_creator_is_as_before, creator};
use crate::support::{current_thread, pause, tags, workers};

const SOON: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_secs(20);

#[isolated_hub(tags(unit = name))]
async fn unit(name: &str) -> String {
    pause().await;
    tags()
}

#[isolated_hub(tags(unit = "never"))]
async fn never() -> String {
    std::future::pending().await
}

fn seen(name: &str) -> String {
    format!("creator=yes removed=no unit={name}")
}

#[test]
fn a_unit_under_a_timeout_is_isolated_whether_or_not_it_is_in_time() {
    workers(2).block_on(async {
        creator();
        assert_eq!(timeout(LATE, unit("in time")).await.as_deref(), Ok(&*seen("in time")));
        assert!(timeout(SOON, never()).await.is_err());
        assert_creator_is_as_before();
        let spawned = spawn_isolated!(timeout(LATE, async { tags() }));
        assert_eq!(spawned.await.expect("no panic").as_deref(), Ok("creator=yes removed=no"));
        let spawned = tokio::spawn(timeout(LATE, unit("spawned")));
        assert_eq!(spawned.await.expect("no panic"), Ok(seen("spawned")));
        assert_creator_is_as_before();
    });
}

#[test]
fn the_unit_of_a_disabled_branch_of_a_select_is_made_and_leaves_nothing() {
    static MADE: AtomicBool = AtomicBool::new(false);
    fn made() -> impl Future<Output = String> {
        MADE.store(true, Ordering::Relaxed);
        isolated!(tags(unit = "disabled"), async { tags() })
    }
    current_thread().block_on(async {
        creator();
        let off = false;
        let won = tokio::select! {
            biased;
            disabled = made(), if off => disabled,
            never = never() => never,
            won = unit("enabled") => won,
        };
        assert_eq!(won, seen("enabled"));
        assert!(MADE.load(Ordering::Relaxed));
        assert_creator_is_as_before();
    });
}

#[test]
fn a_unit_that_loses_a_select_goes_on_in_its_hub_when_it_is_selected_again() {
    current_thread().block_on(async {
        creator();
        let slow = isolated!(tags(unit = "slow"), async {
            for turn in 0..3 {
                isohub::set_tag("turn", turn);
                pause().await;
            }
            tags()
        });
        let mut slow = pin!(slow);
        let mut turns = 0;
        let won = loop {
            tokio::select! {
                biased;
                won = &mut slow => break won,
                () = std::future::ready(()) => turns += 1,
            }
            assert_creator_is_as_before();
        };
        assert_eq!((won.as_str(), turns), ("creator=yes removed=no turn=2 unit=slow", 3));
    });
}

#[test]
fn units_that_use_up_the_budget_of_their_task_or_have_none_keep_their_hub() {
    async fn busy() -> bool {
        isohub::set_tag("unit", "busy");
        for _ in 0..1000 {
            coop::consume_budget().await;
            if tags() != "creator=yes removed=no unit=busy" {
                return false;
            }
        }
        true
    }
    workers(1).block_on(async {
        creator();
        let tasks = [
            spawn_isolated!(busy()),
            spawn_isolated!(coop::unconstrained(busy())),
            tokio::spawn(coop::unconstrained(isolated!(busy()))),
        ];
        for task in tasks {
            assert!(task.await.expect("no panic"));
        }
        assert_creator_is_as_before();
    });
}

#[test]
fn a_unit_that_blocks_in_place_keeps_its_hub_and_the_others_theirs() {
    workers(2).block_on(async {
        creator();
        let others: Vec<_> = (0..8)
            .map(|n| {
                spawn_isolated!(tags(unit = n), async move {
                    for _ in 0..20 {
                        yield_now().await;
                        block_in_place(|| isohub::set_tag("blocked", n));
                        assert_eq!(tags(), format!("blocked={n} creator=yes removed=no unit={n}"));
                    }
                    let inner = block_in_place(|| {
                        Handle::current().block_on(async move { spawn_isolated!(async { tags() }).await })
                    });
                    assert_eq!(inner.expect("no panic"), tags());
                })
            })
            .collect();
        for other in others {
            other.await.expect("no panic");
        }
        assert_creator_is_as_before();
    });
}

#[test]
fn a_unit_that_one_task_began_and_another_ends_keeps_its_hub() {
    workers(2).block_on(async {
        creator();
        let (begin, begun) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
        let (wait, began) = (Arc::clone(&begin), Arc::clone(&begun));
        let mut moved = Box::pin(isolated!(async move {
            isohub::set_tag("unit", "moved");
            began.notify_one();
            wait.notified().await;
            tags()
        }));
        tokio::select! {
            biased;
            _ = &mut moved => unreachable!(),
            () = begun.notified() => {}
        }
        begin.notify_one();
        assert_eq!(tokio::spawn(moved).await.expect("no panic"), seen("moved"));
        assert_creator_is_as_before();
    });
}
