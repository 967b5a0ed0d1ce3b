//! Hubs: the contextual data of one concurrency unit, as values.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::LazyLock;

use crate::completion;
use crate::current::{self, Current};
use crate::doctor::{self, Made};
use crate::foreign::{self, Foreign};
use crate::ids::{EventId, SpanContext, random};
use crate::parked::{self, Entered, Parked};
use crate::pipeline_ref::PipelineRef;
use crate::position::{Active, Flow, Position};
use crate::propagation::Baggage;
use crate::report;
use crate::scope::{Breadcrumb, Scope, User, Write};
use crate::span::IntoParent;
use crate::unit::Unit;
use crate::value::Text;

// A unit is only ever changed by whoever owns it, and is whole whenever code of the user's runs.
impl UnwindSafe for Parked {}
impl RefUnwindSafe for Parked {}

impl Parked {
    /// What is there when there is no unit.
    pub(crate) const EMPTY: Self = Parked { unit: None, active: Active::NONE };

    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn of_current() -> Self {
        if !crate::ENABLED {
            return Parked::EMPTY;
        }
        doctor::looked();
        let mut parked = current::with(|current, active| match &current {
            Current::Unit(unit) => Parked { unit: Some(unit.fork()), active },
            Current::Thread => {
                let mut base = Unit::empty(random(), Flow::none(PipelineRef::GLOBAL));
                base.creator = parked::thread_id();
                Parked { unit: Some(base), active }
            }
            Current::Unbound(_) => Parked::empty(Position::none(current.pipeline())),
        });
        if foreign::is_used() {
            parked.join_foreign();
        }
        parked.made(Made::here())
    }

    /// With what other libraries have where it was cloned.
    #[cold]
    fn join_foreign(&mut self) {
        self.set_position(foreign::further_in(self.position()));
        self.set_foreign(Foreign::current);
    }

    /// An empty scope, no trace.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub(crate) fn base(pipeline: PipelineRef) -> Self {
        if !crate::ENABLED {
            return Parked::EMPTY;
        }
        let mut parked = Parked::empty(Position::none(pipeline));
        parked.set_foreign(Foreign::base);
        parked.made(Made::here())
    }

    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub(crate) fn fork(&self) -> Self {
        let fork = |unit: &Unit| {
            let mut fork = unit.fork();
            fork.scope = unit.scope.clone_with_log();
            fork.merge = unit.merge.clone();
            fork.foreign = unit.foreign.as_ref().map(|foreign| foreign::lock(foreign).fork());
            fork
        };
        Parked { unit: self.unit.as_deref().map(fork), active: self.active }.made(Made::here())
    }

    /// The clone as the unit of which it is one.
    pub(crate) fn staying(mut self) -> Self {
        // Where none is bound there is nothing to stay: the clone is then a unit of its own.
        if let Some(unit) = self.unit.as_mut().filter(|unit| unit.creator != 0) {
            unit.id = unit.creator;
        }
        self
    }

    pub(crate) fn set_position(&mut self, position: Position) {
        if let Some(unit) = &mut self.unit {
            unit.flow = position.flow;
        }
        self.active = position.active;
    }

    pub(crate) fn position(&self) -> Position {
        match &self.unit {
            Some(unit) => Position { flow: unit.flow, active: self.active },
            None => Position::none(PipelineRef::GLOBAL),
        }
    }
}

/// Scope, trace and active span of one concurrency unit, and where its data goes.
///
/// A plain value: whoever has it owns it, and a clone is another unit. Cloning costs one allocation
/// and a reference count for each part of the scope that is not empty, however much that holds.
///
/// A hub moves into the unit that it is for. That one hub is used for two units is refused by the
/// compiler:
///
/// ```compile_fail,E0382
/// use isohub::{Hub, HubFutureExt};
/// # async fn upload() {}
/// # async fn audit() {}
/// let hub = Hub::current();
/// let first = upload().bind_hub(hub);
/// let second = audit().bind_hub(hub); // use of moved value: `hub`; write `hub.clone()`
/// ```
#[derive(Debug)]
#[must_use = "a hub that nothing runs in does nothing: use `hub.run(..)` or `future.bind_hub(hub)`"]
pub struct Hub {
    pub(crate) parked: Parked,
}

impl Clone for Hub {
    /// Another unit that starts with what this one holds.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn clone(&self) -> Self {
        Hub { parked: self.parked.fork() }
    }
}

impl Hub {
    /// A clone of the hub of the unit that now runs.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn current() -> Self {
        Hub { parked: Parked::of_current() }
    }

    /// What a thread has outside units: an empty scope, no trace, and the pipeline of the current hub.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn base() -> Self {
        Hub { parked: Parked::base(current::pipeline()) }
    }

    /// A clone that stays the unit that now runs, for a part of what that does.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub(crate) fn current_unit() -> Self {
        Hub { parked: Parked::of_current().staying() }
    }

    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub(crate) fn of_pipeline(pipeline: PipelineRef) -> Self {
        Hub { parked: Parked::base(pipeline) }
    }

    /// The scope.
    pub fn scope(&self) -> &Scope {
        static EMPTY: LazyLock<Scope> = LazyLock::new(Scope::default);
        self.parked.unit.as_ref().map_or(&EMPTY, |unit| &unit.scope)
    }

    /// The same hub with a tag set.
    ///
    /// ```
    /// use isohub::Hub;
    /// let hub = Hub::current().with_tag("tenant", "acme");
    /// assert_eq!(hub.scope().tag("tenant"), Some("acme"));
    /// ```
    pub fn with_tag(self, key: impl Into<Text>, value: impl ToString) -> Self {
        // A value whose `Display` panics is left out, as by `set_tag`.
        match report::caught(|| Write::tag(key, value)) {
            Some(write) => self.written(write),
            None => self,
        }
    }

    /// The same hub with a user.
    pub fn with_user(self, user: impl Into<Option<User>>) -> Self {
        self.configured(|scope| scope.set_user(user))
    }

    /// The same hub with one more breadcrumb.
    pub fn with_breadcrumb(self, breadcrumb: Breadcrumb) -> Self {
        self.configured(|scope| scope.add_breadcrumb(breadcrumb))
    }

    /// The same hub with whatever `f` writes to its scope.
    pub fn configured(mut self, f: impl FnOnce(&mut Scope)) -> Self {
        if let Some(unit) = &mut self.parked.unit {
            f(&mut unit.scope);
        }
        self
    }

    /// The same hub, whose next span has `parent`; `None` begins a trace. What a [`Remote`](crate::Remote) brings
    /// is added to what the hub passes on.
    pub fn with_parent(mut self, parent: impl IntoParent) -> Self {
        let remote = parent.into_remote();
        let pipeline = self.parked.position().flow.pipeline();
        self.parked.set_position(Position::below(pipeline, remote.context()));
        if let Some(unit) = &mut self.parked.unit {
            remote.receive(&mut unit.propagated);
        }
        self
    }

    /// Its baggage.
    pub fn baggage(&self) -> Baggage {
        Baggage::of(self.parked.unit.as_ref().and_then(|unit| unit.propagated.clone()))
    }

    fn written(mut self, write: Write) -> Self {
        if let Some(unit) = &mut self.parked.unit {
            unit.scope.write(write);
        }
        self
    }

    /// Runs `f` in this hub. What is written inside stays in it, for the next run.
    ///
    /// ```
    /// use isohub::Hub;
    /// let mut hub = Hub::current();
    /// hub.run(|| isohub::set_tag("step", 1));
    /// assert_eq!(hub.scope().tag("step"), Some("1"));
    /// assert_eq!(Hub::current().scope().tag("step"), None);
    /// ```
    pub fn run<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let entered = self.parked.enter();
        let result = f();
        entered.leave();
        result
    }

    /// The context of the span that is active in it.
    pub fn span_context(&self) -> Option<SpanContext> {
        let Position { flow, active } = self.parked.position();
        flow.context(active)
    }

    /// The event that was captured in it last, or that its creator had captured last.
    pub fn last_event_id(&self) -> Option<EventId> {
        self.parked.unit.as_ref().and_then(|unit| unit.last_event)
    }
}

/// Runs `f` in the base hub: an empty scope, no active span and no trace, in the pipeline of the current
/// hub. The current hub is as before when `f` returns or panics. It costs one allocation.
///
/// It is for what is built inside a request and outlives it: pools, timers, caches, connections. Threads
/// and tasks that such a thing starts by [`spawn_isolated!`](crate::spawn_isolated!) would go on in a
/// clone of the request's hub, with its user and its tags, and their spans would be children of one that
/// has ended long ago.
///
/// ```
/// use std::sync::OnceLock;
/// use std::sync::mpsc::{Sender, channel};
///
/// type Job = Box<dyn FnOnce() + Send>;
///
/// fn worker() -> &'static Sender<Job> {
///     static WORKER: OnceLock<Sender<Job>> = OnceLock::new();
///     WORKER.get_or_init(|| {
///         isohub::suppress(|| {
///             let (jobs, received) = channel::<Job>();
///             isohub::spawn_isolated!(thread, || received.into_iter().for_each(|job| job()));
///             jobs
///         })
///     })
/// }
///
/// isohub::set_tag("request", 1); // the first request builds the worker, which knows nothing of it
/// # let (seen, sees) = channel();
/// # worker().send(Box::new(move || seen.send(isohub::Hub::current().scope().tag("request").is_some()).unwrap())).unwrap();
/// # assert!(!sees.recv().unwrap());
/// ```
///
/// What took its hub before keeps it: call an annotated function inside of `f`. A task that is spawned
/// there by `tokio::spawn` has no hub at all, as anywhere else; `spawn_isolated!` gives it a clone of the
/// base hub. The argument `fresh` does the same for one unit, and
/// [`suppressed`](crate::HubFutureExt::suppressed) for a future.
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn suppress<T>(f: impl FnOnce() -> T) -> T {
    Hub::base().run(f)
}

/// Where the hub of a unit comes from: taken when an annotated function is called, or when a block
/// or a closure is made.
#[derive(Debug)]
pub struct Origin {
    pub(crate) parked: Parked,
}

impl Clone for Origin {
    fn clone(&self) -> Self {
        // Each call of a closure is a unit that was made where the closure was.
        Origin { parked: self.parked.fork().made_as(&self.parked) }
    }
}

impl Origin {
    /// A clone of the current hub.
    #[inline]
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn cloned() -> Self {
        Origin { parked: Parked::of_current() }
    }

    /// The base hub.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn fresh() -> Self {
        Origin { parked: Parked::base(current::pipeline()) }
    }

    /// Makes the unit current for what makes its future or stream, until the guard is dropped.
    pub fn making(&mut self) -> Making<'_> {
        Making { _entered: self.parked.enter() }
    }

    /// A new trace, linked to the span that is active now.
    pub fn detached(mut self) -> Self {
        let position = crate::span::Parent::active().take().position().detached();
        self.parked.set_position(position);
        self
    }

    /// The trace of `parent`; `None` begins a trace.
    pub fn parent(self, parent: impl IntoParent) -> Self {
        Origin { parked: Hub { parked: self.parked }.with_parent(parent).parked }
    }
}

/// The unit of a future or stream that is being made.
#[derive(Debug)]
pub struct Making<'a> {
    _entered: Entered<'a>,
}

/// Runs `body` in a unit of its own.
#[inline]
pub fn hub_call<T>(mut origin: Origin, body: impl FnOnce() -> T) -> T {
    let entered = origin.parked.enter();
    let result = body();
    entered.leave();
    doctor::returning(&mut origin.parked, &result);
    completion::completed(&mut origin.parked);
    result
}
