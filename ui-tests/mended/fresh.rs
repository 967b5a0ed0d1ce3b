use isohub::{isolated_hub, parallel_span};

#[isolated_hub(fresh)]
fn a_value() {}

#[parallel_span(fresh)]
fn parentheses() {}

#[isolated_hub(fresh, tags(a = 1))]
fn twice() {}

#[parallel_span(fresh)]
fn of_no_hub() {}

pub(crate) fn main() {
    a_value();
    parentheses();
    twice();
    of_no_hub();
}
