//! Bodies that nobody writes.
#![deny(warnings)]
#![allow(unreachable_code, unused_braces, unused_parens)]

use isohub::span;

#[span]
fn returns_in_return() -> u8 {
    return (return (return 1));
}

#[span]
fn all_kinds_of_nothing() {
    {};
    {{}};
    ();
    (());
    match () { () => (), }
}

#[span]
fn loops() -> u8 {
    'a: loop { 'b: loop { if true { break 'b; } break 'a; } break 'a { } }
    loop { break 1 }
}

#[span]
async fn async_nothing() -> () {
    let () = async {}.await;
    return;
}

#[span]
fn dots(list: &[u8]) -> usize {
    match list { [.., _] => list[..].len(), [] => (..).eq(&(..)) as usize }
}

#[span]
async fn a_future_of_a_future() -> impl Future<Output = u8> {
    async { 1 }
}

#[span]
fn unions_are_names(union: u8, auto: u8, default: u8, dyn_: u8) -> u8 {
    union + auto + default + dyn_
}

pub(crate) fn main() {
    all_kinds_of_nothing();
    let block_on = |it| futures::executor::block_on(it);
    block_on(async_nothing());
    let inner = futures::executor::block_on(a_future_of_a_future());
    let n = returns_in_return() + loops() + futures::executor::block_on(inner);
    assert_eq!(usize::from(n) + dots(&[1, 2]), 5);
    assert_eq!(unions_are_names(1, 2, 3, 4), 10);
}
