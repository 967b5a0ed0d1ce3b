//! Units that borrow, on threads that end before what they borrow.
#![deny(warnings)]

use isohub::spawn_isolated;

#[isohub::span]
fn sum(list: &[u8]) -> u8 {
    std::thread::scope(|scope| {
        let (left, right) = list.split_at(1);
        let left = spawn_isolated!("left", in scope, || left.iter().sum::<u8>());
        let right = spawn_isolated!(in scope, move || right.iter().sum::<u8>());
        left.join().unwrap() + right.join().unwrap()
    })
}

pub(crate) fn main() {
    assert_eq!(sum(&[1, 2, 3]), 6);
}
