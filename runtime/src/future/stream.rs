//! Streams that run in a hub or a span of their own: each item is produced there.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::InHub;
use crate::callsite::Callsite;
use crate::hub::{Hub, Origin};
use crate::record::Outcome;
use crate::span::{Parent, Span, SpanState, Within, settle};

impl<S: Stream> Stream for InHub<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _entered = this.own.parked.enter();
        this.future.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.future.size_hint()
    }
}

impl<S: FusedStream> FusedStream for InHub<S> {
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}

/// The span of a stream.
#[derive(Debug)]
struct StreamSpan {
    state: SpanState,
    /// An item was an error.
    failed: bool,
}

impl Drop for StreamSpan {
    fn drop(&mut self) {
        // Who stops at an error has not cancelled anything.
        self.state.abandon(if self.failed { Outcome::Error } else { Outcome::Cancelled });
    }
}

pin_project! {
    /// A stream that runs in a span, which begins at the first poll and ends with the stream.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct StreamInSpan<S, O> {
        #[pin]
        stream: S,
        // Dropped after the stream, which so is dropped inside the span.
        span: StreamSpan,
        outcome: O,
    }

    impl<S, O> PinnedDrop for StreamInSpan<S, O> {
        fn drop(this: Pin<&mut Self>) {
            this.project().span.state.activate();
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
        let StreamSpan { state, failed } = this.span;
        let entered = state.enter();
        match this.stream.poll_next(cx) {
            Poll::Pending => {
                entered.pause();
                Poll::Pending
            }
            Poll::Ready(Some(item)) => {
                // The first error tells why; those after it may be many.
                *failed = *failed || settle(this.outcome, &item, entered.captures()) == Outcome::Error;
                entered.pause();
                Poll::Ready(Some(item))
            }
            Poll::Ready(None) => {
                entered.finish(if *failed { Outcome::Error } else { Outcome::Ok });
                Poll::Ready(None)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S, O> FusedStream for StreamInSpan<S, O>
where
    S: FusedStream,
    O: FnMut(&S::Item) -> Outcome,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

pin_project! {
    /// A stream that does something when it is first polled.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct Prefaced<S, P> {
        #[pin]
        stream: S,
        preface: Option<P>,
    }
}

impl<S: Stream, P: FnOnce()> Stream for Prefaced<S, P> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        if let Some(preface) = this.preface.take() {
            preface();
        }
        this.stream.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S: FusedStream, P: FnOnce()> FusedStream for Prefaced<S, P> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
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
    let span = StreamSpan { state: SpanState::new(parent, callsite), failed: false };
    StreamInSpan { stream, span, outcome }
}

/// Makes a stream run in a unit of its own.
pub fn hub_stream<S: Stream>(origin: Origin, stream: S) -> InHub<S> {
    InHub::new(origin.parked, stream)
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

/// Makes a stream do something when it is first polled.
pub fn prefaced<S: Stream, P: FnOnce()>(stream: S, preface: P) -> Prefaced<S, P> {
    Prefaced { stream, preface: Some(preface) }
}

/// Hubs and spans for streams, as [`HubFutureExt`](crate::HubFutureExt) for futures.
///
/// Where both traits are in scope and a type is a future and a stream, name the trait:
/// `HubStreamExt::isolated(it)`. What it gives is both too.
pub trait HubStreamExt: Stream + Sized {
    /// Runs in `hub`: each item is produced as the unit that `hub` was made for.
    ///
    /// ```
    /// use futures_core::Stream;
    /// use isohub::{Hub, HubStreamExt};
    ///
    /// fn of_tenant(rows: impl Stream<Item = u64>, tenant: &str) -> impl Stream<Item = u64> {
    ///     rows.bind_hub(Hub::current().with_tag("tenant", tenant))
    /// }
    /// ```
    fn bind_hub(self, hub: Hub) -> InHub<Self> {
        InHub::new(hub.parked, self)
    }

    /// Runs in a clone of the current hub, taken now: as a unit of its own.
    fn isolated(self) -> InHub<Self> {
        self.bind_hub(Hub::current())
    }

    /// Runs in `span`, which ends with it. Dropped before its end, the span is cancelled.
    fn in_span(self, span: Span) -> Within<Self> {
        Within::new(self, span)
    }
}

impl<S: Stream> HubStreamExt for S {}
