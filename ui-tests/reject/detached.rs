use isohub::{isolated_hub, parallel_span, span};

#[span(detached = true)]
fn a_value() {}

#[parallel_span(detached, parent = None)]
fn contradicts() {}

#[isolated_hub(detached, detached)]
fn twice() {}

fn main() {
    a_value();
    contradicts();
    twice();
}
