//! The current span of tracing as a part of each unit of isohub.

use std::sync::Once;

use isohub::foreign::{self, ForeignContext};
use tracing::Span;

use crate::{ENABLED, stack};

/// Gives each unit of isohub a current span of tracing of its own, from now on and in the whole process: a unit begins
/// with what was current where it was made, as by `.in_current_span()`, and has it back on every poll, on whichever
/// thread; what runs around it is not entered meanwhile. So spans of tracing have the right parents in
/// `spawn_isolated!(..)`, in annotated functions and in the branches of `isohub::join!`, with any subscriber, whether or
/// not isohub records anything. A guard that a unit holds across an await stays in that unit.
///
/// A unit keeps the span open for as long as it lives, as `.in_current_span()` does. Where it is put into its place and
/// taken out, the spans of both are exited and entered, which other layers see: some 100 ns for each, unless they are the same or
/// there are none; then it is two looks at the current span.
///
/// It is not needed for spans that go to isohub by [`layer()`](crate::layer()), but where a unit is polled inside a span that was
/// begun after the unit was made. Call it once, at the beginning of `main`; further calls do nothing.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// isohub_tracing::isolate();
/// let _subscriber = tracing_subscriber::registry().set_default();
///
/// let span = tracing::info_span!("request");
/// let task = span.in_scope(|| isohub::spawn_isolated!(async { tracing::Span::current().id() }));
/// assert_eq!(task.await.unwrap(), span.id());
/// # });
/// ```
pub fn isolate() {
    static ONCE: Once = Once::new();
    if ENABLED {
        ONCE.call_once(|| foreign::isolate(CurrentSpan));
    }
}

struct CurrentSpan;

/// What is entered in a unit, the outermost first.
#[derive(Debug, Default)]
struct Entered {
    own: Vec<Span>,
    /// While the unit runs, what was entered around it.
    around: Vec<Span>,
    /// While the unit runs, whether that was left as it is, since it ends with what the unit has.
    is_same: bool,
}

impl Entered {
    fn in_span(span: Option<Span>) -> Self {
        Entered { own: span.into_iter().collect(), ..Entered::default() }
    }
}

impl ForeignContext for CurrentSpan {
    type Context = Entered;

    fn current(&self) -> Entered {
        // Its parents come with it.
        Entered::in_span(current())
    }

    fn fork(&self, kept: &Entered) -> Entered {
        Entered::in_span(kept.own.last().cloned())
    }

    fn base(&self) -> Entered {
        Entered::default()
    }

    fn enter(&self, kept: &mut Entered) {
        stack::quietly(|| {
            kept.is_same = kept.own.len() <= 1 && kept.own.first() == current().as_ref();
            if !kept.is_same {
                kept.around = exit_until(None);
                enter(&kept.own);
            }
        });
    }

    fn leave(&self, kept: &mut Entered) {
        stack::quietly(|| {
            if kept.is_same {
                let more = exit_until(kept.own.first());
                kept.own.extend(more);
            } else {
                kept.own = exit_until(None);
                enter(&kept.around);
                kept.around.clear();
            }
        });
    }
}

/// The span that is current in the subscriber of this thread.
fn current() -> Option<Span> {
    Some(Span::current()).filter(|span| !span.is_none())
}

/// So many are looked at: more than any stack holds, and an end in a subscriber that does not heed exits.
const MAX_ENTERED: usize = 10_000;

/// Exits all spans that are entered on this thread, or those inside of `last`, and returns them, the outermost first.
fn exit_until(last: Option<&Span>) -> Vec<Span> {
    let mut exited = Vec::new();
    while exited.len() < MAX_ENTERED
        && let Some(span) = current().filter(|span| Some(span) != last)
    {
        span.with_subscriber(|(id, subscriber)| subscriber.exit(id));
        exited.push(span);
    }
    exited.reverse();
    exited
}

fn enter(spans: &[Span]) {
    for span in spans {
        span.with_subscriber(|(id, subscriber)| subscriber.enter(id));
    }
}
