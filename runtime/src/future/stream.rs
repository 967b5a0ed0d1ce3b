//! Streams that run in a hub of their own: each item is produced there.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::InHub;
use crate::hub::{Hub, Origin};
use crate::span::{Span, Within};

impl<S: Stream> Stream for InHub<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.in_hub(|stream| stream.poll_next(cx)).unwrap_or(Poll::Ready(None))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.future.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}

impl<S: FusedStream> FusedStream for InHub<S> {
    fn is_terminated(&self) -> bool {
        self.future.as_ref().is_none_or(S::is_terminated)
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

impl<S, P: FnOnce()> Prefaced<S, P> {
    /// The stream, for which all is done that precedes it.
    pub(super) fn begun(self: Pin<&mut Self>) -> Pin<&mut S> {
        let this = self.project();
        if let Some(preface) = this.preface.take() {
            preface();
        }
        this.stream
    }
}

impl<S: Stream, P: FnOnce()> Stream for Prefaced<S, P> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.begun().poll_next(cx)
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

/// Makes a stream run in a unit of its own.
pub fn hub_stream<S: Stream>(origin: Origin, stream: S) -> InHub<S> {
    InHub::new(origin.parked, stream)
}

/// Makes a stream do something when it is first polled.
pub fn prefaced<S: Stream, P: FnOnce()>(stream: S, preface: P) -> Prefaced<S, P> {
    Prefaced { stream, preface: Some(preface) }
}

/// Hubs and spans for streams, as [`HubFutureExt`](crate::HubFutureExt) for futures.
///
/// Where both traits are in scope and a type is a future and a stream, name the trait:
/// `HubStreamExt::isolated(it)`. What it gives is both too; of a stream that is a sink, a sink too. For a sink
/// that is no stream there is [`Hub::bind`]. What `std` calls `AsyncIterator` is not stable, and no stream here.
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
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn isolated(self) -> InHub<Self> {
        self.bind_hub(Hub::current())
    }

    /// Runs in `span`, which ends with it. Dropped before its end, the span is cancelled.
    fn in_span(self, span: Span) -> Within<Self> {
        Within::new(self, span)
    }
}

impl<S: Stream> HubStreamExt for S {}
