use isohub::{isolated_hub, parallel_span, span};

#[span(crate = ::isohub)]
fn no_value() {}

#[isolated_hub(crate = isohub)]
fn a_number() {}

#[parallel_span(crate = isohub)]
fn a_text() {}

#[span(crate = isohub)]
fn twice() {}

pub(crate) fn main() {
    no_value();
    a_number();
    a_text();
    twice();
}
