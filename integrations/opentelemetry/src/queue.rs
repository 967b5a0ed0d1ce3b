//! What waits for being sent.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// An encoded span or log record.
pub(crate) struct Item {
    /// The name of its instrumentation scope.
    pub(crate) scope: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// How much waits, for how long, and how much is sent at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) queue: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) batch: usize,
    pub(crate) batch_bytes: usize,
    pub(crate) delay: Duration,
}

/// How long a flush waits: for a receiver that answers, and for one that does not.
const FLUSH: Duration = Duration::from_secs(10);
const FLUSH_OF_UNREACHED: Duration = Duration::from_millis(500);

/// A bounded queue between a sink, which adds to it and flushes, and the thread that sends.
pub(crate) struct Queue {
    bounds: Bounds,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(Instant, Item)>,
    bytes: usize,
    /// How many were pushed, and how many of them are done with.
    pushed: u64,
    finished: u64,
    /// How many of those that were pushed are not to wait for more.
    flushed: u64,
    /// Someone wants what is tried again to be tried now.
    is_nudged: bool,
    /// The receiver does not take what it is sent.
    is_failing: bool,
    is_closed: bool,
}

impl Queue {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Queue { bounds, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Adds an item; says whether there was room for it. Waits for room while the receiver takes what is there.
    #[must_use]
    pub(crate) fn push(&self, item: Item) -> bool {
        let is_full = |state: &State| {
            state.waiting.len() >= self.bounds.queue
                || state.bytes + item.bytes.len() > self.bounds.queue_bytes && !state.waiting.is_empty()
        };
        let has_to_wait = |state: &mut State| is_full(state) && !state.is_failing && !state.is_closed;
        let mut state = self.wait_while(self.state(), has_to_wait);
        if state.is_closed || is_full(&state) {
            return false;
        }
        state.bytes += item.bytes.len();
        state.waiting.push_back((Instant::now(), item));
        state.pushed += 1;
        self.changed.notify_all();
        true
    }

    /// The next batch, waited for until it is full or its oldest item has waited long enough; none once the
    /// queue is closed and empty.
    pub(crate) fn next(&self) -> Option<Vec<Item>> {
        let mut state = self.state();
        loop {
            let Some((since, _)) = state.waiting.front() else {
                if state.is_closed {
                    return None;
                }
                state = self.wait_while(state, |it| it.waiting.is_empty() && !it.is_closed);
                continue;
            };
            let left = self.bounds.delay.saturating_sub(since.elapsed());
            let is_due = left.is_zero() || state.is_closed || state.finished < state.flushed;
            let is_full =
                |it: &State| it.waiting.len() >= self.bounds.batch || it.bytes >= self.bounds.batch_bytes;
            if is_due || is_full(&state) {
                return Some(self.take(&mut state));
            }
            let is_idle = |it: &mut State| !is_full(it) && !it.is_closed && it.finished >= it.flushed;
            state = match self.changed.wait_timeout_while(state, left, is_idle) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    fn take(&self, state: &mut State) -> Vec<Item> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < self.bounds.batch
            && let Some((_, item)) = state.waiting.front()
            // What is too large by itself goes by itself.
            && (bytes == 0 || bytes + item.bytes.len() <= self.bounds.batch_bytes)
        {
            bytes += item.bytes.len();
            batch.extend(state.waiting.pop_front().map(|(_, item)| item));
        }
        state.bytes -= bytes;
        // There is room.
        self.changed.notify_all();
        batch
    }

    /// Says that so many of those that were taken are done with.
    pub(crate) fn finished(&self, items: usize) {
        self.state().finished += items as u64;
        self.changed.notify_all();
    }

    /// Says whether the receiver takes what it is sent.
    pub(crate) fn failing(&self, is_failing: bool) {
        self.state().is_failing = is_failing;
        self.changed.notify_all();
    }

    /// Waits before something is tried again. The end of the queue ends it, and so does a flush if it may.
    pub(crate) fn pause(&self, pause: Duration, may_be_cut: bool) {
        let waits = |state: &mut State| !(state.is_closed || may_be_cut && state.is_nudged);
        let mut state = match self.changed.wait_timeout_while(self.state(), pause, waits) {
            Ok((state, _)) => state,
            Err(poisoned) => poisoned.into_inner().0,
        };
        state.is_nudged = false;
    }

    /// Has what is there sent now; gives what [`flushed`](Self::flushed) waits for.
    pub(crate) fn flush(&self) -> u64 {
        let mut state = self.state();
        (state.flushed, state.is_nudged) = (state.pushed, true);
        self.changed.notify_all();
        state.pushed
    }

    /// Waits until so many are done with, but not for long where the receiver is not reached.
    pub(crate) fn flushed(&self, all: u64, began: Instant) {
        let mut state = self.state();
        while state.finished < all && !state.is_closed {
            let patience = if state.is_failing { FLUSH_OF_UNREACHED } else { FLUSH };
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return;
            }
            state = match self.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Has `next` return nothing once the queue is empty, and nothing be waited for.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    fn wait_while<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        condition: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        self.changed.wait_while(state, condition).unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
