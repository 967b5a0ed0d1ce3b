//! Losses are loud: what went wrong is named once at each place, and counted.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::callsite::Callsite;
use crate::current;

static LOST_WRITES: AtomicU64 = AtomicU64::new(0);

/// Places of lost writes that were named; so many are enough for everyone to know.
const MAX_PLACES: usize = 1000;

pub(crate) fn lost_writes() -> u64 {
    LOST_WRITES.load(Ordering::Relaxed)
}

/// What `f` returns, which runs code that the program gave to isohub or a `Display` of its own; `None`
/// if it panics, which is counted and goes no further.
#[inline]
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|_| count_panic()).ok()
}

#[cold]
fn count_panic() {
    if let Some(slot) = current::pipeline().live() {
        slot.panics.fetch_add(1, Ordering::Relaxed);
    }
}

/// A span began where no unit was bound.
#[cold]
pub(crate) fn orphan(callsite: &'static Callsite) {
    if !callsite.reported.swap(true, Ordering::Relaxed) {
        say(format_args!(
            "span `{}` at {callsite} began in a task that has no hub of its own, so its parent is lost: \
             spawn the task by `spawn_isolated!(..)`, or put `#[isolated_hub]` on what is spawned",
            callsite.name()
        ));
    }
}

/// A scope was written where no unit was bound.
#[cold]
pub(crate) fn lost_write(place: &'static Location<'static>) {
    static PLACES: Mutex<Option<HashSet<&'static Location<'static>>>> = Mutex::new(None);
    LOST_WRITES.fetch_add(1, Ordering::Relaxed);
    // Whoever comes second at the same time is named the next time.
    let is_new = PLACES.try_lock().is_ok_and(|mut places| {
        let places = places.get_or_insert_default();
        places.len() < MAX_PLACES && places.insert(place)
    });
    if is_new {
        say(format_args!(
            "what is written to the scope at {place} is lost, because the task has no hub of its own: \
             spawn the task by `spawn_isolated!(..)`, or put `#[isolated_hub]` on what is spawned"
        ));
    }
}

fn say(message: std::fmt::Arguments<'_>) {
    use std::io::Write;
    // Unlike `eprintln!`, this does not panic where there is no standard error.
    let _ = writeln!(std::io::stderr(), "isohub: {message}");
}
