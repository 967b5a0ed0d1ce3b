use isohub::{isolated_hub, parallel_span, span};

#[span(detached)]
fn a_value() {}

#[parallel_span(parent = None)]
fn contradicts() {}

#[isolated_hub(detached)]
fn twice() {}

pub(crate) fn main() {
    a_value();
    contradicts();
    twice();
}
