//! What the `!` macros and the arguments of the attributes call.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::callsite::Callsite;
use crate::future::{InHub, hub_future};
use crate::hub::{Origin, hub_call};
use crate::ids::SpanContext;
use crate::record::Outcome;
use crate::report;
use crate::span::{InParallelSpan, SpanRef, parallel_future};
use crate::value::Text;

use super::queued::{Queued, QueuedFuture};

/// Sets a tag of the unit's own hub. A value that panics sets none.
pub fn tag(key: impl Into<Text>, value: impl FnOnce() -> Text) {
    if let Some(value) = report::caught(value) {
        crate::api::set_tag(key, value);
    }
}

/// Links the active span; evaluates nothing where none is recorded. An expression that panics links
/// nothing.
pub fn links<L: IntoLinks>(links: impl FnOnce() -> L) {
    let span = crate::current_span();
    if span.is_recorded()
        && let Some(links) = report::caught(links)
    {
        links.into_links(|context| span.add_link(context));
    }
}

/// What a span can be linked to: contexts, references to spans, and `Option`s, lists and references of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a span can be linked to",
    label = "not a link",
    note = "write a `SpanContext`, a `SpanRef`, or an `Option`, `Vec`, array or slice of them"
)]
pub trait IntoLinks {
    /// Calls `each` with every context.
    fn into_links(self, each: impl FnMut(SpanContext));
}

impl IntoLinks for SpanContext {
    fn into_links(self, mut each: impl FnMut(SpanContext)) {
        each(self);
    }
}

impl IntoLinks for SpanRef {
    fn into_links(self, mut each: impl FnMut(SpanContext)) {
        self.context().into_iter().for_each(&mut each);
    }
}

impl<L: IntoLinks> IntoLinks for Option<L> {
    fn into_links(self, each: impl FnMut(SpanContext)) {
        if let Some(links) = self {
            links.into_links(each);
        }
    }
}

impl<L: IntoLinks> IntoLinks for Vec<L> {
    fn into_links(self, mut each: impl FnMut(SpanContext)) {
        self.into_iter().for_each(|links| links.into_links(&mut each));
    }
}

impl<L: IntoLinks, const N: usize> IntoLinks for [L; N] {
    fn into_links(self, mut each: impl FnMut(SpanContext)) {
        self.into_iter().for_each(|links| links.into_links(&mut each));
    }
}

impl<L: IntoLinks + Clone> IntoLinks for &[L] {
    fn into_links(self, mut each: impl FnMut(SpanContext)) {
        self.iter().for_each(|links| links.clone().into_links(&mut each));
    }
}

#[diagnostic::do_not_recommend]
impl<L: IntoLinks + Clone> IntoLinks for &L {
    fn into_links(self, each: impl FnMut(SpanContext)) {
        self.clone().into_links(each);
    }
}

/// What only its type tells to be a unit, and of which kind: a future, or a closure without arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a future nor a closure without arguments",
    label = "not a unit",
    note = "the unit stands last: write an async block, a future, or `move || ..`; a closure that takes an argument \
            is written there, not in a variable"
)]
pub trait IsUnit<Kind> {}

impl<F: Future> IsUnit<FutureUnit> for F {}

impl<T, F: FnOnce() -> T> IsUnit<ClosureUnit> for F {}

/// It is a future.
#[derive(Clone, Copy, Debug, Default)]
pub struct FutureUnit;

/// It is a closure.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClosureUnit;

/// Which of the two a unit is.
pub fn unit_kind<U: IsUnit<Kind>, Kind: Default>(_: &U) -> Kind {
    Kind::default()
}

/// A unit that is awaited.
///
/// Anything else is reported once, and in these words: with two implementations to choose from, the compiler
/// names neither's condition, and has no type of a future that it could go on with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future",
    label = "not a future",
    note = "write an async block, or call the `async fn`; a closure is spawned by `blocking` or `thread`"
)]
pub trait IsFuture<Kind> {
    /// The future that it is, or becomes where it is awaited.
    type Future: Future;

    /// That future.
    fn future(self) -> Self::Future;
}

/// Implemented for nothing: the condition of the second implementations.
pub trait Nothing {}

// As for `.await`.
impl<F: IntoFuture> IsFuture<FutureUnit> for F {
    type Future = F::IntoFuture;

    #[inline]
    fn future(self) -> F::IntoFuture {
        self.into_future()
    }
}

impl<F: Nothing> IsFuture<ClosureUnit> for F {
    type Future = std::future::Pending<()>;

    fn future(self) -> Self::Future {
        std::future::pending()
    }
}

/// A unit that is called; see [`IsFuture`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a closure without arguments",
    label = "not a closure",
    note = "`blocking` and `thread` run a closure: write `move || ..`, or leave them out for a future"
)]
pub trait IsClosure<Kind> {
    /// The closure that it is.
    type Closure: FnOnce() -> Self::Output;

    /// What it returns.
    type Output;

    /// Itself.
    fn closure(self) -> Self::Closure;
}

impl<T, F: FnOnce() -> T> IsClosure<ClosureUnit> for F {
    type Closure = F;
    type Output = T;

    #[inline]
    fn closure(self) -> F {
        self
    }
}

impl<F: Nothing> IsClosure<FutureUnit> for F {
    type Closure = fn();
    type Output = ();

    fn closure(self) -> fn() {
        || ()
    }
}

/// A future, or an error of the compiler that says that it is none.
#[inline]
pub fn future<F: IsFuture<Kind>, Kind>(future: F) -> F::Future {
    future.future()
}

/// A closure, or an error of the compiler that says that it is none.
#[inline]
pub fn closure<F: IsClosure<Kind>, Kind>(closure: F) -> F::Closure {
    closure.closure()
}

impl FutureUnit {
    /// Runs `first` in the unit, before the rest.
    pub async fn after<F: Future>(self, first: impl FnOnce(), unit: F) -> F::Output {
        first();
        unit.await
    }

    /// Gives it a hub of its own.
    pub fn isolate<F: Future>(self, origin: Origin, unit: F) -> InHub<F> {
        hub_future(origin, unit)
    }

    /// Gives it a hub and a span of its own.
    pub fn parallel<F: Future, O: FnMut(&F::Output) -> Outcome>(
        self,
        origin: Origin,
        callsite: &'static Callsite,
        unit: F,
        outcome: O,
    ) -> InParallelSpan<F, O> {
        parallel_future(origin, callsite, unit, outcome)
    }
}

impl FutureUnit {
    /// Gives it a hub of its own, which learns whether it failed.
    pub fn judged<F: Future, O: FnMut(&F::Output) -> Outcome>(
        self,
        origin: Origin,
        unit: F,
        outcome: O,
    ) -> InHub<Judged<F, O>> {
        judged_future(origin, unit, outcome)
    }

    /// Records how long it waits for its first poll.
    pub fn queued<F: Future>(self, unit: F) -> QueuedFuture<F> {
        Queued::now().future(unit)
    }
}

impl ClosureUnit {
    /// Runs `first` in the unit, before the rest.
    pub fn after<T>(self, first: impl FnOnce(), unit: impl FnOnce() -> T) -> impl FnOnce() -> T {
        move || {
            first();
            unit()
        }
    }

    /// Gives it a hub of its own, which learns whether it failed.
    pub fn judged<T>(
        self,
        origin: Origin,
        unit: impl FnOnce() -> T,
        outcome: impl FnMut(&T) -> Outcome,
    ) -> impl FnOnce() -> T {
        judged_closure0(origin, unit, outcome)
    }

    /// Records how long it waits for its call.
    pub fn queued<T>(self, unit: impl FnOnce() -> T) -> impl FnOnce() -> T {
        Queued::now().closure0(unit)
    }

    /// Gives it a hub of its own.
    pub fn isolate<T>(self, origin: Origin, unit: impl FnOnce() -> T) -> impl FnOnce() -> T {
        hub_closure0(origin, unit)
    }

    /// Gives it a hub and a span of its own.
    pub fn parallel<T, O: FnMut(&T) -> Outcome>(
        self,
        origin: Origin,
        callsite: &'static Callsite,
        unit: impl FnOnce() -> T,
        outcome: O,
    ) -> impl FnOnce() -> T {
        parallel_closure0(origin, callsite, unit, outcome)
    }
}

/// A closure without arguments that runs in a hub of its own.
pub fn hub_closure0<T>(origin: Origin, f: impl FnOnce() -> T) -> impl FnOnce() -> T {
    called(hub_future(origin, async move { f() }))
}

/// A closure without arguments that runs in a hub and a span of its own.
pub fn parallel_closure0<T>(
    origin: Origin,
    callsite: &'static Callsite,
    f: impl FnOnce() -> T,
    outcome: impl FnMut(&T) -> Outcome,
) -> impl FnOnce() -> T {
    called(parallel_future(origin, callsite, async move { f() }, outcome))
}

/// Runs a unit that never waits. As a future it drops what it captured in its hub also if it is never called: as a
/// job that is aborted before a thread was free, or that a runtime drops as it shuts down.
fn called<F: Future>(unit: F) -> impl FnOnce() -> F::Output {
    move || {
        let mut unit = pin!(unit);
        loop {
            if let Poll::Ready(output) = unit.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return output;
            }
        }
    }
}

pin_project! {
    /// A future that tells the unit in which it runs how it ended.
    #[derive(Debug)]
    pub struct Judged<F, O> {
        #[pin]
        future: F,
        outcome: O,
    }
}

impl<F: Future, O: FnMut(&F::Output) -> Outcome> Future for Judged<F, O> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let poll = this.future.poll(cx);
        if let Poll::Ready(output) = &poll {
            report::caught(|| (this.outcome)(output));
        }
        poll
    }
}

/// Makes a future run in a unit of its own, which learns whether it failed.
pub fn judged_future<F, O>(origin: Origin, future: F, outcome: O) -> InHub<Judged<F, O>>
where
    F: Future,
    O: FnMut(&F::Output) -> Outcome,
{
    hub_future(origin, Judged { future, outcome })
}

/// Runs `body` in a unit of its own, which learns whether it failed.
pub fn judged_call<T>(origin: Origin, body: impl FnOnce() -> T, outcome: impl FnOnce(&T) -> Outcome) -> T {
    hub_call(origin, || {
        let result = body();
        report::caught(|| outcome(&result));
        result
    })
}

/// A closure without arguments that runs in a hub of its own, which learns whether it failed.
pub fn judged_closure0<T>(
    origin: Origin,
    f: impl FnOnce() -> T,
    outcome: impl FnMut(&T) -> Outcome,
) -> impl FnOnce() -> T {
    called(judged_future(origin, async move { f() }, outcome))
}
