//! Functions that never return.
#![deny(warnings)]

use std::panic::{catch_unwind, resume_unwind};

use futures::FutureExt as _;
use isohub::{isolated_hub, parallel_span, span};

#[span]
fn now() -> ! {
    resume_unwind(Box::new(1))
}

#[parallel_span(fields(n))]
async fn later(n: u8) -> ! {
    std::future::ready(n).await;
    now()
}

#[isolated_hub]
fn looping(mut n: u8) -> ! {
    loop {
        n = n.checked_sub(1).unwrap_or_else(|| now());
    }
}

#[span]
fn of_any_type(choose: bool) -> u8 {
    if choose { 1 } else { looping(3) }
}

#[span]
fn only_panics() -> Vec<u8> {
    now()
}

pub(crate) fn main() {
    assert!(catch_unwind(|| later(1).now_or_never()).is_err());
    assert!(catch_unwind(|| of_any_type(false)).is_err());
    assert!(catch_unwind(only_panics).is_err());
    assert_eq!(of_any_type(true), 1);
}
