//! Functions that call themselves, and each other.
#![deny(warnings)]

use std::pin::Pin;

use isohub::{isolated_hub, parallel_span, span};

#[span(fields(n))]
fn factorial(n: u64) -> u64 {
    if n == 0 { 1 } else { n * factorial(n - 1) }
}

#[span]
async fn boxed(n: u64) -> u64 {
    if n == 0 { 1 } else { n * Box::pin(boxed(n - 1)).await }
}

#[parallel_span]
fn returned(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move { if n == 0 { 1 } else { n * returned(n - 1).await } })
}

#[isolated_hub]
fn is_even(n: u64) -> bool {
    n == 0 || is_odd(n - 1)
}

#[span]
fn is_odd(n: u64) -> bool {
    n != 0 && is_even(n - 1)
}

pub(crate) fn main() {
    let sum = async { boxed(3).await + returned(3).await };
    assert_eq!(factorial(3) + futures::executor::block_on(sum), 18);
    assert!(is_even(4) && is_odd(3));
}
