//! Closures of any lifetime, and functions where one expects `for<'a>`.
#![deny(warnings)]

use isohub::{isolated, parallel_span, span};

fn each(f: impl for<'a> Fn(&'a str) -> &'a str) -> String {
    f(&String::from(" a ")).to_owned()
}

async fn each_later(f: impl AsyncFn(&str) -> usize) -> usize {
    f(&String::from("abc")).await
}

#[span]
fn trimmed(text: &str) -> &str {
    text.trim()
}

#[parallel_span]
async fn length(text: &str) -> usize {
    text.len()
}

#[span]
fn literal() -> String {
    each(#[span] |text: &str| -> &str { text.trim() })
}

fn counted(f: impl for<'a> FnOnce(&'a mut Vec<u8>)) -> usize {
    let mut list = vec![];
    f(&mut list);
    list.len()
}

pub(crate) fn main() {
    assert_eq!(each(trimmed) + &literal(), "aa");
    assert_eq!(futures::executor::block_on(each_later(length)), 3);
    assert_eq!(counted(isolated!(|list: &mut Vec<u8>| list.push(1))), 1);
}
