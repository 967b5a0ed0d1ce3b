//! Code of the program's that telemetry runs may panic; that goes no further.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `f` returns, or `None` if it panics.
#[inline]
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> Option<T> {
    // The payload may panic when it is dropped, which nobody would catch: so it is not dropped.
    catch_unwind(AssertUnwindSafe(f)).map_err(std::mem::forget).ok()
}
