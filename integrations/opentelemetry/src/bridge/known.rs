//! Spans of OpenTelemetry's that are known to isohub, and whether they are further in than its own.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use isohub::foreign::ForeignSpans;
use isohub::{SpanContext, SpanRef};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext as TheirContext, SpanId, TraceContextExt as _};

use super::contexts::look;
use super::words::to_ours;

/// What isohub knows of a span of OpenTelemetry's, for as long as that is.
#[derive(Debug)]
struct Known {
    /// The span, as a parent.
    handle: SpanRef,
    /// Spans of isohub inside of which it is known to be: what was active when it began, and in what else it was
    /// made current.
    outside: Vec<SpanContext>,
    /// Whether something of isohub's may have begun inside of it.
    has_inner: bool,
}

/// Spans of isohub that are kept for one of OpenTelemetry's.
const MAX_OUTSIDE: usize = 8;

impl Known {
    /// Whether it is further in than the span that is active in isohub. If nothing of isohub's has begun in it, it is.
    fn is_inside(&mut self, active: Option<SpanContext>) -> bool {
        let Some(active) = active else { return true };
        if self.outside.iter().any(|outside| is_same(*outside, active)) {
            return true;
        }
        if self.has_inner {
            return false;
        }
        if self.outside.len() == MAX_OUTSIDE {
            self.outside.remove(1);
        }
        self.outside.push(active);
        true
    }
}

/// Whether these are one span. In a trace that is not recorded spans have new ids each time.
pub(super) fn is_same(a: SpanContext, b: SpanContext) -> bool {
    a == b || (!a.is_sampled() && !b.is_sampled() && a.trace_id() == b.trace_id())
}

type Shard = Mutex<HashMap<SpanId, Known>>;

const SHARDS: usize = 16;

static KNOWN: LazyLock<[Shard; SHARDS]> = LazyLock::new(|| std::array::from_fn(|_| Shard::default()));

fn shard<R>(id: SpanId, f: impl FnOnce(&mut HashMap<SpanId, Known>) -> R) -> R {
    let at = usize::from(id.to_bytes()[7]) / 2 % SHARDS;
    f(&mut KNOWN[at].lock().unwrap_or_else(PoisonError::into_inner))
}

/// A span that is known until this is dropped.
#[derive(Debug)]
pub(super) struct Entry(SpanId);

impl Entry {
    /// `active` is what was active in isohub when the span began.
    pub(super) fn new(id: SpanId, handle: SpanRef, active: Option<SpanContext>) -> Self {
        let known = Known { handle, outside: active.into_iter().collect(), has_inner: false };
        shard(id, |shard| shard.insert(id, known));
        Entry(id)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        shard(self.0, |shard| shard.remove(&self.0));
    }
}

/// What is known of the span.
pub(super) fn handle(id: SpanId) -> Option<SpanRef> {
    shard(id, |shard| shard.get(&id).map(|known| known.handle))
}

/// What is known of the span that is current, if that is further in than what is active in isohub: `None` if nothing is known.
pub(super) fn further_in(id: SpanId, active: Option<SpanContext>) -> Option<Option<SpanRef>> {
    shard(id, |shard| {
        let known = shard.get_mut(&id)?;
        Some(known.is_inside(active).then_some(known.handle))
    })
}

/// The span of the current context, for isohub.
pub(super) struct CurrentSpan;

impl ForeignSpans for CurrentSpan {
    fn active(&self, active: Option<SpanContext>) -> Option<SpanContext> {
        look(current)?.and_then(|(id, span)| match further_in(id, active) {
            Some(known) => known.inspect(|_| note_inner(id)).and_then(|known| known.context()),
            None => span.filter(|_| active.is_none()),
        })
    }
}

/// What is asking may begin a span inside of it.
fn note_inner(id: SpanId) {
    shard(id, |shard| {
        if let Some(known) = shard.get_mut(&id) {
            known.has_inner = true;
        }
    });
}

fn current(context: &Context) -> Option<(SpanId, Option<SpanContext>)> {
    if !context.has_active_span() {
        return None;
    }
    let span = context.span();
    let span: &TheirContext = span.span_context();
    Some((span.span_id(), to_ours(span)))
}
