//! Futures that run in a span.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::callsite::Callsite;
use crate::capture;
use crate::current::Parked;
use crate::hub::Origin;
use crate::record::Outcome;
use crate::span::Parent;
use crate::span::call::{begin_in_unit, settle};
use crate::span::start::{Running, end};
use crate::span::state::{Around, Life};

pin_project! {
    /// A future that runs in a span.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F, O> {
        // Some until the drop, so that it is dropped inside the span.
        #[pin]
        future: Option<F>,
        // None when the span has ended.
        span: Option<Live<O>>,
    }

    impl<F, O> PinnedDrop for InSpan<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.span.as_ref().is_some_and(Live::has_begun) {
                let _entered = Entered::new(this.span, Outcome::Cancelled);
                this.future.set(None);
            }
        }
    }
}

/// A span that has not ended, and what is asked at its end.
#[derive(Debug)]
pub(super) struct Live<O> {
    pub(super) life: Life,
    pub(super) outcome: O,
}

impl<O> Live<O> {
    pub(super) fn has_begun(&self) -> bool {
        self.life.has_begun()
    }
}

/// Makes a future run in a span.
#[inline]
pub fn span_future<F, O>(parent: Parent, callsite: &'static Callsite, future: F, outcome: O) -> InSpan<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome,
{
    InSpan { future: Some(future), span: Some(Live { life: Life::new(parent, callsite), outcome }) }
}

impl<F, O> Future for InSpan<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let entered = Entered::new(this.span, Outcome::Panicked);
        match future.poll(cx) {
            Poll::Pending => {
                entered.pause();
                Poll::Pending
            }
            Poll::Ready(output) => {
                entered.finish(&output);
                Poll::Ready(output)
            }
        }
    }
}

/// A span whose future runs. Dropped without a word, it ends.
pub(super) struct Entered<'a, O> {
    pub(super) span: &'a mut Option<Live<O>>,
    around: Option<Around>,
    left_by: Outcome,
}

impl<'a, O> Entered<'a, O> {
    #[inline]
    pub(super) fn new(span: &'a mut Option<Live<O>>, left_by: Outcome) -> Self {
        let around = span.as_mut().map(|span| span.life.enter());
        Entered { span, around, left_by }
    }

    /// The future waits.
    #[inline]
    pub(super) fn pause(mut self) {
        if let (Some(span), Some(around)) = (self.span.as_mut(), self.around.take()) {
            span.life.leave(around);
        }
    }

    /// The future has returned.
    #[inline]
    fn finish<T>(mut self, output: &T)
    where
        O: FnOnce(&T) -> Outcome,
    {
        if let (Some(mut span), Some(around)) = (self.span.take(), self.around.take()) {
            let outcome = settle(span.outcome, output, span.life.captures());
            span.life.leave(around);
            span.life.end(outcome);
        }
    }
}

impl<O> Entered<'_, O> {
    /// What runs there has ended otherwise than by returning.
    pub(super) fn end(mut self, outcome: Outcome) {
        self.left_by = outcome;
    }
}

impl<O> Drop for Entered<'_, O> {
    #[inline]
    fn drop(&mut self) {
        if let Some(around) = self.around.take()
            && let Some(mut span) = self.span.take()
        {
            span.life.leave(around);
            span.life.end(self.left_by);
        }
    }
}

pin_project! {
    /// A future that runs in a hub and a span of its own.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InParallelSpan<F, O> {
        // Some until the drop, so that it is dropped inside the unit.
        #[pin]
        future: Option<F>,
        parked: Parked,
        span: UnitSpan,
        outcome: Option<O>,
    }

    impl<F, O> PinnedDrop for InParallelSpan<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = EnteredUnit::new(this.parked, this.span, Outcome::Cancelled);
            this.future.set(None);
        }
    }
}

/// The span of a unit. Where it is active, and in which trace, the unit knows.
#[derive(Debug)]
enum UnitSpan {
    Created(&'static Callsite),
    Begun { running: Option<Running>, captures: u16 },
    Ended,
}

/// Makes a future run in a unit and a span of its own.
#[inline]
pub fn parallel_future<F, O>(
    origin: Origin,
    callsite: &'static Callsite,
    future: F,
    outcome: O,
) -> InParallelSpan<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome,
{
    InParallelSpan {
        future: Some(future),
        parked: origin.parked,
        span: UnitSpan::Created(callsite),
        outcome: Some(outcome),
    }
}

impl<F, O> Future for InParallelSpan<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let mut entered = EnteredUnit::new(this.parked, this.span, Outcome::Panicked);
        entered.begin();
        let poll = future.poll(cx);
        entered.left_by = match &poll {
            Poll::Pending => None,
            Poll::Ready(output) => {
                let captures = entered.captures();
                Some(this.outcome.take().map_or(Outcome::Ok, |outcome| settle(outcome, output, captures)))
            }
        };
        poll
    }
}

/// A unit that runs. Dropped, its span ends, unless it only waits.
struct EnteredUnit<'a> {
    parked: &'a mut Parked,
    span: &'a mut UnitSpan,
    left_by: Option<Outcome>,
}

impl<'a> EnteredUnit<'a> {
    #[inline]
    fn new(parked: &'a mut Parked, span: &'a mut UnitSpan, left_by: Outcome) -> Self {
        parked.bind();
        parked.swap();
        EnteredUnit { parked, span, left_by: Some(left_by) }
    }

    /// Begins the span, the first time.
    #[inline]
    fn begin(&mut self) {
        if let UnitSpan::Created(callsite) = *self.span {
            let captures = capture::captures();
            *self.span = UnitSpan::Begun { running: begin_in_unit(callsite), captures };
        }
    }

    #[inline]
    fn captures(&self) -> u16 {
        match *self.span {
            UnitSpan::Begun { captures, .. } => captures,
            UnitSpan::Created(_) | UnitSpan::Ended => 0,
        }
    }
}

impl Drop for EnteredUnit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.parked.swap();
        let Some(outcome) = self.left_by else { return };
        if let UnitSpan::Begun { running: Some(running), .. } = *self.span {
            let scope = || self.parked.unit.as_ref().map(|unit| unit.scope.clone());
            end(running, self.parked.position(), outcome, scope);
        }
        *self.span = UnitSpan::Ended;
    }
}
