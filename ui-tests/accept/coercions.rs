//! What is returned becomes what the signature says, as in a plain function.
#![deny(warnings)]

use std::error::Error;
use std::fmt::Display;

use isohub::{isolated_hub, parallel_span, span};

#[span(err)]
fn error(n: u8) -> Result<u8, Box<dyn Error + Send + Sync>> {
    if n == 0 {
        return Err("nothing".into());
    }
    Ok("1".parse::<u8>()? + n)
}

#[parallel_span(err)]
async fn boxed(n: u8) -> Result<Box<dyn Display>, Box<dyn Error>> {
    if n == 0 { Ok(Box::new(n)) } else { Ok(Box::new("text")) }
}

#[span]
fn unsized_slice(list: &[u8; 3]) -> &[u8] {
    list
}

#[isolated_hub]
fn pointer(n: u8) -> fn(u8) -> u8 {
    match n {
        0 => |n| n,
        _ => |n| n + 1,
    }
}

#[span]
async fn dereferenced(text: &String) -> &str {
    text
}

#[span]
fn reborrowed<'a>(list: &'a mut &mut Vec<u8>) -> &'a mut Vec<u8> {
    list
}

#[span]
fn options() -> Vec<Option<Box<dyn Fn() -> u8>>> {
    vec![None, Some(Box::new(|| 1))]
}

pub(crate) fn main() {
    error(0).unwrap_err();
    assert_eq!(error(1).unwrap() + pointer(1)(1), 4);
    assert_eq!(futures::executor::block_on(boxed(0)).unwrap().to_string(), "0");
    assert_eq!(unsized_slice(&[1, 2, 3]).len(), 3);
    assert_eq!(futures::executor::block_on(dereferenced(&"a".to_owned())), "a");
    reborrowed(&mut &mut vec![1]).push(2);
    assert_eq!(options().into_iter().flatten().map(|it| it()).sum::<u8>(), 1);
}
