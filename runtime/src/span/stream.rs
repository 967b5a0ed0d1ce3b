//! Streams that run in a span: each item is produced there.

#[cfg(feature = "sink")]
mod sink;

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::callsite::Callsite;
use crate::future::InHub;
use crate::hub::Origin;
use crate::record::Outcome;
use crate::span::Parent;
use crate::span::call::settle;
use crate::span::live::Live;
use crate::span::state::Around;

pin_project! {
    /// A stream that runs in a span, which begins at the first poll and ends with the stream.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct StreamInSpan<S, O> {
        // Some until the drop, so that it is dropped inside the span.
        #[pin]
        stream: Option<S>,
        span: StreamSpan,
        outcome: O,
    }

    impl<S, O> PinnedDrop for StreamInSpan<S, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.span.live.is_running() {
                let if_dropped = this.span.if_dropped;
                let _entered = Entered::new(this.span, if_dropped);
                this.stream.set(None);
            }
        }
    }
}

#[derive(Debug)]
struct StreamSpan {
    live: Live,
    /// The outcome of one that does not reach its end. Who stops at an error has not cancelled anything.
    if_dropped: Outcome,
}

impl<S, O> Stream for StreamInSpan<S, O>
where
    S: Stream,
    O: FnMut(&S::Item) -> Outcome,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(stream) = this.stream.as_pin_mut() else { return Poll::Ready(None) };
        let mut entered = Entered::new(this.span, Outcome::Panicked);
        // Which may panic, if that was asked for.
        entered.span.live.tell_doctor(entered.around);
        let poll = stream.poll_next(cx);
        if let Poll::Ready(Some(item)) = &poll {
            entered.settle(item, this.outcome);
        }
        entered.left_by = match &poll {
            Poll::Pending | Poll::Ready(Some(_)) => None,
            Poll::Ready(None) if entered.span.if_dropped == Outcome::Error => Some(Outcome::Error),
            Poll::Ready(None) => Some(Outcome::Ok),
        };
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}

/// A span whose stream runs. Dropped, it ends, unless it only waits.
struct Entered<'a> {
    span: &'a mut StreamSpan,
    around: Option<Around>,
    left_by: Option<Outcome>,
}

impl<'a> Entered<'a> {
    fn new(span: &'a mut StreamSpan, left_by: Outcome) -> Self {
        let around = span.live.enter();
        Entered { span, around, left_by: Some(left_by) }
    }

    /// Asks whether an item is an error.
    fn settle<T>(&mut self, item: &T, outcome: &mut impl FnMut(&T) -> Outcome) {
        // The first error tells why; those after it may be many.
        if self.around.is_some()
            && self.span.if_dropped != Outcome::Error
            && settle(outcome, item, self.span.live.captures()) == Outcome::Error
        {
            self.span.if_dropped = Outcome::Error;
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        match self.left_by {
            Some(outcome) => self.span.live.finish(self.around, outcome),
            None => self.span.live.leave(self.around),
        }
    }
}

impl<S, O> FusedStream for StreamInSpan<S, O>
where
    S: FusedStream,
    O: FnMut(&S::Item) -> Outcome,
{
    fn is_terminated(&self) -> bool {
        self.stream.as_ref().is_none_or(S::is_terminated)
    }
}

/// Makes a stream run in a span.
pub fn span_stream<S, O>(
    parent: Parent,
    callsite: &'static Callsite,
    stream: S,
    outcome: O,
) -> StreamInSpan<S, O>
where
    S: Stream,
    O: FnMut(&S::Item) -> Outcome,
{
    let span = StreamSpan { live: Live::new(parent, callsite), if_dropped: Outcome::Cancelled };
    StreamInSpan { stream: Some(stream), span, outcome }
}

/// Makes a stream run in a unit and a span of its own.
pub fn parallel_stream<S, O>(
    origin: Origin,
    callsite: &'static Callsite,
    stream: S,
    outcome: O,
) -> InHub<StreamInSpan<S, O>>
where
    S: Stream,
    O: FnMut(&S::Item) -> Outcome,
{
    let parent = Parent::of_unit(&origin.parked);
    InHub::new(origin.parked, span_stream(parent, callsite, stream, outcome))
}
