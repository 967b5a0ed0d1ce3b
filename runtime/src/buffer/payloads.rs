//! The lane for what has no fixed size.

use super::TRIES;
use crate::sync::Mutex;

/// Two vectors, so that a writer finds one that the collector is not just taking. They are filled as
/// the locks allow, so order is lost.
pub(super) struct Payloads<P> {
    halves: [Mutex<Vec<P>>; 2],
    limit_of_half: usize,
}

impl<P> Payloads<P> {
    pub(super) fn new(limit: usize) -> Self {
        Payloads {
            halves: [Mutex::new(Vec::new()), Mutex::new(Vec::new())],
            limit_of_half: limit.div_ceil(2),
        }
    }

    /// Takes a payload, and says how many wait beside it in its half, or leaves it: both halves are full, or those
    /// with room stayed locked.
    pub(super) fn push(&self, payload: &mut Option<P>) -> Option<usize> {
        for _ in 0..TRIES {
            let mut full = 0;
            for half in &self.halves {
                let Ok(mut half) = half.try_lock() else { continue };
                if half.len() < self.limit_of_half {
                    half.extend(payload.take());
                    return Some(half.len());
                }
                full += 1;
            }
            if full == self.halves.len() {
                break;
            }
            std::hint::spin_loop();
        }
        None
    }

    /// Hands over all payloads; those stored before the call are among them.
    pub(super) fn drain(&self, payload: &mut impl FnMut(P)) {
        for half in &self.halves {
            // One lock at a time and no longer than this takes, so that the writer need not wait.
            let taken = std::mem::take(&mut *half.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
            taken.into_iter().for_each(&mut *payload);
        }
    }
}
