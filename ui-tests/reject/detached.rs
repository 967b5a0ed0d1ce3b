use isohub::{isolated_hub, parallel_span, span};

#[span(detached = true)]
fn a_value() {}

// Two messages: the places of both.
#[parallel_span(detached, parent = None)]
fn contradicts() {}

// Two messages: the places of both.
#[isolated_hub(detached, detached)]
fn twice() {}

fn main() {
    a_value();
    contradicts();
    twice();
}
