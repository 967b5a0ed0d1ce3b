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
use crate::span::start::{Running, end};
use crate::span::state::{Around, Leaving, Life};

pin_project! {
    /// A future that runs in a span.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F, O> {
        #[pin]
        future: F,
        // Dropped after the future, which so is dropped inside the span.
        span: Live<O>,
    }

    impl<F, O> PinnedDrop for InSpan<F, O> {
        fn drop(this: Pin<&mut Self>) {
            this.project().span.enter_for_drop();
        }
    }
}

/// The span of a future, which ends no later than this is dropped.
#[derive(Debug)]
struct Live<O>(Phase<O>);

#[derive(Debug)]
enum Phase<O> {
    /// And how its outcome is read.
    Open(Life, O),
    /// The future is being dropped. What the user's closure owns is dropped after it.
    Leaving(Option<Leaving>, O),
    Ended,
}

impl<O> Live<O> {
    fn take(&mut self) -> Phase<O> {
        std::mem::replace(&mut self.0, Phase::Ended)
    }

    fn enter_for_drop(&mut self) {
        if let Phase::Open(life, outcome) = self.take() {
            self.0 = Phase::Leaving(life.into_leaving(), outcome);
        }
    }
}

impl<O> Drop for Live<O> {
    #[inline]
    fn drop(&mut self) {
        if let Phase::Leaving(leaving, _) = &mut self.0
            && let Some(leaving) = leaving.take()
        {
            leaving.end();
        }
    }
}

/// Makes a future run in a span.
#[inline]
pub fn span_future<F, O>(parent: Parent, callsite: &'static Callsite, future: F, outcome: O) -> InSpan<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome,
{
    InSpan { future, span: Live(Phase::Open(Life::new(parent, callsite), outcome)) }
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
        let mut entered = Entered::new(this.span);
        entered.tell_doctor();
        match this.future.poll(cx) {
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
///
/// Never moved: to copy in wide words what was just stored in narrow ones makes the processor wait.
struct Entered<'a, O> {
    span: &'a mut Live<O>,
    around: Option<Around>,
}

impl<'a, O> Entered<'a, O> {
    #[inline]
    fn new(span: &'a mut Live<O>) -> Self {
        let around = match &mut span.0 {
            Phase::Open(life, _) => Some(life.enter()),
            Phase::Leaving(..) | Phase::Ended => None,
        };
        Entered { span, around }
    }

    #[inline(always)]
    fn tell_doctor(&self) {
        if let Phase::Open(life, _) = &self.span.0 {
            life.polled(self.around);
        }
    }

    /// The future waits.
    #[inline]
    fn pause(&mut self) {
        if let (Phase::Open(life, _), Some(around)) = (&mut self.span.0, self.around.take()) {
            life.leave(around);
        }
    }

    /// The future has returned.
    #[inline]
    fn finish<T>(&mut self, output: &T)
    where
        O: FnOnce(&T) -> Outcome,
    {
        let Some(around) = self.around.take() else { return };
        if let Phase::Open(mut life, outcome) = self.span.take() {
            let outcome = settle(outcome, output, life.captures());
            life.leave(around);
            life.end(outcome);
        }
    }
}

impl<O> Drop for Entered<'_, O> {
    #[inline]
    fn drop(&mut self) {
        let Some(around) = self.around.take() else { return };
        if let Phase::Open(mut life, _) = self.span.take() {
            life.leave(around);
            life.end(Outcome::Panicked);
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
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let mut entered = EnteredUnit::new(this.parked, this.span, Outcome::Panicked);
        entered.begin();
        let poll = future.poll(cx);
        entered.left_by = match &poll {
            Poll::Pending => None,
            Poll::Ready(output) => {
                let captures = entered.captures();
                let outcome = this.outcome.take();
                let outcome = outcome.map_or(Outcome::Ok, |outcome| settle(outcome, output, captures));
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
