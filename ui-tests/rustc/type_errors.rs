// Errors in a body stand where they stand in a plain function.

use isohub::{isolated_hub, parallel_span, span};

#[span]
fn wrong_tail() -> u8 {
    "text"
}

#[span]
async fn wrong_tail_later() -> u8 {
    "text"
}

#[parallel_span]
async fn wrong_return(n: u8) -> Result<u8, String> {
    if n == 0 {
        return Err(1);
    }
    Ok(n)
}

#[isolated_hub]
fn no_tail() -> u8 {
    1;
}

#[isolated_hub]
async fn no_tail_later() -> u8 {
    1;
}

#[span]
fn no_value(n: u8) -> u8 {
    n + missing
}

#[span]
async fn no_await(n: u8) -> u8 {
    wrong_return(n) + 1
}

#[span]
fn question_mark_without_result() {
    "1".parse::<u8>()?;
}

#[parallel_span(fields(missing, id = user.id))]
async fn missing_in_fields() {}

fn main() {}
