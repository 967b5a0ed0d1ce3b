//! Branches of one task: each combinator, with each way to make branches units.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures::executor::block_on;
use futures::future::{self, FutureExt as _};
use futures::stream::{FuturesUnordered, StreamExt as _};
use isohub::{HubFutureExt as _, isolated, isolated_hub, parallel, parallel_span};
use tokio::sync::{Barrier, Notify};

use super::{SEEN, assert_creator_is_as_before, creator, plain, unit};
use crate::combinators::{BOTH, Branch, RACES};
use crate::support::{Log, Witness, crash, pause, pauses, poll_once, tags};

#[parallel_span]
async fn spanned(n: u32, meet: Arc<Barrier>) -> String {
    plain(n, meet).await
}

/// Makes a unit of a branch.
type Way = fn(u32, Arc<Barrier>) -> Branch;

const WAYS: &[(&str, Way)] = &[
    ("#[isolated_hub]", |n, meet| unit(n, meet).boxed_local()),
    ("#[parallel_span]", |n, meet| spanned(n, meet).boxed_local()),
    (".isolated()", |n, meet| plain(n, meet).isolated().boxed_local()),
    (".isolated() outside the box", |n, meet| plain(n, meet).boxed_local().isolated().boxed_local()),
    ("isolated!", |n, meet| isolated!(plain(n, meet)).boxed_local()),
    ("parallel!", |n, meet| parallel!("branch", plain(n, meet)).boxed_local()),
    ("a branch of isohub::join!", |n, meet| {
        async move { isohub::join!(plain(n, meet), async { isohub::set_tag("beside", n) }).0 }.boxed_local()
    }),
];

#[test]
fn in_each_combinator_branches_that_are_units_see_neither_each_other_nor_their_creator_them() {
    for (combinator, both) in BOTH {
        for (way, branch) in WAYS {
            let seen = block_on(
                async {
                    creator();
                    let meet = Arc::new(Barrier::new(2));
                    let seen = both(branch(1, Arc::clone(&meet)), branch(2, meet)).await;
                    assert_creator_is_as_before();
                    seen
                }
                .isolated(),
            );
            assert_eq!(seen, SEEN, "{combinator} of {way}");
            assert_eq!(tags(), "");
        }
    }
}

#[test]
fn in_each_combinator_branches_that_are_no_units_share_that_in_which_they_are_polled() {
    for (combinator, both) in BOTH {
        let unit = async {
            creator();
            let meet = Arc::new(Barrier::new(2));
            let branch = |n| plain(n, Arc::clone(&meet)).boxed_local();
            (both(branch(1), branch(2)).await, tags())
        };
        let (seen, after) = block_on(unit.isolated());
        // Who came last wrote last, and that is not the same in all of them.
        assert!(SEEN.contains(&after.as_str()), "{combinator}: {after}");
        assert_eq!(seen, [after.as_str(); 2], "{combinator}");
        assert_eq!(tags(), "");
    }
}

/// Writes, and then waits for ever.
async fn loses(meet: Arc<Barrier>, log: Log) -> String {
    let _dropped = log.witness("loser");
    isohub::set_tag("unit", "loser");
    meet.wait().await;
    std::future::pending().await
}

#[isolated_hub]
async fn loser(meet: Arc<Barrier>, log: Log) -> String {
    loses(meet, log).await
}

#[test]
fn in_each_race_the_loser_drops_in_its_hub_and_leaves_nothing() {
    for (race, first) in RACES {
        for way in ["annotated", "by hand"] {
            let log = Log::default();
            creator();
            let meet = Arc::new(Barrier::new(2));
            let winner = unit(1, Arc::clone(&meet)).boxed_local();
            let loser = match way {
                "annotated" => loser(meet, log.clone()).boxed_local(),
                _ => loses(meet, log.clone()).isolated().boxed_local(),
            };
            let seen = block_on(async {
                let seen = first(loser, winner).await;
                assert_creator_is_as_before();
                seen
            });
            assert_eq!(seen, SEEN[0], "{race}, {way}");
            assert_eq!(log.lines(), ["loser: creator=yes removed=no unit=loser"], "{race}, {way}");
            assert_creator_is_as_before();
        }
    }
}

#[test]
fn in_each_race_what_a_loser_that_is_no_unit_wrote_stays() {
    for (race, first) in RACES {
        let unit = async {
            let log = Log::default();
            let meet = Arc::new(Barrier::new(2));
            let winner = unit(1, Arc::clone(&meet)).boxed_local();
            let seen = first(loses(meet, log.clone()).boxed_local(), winner).await;
            assert_eq!(log.lines(), ["loser: unit=loser"], "{race}");
            (seen, tags())
        };
        assert_eq!(block_on(unit.isolated()), ("unit=1".to_owned(), "unit=loser".to_owned()), "{race}");
    }
}

#[test]
fn the_branches_that_a_loop_makes_anew_start_from_its_hub_as_it_is_then() {
    #[isolated_hub]
    async fn turn_of(turn: u32, log: Log) {
        log.note(tags());
        isohub::set_tag("branch", turn);
        pause().await;
        std::future::pending().await
    }
    let log = Log::default();
    block_on(async {
        for turn in 1..4 {
            isohub::set_tag("turn", turn);
            tokio::select! {
                biased;
                () = turn_of(turn, log.clone()) => unreachable!(),
                () = pauses(2) => assert_eq!(tags(), format!("turn={turn}")),
            }
        }
    });
    assert_eq!(log.lines(), ["turn=1", "turn=2", "turn=3"]);
}

#[test]
fn a_branch_that_a_loop_keeps_keeps_its_hub() {
    #[isolated_hub]
    async fn kept(log: Log) -> String {
        for n in 0..4 {
            isohub::set_tag("kept", n);
            pause().await;
            log.note(tags());
        }
        tags()
    }
    let log = Log::default();
    block_on(async {
        isohub::set_tag("turn", 0);
        let mut kept = std::pin::pin!(kept(log.clone()));
        for turn in 1.. {
            tokio::select! {
                biased;
                seen = &mut kept => {
                    assert_eq!(seen, "kept=3 turn=0");
                    break;
                }
                () = pause() => isohub::set_tag("turn", turn),
            }
        }
        assert_eq!(tags(), "turn=2");
    });
    assert_eq!(log.lines(), [0, 1, 2, 3].map(|n| format!("kept={n} turn=0")));
}

#[test]
fn a_disabled_branch_is_made_and_never_polled() {
    let called = Rc::new(std::cell::Cell::new(false));
    let made = {
        let called = Rc::clone(&called);
        move || {
            called.set(true);
            unit(1, Arc::new(Barrier::new(1)))
        }
    };
    block_on(async {
        creator();
        tokio::select! {
            _ = made(), if false => unreachable!(),
            seen = unit(2, Arc::new(Barrier::new(1))) => assert_eq!(seen, SEEN[1]),
            else => unreachable!(),
        }
        assert_creator_is_as_before();
    });
    assert!(called.get());
}

#[test]
fn what_is_added_to_a_running_set_starts_from_the_hub_as_it_is_then() {
    let mut seen: Vec<_> = block_on(async {
        let (mut set, meet) = (FuturesUnordered::new(), Arc::new(Barrier::new(3)));
        for n in 1..4 {
            assert!(n == 1 || set.next().now_or_never().is_none(), "all wait for the last");
            isohub::set_tag("added", n);
            set.push(unit(n, Arc::clone(&meet)));
        }
        set.collect().await
    });
    seen.sort();
    assert_eq!(seen, [1, 2, 3].map(|n| format!("added={n} unit={n}")));
    assert_eq!(tags(), "added=3");
}

#[test]
fn a_hundred_units_in_units_wake_each_other_and_keep_their_values() {
    #[isolated_hub]
    async fn inner(outer: u32, n: u32) -> bool {
        isohub::set_tag("inner", n);
        pauses(n as usize % 4).await;
        tags() == format!("inner={n} outer={outer}")
    }
    #[isolated_hub]
    async fn outer(n: u32, wakes: Arc<Notify>, waits: Arc<Notify>) -> bool {
        isohub::set_tag("outer", n);
        let kept = future::join_all((0..10).map(|inner_n| inner(n, inner_n))).await;
        wakes.notify_one();
        waits.notified().await;
        kept.into_iter().all(|kept| kept) && tags() == format!("outer={n}")
    }
    let notify: Vec<_> = (0..10).map(|_| Arc::new(Notify::new())).collect();
    // Each waits for its neighbour.
    let outer = |n: usize| outer(n as u32, Arc::clone(&notify[n]), Arc::clone(&notify[(n + 1) % 10]));
    assert!(block_on(future::join_all((0..10).map(outer))).into_iter().all(|kept| kept));
    assert_eq!(tags(), "");
}

/// The message of the panic of a future that is polled once more after it has returned.
fn message_of_a_poll_too_many(future: impl Future<Output = String>) -> String {
    let mut future = std::pin::pin!(future);
    block_on(future.as_mut());
    let panic = catch_unwind(AssertUnwindSafe(|| poll_once(future).is_pending()));
    panic
        .expect_err("to wait would be for ever")
        .downcast_ref::<&str>()
        .map(|it| (*it).to_owned())
        .unwrap_or_default()
}

#[test]
fn a_unit_that_is_polled_once_it_has_returned_panics_as_any_async_fn() {
    async fn plain() -> String {
        tags()
    }
    #[isolated_hub]
    async fn isolated() -> String {
        plain().await
    }
    #[parallel_span]
    async fn spanned() -> String {
        plain().await
    }
    #[isohub::span]
    async fn shared() -> String {
        plain().await
    }
    let expected = message_of_a_poll_too_many(plain());
    let units: [Branch; 7] = [
        isolated().boxed_local(),
        spanned().boxed_local(),
        shared().boxed_local(),
        plain().isolated().boxed_local(),
        parallel!("unit", plain()).boxed_local(),
        plain().in_span(isohub::start_span!("span")).boxed_local(),
        async { isohub::join!(plain(), plain()).0 }.boxed_local(),
    ];
    creator();
    for (number, unit) in units.into_iter().enumerate() {
        assert_eq!(message_of_a_poll_too_many(unit), expected, "{number}");
        assert_creator_is_as_before();
    }
    let mut returning = std::pin::pin!(plain().returning_hub());
    let _ = block_on(returning.as_mut()).1;
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(returning).is_pending())).is_err());
}

#[test]
fn a_branch_is_whatever_can_be_awaited() {
    struct Request(u32);
    impl IntoFuture for Request {
        type Output = Result<String, ()>;
        type IntoFuture = future::LocalBoxFuture<'static, Self::Output>;

        fn into_future(self) -> Self::IntoFuture {
            async move {
                isohub::set_tag("unit", self.0);
                pause().await;
                Ok(tags())
            }
            .boxed_local()
        }
    }
    block_on(async {
        let (first, second) = isohub::join!(Request(1), Request(2));
        assert_eq!([first, second], [Ok("unit=1".to_owned()), Ok("unit=2".to_owned())]);
        let both = isohub::try_join!(Request(1), async { Ok(tags()) });
        assert_eq!(both, Ok(("unit=1".to_owned(), String::new())));
    });
    assert_eq!(tags(), "");
}

/// Takes all that is in a full channel, and says how much that was when `stop` was set.
async fn taken(items: u32, stop: &AtomicBool) -> u32 {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    (0..items).for_each(|n| sender.send(n).expect("it is there"));
    let mut taken = 0;
    while taken < items && !stop.load(Ordering::Relaxed) {
        receiver.recv().await;
        taken += 1;
    }
    taken
}

/// Has something to take as well.
async fn stops(stop: &AtomicBool) {
    taken(1, &AtomicBool::new(false)).await;
    stop.store(true, Ordering::Relaxed);
}

#[test]
fn a_branch_that_uses_up_what_tokio_lets_a_task_do_at_a_time_starves_no_other() {
    const ITEMS: u32 = 100_000;
    let taken = crate::support::workers(1).block_on(async {
        let task = isohub::spawn_isolated!(async {
            let (of_all, of_try) = (AtomicBool::new(false), AtomicBool::new(false));
            let (all, ()) = isohub::join!(taken(ITEMS, &of_all), stops(&of_all));
            let both = isohub::try_join!(async { Ok::<_, ()>(taken(ITEMS, &of_try).await) }, async {
                stops(&of_try).await;
                Ok(())
            });
            (all, both.expect("no error").0)
        });
        task.await.expect("no panic")
    });
    assert!(taken.0 < ITEMS && taken.1 < ITEMS, "{taken:?}");
}

/// Ends at its first poll, and still holds something.
struct Holds {
    _held: Witness,
    crashes: bool,
}

impl Future for Holds {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        isohub::set_tag("unit", "holds");
        if self.crashes { crash() } else { Poll::Ready(()) }
    }
}

#[test]
fn what_a_future_holds_when_it_ends_drops_in_its_unit() {
    let log = Log::default();
    let holds = |name, crashes| Holds { _held: log.witness(name), crashes };
    let recorder = isohub::testing::Recorder::new();
    recorder.run_sync(|| {
        let mut unit = std::pin::pin!(parallel!("unit", holds("held", false)));
        assert!(poll_once(unit.as_mut()).is_ready());
        let mut returning = std::pin::pin!(holds("given back", false).returning_hub());
        assert!(poll_once(returning.as_mut()).is_ready());
        // While both are there, one without its span, and one without its hub.
        assert_eq!(log.lines(), ["held: unit=holds", "given back: unit=holds"]);

        let mut crashing = Box::pin(parallel!("crashing", holds("left", true)));
        assert!(catch_unwind(AssertUnwindSafe(|| poll_once(crashing.as_mut()))).is_err());
        drop(crashing);
        assert_eq!(log.lines()[2..], ["left: unit=holds"]);
    });
    let expected = "unit {unit=holds}\n  - drop held\n\ncrashing panicked {unit=holds}\n";
    assert_eq!(recorder.tree(), expected);
}
