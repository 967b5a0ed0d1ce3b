use isohub::{isolated, isolated_hub, parallel_span, span};

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

#[isolated_hub(merge(err))]
fn merges_no_error() -> Option<u8> {
    None
}

#[parallel_span(merge(err))]
async fn merges_nothing() {}

#[span(error_if = |n| n > 0)]
fn predicate_takes_a_reference() -> u8 {
    1
}

#[span(error_if = |n| *n)]
fn predicate_returns_no_bool() -> u8 {
    1
}

fn main() {
    let _ = (no_result(), no_display(), no_error(), merges_no_error());
    drop((nothing(), no_debug(), merges_nothing()));
    isolated!(merge(err), || 1)();
    predicate_takes_a_reference();
    predicate_returns_no_bool();
}
