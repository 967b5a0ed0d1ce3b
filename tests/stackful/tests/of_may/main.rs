//! Coroutines of `may`, whose hub is in their own storage.
#![forbid(unsafe_code)]

mod continuity;
mod endings;
mod isolation;

use std::sync::Once;

/// Has `may` run its coroutines on three threads. Those that waited go to them in turn: to two threads, as long
/// as twenty coroutines wait in step, each would come back to the same.
fn three_workers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        may::config().set_workers(3).set_stack_size(0x8000);
    });
}
