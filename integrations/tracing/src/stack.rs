//! The spans of tracing that are entered on this thread, as isohub sees them.

use std::cell::Cell;
use std::sync::Once;

use isohub::foreign::{self, ForeignSpans};
use isohub::{SpanContext, SpanRef};

/// A span of tracing that is entered.
pub(crate) struct Entry {
    /// The layer that saw it: ids of spans are unique in one registry only.
    pub(crate) layer: u64,
    pub(crate) id: u64,
    /// What isohub knows of it.
    pub(crate) span: SpanRef,
    /// What was active in isohub when it was entered. If something else is, that has begun inside of it.
    within: Option<SpanContext>,
    /// Whether the thread was unwinding already.
    is_unwinding: bool,
}

/// Tells isohub to ask.
pub(crate) fn attach() {
    struct Entered;
    impl ForeignSpans for Entered {
        fn active(&self, active: Option<SpanContext>) -> Option<SpanContext> {
            further_in(active)?.span.context()
        }
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| foreign::attach(Entered));
}

thread_local! {
    // Taken for each look, and put back: nothing is borrowed while code of others runs.
    static ENTERED: Cell<Vec<Entry>> = const { Cell::new(Vec::new()) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Looks at what is entered; `None` on a thread whose locals are gone. `f` runs nothing of the user's.
fn look<R>(f: impl FnOnce(&mut Vec<Entry>) -> R) -> Option<R> {
    let look = |place: &Cell<Vec<Entry>>| {
        let mut entered = place.take();
        let result = f(&mut entered);
        place.set(entered);
        result
    };
    ENTERED.try_with(look).ok()
}

pub(crate) fn enter(layer: u64, id: u64, span: SpanRef) {
    let within = foreign::active_span();
    let entry = Entry { layer, id, span, within, is_unwinding: std::thread::panicking() && !is_quiet() };
    look(|entered| entered.push(entry));
}

/// Takes a span out, wherever it stands: guards may be dropped in any order. Returns it if a panic leaves it.
pub(crate) fn exit(layer: u64, id: u64) -> Option<Entry> {
    let entry = look(|entered| {
        let at = entered.iter().rposition(|entry| (entry.layer, entry.id) == (layer, id))?;
        Some(entered.remove(at))
    })??;
    (std::thread::panicking() && !entry.is_unwinding && !is_quiet()).then_some(entry)
}

/// Runs `f`, in which spans are put away and back: no panic leaves them.
pub(crate) fn quietly(f: impl FnOnce()) {
    struct Loud(bool);
    impl Drop for Loud {
        fn drop(&mut self) {
            let _ = QUIET.try_with(|quiet| quiet.set(self.0));
        }
    }
    let _loud = Loud(QUIET.try_with(|quiet| quiet.replace(true)).unwrap_or_default());
    f();
}

fn is_quiet() -> bool {
    QUIET.try_with(Cell::get).unwrap_or_default()
}

/// The span of tracing that is further in than what is active in isohub.
pub(crate) fn further_in(active: Option<SpanContext>) -> Option<Innermost> {
    look(|entered| {
        let last = entered.last().filter(|last| is_same(last.within, active))?;
        Some(Innermost { layer: last.layer, id: last.id, span: last.span })
    })?
}

/// A span of tracing that is entered, and in which none of isohub's has begun.
pub(crate) struct Innermost {
    pub(crate) layer: u64,
    pub(crate) id: u64,
    pub(crate) span: SpanRef,
}

/// Whether these are one span. In a trace that is not recorded spans have new ids each time.
fn is_same(a: Option<SpanContext>, b: Option<SpanContext>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) if !a.is_sampled() && !b.is_sampled() => a.trace_id() == b.trace_id(),
        (a, b) => a == b,
    }
}

/// The span that is active in isohub or, if one of tracing is further in, that.
///
/// ```
/// use isohub::testing::Recorder;
/// use tracing_subscriber::prelude::*;
///
/// let subscriber = tracing_subscriber::registry().with(isohub_tracing::layer());
/// let recorder = Recorder::new();
/// tracing::subscriber::with_default(subscriber, || recorder.run_sync(|| {
///     let _load = tracing::info_span!("load").entered();
///     isohub_tracing::current_span().record("rows", 3);
/// }));
/// assert_eq!(recorder.tree(), "load rows=3\n");
/// ```
pub fn current_span() -> SpanRef {
    further_in(foreign::active_span()).map_or_else(isohub::current_span, |innermost| innermost.span)
}
