//! Hubs for stackful coroutines, the green threads, of whatever crate.
//!
//! A coroutine has a stack of its own, but the thread-locals of whoever resumes it. Left alone it would write to
//! its resumer's hub, and what it was in the midst of would stay on that thread when it goes on on another.
//!
//! | coroutine | what to write | continuity | a clone of its creator's hub |
//! | --- | --- | --- | --- |
//! | resumed by a call: `corosensei`, .. | [`Isolated::new(coroutine)`](Isolated::new) | by `resume_with` | by `new` |
//! | an iterator: `generator`, .. | [`Isolated::new(iterator)`](Isolated::new) | by `next` | by `new` |
//! | of `may`, with the feature `may` | `go!(isolated!(move \|\| ..))` | automatic | by `isolated!` |
//!
//! Continuity means: scope, trace, active span and `hub_local!` values of whatever the coroutine is in when it is
//! suspended (a unit, a span, a `with_scope`, a scope of a `hub_local!`, an annotated block, a future that
//! it polls) are there when it goes on, on whichever thread and in whichever task and unit; and whoever
//! resumed it finds its own as they were, also after a panic. So it is with what other libraries keep of each unit that
//! it is in, if [`isohub::foreign`](crate::foreign) isolates that, but not in coroutines of `may`.
//!
//! # Coroutines that are resumed by a call
//!
//! An [`Isolated`] holds the coroutine, and its hub while it is suspended, and exchanges that with the
//! resumer's around each resume and around the drop. With the crate `corosensei`:
//!
//! ```text
//! let mut import = Isolated::new(Coroutine::new(|yielder, table| ..));
//! match import.resume_with(|coroutine| coroutine.resume("users")) {
//!     CoroutineResult::Yield(row) => ..,
//!     CoroutineResult::Return(rows) => ..,
//! }
//! ```
//!
//! When a suspended coroutine is dropped, and its stack unwound, the destructors on it run in its hub, and the
//! spans that it was in end as cancelled.
//!
//! # `may`
//!
//! With the feature `may`, each coroutine of that crate has its own current hub, which follows it over every
//! yield. It begins as the one of a plain thread does, with the base hub; nothing is inherited from where
//! `go!` stands, and nothing is seen of the scheduler's threads. To inherit, spawn an isolated closure:
#![cfg_attr(feature = "may", doc = "\n```")]
#![cfg_attr(not(feature = "may"), doc = "\n```ignore")]
//! use isohub::{Hub, isolated};
//! use may::{coroutine, go};
//!
//! isohub::set_tag("tenant", "acme");
//! let job = go!(isolated!(move || {
//!     isohub::set_tag("step", 1); // seen by nobody else
//!     coroutine::yield_now(); // and still there on another thread
//!     (Hub::current().scope().tag("tenant").map(str::to_owned), Hub::current().scope().tag("step") == Some("1"))
//! }));
//! assert_eq!(job.join().unwrap(), (Some("acme".to_owned()), true));
//! assert_eq!(Hub::current().scope().tag("step"), None);
//! ```
//!
//! It is the same with a builder and in a scope, `go!(builder, isolated!(..))` and `go!(scope, isolated!(..))`, and
//! with `parallel!` for a span of its own. `go!(move || annotated(id))` is right too, but what is annotated is
//! called in the coroutine, and inherits from that. `may`'s own `spawn` is an unsafe function; `go!` passes where
//! unsafe code is forbidden. Where it is not, `unsafe { spawn_isolated!(in builder, ..) }` works.
//!
//! When a coroutine has ended, the hub that it got by writing outside of any unit is dropped, and what destructors
//! in that hub write is seen by nobody.
//!
//! # Limits
//!
//! - Both features turn each look at a thread-local into a call, in the whole program, since the compiler must
//!   not keep its address: a span takes a third more instructions; with `may`, which is asked for its coroutine
//!   each time, two thirds. In a coroutine of `may` each look is one in a hash map.
//! - `may` cancels a coroutine by a panic that tells its reason only to who joins it: the spans of such a
//!   coroutine end as panicked.
//! - A coroutine that is neither in an [`Isolated`] nor one of `may` shares the hub of whoever resumes it, as a
//!   function does that is called. Suspended inside a span or a unit, it leaves that in its resumer's place, and
//!   puts back what was there at the first resume wherever it goes on: wrap it.
//! - `coroutine::sleep` of `may` 0.3.51 goes on using the coroutine after it has set the timer that wakes it; if that has
//!   woken and ended on another thread by then, it is freed memory. It was seen in a program without isohub: let no
//!   sleep be the last switch of a coroutine.
//! - `may` tells nobody when it switches. So contexts of other libraries ([`isohub::foreign::isolate`](crate::foreign::isolate):
//!   the hub of `sentry`, a context of OpenTelemetry, the span of `tracing`) are not isolated in its coroutines: they are those of the thread,
//!   as without isohub.
//! - `may`'s `go!` with a bare closure is not refused as a bare spawn is: the coroutine starts from the base hub,
//!   without a warning.
//! - Thread-locals of other crates do not follow the coroutine: a `RefCell` that is borrowed over a switch, an
//!   executor's note that it runs.

use std::fmt;
use std::thread;

use crate::capture;
use crate::dropped::{self, Around};
use crate::foreign::{SuspendedContexts, is_isolated};
use crate::frame::{self, Frame};
use crate::hub::Hub;
use crate::parked::{self, Parked, Resumed};
use crate::report;
use crate::unit::Task;

/// A stackful coroutine, or a generator, that runs in a hub of its own.
///
/// ```
/// use isohub::Hub;
/// use isohub::stackful::Isolated;
///
/// let mut pages = Isolated::new((1..).map(|page| {
///     isohub::set_tag("page", page); // seen by nobody else, and there in the next call
///     page * 10
/// }));
/// assert_eq!(pages.next(), Some(10));
/// assert_eq!(Hub::current().scope().tag("page"), None);
/// ```
///
/// To create one costs a clone of the hub, a resume 140 instructions (380 with the feature `may`), and no allocation. It is `Send`
/// if the coroutine is.
#[must_use = "coroutines do nothing unless resumed"]
pub struct Isolated<C> {
    coroutine: C,
    // Dropped after the coroutine, whose destructors run in it.
    suspended: Suspended,
}

impl<C> Isolated<C> {
    /// Gives a coroutine a clone of the current hub, taken now: it is a unit of its own.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn new(coroutine: C) -> Self {
        Isolated::in_hub(Hub::current(), coroutine)
    }

    /// Has a coroutine run in `hub`: as the unit that `hub` was made for.
    ///
    /// ```
    /// use isohub::{Hub, stackful::Isolated};
    /// let tenants = std::iter::from_fn(|| Some(Hub::current().scope().tag("tenant")?.to_owned()));
    /// let mut tenants = Isolated::in_hub(Hub::base().with_tag("tenant", "acme"), tenants);
    /// assert_eq!(tenants.next().as_deref(), Some("acme"));
    /// ```
    pub fn in_hub(hub: Hub, coroutine: C) -> Self {
        Isolated { coroutine, suspended: Suspended::new(hub.parked) }
    }

    /// Runs `resume`, which is to resume the coroutine, in what that was in when it was suspended. What `resume`
    /// itself does beside that belongs to the coroutine's unit too.
    ///
    /// ```
    /// use isohub::{Hub, stackful::Isolated};
    /// # struct Coroutine<F>(F);
    /// # impl<F: FnMut(u32) -> u32> Coroutine<F> {
    /// #     fn new(f: F) -> Self { Coroutine(f) }
    /// #     fn resume(&mut self, n: u32) -> u32 { (self.0)(n) }
    /// # }
    /// isohub::set_tag("tenant", "acme");
    /// let mut coroutine = Isolated::new(Coroutine::new(|rows| {
    ///     assert_eq!(Hub::current().scope().tag("tenant"), Some("acme"));
    ///     isohub::set_tag("rows", rows);
    ///     rows + 1
    /// }));
    /// assert_eq!(coroutine.resume_with(|coroutine| coroutine.resume(3)), 4);
    /// assert_eq!(Hub::current().scope().tag("rows"), None);
    /// ```
    ///
    /// # Panics
    /// If `resume` does; the hubs are in their places then.
    pub fn resume_with<T>(&mut self, resume: impl FnOnce(&mut C) -> T) -> T {
        struct Leave<'a>(&'a mut Suspended);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.leave();
            }
        }
        self.suspended.enter(false);
        let _leave = Leave(&mut self.suspended);
        resume(&mut self.coroutine)
    }
}

impl<C> Drop for Isolated<C> {
    fn drop(&mut self) {
        self.suspended.enter(true);
    }
}

impl<C: Iterator> Iterator for Isolated<C> {
    type Item = C::Item;

    fn next(&mut self) -> Option<C::Item> {
        self.resume_with(Iterator::next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.coroutine.size_hint()
    }
}

impl<C: fmt::Debug> fmt::Debug for Isolated<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolated").field("coroutine", &self.coroutine).finish_non_exhaustive()
    }
}

/// What a coroutine has in the places of a thread, while it is suspended; while it runs, what its resumer has.
struct Suspended {
    parked: Parked,
    contexts: SuspendedContexts,
    frame: Option<Box<Frame>>,
    around: Option<Box<Around>>,
    depth: u8,
    captures: u16,
    is_resumed: bool,
    /// How the resumer runs, while the coroutine does, if not as that. Else one that is around both may be suspended and
    /// resumed meanwhile, and then the resumer runs in another way than it did.
    resumer: Option<Resumed>,
}

impl Suspended {
    fn new(mut parked: Parked) -> Self {
        // The task in which the hub was used before is not that of the coroutine.
        if let Some(unit) = &mut parked.unit {
            unit.task = Task::none();
        }
        let contexts = SuspendedContexts::of(parked.unit.as_deref());
        Suspended {
            parked,
            contexts,
            frame: None,
            around: None,
            depth: 0,
            captures: 0,
            is_resumed: false,
            resumer: None,
        }
    }

    fn enter(&mut self, is_dropped: bool) {
        let is_resumer_unwinding = thread::panicking() && !is_dropped;
        let resumed = Resumed { task: Task::current(), is_dropped, is_resumer_unwinding };
        self.resumer = parked::exchange_resumed(resumed);
        self.is_resumed = true;
        let outer = if is_isolated() { parked::foreign() } else { None };
        self.exchange();
        if is_isolated() {
            self.contexts.resume(outer);
        }
    }

    fn leave(&mut self) {
        if !std::mem::take(&mut self.is_resumed) {
            return;
        }
        if is_isolated() {
            self.contexts.suspend();
        }
        self.exchange();
        if let Some(resumer) = self.resumer.take() {
            parked::exchange_resumed(resumer);
        }
    }

    fn exchange(&mut self) {
        self.parked.exchange();
        self.frame = frame::exchange(self.frame.take());
        self.around = dropped::exchange(self.around.take());
        self.depth = report::exchange_depth(self.depth);
        self.captures = capture::ending_span(self.captures);
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        self.leave();
    }
}
