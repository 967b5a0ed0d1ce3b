use isohub::{isolated_hub, parallel_span, span};

#[span(error_if)]
fn no_value() -> u8 {
    1
}

#[span(error_if(|n| *n > 0))]
fn in_parentheses() -> u8 {
    1
}

// Two messages: the places of both.
#[parallel_span(err, error_if = |result| result.is_err())]
fn contradicts() -> Result<(), u8> {
    Ok(())
}

// Two messages: the places of both.
#[parallel_span(error_if = |n| *n > 0, error_if = |n| *n > 1)]
fn twice() -> u8 {
    1
}

#[isolated_hub(error_if = |n| *n > 0)]
fn of_no_span() -> u8 {
    1
}

fn main() {
    let _ = (no_value(), in_parentheses(), contradicts(), twice(), of_no_span());
}
