//! Futures that run interleaved in one task.

use std::future::Future;

use futures::stream::{FuturesUnordered, StreamExt as _};
use isohub::{HubFutureExt as _, parallel, parallel_span};
use isohub_conformance::{
    Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Plan, Scene, caught, drive_on_two_threads, joined,
    run_to_start,
};

use crate::tokio_tasks::unit;

/// A unit whose panic goes no further.
pub(crate) type Unit = Boxed<Ended>;

/// A unit that is made by a call.
fn called(body: Body) -> Unit {
    Box::pin(caught(unit(body)))
}

pub(crate) fn merging(body: Body) -> Unit {
    #[parallel_span("unit", merge)]
    async fn unit(body: Body) -> Ending {
        body.await
    }
    Box::pin(caught(unit(body)))
}

pub(crate) const HUB_ONLY: (Ability, &str) = (Ability::Span, "a hub, and no span");
pub(crate) const REUSE: (Ability, &str) = (Ability::Reuse, "runs inside its creator");

/// Units made by calls, and a way of running them.
pub(crate) struct Calls {
    pub(crate) make: fn(Body) -> Unit,
    pub(crate) join: fn(Vec<Unit>) -> Boxed<Vec<Ended>>,
    pub(crate) merge: fn(Body) -> Unit,
    pub(crate) lacks: &'static [(Ability, &'static str)],
}

impl Adapter for Calls {
    fn stage(&self, creator: Creator) {
        drive_on_two_threads(creator);
    }

    fn play(&self, scene: Scene) -> Boxed<Vec<Ended>> {
        let make = if scene.plan() == Plan::Merge { self.merge } else { self.make };
        Box::pin(joined(scene, make, self.join))
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        self.lacks
    }
}

fn calls(join: fn(Vec<Unit>) -> Boxed<Vec<Ended>>) -> Calls {
    Calls { make: called, join, merge: merging, lacks: &[REUSE] }
}

pub(crate) fn tokio_join() -> Calls {
    fn join(mut units: Vec<Unit>) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let Some(last) = units.pop() else { return Vec::new() };
            let (mut all, last) = tokio::join!(join(units), last);
            all.push(last);
            all
        })
    }
    calls(join)
}

pub(crate) fn futures_join() -> Calls {
    fn join(mut units: Vec<Unit>) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let Some(last) = units.pop() else { return Vec::new() };
            let (mut all, last) = futures::join!(join(units), last);
            all.push(last);
            all
        })
    }
    calls(join)
}

pub(crate) fn join_all() -> Calls {
    calls(|units| Box::pin(futures::future::join_all(units)))
}

/// What was spawned in numbers comes back in the order of the numbers.
fn in_order(mut all: Vec<(usize, Ended)>) -> Vec<Ended> {
    all.sort_by_key(|(n, _)| *n);
    all.into_iter().map(|(_, ended)| ended).collect()
}

fn numbered(units: Vec<Unit>) -> impl Iterator<Item = impl Future<Output = (usize, Ended)> + Send> {
    units.into_iter().enumerate().map(|(n, unit)| async move { (n, unit.await) })
}

pub(crate) fn futures_unordered() -> Calls {
    let join = |units| -> Boxed<Vec<Ended>> {
        let all = numbered(units).collect::<FuturesUnordered<_>>();
        Box::pin(async { in_order(all.collect().await) })
    };
    calls(join)
}

pub(crate) fn buffer_unordered() -> Calls {
    let join = |units: Vec<Unit>| -> Boxed<Vec<Ended>> {
        let all = futures::stream::iter(numbered(units).collect::<Vec<_>>()).buffer_unordered(64);
        Box::pin(async { in_order(all.collect().await) })
    };
    calls(join)
}

/// `select!` in a loop, over what goes on: each turn polls both sides.
pub(crate) fn select() -> Calls {
    fn join(mut units: Vec<Unit>) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let Some(mut last) = units.pop() else { return Vec::new() };
            let mut rest = join(units);
            let (mut all, mut ended) = (None, None);
            while all.is_none() || ended.is_none() {
                tokio::select! {
                    it = &mut rest, if all.is_none() => all = Some(it),
                    it = &mut last, if ended.is_none() => ended = Some(it),
                }
            }
            let mut all = all.unwrap_or_default();
            all.extend(ended);
            all
        })
    }
    calls(join)
}

/// Units made of the branches of a macro.
pub(crate) struct Branches {
    join: fn(Vec<Body>) -> Boxed<Vec<Ended>>,
    lacks: &'static [(Ability, &'static str)],
}

const AT_ONE_PLACE: &[(Ability, &str)] = &[
    (Ability::InTurn, "all branches are made at one place"),
    (Ability::Meanwhile, "the creator waits in the macro"),
    (Ability::Span, "a branch has a hub; for a span, call an annotated function"),
    (Ability::Panic, "a panic of a branch is one of its creator"),
    (Ability::Unrun, "all branches are polled"),
    (Ability::Merge, "what a branch calls may merge: `#[isolated_hub(merge)]`"),
    REUSE,
];

impl Adapter for Branches {
    fn stage(&self, creator: Creator) {
        drive_on_two_threads(creator);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let join = self.join;
        Box::pin(async move {
            let (count, started) = (scene.len(), scene.started());
            let running = join(scene.bodies());
            if scene.plan() == Plan::Cancel {
                run_to_start(started, running).await;
                return vec![Ended::Cancelled; count];
            }
            running.await
        })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        self.lacks
    }
}

pub(crate) fn isohub_join() -> Branches {
    fn join(mut bodies: Vec<Body>) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let Some(last) = bodies.pop() else { return Vec::new() };
            let (mut all, last) = isohub::join!(join(bodies), last);
            all.push(last.into());
            all
        })
    }
    Branches { join, lacks: AT_ONE_PLACE }
}

pub(crate) fn isohub_try_join() -> Branches {
    fn join(mut bodies: Vec<Body>) -> Boxed<Vec<Ended>> {
        /// An error would end the other branches.
        async fn ok<T>(branch: impl Future<Output = T>) -> Result<T, ()> {
            Ok(branch.await)
        }
        Box::pin(async move {
            let Some(last) = bodies.pop() else { return Vec::new() };
            let Ok((mut all, last)) = isohub::try_join!(ok(join(bodies)), ok(last)) else {
                return Vec::new();
            };
            all.push(last.into());
            all
        })
    }
    Branches { join, lacks: AT_ONE_PLACE }
}

/// A closure that makes futures, which is a unit: so is each of them.
pub(crate) fn closure_of_futures() -> Branches {
    fn join(bodies: Vec<Body>) -> Boxed<Vec<Ended>> {
        let units = bodies.into_iter().map(parallel!("unit", move |body: Body| async move { body.await }));
        Box::pin(futures::future::join_all(units.map(caught).collect::<Vec<_>>()))
    }
    const LACKS: &[(Ability, &str)] = &[
        (Ability::InTurn, "all start from the hub that was there when the closure was made"),
        (Ability::Meanwhile, "all start from the hub that was there when the closure was made"),
        (Ability::Unrun, "all futures are polled"),
        (Ability::Merge, "what it writes ends with it"),
        REUSE,
    ];
    Branches { join, lacks: LACKS }
}

/// Async blocks that have the attribute.
pub(crate) fn inner_blocks() -> Calls {
    #[isohub::isolated_hub]
    #[allow(clippy::redundant_async_block, reason = "the block is what has the attribute")]
    fn make(body: Body) -> Unit {
        Box::pin(caught(
            #[parallel_span("unit")]
            async move {
                body.await
            },
        ))
    }
    Calls { make, ..join_all() }
}

/// `.isolated()` on any future.
pub(crate) fn by_adaptor() -> Calls {
    fn make(body: Body) -> Unit {
        Box::pin(caught(body.isolated()))
    }
    /// What it wrote is given back by hand.
    fn merge(body: Body) -> Unit {
        let work = body.returning_hub();
        Box::pin(async {
            let (ending, hub) = work.await;
            isohub::merge(hub);
            ending.into()
        })
    }
    Calls { make, merge, lacks: &[REUSE, HUB_ONLY], ..join_all() }
}
