// What is linted in a plain function is linted in an annotated one, at the same place.
#![deny(warnings)]

use isohub::{isolated_hub, parallel_span, span};

#[span]
fn unused_argument(unused: u8) {}

#[parallel_span]
async fn unused_argument_later(used: u8, unused: u8) -> u8 {
    used
}

#[span]
fn unused_in_pattern((used, unused): (u8, u8)) -> u8 {
    used
}

#[isolated_hub]
fn needless_mut(mut a: u8) -> u8 {
    a
}

#[isolated_hub]
async fn needless_mut_later(mut a: u8, (mut b, _): (u8, u8)) -> u8 {
    a + b
}

#[span]
fn unused_inside() {
    let unused = 1;
}

#[span]
fn unreachable_inside() -> u8 {
    return 1;
    2
}

#[span]
async fn unreachable_later() -> u8 {
    return 1;
    2
}

#[span]
fn Not_snake_case(A: u8) -> u8 {
    A
}

#[span]
#[deprecated]
fn deprecated() {}

#[span]
async fn unused_result() {
    std::fs::remove_file("a");
}

#[span]
fn unused_in_inner() {
    let f = #[span] |unused: u8| {};
    f(1);
}

fn main() {
    unused_argument(1);
    drop(unused_argument_later(1, 2));
    unused_in_pattern((1, 2));
    needless_mut(1);
    drop(needless_mut_later(1, (2, 3)));
    unused_inside();
    unreachable_inside();
    drop(unreachable_later());
    Not_snake_case(1);
    deprecated();
    drop(unused_result());
    unused_in_inner();
}
