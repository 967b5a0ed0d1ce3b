//! Streams that run in a span: each item is produced there.

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
use crate::span::future::{Entered, Live};
use crate::span::state::Life;

pin_project! {
    /// A stream that runs in a span, which begins at the first poll and ends with the stream.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct StreamInSpan<S, O> {
        // Some until the drop, so that it is dropped inside the span.
        #[pin]
        stream: Option<S>,
        // None when the span has ended.
        span: Option<Live<O>>,
        failed: bool,
    }

    impl<S, O> PinnedDrop for StreamInSpan<S, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.span.as_ref().is_some_and(Live::has_begun) {
                // Who stops at an error has not cancelled anything.
                let left_by = if *this.failed { Outcome::Error } else { Outcome::Cancelled };
                let _entered = Entered::new(this.span, left_by);
                this.stream.set(None);
            }
        }
    }
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
        let poll = stream.poll_next(cx);
        match &poll {
            Poll::Ready(Some(item)) => {
                // The first error tells why; those after it may be many.
                *this.failed = *this.failed || entered.settle_item(item) == Outcome::Error;
                entered.pause();
            }
            Poll::Ready(None) => entered.end(if *this.failed { Outcome::Error } else { Outcome::Ok }),
            Poll::Pending => entered.pause(),
        }
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), S::size_hint)
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

impl<O> Entered<'_, O> {
    /// Asks whether an item is an error.
    fn settle_item<T>(&mut self, item: &T) -> Outcome
    where
        O: FnMut(&T) -> Outcome,
    {
        match self.span {
            Some(Live { life, outcome }) => settle(outcome, item, life.captures()),
            None => Outcome::Ok,
        }
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
    let span = Some(Live { life: Life::new(parent, callsite), outcome });
    StreamInSpan { stream: Some(stream), span, failed: false }
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
