//! All that an expansion of the macros may name. Not for use by hand: it may change in any version.

mod breadcrumb;
mod join;
mod outcome;
mod queued;
mod unit;

pub use ::core;
pub use ::std;
#[cfg(feature = "tokio")]
pub use ::tokio;

pub use crate::callsite::{Callsite, Level, SpanKind};
pub use crate::future::hub_future;
pub use crate::hub::{Origin, hub_call};
pub use crate::local::Policy;
pub use crate::merge::merge_if_error;
pub use crate::record::Outcome;
pub use crate::span::{
    Fields, IntoParent, Parent, debug, display, fields, parallel_call, parallel_future, span_call,
    span_future, start_span, value,
};
pub use breadcrumb::{BreadcrumbFields, breadcrumb, text};
pub use join::{Branch, all, branch};
pub use outcome::{
    Capture, Fallible, OutcomeOfAny, OutcomeOfResult, ReturnType, Returned, check_outcome, error_captured,
    error_debug, error_display, outcome_if,
};
pub use queued::{Queued, QueuedFuture};
pub use unit::{
    ClosureUnit, FutureUnit, IntoLinks, Judged, UnitIsClosure, UnitIsFuture, UnitKind, hub_closure0,
    judged_call, judged_closure0, judged_future, links, parallel_closure0, tag,
};

/// A span that is none.
pub fn disabled_span() -> crate::Span {
    crate::Span::disabled()
}
