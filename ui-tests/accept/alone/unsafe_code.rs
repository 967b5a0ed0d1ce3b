//! Unsafe functions, foreign interfaces and unsafe blocks stay what they are.
#![deny(warnings, unsafe_op_in_unsafe_fn)]

use isohub::{isolated_hub, parallel_span, span};

/// # Safety
/// There is nothing to keep.
#[span(fields(n))]
unsafe fn dangerous(n: u8) -> u8 {
    n
}

#[isolated_hub]
unsafe extern "C" fn called_back(n: u8) -> u8 {
    // SAFETY: there is nothing to keep.
    unsafe { dangerous(n) }
}

#[parallel_span]
async unsafe fn later(n: u8) -> u8 {
    // SAFETY: there is nothing to keep.
    #[span]
    let a = unsafe { dangerous(n) };
    // SAFETY: there is nothing to keep.
    let b = #[span] unsafe { dangerous(a) };
    b
}

#[span]
#[unsafe(no_mangle)]
extern "C" fn isohub_exported(n: u8) -> u8 {
    n
}

unsafe trait Trusted {
    #[span]
    fn read(&self) -> u8 {
        1
    }
}

struct Worker;

// SAFETY: there is nothing to keep.
#[isohub::span]
unsafe impl Trusted for Worker {
    fn read(&self) -> u8 {
        2
    }
}

fn main() {
    let callback: unsafe extern "C" fn(u8) -> u8 = called_back;
    // SAFETY: there is nothing to keep.
    let sum = unsafe { callback(1) + futures::executor::block_on(later(2)) };
    assert_eq!(sum + isohub_exported(3) + Worker.read(), 8);
}
