//! Which span is active, where another library may know of one that isohub does not.

use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::sync::{PoisonError, RwLock};

use super::{ATTACHED, USED, is_attached};
use crate::caught::caught;
use crate::current;
use crate::engine;
use crate::ids::SpanContext;
use crate::position::{Active, Position};
use crate::strand::strand_bound;

/// Spans that another library holds active, of which isohub was not told; given to [`attach`].
///
/// Two libraries have an active span each; which of them is further in is seen by what was active in isohub when the
/// other's began to be: keep [`active_span`] with it. If that is still what is active in isohub, the other's span is
/// further in; else a span of isohub's has begun inside it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` knows of no spans of another library",
    label = "not `ForeignSpans`",
    note = "implement `isohub::foreign::ForeignSpans` for a type that asks the library which span is active"
)]
pub trait ForeignSpans: Send + Sync + 'static {
    /// The span that is active in the other library on this thread, if it is further in than `active`, the one that is in
    /// isohub. Its [remote](SpanContext::is_remote) context is taken for that of a span which isohub does not record: it
    /// becomes the parent of the first span of a trace; if it is of another trace than `active`, it counts for nothing.
    ///
    /// It is called with nothing of isohub's borrowed. What panics has no span.
    fn active(&self, active: Option<SpanContext>) -> Option<SpanContext>;
}

/// Asks `spans` from now on whenever a span begins, and before that when a future that is to be one is called, an event
/// is captured, a hub is cloned, a trace is [injected](crate::inject), and by
/// [`current_span`](crate::current_span); in the whole process and for good. The library that was given last is asked
/// first.
///
/// It costs what `spans` does, some nanoseconds more, and for each span the way that is not the fastest. Call it once for
/// each library, at the beginning of `main`. In a build without `enabled` it does nothing.
pub fn attach(spans: impl ForeignSpans) {
    if !crate::ENABLED {
        return;
    }
    let mut attached = SPANS.write().unwrap_or_else(PoisonError::into_inner);
    let spans: &dyn ForeignSpans = Box::leak(Box::new(spans));
    // For good, so that whoever asks copies a reference.
    *attached = Vec::leak([&[spans], *attached].concat());
    drop(attached);
    USED.fetch_or(ATTACHED, Ordering::Release);
    if let Some(engine) = engine::engine() {
        engine.slots.take_detours();
    }
}

static SPANS: RwLock<&[&dyn ForeignSpans]> = RwLock::new(&[]);

/// The span that is active in isohub itself, whatever others say.
pub fn active_span() -> Option<SpanContext> {
    current::position().and_then(|at| at.flow.context(at.active))
}

strand_bound! {
    /// Whether another library is being asked, which may use isohub.
    fn asking: Cell<bool> = Cell::new(false);
}

/// Where a span that began now would attach: `at`, which is where isohub is, or at a span of another library inside it.
#[inline(always)]
pub(crate) fn further_in(at: Position) -> Position {
    if is_attached() { asked(at).unwrap_or(at) } else { at }
}

/// Lets the other library know that a span begins here whose parent was taken before, at a call.
#[inline(always)]
pub(crate) fn begins_here() {
    if is_attached()
        && let Some(at) = current::position()
    {
        asked(at);
    }
}

#[cold]
fn asked(at: Position) -> Option<Position> {
    // What is not recorded has nothing inside that is, and what is not decided yet is not left.
    if at.active == Active::UNSAMPLED
        || at.active.undecided_callsite().is_some()
        || asking(|it| it.replace(true))
    {
        return None;
    }
    let active = at.flow.context(at.active);
    let libraries = *SPANS.read().unwrap_or_else(PoisonError::into_inner);
    let mut spans = libraries.iter().filter_map(|library| caught(|| library.active(active)).flatten());
    let is_same_trace = |span: &SpanContext| active.is_none_or(|it| it.trace_id() == span.trace_id());
    let found = spans.find(|span| !span.is_remote() || is_same_trace(span));
    asking(|it| it.set(false));
    let span = found?;
    match active {
        Some(_) if !span.is_remote() && is_same_trace(&span) => {
            let active = if span.is_sampled() { Active::span(span.span_id()) } else { Active::UNSAMPLED };
            Some(Position { active, ..at })
        }
        _ => Some(Position::below(at.flow.pipeline(), Some(span))),
    }
}
