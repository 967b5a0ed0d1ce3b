//! Coroutines of `may`, whose hub is in their own storage.
#![forbid(unsafe_code)]

mod continuity;
mod endings;
mod isolation;

use std::sync::Once;

/// Has `may` run its coroutines on two threads.
fn two_workers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        may::config().set_workers(2).set_stack_size(0x8000);
    });
}
