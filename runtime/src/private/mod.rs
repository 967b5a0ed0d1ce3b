//! All that an expansion of the macros may name. Not for use by hand: it may change in any version.

mod breadcrumb;
mod closure;
mod expected;
mod isolated;
mod join;
mod leaving;
mod outcome;
mod queued;
mod unit;

pub use ::core;
pub use ::std;
#[cfg(feature = "tokio")]
pub use ::tokio;

pub use crate::block::{Block, Leave, Left, end_block, hub_block, leave, parallel_block, span_block};
pub use crate::callsite::{Callsite, Level, SpanKind};
pub use crate::dropped::End as ClosureEnd;
pub use crate::frame::{Framed, framed};
pub use crate::future::{hub_future, hub_stream, prefaced};
pub use crate::held::{HeldBlock, held_hub_block, held_parallel_block, held_span_block};
pub use crate::hub::{Origin, hub_call};
pub use crate::local::{Policy, hub_local};
pub use crate::merge::merge_if_error;
pub use crate::record::Outcome;
pub use crate::span::{
    Fields, IntoParent, Parent, ReturnedValue, SpanGuards, debug, display, fields, parallel_call,
    parallel_future, parallel_stream, returned, span_call, span_future, span_stream, start_span, value,
};
pub use breadcrumb::{BreadcrumbFields, IsText, breadcrumb, text};
pub use closure::{ClosureHub, and_last};
pub use expected::{AnyOutput, Expected, ExpectedItem, ExpectedOutput, expected};
pub use isohub_macros::{contained, refused};
pub use isolated::{Isolated, Marked, ReturnsIsolated, marked_future};
pub use join::{Branch, Turns, branch};
pub use leaving::{
    Leaving, LeftCaptured, LeftCapturedBox, LeftDebugged, LeftDisplayed, LeftFailed, LeftOk, LeftWith,
};
pub use outcome::{
    Capture, Fallible, OutcomeOfAny, OutcomeOfResult, ReturnType, check_outcome, error_captured, error_debug,
    error_display, error_returned, outcome_if,
};
pub use queued::{Queued, QueuedFuture};
pub use unit::{
    ClosureUnit, FutureUnit, IntoLinks, IsClosure, IsFuture, IsUnit, Judged, closure, future, hub_closure0,
    judged_call, judged_closure0, judged_future, links, parallel_closure0, tag, unit_kind,
};

/// What `parent = None` means: it begins a trace.
pub const NO_PARENT: Option<crate::SpanContext> = None;

/// A span that is none.
pub fn disabled_span() -> crate::Span {
    crate::Span::disabled()
}
