//! Bodies of HTTP messages that run in a hub of their own: each frame is produced there.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

use super::InHub;
use crate::hub::Hub;
use crate::span::{Span, Within};

impl<B: Body> Body for InHub<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.in_hub(|body| body.poll_frame(cx)).unwrap_or(Poll::Ready(None))
    }

    fn is_end_stream(&self) -> bool {
        self.future.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.future.as_ref().map_or(SizeHint::with_exact(0), B::size_hint)
    }
}

/// Hubs and spans for the bodies of HTTP messages, as [`HubFutureExt`](crate::HubFutureExt) for futures.
/// With the feature `body`.
///
/// A server sends a streaming body when its handler has returned, and so outside the handler's hub.
/// One that was isolated in the handler goes on in a clone of the hub that was there, and leaves nothing
/// to what is sent or handled next:
///
/// ```
/// use http_body::Body;
/// use isohub::HubBodyExt as _;
///
/// #[isohub::parallel_span]
/// async fn export(rows: impl Body) -> impl Body {
///     isohub::set_tag("report", "yearly");
///     rows.isolated()
/// }
/// ```
///
/// Where several of these traits are in scope and a type implements more than one of what they are for, name
/// the trait: `HubBodyExt::isolated(it)`. What it gives is all that the type was.
pub trait HubBodyExt: Body + Sized {
    /// Runs in `hub`: each frame is produced as the unit that `hub` was made for.
    fn bind_hub(self, hub: Hub) -> InHub<Self> {
        hub.bind(self)
    }

    /// Runs in a clone of the current hub, taken now: as a unit of its own.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    fn isolated(self) -> InHub<Self> {
        self.bind_hub(Hub::current())
    }

    /// Runs in `span`, which ends with it: at its end, at an error, or when it says that no frame will
    /// follow, after which nobody asks for one. Dropped before, the span is cancelled.
    fn in_span(self, span: Span) -> Within<Self> {
        Within::of_body(self, span)
    }
}

impl<B: Body> HubBodyExt for B {}
