//! The scope that lies under every hub of the process.

use std::sync::{Mutex, PoisonError, RwLock, TryLockError};

use crate::scope::{Scope, Write};

static GLOBAL: RwLock<Option<Scope>> = RwLock::new(None);
/// Held while a new global scope is made, so that no write is lost.
static WRITER: Mutex<()> = Mutex::new(());

/// The global scope.
pub(crate) fn scope() -> Scope {
    // The lock is held for an exchange of pointers only, unless a fork took the holder away: then
    // waiting would be for ever.
    for _ in 0..1000 {
        match GLOBAL.try_read() {
            Ok(global) => return global.clone().unwrap_or_default(),
            Err(TryLockError::Poisoned(global)) => return global.into_inner().clone().unwrap_or_default(),
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
        }
    }
    Scope::default()
}

pub(crate) fn write(writes: Vec<Write>) {
    if writes.is_empty() {
        return;
    }
    let writer = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut changed = scope();
    for write in writes {
        changed.write(write);
    }
    let before = GLOBAL.write().unwrap_or_else(PoisonError::into_inner).replace(changed);
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
