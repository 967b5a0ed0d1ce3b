use isohub::{parallel_span, span};

#[span(error_if = |n| *n > 0)]
fn no_value() -> u8 {
    1
}

#[span(error_if = |n| *n > 0)]
fn in_parentheses() -> u8 {
    1
}

#[parallel_span(err)]
fn contradicts() -> Result<(), u8> {
    Ok(())
}

#[parallel_span(error_if = |n| *n > 1)]
fn twice() -> u8 {
    1
}

#[parallel_span(error_if = |n| *n > 0)]
fn of_no_span() -> u8 {
    1
}

pub(crate) fn main() {
    let _ = (no_value(), in_parentheses(), contradicts(), twice(), of_no_span());
}
