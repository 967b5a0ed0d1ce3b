//! Lifetimes that are named, left out, or chosen by the caller.
#![deny(warnings)]

use std::borrow::Cow;

use isohub::{isolated_hub, parallel_span, span};

#[span]
fn elided(text: &str) -> Cow<'_, str> {
    text.into()
}

#[parallel_span]
async fn two<'a, 'b: 'a>(a: &'a str, b: &'b str) -> &'a str {
    if a.is_empty() { b } else { a }
}

#[isolated_hub]
fn early<'a>(text: &'a str) -> &'a str
where
    'a: 'a,
{
    text
}

#[span]
async fn in_a_type(list: &mut Vec<Cow<'static, str>>, text: &'static str) {
    list.push(text.into());
}

#[span]
fn captured<'a, T: Copy>(one: &'a T, _other: &str) -> impl Fn() -> T + use<'a, T> {
    move || *one
}

#[span]
fn of_functions(f: impl for<'a> Fn(&'a u8) -> &'a u8, n: &u8) -> u8 {
    *f(n)
}

pub(crate) fn main() {
    assert_eq!(elided("a"), "a");
    assert_eq!(futures::executor::block_on(two("", "b")), "b");
    assert_eq!(early::<'static>("a"), "a");
    let mut list = Vec::new();
    futures::executor::block_on(in_a_type(&mut list, "a"));
    let one = captured(&1, &String::new());
    assert_eq!(one() + of_functions(|n| n, &2), 3);
}
