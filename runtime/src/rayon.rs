//! Hubs for the jobs of [rayon], by the feature `rayon`.
//!
//! A job may run on any thread of its pool, and on that thread's stack inside another job that waits. So each job
//! takes its hub along, a clone that is made where the job is made, and puts back what was there before. The
//! functions here do so for what they are given, and see to it that the hub of whoever waits is out of reach
//! for the jobs that the waiting thread runs meanwhile.
//!
//! | rayon | isohub | its unit |
//! | --- | --- | --- |
//! | `rayon::join(a, b)` | [`join`] | a unit for each closure |
//! | `rayon::scope(\|s\| ..)`, `scope_fifo`, `in_place_scope`, .. | [`scope`], [`scope_fifo`], [`in_place_scope`], [`in_place_scope_fifo`] | the closure runs as a part of the caller's unit |
//! | `s.spawn(\|s\| ..)`, `s.spawn_fifo(..)` | [`spawn_isolated!(in s, \|s\| ..)`](crate::spawn_isolated), `s.spawn_fifo(isolated!(\|s\| ..))` | a unit for each job |
//! | `rayon::spawn(f)`, `rayon::spawn_fifo(f)` | [`spawn`], [`spawn_fifo`] | a unit |
//! | `rayon::broadcast(f)`, `rayon::spawn_broadcast(f)` | [`broadcast`], [`spawn_broadcast`] | a unit for each call |
//! | `pool.spawn(f)` | [`spawn_isolated!(in pool, f)`](crate::spawn_isolated) | a unit |
//! | `pool.install(f)` | [`install(&pool, f)`](install()) | a part of the caller's unit |
//! | `pool.join(a, b)`, `pool.scope(..)`, `pool.broadcast(..)` | `install(&pool, \|\| join(a, b))`, .. | as that |
//! | `rayon::yield_now()`, `rayon::yield_local()` | [`yield_now`], [`yield_local`] | – |
//! | `items.par_iter()` | [`.isolated()`](HubParallelIterator::isolated) | a unit for each item |
//! | one closure of a parallel iterator | `.map(`[`isolated!`](crate::isolated)`(move \|item\| ..))`, with a span `.map(`[`parallel!`](crate::parallel)`("name", move \|item\| ..))` | a unit for each call |
//!
//! ```
//! use isohub::rayon::HubParallelIterator as _;
//! use isohub::testing::Recorder;
//! use rayon::prelude::*;
//!
//! #[isohub::span(fields(image))]
//! fn resize(image: u32) -> u32 {
//!     isohub::set_tag("image", image); // no other image sees it
//!     image / 2
//! }
//!
//! let recorder = Recorder::new();
//! let sum = recorder.run_sync(|| {
//!     isohub::start_span!("gallery").in_scope(|| -> u32 { [4, 8].par_iter().isolated().map(|it| resize(*it)).sum() })
//! });
//! assert_eq!(sum, 6);
//! assert_eq!(recorder.tree().lines().filter(|line| line.starts_with("  resize")).count(), 2);
//! ```
//!
//! # Without a hub
//!
//! A job that nothing isolated has no hub: what it writes to the scope goes nowhere and is counted, its spans are
//! orphans, and both are named once a place. So are the handlers of a pool's threads, and what runs by
//! `pool.install(f)`. A pool that is built inside a unit, or started there by being used first, has nothing of
//! that unit. A thread that joined a pool by `use_current_thread` is one of its workers, also outside jobs.
//!
//! # Limits
//!
//! Jobs of rayon have no identity. Where a unit on a worker waits in a function of *rayon's* (`rayon::join`,
//! the end of a `rayon::scope`, a parallel iterator without [`isolated`](HubParallelIterator::isolated)), a job
//! without a hub that the thread runs meanwhile finds the hub of that unit. One with a hub of its own never does.
//! So what `flat_map` and `flatten` take from an isolated item is [isolated as
//! well](HubParallelIterator::isolated).

mod iter;

use ::rayon::{BroadcastContext, Scope, ScopeFifo, ThreadPool, Yield};

use crate::current;
use crate::hub::{Origin, hub_call};
use crate::parked::{self, Parked};
use crate::unit::Task;

pub use iter::{HubParallelIterator, Isolated};

/// Runs both closures, in parallel if a thread is free, each in a clone of the current hub: [`rayon::join`].
///
/// Costs two clones of a hub, and exchanging it. A panic of either goes on as it does there.
///
/// ```
/// isohub::set_tag("order", 7);
/// let tags = |side| {
///     isohub::set_tag("side", side);
///     isohub::Hub::current().scope().tags().len()
/// };
/// assert_eq!(isohub::rayon::join(|| tags("left"), || tags("right")), (2, 2));
/// assert_eq!(isohub::Hub::current().scope().tags(), [("order", "7")]);
/// ```
///
/// [`rayon::join`]: ::rayon::join
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn join<A, B, RA, RB>(a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA + Send,
    B: FnOnce() -> RB + Send,
    RA: Send,
    RB: Send,
{
    if !crate::ENABLED {
        return ::rayon::join(a, b);
    }
    let (a, b) = (job(a), job(b));
    let _aside = Aside::take();
    ::rayon::join(a, b)
}

macro_rules! scopes {
    ($($(#[$docs:meta])* $name:ident($scope:ident) $(+ $bound:ident)?;)*) => {
        $($(#[$docs])*
        pub fn $name<'scope, OP, R>(op: OP) -> R
        where
            OP: FnOnce(&$scope<'scope>) -> R $(+ $bound, R: $bound)?,
        {
            if !crate::ENABLED {
                return ::rayon::$name(op);
            }
            let mut aside = Aside::take();
            ::rayon::$name(|scope| aside.run(|| op(scope)))
        })*
    };
}

scopes! {
    /// Runs `op`, and waits for the jobs that were spawned in its scope: [`rayon::scope`].
    ///
    /// `op` is a part of the unit that calls, on whichever thread it runs; what it writes stays. Give the jobs hubs
    /// of their own by `spawn_isolated!(in scope, |scope| ..)`.
    ///
    /// ```
    /// use isohub::spawn_isolated;
    ///
    /// let mut halves = [0, 0];
    /// let (left, right) = halves.split_at_mut(1);
    /// isohub::rayon::scope(|scope| {
    ///     isohub::set_tag("order", 7);
    ///     spawn_isolated!(in scope, |_| left[0] = isohub::Hub::current().scope().tags().len());
    ///     spawn_isolated!(in scope, |_| {
    ///         isohub::set_tag("side", "right");
    ///         right[0] = isohub::Hub::current().scope().tags().len();
    ///     });
    /// });
    /// assert_eq!(halves, [1, 2]);
    /// assert_eq!(isohub::Hub::current().scope().tags(), [("order", "7")]);
    /// ```
    ///
    /// [`rayon::scope`]: ::rayon::scope
    scope(Scope) + Send;

    /// As [`scope`], with jobs in the order in which each thread spawned them: [`rayon::scope_fifo`].
    ///
    /// ```
    /// isohub::rayon::scope_fifo(|scope| scope.spawn_fifo(isohub::isolated!(|_| isohub::set_tag("job", 1))));
    /// assert_eq!(isohub::Hub::current().scope().tag("job"), None);
    /// ```
    ///
    /// [`rayon::scope_fifo`]: ::rayon::scope_fifo
    scope_fifo(ScopeFifo) + Send;

    /// As [`scope`], with `op` on the thread that calls: [`rayon::in_place_scope`].
    ///
    /// ```
    /// let here = std::thread::current().id();
    /// isohub::rayon::in_place_scope(|scope| {
    ///     isohub::spawn_isolated!(in scope, |_| isohub::set_tag("job", 1));
    ///     assert_eq!(std::thread::current().id(), here);
    /// });
    /// ```
    ///
    /// [`rayon::in_place_scope`]: ::rayon::in_place_scope
    in_place_scope(Scope);

    /// As [`scope_fifo`], with `op` on the thread that calls: [`rayon::in_place_scope_fifo`].
    ///
    /// ```
    /// isohub::rayon::in_place_scope_fifo(|scope| {
    ///     scope.spawn_fifo(isohub::isolated!(|_| isohub::set_tag("job", 1)));
    /// });
    /// ```
    ///
    /// [`rayon::in_place_scope_fifo`]: ::rayon::in_place_scope_fifo
    in_place_scope_fifo(ScopeFifo);
}

/// Runs `f` as a job of the current pool, in a clone of the current hub: [`rayon::spawn`].
///
/// ```
/// isohub::set_tag("order", 7);
/// let (sender, order) = std::sync::mpsc::channel();
/// isohub::rayon::spawn(move || {
///     let _ = sender.send(isohub::Hub::current().scope().tag("order").map(str::to_owned));
/// });
/// assert_eq!(order.recv()?.as_deref(), Some("7"));
/// # Ok::<_, std::sync::mpsc::RecvError>(())
/// ```
///
/// [`rayon::spawn`]: ::rayon::spawn
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn spawn<F: FnOnce() + Send + 'static>(f: F) {
    if !crate::ENABLED {
        return ::rayon::spawn(f);
    }
    ::rayon::spawn(job(f));
}

/// As [`spawn`], in the order in which this thread spawned: [`rayon::spawn_fifo`].
///
/// ```
/// isohub::rayon::spawn_fifo(|| isohub::set_tag("job", 1));
/// assert_eq!(isohub::Hub::current().scope().tag("job"), None);
/// ```
///
/// [`rayon::spawn_fifo`]: ::rayon::spawn_fifo
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn spawn_fifo<F: FnOnce() + Send + 'static>(f: F) {
    if !crate::ENABLED {
        return ::rayon::spawn_fifo(f);
    }
    ::rayon::spawn_fifo(job(f));
}

/// Runs `op` on each thread of the current pool, each call in a clone of the current hub, and waits:
/// [`rayon::broadcast`].
///
/// ```
/// isohub::set_tag("order", 7);
/// let tags = isohub::rayon::broadcast(|thread| {
///     isohub::set_tag(format!("thread {}", thread.index()), "seen");
///     isohub::Hub::current().scope().tags().len()
/// });
/// assert!(tags.iter().all(|tags| *tags == 2));
/// ```
///
/// [`rayon::broadcast`]: ::rayon::broadcast
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn broadcast<OP, R>(op: OP) -> Vec<R>
where
    OP: Fn(BroadcastContext<'_>) -> R + Sync,
    R: Send,
{
    if !crate::ENABLED {
        return ::rayon::broadcast(op);
    }
    let origin = Origin::cloned();
    let _aside = Aside::take();
    ::rayon::broadcast(|context| hub_call(origin.clone(), || op(context)))
}

/// As [`broadcast`], without waiting: [`rayon::spawn_broadcast`].
///
/// ```
/// isohub::rayon::spawn_broadcast(|thread| isohub::set_tag("thread", thread.index()));
/// assert_eq!(isohub::Hub::current().scope().tag("thread"), None);
/// ```
///
/// [`rayon::spawn_broadcast`]: ::rayon::spawn_broadcast
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn spawn_broadcast<OP>(op: OP)
where
    OP: Fn(BroadcastContext<'_>) + Send + Sync + 'static,
{
    if !crate::ENABLED {
        return ::rayon::spawn_broadcast(op);
    }
    let origin = Origin::cloned();
    ::rayon::spawn_broadcast(move |context| hub_call(origin.clone(), || op(context)));
}

/// Runs `op` in `pool`, as a part of the unit that calls, and waits for it: [`ThreadPool::install`].
///
/// What `op` writes to the hub stays there, as it would on this thread.
///
/// ```
/// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
/// isohub::rayon::install(&pool, || isohub::set_tag("threads", rayon::current_num_threads()));
/// assert_eq!(isohub::Hub::current().scope().tag("threads"), Some("2"));
/// # Ok::<_, rayon::ThreadPoolBuildError>(())
/// ```
pub fn install<OP, R>(pool: &ThreadPool, op: OP) -> R
where
    OP: FnOnce() -> R + Send,
    R: Send,
{
    if !crate::ENABLED {
        return pool.install(op);
    }
    let mut aside = Aside::take();
    pool.install(|| aside.run(op))
}

/// Runs another job of the pool, if there is one, which does not find the hub of this unit: [`rayon::yield_now`].
///
/// ```
/// assert_eq!(isohub::rayon::yield_now(), None); // on no thread of a pool
/// ```
///
/// [`rayon::yield_now`]: ::rayon::yield_now
pub fn yield_now() -> Option<Yield> {
    let _aside = crate::ENABLED.then(Aside::take);
    ::rayon::yield_now()
}

/// As [`yield_now`], of the jobs that this thread spawned: [`rayon::yield_local`].
///
/// ```
/// assert_eq!(isohub::rayon::yield_local(), None); // on no thread of a pool
/// ```
///
/// [`rayon::yield_local`]: ::rayon::yield_local
pub fn yield_local() -> Option<Yield> {
    let _aside = crate::ENABLED.then(Aside::take);
    ::rayon::yield_local()
}

/// A job that runs in a clone of the current hub.
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
fn job<R>(f: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let origin = Origin::cloned();
    move || hub_call(origin, f)
}

/// The unit of a thread that waits in rayon and meanwhile runs whatever is there to be run.
struct Aside {
    parked: Parked,
    /// That in which the unit is bound here: elsewhere it is in another.
    task: Task,
    is_bound: bool,
}

impl Aside {
    /// Takes what is in the slot out of it, until this is dropped.
    fn take() -> Self {
        let is_bound = parked::is_bound();
        if is_bound {
            // What is written elsewhere, where this is not the thread's own unit, must find one.
            current::with_unit(|_| ());
        }
        let mut parked = Parked::EMPTY;
        parked.swap();
        let task = parked.unit.as_ref().map_or(Task::none(), |unit| unit.task);
        Aside { parked, task, is_bound }
    }

    /// Runs a part of what waits, on whatever thread.
    fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        // If what is kept is not the unit of what waits, that has none.
        let _entered = self.is_bound.then(|| self.parked.enter());
        f()
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(unit) = &mut self.parked.unit {
            unit.task = self.task;
        }
        self.parked.swap();
    }
}
