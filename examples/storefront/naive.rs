//! Spans as tracers without units make them: one list of open spans for the whole program, and a guard that
//! may be held over an await. isohub offers no such guard; this one shows why.

use std::sync::{Arc, Mutex, PoisonError};

use isohub::{Hub, Span};

/// The spans that are open, in the order in which they were entered.
static OPEN: Mutex<Vec<Arc<Span>>> = Mutex::new(Vec::new());

/// Runs `f` on the list; nothing else runs while it is locked.
fn with_open<T>(f: impl FnOnce(&mut Vec<Arc<Span>>) -> T) -> T {
    f(&mut OPEN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Starts a span below the one that was entered last, whoever entered that.
pub(crate) fn enter(start: impl FnOnce() -> Span) -> Open {
    let span = match with_open(|open| open.last().cloned()) {
        Some(last) => last.in_scope(start),
        None => start(),
    };
    let span = Arc::new(span);
    with_open(|open| open.push(Arc::clone(&span)));
    Open { span }
}

/// Leaves the span when it is dropped.
pub(crate) struct Open {
    span: Arc<Span>,
}

impl Drop for Open {
    fn drop(&mut self) {
        with_open(|open| open.retain(|span| !Arc::ptr_eq(span, &self.span)));
        // A span that is started by hand is no unit's own and comes without a scope, so it notes the tags.
        for (key, value) in Hub::current().scope().tags() {
            self.span.record(format!("tag.{key}"), value);
        }
    }
}
