use isohub::{parallel_span, span};

struct Failure;

#[span(err)]
fn no_result() -> Option<u8> {
    None
}

#[parallel_span(err)]
async fn nothing() {}

#[span(err)]
fn no_display() -> Result<u8, Failure> {
    Err(Failure)
}

#[span(err(Debug))]
async fn no_debug() -> Result<u8, Failure> {
    Err(Failure)
}

#[span(err(capture))]
fn no_error() -> Result<u8, String> {
    Err(String::new())
}

#[span(error_if = |n| n > 0)]
fn predicate_takes_a_reference() -> u8 {
    1
}

#[span(error_if = |n| *n)]
fn predicate_returns_no_bool() -> u8 {
    1
}

fn main() {
    let _ = (no_result(), no_display(), no_error());
    drop((nothing(), no_debug()));
    predicate_takes_a_reference();
    predicate_returns_no_bool();
}
