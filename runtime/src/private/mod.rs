//! All that an expansion of the macros may name. Not for use by hand: it may change in any version.

mod breadcrumb;
mod join;
mod lenient;
mod outcome;
mod unit;

pub use ::core;
pub use ::std;
#[cfg(feature = "tokio")]
pub use ::tokio;

pub use crate::callsite::{Callsite, Level, SpanKind};
pub use crate::future::{
    hub_future, hub_stream, parallel_future, parallel_stream, prefaced, span_future, span_stream,
};
pub use crate::hub::{Origin, hub_call};
pub use crate::local::Policy;
pub use crate::record::Outcome;
pub use crate::span::{
    Fields, IntoParent, Parent, debug, display, fields, parallel_call, span_call, start_span, value,
};
pub use breadcrumb::{BreadcrumbFields, breadcrumb, text};
pub use isohub_macros::contained;
pub use join::{Branch, all, branch};
pub use lenient::{CapturedError, DebuggedError, DisplayedError, Erring, NoError, OtherError};
pub use outcome::{
    Capture, Fallible, OutcomeOfAny, OutcomeOfResult, ReturnType, Returned, check_outcome, error_captured,
    error_debug, error_display, outcome_if,
};
pub use unit::{
    ClosureUnit, FutureUnit, IntoLinks, UnitIsClosure, UnitIsFuture, UnitKind, hub_closure0, links,
    parallel_closure0, tag,
};

/// A span that is none.
pub fn disabled_span() -> crate::Span {
    crate::Span::disabled()
}
