//! Losses are loud: what went wrong is named once at each place, and counted.

use std::cell::Cell;
use std::collections::HashSet;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::caught;
use crate::current;
use crate::strand::strand_bound;

static LOST_WRITES: AtomicU64 = AtomicU64::new(0);

/// Places of such writes that were named; so many are enough for everyone to know.
const MAX_PLACES: usize = 1000;

pub(crate) fn count_lost_write() {
    LOST_WRITES.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn lost_writes() -> u64 {
    LOST_WRITES.load(Ordering::Relaxed)
}

/// What `f` returns, which runs code that the program gave to isohub or a `Display` of its own; `None`
/// if it panics, which is counted and goes no further.
#[inline]
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> Option<T> {
    caught::caught(f).or_else(|| {
        count_panic();
        None
    })
}

#[cold]
fn count_panic() {
    if let Some(slot) = current::pipeline().live() {
        slot.panics.fetch_add(1, Ordering::Relaxed);
    }
}

strand_bound! {
    /// How many functions of the program that change events and breadcrumbs run inside one another.
    fn depth: Cell<u8> = Cell::new(0);
}

/// So many such functions may run inside one another.
const MAX_NESTED: u8 = 4;

/// Held while such a function runs, which may record what has to pass it in turn; `None` if that goes
/// too deep.
pub(crate) fn nested() -> Option<Nested> {
    depth(|depth| {
        let outside = depth.get();
        (outside < MAX_NESTED).then(|| {
            depth.set(outside + 1);
            Nested
        })
    })
}

/// Exchanges how deep that goes for how deep it goes in another coroutine.
#[cfg(feature = "stackful")]
pub(crate) fn exchange_depth(other: u8) -> u8 {
    depth(|depth| depth.replace(other))
}

pub(crate) struct Nested;

impl Drop for Nested {
    fn drop(&mut self) {
        depth(|depth| depth.set(depth.get() - 1));
    }
}

/// Baggage was set that cannot be.
#[cold]
pub(crate) fn refused_baggage(place: &'static Location<'static>, why: &str) {
    lost(place, format_args!("the baggage that is set at {place} is lost, because baggage {why}"));
}

/// A scope was written by a destructor of a thread-local, when the thread had no hub any more.
#[cold]
pub(crate) fn written_too_late(place: &'static Location<'static>) {
    let message = format_args!(
        "what is written to the scope at {place} is lost, because the thread has ended, and its hub with it: keep a \
         hub, and write in `hub.run(..)` (see TROUBLESHOOTING.md#lost-write)"
    );
    lost(place, message);
}

/// Counts a write that is lost by nobody's mistake of spawning, and names its place once.
fn lost(place: &'static Location<'static>, message: std::fmt::Arguments<'_>) {
    static PLACES: Mutex<Option<HashSet<&'static Location<'static>>>> = Mutex::new(None);
    count_lost_write();
    // Whoever comes second at the same time is named the next time.
    let is_new = PLACES.try_lock().is_ok_and(|mut places| {
        let places = places.get_or_insert_default();
        places.len() < MAX_PLACES && places.insert(place)
    });
    if is_new {
        say(message);
    }
}

pub(crate) fn say(message: std::fmt::Arguments<'_>) {
    use std::io::Write;
    // Unlike `eprintln!`, this does not panic where there is no standard error.
    let _ = writeln!(std::io::stderr(), "isohub: {message}");
}
