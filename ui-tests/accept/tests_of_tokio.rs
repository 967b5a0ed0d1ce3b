//! Below the attributes that make tests, and as arguments of other macros.
#![deny(warnings)]

use isohub::{isolated_hub, parallel_span, span};

#[tokio::test]
#[isolated_hub]
async fn of_tokio() {
    assert_eq!(load(1).await, 1);
}

#[test]
#[span]
fn of_rust() {
    assert_eq!(futures::executor::block_on(load(1)), 1);
}

#[test]
#[should_panic(expected = "on purpose")]
#[parallel_span]
fn that_panics() {
    panic!("on purpose");
}

#[test]
#[ignore = "never run"]
#[span(err)]
fn that_fails() -> Result<(), String> {
    Err("on purpose".to_owned())
}

#[span]
async fn load(n: u8) -> u8 {
    n
}

pub(crate) fn main() {
    assert!(matches!(futures::executor::block_on(load(2)), 2));
    assert_eq!(format!("{}", futures::executor::block_on(load(3))), "3");
}
