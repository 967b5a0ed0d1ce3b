//! When the collector is woken.
//!
//! Waking a thread is a system call, so nobody does it for each chunk. The collector looks by itself, soon
//! again if there was something, and else after a [`TICK`]; it is woken before if much is waiting, or if an
//! event is captured while it expects nothing.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

/// Full chunks that wake the collector: less than a hundredth of all there are.
const CHUNKS: u32 = 128;

/// Payloads in half a lane that wake it: an eighth of what finds room.
const PAYLOADS: usize = 4096;

/// How long what was recorded waits for the collector at most.
const TICK: Duration = Duration::from_millis(50);

/// The same after there was something: a trace waits for the next round, and more is likely to come.
const SOON: Duration = Duration::from_millis(10);

/// Lines of its own in the cache: those who record write here.
#[repr(align(128))]
#[derive(Default)]
pub(crate) struct Alarm {
    collector: OnceLock<Thread>,
    /// Chunks that were filled since the collector last woke.
    filled: AtomicU32,
    /// Whether an event wakes the collector.
    is_armed: AtomicBool,
}

impl Alarm {
    /// Has `collector` woken from now on.
    pub(crate) fn set(&self, collector: Thread) {
        // There is one collector, so that the cell is empty.
        let _ = self.collector.set(collector);
    }

    pub(crate) fn ring(&self) {
        if let Some(thread) = self.collector.get() {
            thread.unpark();
        }
    }

    /// Says that a chunk was filled.
    pub(crate) fn chunk_filled(&self) {
        // One of all that count up to the next sleep wakes it.
        if self.filled.fetch_add(1, Ordering::Relaxed) + 1 == CHUNKS {
            self.ring();
        }
    }

    /// Says that a payload was stored in half a lane, which now holds `waiting`.
    pub(crate) fn payload_stored(&self, waiting: usize) {
        if waiting == PAYLOADS {
            self.ring();
        }
    }

    /// Says that an event was stored.
    pub(crate) fn event_stored(&self) {
        if self.is_armed.load(Ordering::Relaxed) && self.is_armed.swap(false, Ordering::Relaxed) {
            self.ring();
        }
    }

    /// Lets events ring: before a round, so that one that the round does not see finds it armed.
    pub(crate) fn arm(&self) {
        self.is_armed.store(true, Ordering::Relaxed);
    }

    /// Sleeps until the alarm rings or it is time for the next round; for the collector.
    pub(crate) fn sleep(&self, has_seen: bool) {
        if has_seen {
            self.is_armed.store(false, Ordering::Relaxed);
        }
        thread::park_timeout(if has_seen { SOON } else { TICK });
        self.filled.store(0, Ordering::Relaxed);
    }
}
