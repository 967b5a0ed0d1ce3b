//! Futures that run in a span.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::callsite::Callsite;
use crate::capture;
use crate::current::Parked;
use crate::hub::Origin;
use crate::merge;
use crate::record::Outcome;
use crate::span::Parent;
use crate::span::call::{begin_in_unit, settle};
use crate::span::live::Live;
use crate::span::start::{Running, end};
use crate::span::state::Around;

pin_project! {
    /// A future that runs in a span.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F, O> {
        #[pin]
        future: F,
        // Dropped after the future, which so is dropped inside the span.
        span: Live,
        outcome: O,
    }

    impl<F, O> PinnedDrop for InSpan<F, O> {
        fn drop(this: Pin<&mut Self>) {
            this.project().span.enter_for_drop();
        }
    }
}

/// Makes a future run in a span.
#[inline]
pub fn span_future<F, O>(parent: Parent, callsite: &'static Callsite, future: F, outcome: O) -> InSpan<F, O>
where
    F: Future,
    O: FnMut(&F::Output) -> Outcome,
{
    InSpan { future, span: Live::new(parent, callsite), outcome }
}

impl<F, O> Future for InSpan<F, O>
where
    F: Future,
    O: FnMut(&F::Output) -> Outcome,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut entered = Entered::new(this.span);
        // Which may panic, if that was asked for.
        entered.span.tell_doctor(entered.around);
        let poll = this.future.poll(cx);
        match &poll {
            Poll::Pending => entered.pause(),
            Poll::Ready(output) => entered.finish(output, this.outcome),
        }
        poll
    }
}

/// A span whose future runs. Dropped without a word, it ends.
///
/// Never moved: to copy in wide words what was just stored in narrow ones makes the processor wait.
struct Entered<'a> {
    span: &'a mut Live,
    around: Option<Around>,
}

impl<'a> Entered<'a> {
    #[inline]
    fn new(span: &'a mut Live) -> Self {
        let around = span.enter();
        Entered { span, around }
    }

    /// The future waits.
    #[inline]
    fn pause(&mut self) {
        if let Some(around) = self.around.take() {
            self.span.leave(around);
        }
    }

    /// The future has returned.
    #[inline]
    fn finish<T>(&mut self, output: &T, outcome: impl FnOnce(&T) -> Outcome) {
        if let Some(around) = self.around.take() {
            let outcome = settle(outcome, output, self.span.captures());
            self.span.finish(around, outcome);
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(around) = self.around.take() {
            self.span.finish(around, Outcome::Panicked);
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
        outcome: O,
    }

    impl<F, O> PinnedDrop for InParallelSpan<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // When it has returned, all is over.
            if this.future.is_some() {
                let _entered = EnteredUnit::new(this.parked, this.span, Outcome::Cancelled);
                this.future.set(None);
            }
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

impl UnitSpan {
    #[inline(never)]
    fn begin(&mut self, callsite: &'static Callsite) {
        let captures = capture::captures();
        *self = UnitSpan::Begun { running: begin_in_unit(callsite), captures };
    }
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
    O: FnMut(&F::Output) -> Outcome,
{
    InParallelSpan { future: Some(future), parked: origin.parked, span: UnitSpan::Created(callsite), outcome }
}

impl<F, O> Future for InParallelSpan<F, O>
where
    F: Future,
    O: FnMut(&F::Output) -> Outcome,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let mut entered = EnteredUnit::new(this.parked, this.span, Outcome::Panicked);
        entered.begin();
        let poll = future.poll(cx);
        entered.left_by = match &poll {
            Poll::Pending => None,
            Poll::Ready(output) => {
                let captures = entered.captures();
                let outcome = settle(this.outcome, output, captures);
                this.future.set(None);
                Some(outcome)
            }
        };
        drop(entered);
        if poll.is_ready() {
            merge::completed(this.parked);
        }
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
            self.span.begin(callsite);
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
        if let Some(outcome) = self.left_by {
            end_unit(self.parked, self.span, outcome);
        }
    }
}

/// Ends the span of a unit that is no longer in the slot.
#[inline(never)]
fn end_unit(parked: &mut Parked, span: &mut UnitSpan, outcome: Outcome) {
    let UnitSpan::Begun { running: Some(running), .. } = std::mem::replace(span, UnitSpan::Ended) else {
        return;
    };
    let at = parked.position();
    end(running, at, outcome, || {
        let unit = parked.unit.as_mut()?;
        // The scope is needed no more, unless it is to be merged, or the future that has panicked is yet to be dropped in it.
        let is_needed = unit.merge.is_some() || outcome == Outcome::Panicked;
        Some(if is_needed { unit.scope.clone() } else { std::mem::take(&mut unit.scope) })
    });
}
