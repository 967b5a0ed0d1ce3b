//! The scope that lies under every hub of the process.

use std::sync::{Mutex, PoisonError, RwLock, TryLockError};

use crate::engine;
use crate::scope::{Scope, Write};

/// One for each process of a row of forks: a child does not wait for what a thread of its parent has
/// locked.
static GLOBALS: [Global; engine::MAX_FORKS] = [const { Global::new() }; engine::MAX_FORKS];

struct Global {
    scope: RwLock<Option<Scope>>,
    /// Held while a new global scope is made, so that no write is lost.
    writer: Mutex<()>,
}

impl Global {
    const fn new() -> Self {
        Global { scope: RwLock::new(None), writer: Mutex::new(()) }
    }

    fn get(&self) -> Option<Scope> {
        // The lock is held for an exchange of pointers only, unless a fork took the holder away: then
        // waiting would be for ever.
        for _ in 0..1000 {
            match self.scope.try_read() {
                Ok(global) => return global.clone(),
                Err(TryLockError::Poisoned(global)) => return global.into_inner().clone(),
                Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            }
        }
        None
    }
}

/// The global scope: what this process wrote last, or else its parent before the fork.
pub(crate) fn scope() -> Scope {
    let last = engine::generation().min(GLOBALS.len() - 1);
    GLOBALS[..=last].iter().rev().find_map(Global::get).unwrap_or_default()
}

pub(crate) fn write(writes: Vec<Write>) {
    if writes.is_empty() {
        return;
    }
    engine::leave_after_fork();
    let Some(global) = GLOBALS.get(engine::generation()) else { return };
    let writer = global.writer.lock().unwrap_or_else(PoisonError::into_inner);
    let mut changed = scope();
    for write in writes {
        changed.write(write);
    }
    let before = global.scope.write().unwrap_or_else(PoisonError::into_inner).replace(changed);
    drop(writer);
    // May run the destructors of event processors.
    drop(before);
}

/// Changes the global scope, which lies under the scope of every hub of the process and is merged at
/// capture. `f` edits a copy; when it returns, its edits are replayed on the global scope.
///
/// ```
/// isohub::configure_global(|scope| scope.set_tag("region", "eu"));
/// ```
pub fn configure_global(f: impl FnOnce(&mut Scope)) {
    let mut copy = scope().logging();
    f(&mut copy);
    write(copy.into_log());
}
