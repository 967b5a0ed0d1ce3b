//! What waits for being sent.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sentry_core::protocol::Envelope;

/// A bounded queue of which one can wait for what is in it, for so long and no longer.
pub(super) struct Queue {
    capacity: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Envelope>,
    /// How many were pushed, and how many of them are done with.
    pushed: u64,
    finished: u64,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Queue { capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Adds an envelope; gives it back if there are too many.
    #[must_use]
    pub(super) fn push(&self, envelope: Envelope) -> Option<Envelope> {
        let mut state = self.state();
        if state.is_closed || state.waiting.len() >= self.capacity {
            return Some(envelope);
        }
        state.waiting.push_back(envelope);
        state.pushed += 1;
        self.changed.notify_all();
        None
    }

    /// The next one, waited for; none once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<Envelope> {
        let state = self.state();
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
        let mut state = self.changed.wait_while(state, is_idle).unwrap_or_else(PoisonError::into_inner);
        state.waiting.pop_front()
    }

    /// Says that the last one that was popped is done with.
    pub(super) fn finished(&self) {
        self.state().finished += 1;
        self.changed.notify_all();
    }

    /// Waits until all that is in it now is done with; says whether it is.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        let state = self.state();
        let all = state.pushed;
        let is_busy = |state: &mut State| state.finished < all;
        match self.changed.wait_timeout_while(state, timeout, is_busy) {
            Ok((_, result)) => !result.timed_out(),
            Err(_) => false,
        }
    }

    /// Has `pop` return nothing when what is in it has been sent.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
