//! `?` leaves the function from inside annotated blocks, with the conversions of a plain one.
#![deny(warnings)]

use std::num::ParseIntError;

use isohub::{isolated_hub, parallel_span, span};

#[derive(Debug, PartialEq)]
struct Failure(String);

impl From<ParseIntError> for Failure {
    fn from(error: ParseIntError) -> Failure {
        Failure(error.to_string())
    }
}

#[span(err(Debug))]
fn converted(text: &str) -> Result<u8, Failure> {
    #[span("parse")]
    let n: u8 = text.parse()?;
    let m = #[isolated_hub] { text.parse::<u8>()? };
    Ok(n + m)
}

#[parallel_span(err(Debug))]
async fn later(text: &str) -> Result<u8, Failure> {
    #[span("parse")]
    {
        std::future::ready(text.parse::<u8>()).await?;
    }
    #[span(err(Debug))]
    {
        Ok(std::future::ready(text.parse::<u8>()).await?)
    }
}

#[span]
fn of_option(list: &[u8]) -> Option<u8> {
    #[span("first")]
    let first = list.first()?;
    #[span]
    {
        first.checked_add(*list.get(1)?)
    }
}

#[isolated_hub]
fn main_of_closures(list: &[&str]) -> Result<Vec<u8>, ParseIntError> {
    let parse = #[span] |text: &str| -> Result<u8, ParseIntError> { Ok(text.parse::<u8>()?) };
    list.iter().map(|text| parse(text)).collect()
}

pub(crate) fn main() {
    assert_eq!(converted("1"), Ok(2));
    converted("x").unwrap_err();
    assert_eq!(futures::executor::block_on(later("1")), Ok(1));
    futures::executor::block_on(later("x")).unwrap_err();
    assert_eq!((of_option(&[1, 2]), of_option(&[1])), (Some(3), None));
    assert_eq!(main_of_closures(&["1", "2"]), Ok(vec![1, 2]));
}
