//! What was found in the pipeline of a recorder, kept for who asks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;

use super::Finding;

/// So many are enough for everyone to know.
pub(super) const MAX_TOLD: usize = 1000;

/// What was found in the pipeline of a recorder.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    findings: Mutex<Vec<Finding>>,
    /// Whether somebody asked since the last one.
    asked: AtomicBool,
}

impl Ledger {
    pub(super) fn add(&self, finding: Finding) {
        if let Some(mut findings) = locked(&self.findings)
            && findings.len() < MAX_TOLD
            && !findings.contains(&finding)
        {
            findings.push(finding);
            self.asked.store(false, Ordering::Relaxed);
        }
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// All that was found.
    pub(crate) fn ask(&self) -> Vec<Finding> {
        self.asked.store(true, Ordering::Relaxed);
        locked(&self.findings).map(|findings| findings.clone()).unwrap_or_default()
    }
}

/// The lock, unless it is held all the while that a few others would need for it: by a thread that a fork left behind.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    for _ in 0..100 {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::*;
    use crate::doctor::{Kind, Place};

    #[test]
    fn a_ledger_is_bounded_and_knows_what_it_has() {
        let (ledger, here) = (Ledger::default(), Place::from(Location::caller()));
        let finding = |n: usize| Finding::new(Kind::Orphan, n.to_string(), here);
        (0..2 * MAX_TOLD).for_each(|n| ledger.add(finding(n)));
        assert_eq!(ledger.ask().len(), MAX_TOLD);
        let ledger = Ledger::default();
        (0..10).for_each(|_| ledger.add(finding(1)));
        assert_eq!(ledger.ask(), [finding(1)]);
    }

    #[test]
    fn a_lock_that_is_never_given_back_is_not_waited_for() {
        let mutex = Mutex::new(());
        let _held = mutex.lock().unwrap();
        assert!(locked(&mutex).is_none());
    }
}
