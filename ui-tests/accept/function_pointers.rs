//! Annotated functions as values: in constants, statics, tables and bounds.
#![deny(warnings)]

use std::cell::Cell;
use std::sync::LazyLock;

use isohub::{isolated_hub, parallel_span, span};

#[span]
fn one(n: u8) -> u8 {
    n + 1
}

#[isolated_hub]
fn two(n: u8) -> u8 {
    n + 2
}

#[parallel_span]
async fn later(n: u8) -> u8 {
    n
}

const ONE: fn(u8) -> u8 = one;
static TABLE: [(&str, fn(u8) -> u8); 2] = [("one", one), ("two", two)];
static LAZY: LazyLock<u8> = LazyLock::new(first);

#[span]
fn first() -> u8 {
    1
}

thread_local! {
    static LOCAL: Cell<u8> = Cell::new(first());
}

async fn twice<F: Future<Output = u8>>(f: impl Fn(u8) -> F) -> u8 {
    f(1).await + f(2).await
}

async fn once(f: impl AsyncFn(u8) -> u8) -> u8 {
    f(1).await
}

pub(crate) fn main() {
    assert_eq!(TABLE.iter().map(|(_, function)| function(1)).sum::<u8>() + ONE(1), 7);
    assert_eq!([1, 2].into_iter().map(one).map(two).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(futures::executor::block_on(twice(later)), 3);
    assert_eq!(futures::executor::block_on(once(later)), 1);
    assert_eq!(*LAZY + LOCAL.get(), 2);
}
