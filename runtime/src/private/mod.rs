//! All that an expansion of the macros may name. Not for use by hand: it may change in any version.

mod breadcrumb;
mod join;
mod leaving;
mod outcome;
mod unit;

pub use ::core;
pub use ::std;
#[cfg(feature = "tokio")]
pub use ::tokio;

pub use crate::block::{
    Block, HeldBlock, Leave, Left, end_block, held_hub_block, held_parallel_block, held_span_block,
    hub_block, leave, parallel_block, span_block,
};
pub use crate::callsite::{Callsite, Level, SpanKind};
pub use crate::frame::{Framed, framed};
pub use crate::future::{hub_future, parallel_future, span_future};
pub use crate::hub::{Origin, hub_call};
pub use crate::local::Policy;
pub use crate::record::Outcome;
pub use crate::span::{
    Fields, IntoParent, Parent, debug, display, fields, parallel_call, span_call, start_span, value,
};
pub use breadcrumb::{BreadcrumbFields, breadcrumb, text};
pub use join::{Branch, all, branch};
pub use leaving::{Leaving, LeftCaptured, LeftCapturedBox, LeftDebugged, LeftDisplayed, LeftFailed, LeftOk};
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
