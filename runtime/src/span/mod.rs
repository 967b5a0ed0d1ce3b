//! Spans: named, timed operations.

mod call;
mod fields;
mod future;
mod handle;
mod live;
mod parent;
mod reference;
mod start;
mod state;
mod stream;

pub use call::{parallel_call, span_call};
pub use fields::{Fields, ReturnedValue, debug, display, fields, returned, value};
pub use future::{InParallelSpan, InSpan, parallel_future, span_future};
pub use handle::{Span, SpanGuards, Within, start_span};
pub(crate) use parent::Attachment;
pub use parent::Parent;
pub use reference::{SpanRef, current_span, root_span};
pub(crate) use start::{
    LOCAL_ROOT, OF_UNIT, ORPHAN, RANDOM, Running, end as end_span, start as start_span_at,
};
pub use stream::{StreamInSpan, parallel_stream, span_stream};

use crate::ids::SpanContext;
use crate::propagation::Remote;

/// What can be the parent of a span: the context of another span, what another process sent, a reference to a
/// span, or an `Option` of one (`None` begins a trace).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the parent of a span",
    label = "not a parent",
    note = "write a `SpanContext`, a `Remote`, a `SpanRef`, or an `Option` of one (`None` begins a trace)"
)]
pub trait IntoParent {
    /// The context of the parent.
    fn into_parent(self) -> Option<SpanContext>;

    /// With what came with it from another process.
    #[doc(hidden)]
    fn into_remote(self) -> Remote
    where
        Self: Sized,
    {
        Remote::of(self.into_parent())
    }
}

impl IntoParent for SpanContext {
    fn into_parent(self) -> Option<SpanContext> {
        Some(self)
    }
}

impl IntoParent for SpanRef {
    fn into_parent(self) -> Option<SpanContext> {
        self.context()
    }
}

impl IntoParent for Remote {
    fn into_parent(self) -> Option<SpanContext> {
        self.context()
    }

    fn into_remote(self) -> Remote {
        self
    }
}

impl<P: IntoParent> IntoParent for Option<P> {
    fn into_parent(self) -> Option<SpanContext> {
        self.and_then(P::into_parent)
    }

    fn into_remote(self) -> Remote {
        self.map(P::into_remote).unwrap_or_default()
    }
}

#[diagnostic::do_not_recommend]
impl<P: IntoParent + Clone> IntoParent for &P {
    fn into_parent(self) -> Option<SpanContext> {
        self.clone().into_parent()
    }

    fn into_remote(self) -> Remote {
        self.clone().into_remote()
    }
}
