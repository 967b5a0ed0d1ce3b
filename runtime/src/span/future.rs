//! Futures that run in a span.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::callsite::Callsite;
use crate::capture;
use crate::completion;
use crate::hub::Origin;
use crate::parked::Parked;
use crate::record::Outcome;
use crate::span::Parent;
use crate::span::call::{begin_child_in_unit, begin_other_in_unit, judge};
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
        let entered = Entered::new(this.span);
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
/// Nothing takes it by reference that is not inline, so that its fields are kept in registers.
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
    fn pause(self) {
        let mut this = ManuallyDrop::new(self);
        let around = this.around;
        this.span.leave(around);
    }

    /// The future has returned.
    #[inline]
    fn finish<T>(self, output: &T, outcome: impl FnOnce(&T) -> Outcome) {
        let mut this = ManuallyDrop::new(self);
        let around = this.around;
        if around.is_some() {
            this.span.end_next();
            this.span.finish(around, judge(outcome, output));
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        self.span.finish(self.around, Outcome::Panicked);
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
                let _entered = EnteredUnit::to_cancel(this.parked, this.span);
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
        *self = match begin_child_in_unit(callsite) {
            Some(running) => UnitSpan::Begun { running: Some(running.started_now()), captures },
            None => UnitSpan::Begun { running: begin_other_in_unit(callsite), captures },
        };
    }

    /// Says that its outcome is asked for next.
    #[inline(never)]
    fn end_next(&self) {
        capture::ending_span(match *self {
            UnitSpan::Begun { captures, .. } => captures,
            UnitSpan::Created(_) | UnitSpan::Ended => 0,
        });
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
        let Some(future) = this.future.as_mut().as_pin_mut() else { completion::polled_again() };
        let mut entered = EnteredUnit::new(this.parked, this.span);
        entered.begin();
        let poll = future.poll(cx);
        match &poll {
            Poll::Pending => entered.pause(),
            Poll::Ready(output) => {
                entered.span.end_next();
                let outcome = judge(this.outcome, output);
                this.future.set(None);
                entered.complete(outcome);
            }
        }
        poll
    }
}

/// A unit that runs. Dropped, its span ends.
///
/// Nothing takes it by reference that is not inline, so that its fields are kept in registers.
struct EnteredUnit<'a> {
    parked: &'a mut Parked,
    span: &'a mut UnitSpan,
    left_by: Outcome,
    has_foreign: bool,
}

impl<'a> EnteredUnit<'a> {
    #[inline]
    fn new(parked: &'a mut Parked, span: &'a mut UnitSpan) -> Self {
        let has_foreign = parked.swap_in();
        EnteredUnit { parked, span, left_by: Outcome::Panicked, has_foreign }
    }

    /// For the drop of its future.
    #[inline]
    fn to_cancel(parked: &'a mut Parked, span: &'a mut UnitSpan) -> Self {
        parked.put_in();
        EnteredUnit { parked, span, left_by: Outcome::Cancelled, has_foreign: true }
    }

    /// Begins the span, the first time.
    #[inline]
    fn begin(&mut self) {
        if let UnitSpan::Created(callsite) = *self.span {
            self.span.begin(callsite);
        }
    }

    /// The future waits.
    #[inline]
    fn pause(self) {
        let mut this = ManuallyDrop::new(self);
        let has_foreign = this.has_foreign;
        this.parked.swap_knowing(has_foreign);
    }

    /// The future has returned.
    #[inline]
    fn complete(self, outcome: Outcome) {
        let mut this = ManuallyDrop::new(self);
        let EnteredUnit { parked, span, .. } = &mut *this;
        complete_unit(parked, span, outcome);
    }
}

impl Drop for EnteredUnit<'_> {
    #[inline]
    fn drop(&mut self) {
        end_unit(self.parked, self.span, self.left_by);
    }
}

#[inline(never)]
fn complete_unit(parked: &mut Parked, span: &mut UnitSpan, outcome: Outcome) {
    end_unit(parked, span, outcome);
    completion::completed(parked);
}

/// Takes a unit out of the slot, and ends its span.
#[inline(never)]
fn end_unit(parked: &mut Parked, span: &mut UnitSpan, outcome: Outcome) {
    parked.swap();
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
