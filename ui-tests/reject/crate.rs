use isohub::{isolated_hub, parallel_span, span};

#[span(crate)]
fn no_value() {}

#[isolated_hub(crate = 1)]
fn a_number() {}

#[parallel_span(crate = "isohub")]
fn a_text() {}

// Two messages: the places of both.
#[span(crate = isohub, crate = isohub)]
fn twice() {}

fn main() {
    no_value();
    a_number();
    a_text();
    twice();
}
