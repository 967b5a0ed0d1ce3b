//! Futures that run in a hub of their own.

#[cfg(feature = "body")]
mod body;
#[cfg(feature = "sink")]
mod sink;
mod stream;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::completion;
use crate::current;
use crate::doctor;
use crate::hub::{Hub, Origin};
use crate::parked::Parked;
use crate::scope::Scope;
use crate::span::{Span, Within};

#[cfg(feature = "body")]
pub use body::HubBodyExt;
pub use stream::{HubStreamExt, hub_stream, prefaced};

pin_project! {
    /// A future or stream that runs in a hub of its own; made by [`bind_hub`](HubFutureExt::bind_hub) and
    /// [`Hub::bind`].
    ///
    /// The hub is exchanged with the one of the polling thread around each poll, and around the drop:
    /// destructors run in it too.
    ///
    /// With the features `sink` and `body` it is a sink of `futures` and a body of `http_body` as well, where
    /// what it holds is one; of a type that is a stream and a sink, as channels and framed connections are,
    /// both run in the one hub. It is no reader and no writer of bytes (`AsyncRead`, `AsyncWrite`): isolate
    /// the future that reads or writes.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InHub<F> {
        // Some until the drop, so that it is dropped inside the hub.
        #[pin]
        future: Option<F>,
        parked: Parked,
    }

    impl<F> PinnedDrop for InHub<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.parked.enter_to_drop();
            this.future.set(None);
        }
    }
}

impl<F> InHub<F> {
    #[inline]
    pub(crate) fn new(parked: Parked, future: F) -> Self {
        InHub { future: Some(future), parked }
    }

    /// Polls what is no future in the hub; nothing, while it is being dropped.
    #[inline]
    fn in_hub<T>(self: Pin<&mut Self>, poll: impl FnOnce(Pin<&mut F>) -> T) -> Option<T> {
        let this = self.project();
        let future = this.future.as_pin_mut()?;
        let _entered = this.parked.enter();
        Some(poll(future))
    }
}

impl<F: Future> Future for InHub<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let entered = this.parked.enter();
        let poll = future.poll(cx);
        entered.leave();
        if let Poll::Ready(result) = &poll {
            doctor::returning(this.parked, result);
            complete(this.parked);
        }
        poll
    }
}

impl Hub {
    /// Makes a value run in this hub: whatever it is of a future, a stream, a sink (feature `sink`) or a body
    /// (feature `body`), it is as the unit that the hub was made for. A sink that is no stream has no
    /// `.isolated()`, since it may take items of many types; this is it:
    ///
    #[cfg_attr(feature = "sink", doc = "```")]
    #[cfg_attr(not(feature = "sink"), doc = "```ignore")]
    /// use futures_sink::Sink;
    /// use isohub::Hub;
    ///
    /// fn for_audit(log: impl Sink<String>) -> impl Sink<String> {
    ///     Hub::current().with_tag("log", "audit").bind(log)
    /// }
    /// ```
    pub fn bind<T>(self, value: T) -> InHub<T> {
        InHub::new(self.parked, value)
    }
}

/// Apart from the poll, which is written out in every annotated function.
#[inline(never)]
fn complete(parked: &mut Parked) {
    completion::completed(parked);
}

/// Makes a future run in a unit of its own.
#[inline]
pub fn hub_future<F: Future>(origin: Origin, future: F) -> InHub<F> {
    InHub::new(origin.parked, future)
}

pin_project! {
    /// A future that runs in a hub and returns it; made by
    /// [`returning_hub`](HubFutureExt::returning_hub).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ReturningHub<F> {
        #[pin]
        future: Option<F>,
        parked: Parked,
    }

    impl<F> PinnedDrop for ReturningHub<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.parked.enter_to_drop();
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for ReturningHub<F> {
    type Output = (F::Output, Hub);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { completion::polled_again() };
        let entered = this.parked.enter();
        let Poll::Ready(output) = future.poll(cx) else { return Poll::Pending };
        this.future.set(None);
        drop(entered);
        let parked = std::mem::replace(this.parked, Parked::EMPTY);
        Poll::Ready((output, Hub { parked }))
    }
}

pin_project! {
    /// A future that runs in a clone of its unit's scope; made by
    /// [`with_scope`](HubFutureExt::with_scope).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct WithScope<F> {
        #[pin]
        future: Option<F>,
        parked: Parked,
    }

    impl<F> PinnedDrop for WithScope<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.parked.enter_to_drop();
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for WithScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let entered = this.parked.enter();
        let poll = future.poll(cx);
        drop(entered);
        keep_last_event(this.parked);
        poll
    }
}

/// What was captured in a scope of its own is the last event of the unit all the same.
pub(crate) fn keep_last_event(parked: &Parked) {
    if let Some(event) = parked.unit.as_ref().and_then(|unit| unit.last_event) {
        current::with_unit(|unit| unit.last_event = Some(event));
    }
}

/// Hubs, scopes and spans for futures.
pub trait HubFutureExt: Future + Sized {
    /// Runs in `hub`: as the unit that `hub` was made for.
    ///
    /// ```
    /// # async fn example() {
    /// use isohub::{Hub, HubFutureExt};
    /// let hub = Hub::base().with_tag("tenant", "acme");
    /// async { assert_eq!(Hub::current().scope().tag("tenant"), Some("acme")) }.bind_hub(hub).await;
    /// # }
    /// ```
    fn bind_hub(self, hub: Hub) -> InHub<Self> {
        InHub::new(hub.parked, self)
    }

    /// Runs in a clone of the current hub, taken now: as a unit of its own.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn isolated(self) -> InHub<Self> {
        self.bind_hub(Hub::current())
    }

    /// Runs in the base hub, as what [`suppress`](crate::suppress) runs: for what outlives the unit that
    /// made it, such as a connection. The pipeline is that of the hub which is current now.
    ///
    /// A future of an annotated function took its hub when that was called, and keeps it: write
    /// `async { connection().await }.suppressed()`.
    ///
    /// ```
    /// # async fn example() {
    /// use isohub::{Hub, HubFutureExt};
    /// isohub::set_tag("request", 1);
    /// let connection = async { assert_eq!(Hub::current().scope().tags(), []) }.suppressed();
    /// tokio::spawn(connection);
    /// # }
    /// ```
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn suppressed(self) -> InHub<Self> {
        self.bind_hub(Hub::base())
    }

    /// Runs in a clone of the current hub, taken now, and returns that hub beside its output when it
    /// completes. What it wrote can be given to another by [`Hub::merge`], or to the current unit by
    /// [`isohub::merge`](crate::merge()).
    ///
    /// ```
    /// # async fn example() {
    /// use isohub::HubFutureExt;
    /// let (_, hub) = async { isohub::set_tag("step", 1) }.returning_hub().await;
    /// assert_eq!(hub.scope().tag("step"), Some("1"));
    /// # }
    /// ```
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn returning_hub(self) -> ReturningHub<Self> {
        let Hub { mut parked } = Hub::current();
        if let Some(unit) = &mut parked.unit {
            unit.scope.start_log();
        }
        ReturningHub { future: Some(self), parked }
    }

    /// Runs in a clone of the current scope, taken now and changed by `edit`. What is written there
    /// vanishes with it. A future of an annotated function took its hub when that was called, and does not see
    /// it: write `async { annotated().await }.with_scope(..)`.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn with_scope(self, edit: impl FnOnce(&mut Scope)) -> WithScope<Self> {
        let Hub { parked } = Hub::current_unit().configured(edit);
        WithScope { future: Some(self), parked }
    }

    /// Runs in `span`, which ends with it. Dropped before it completes, the span is cancelled.
    fn in_span(self, span: Span) -> Within<Self> {
        Within::new(self, span)
    }
}

impl<F: Future> HubFutureExt for F {}
