use isohub::{isolated_hub, parallel_span, span};

#[isolated_hub(fresh = true)]
fn a_value() {}

#[parallel_span(fresh())]
fn parentheses() {}

// Two messages: the places of both.
#[isolated_hub(fresh, tags(a = 1), fresh)]
fn twice() {}

#[span(fresh)]
fn of_no_hub() {}

fn main() {
    a_value();
    parentheses();
    twice();
    of_no_hub();
}
