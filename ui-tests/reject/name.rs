use isohub::{isolated_hub, parallel_span, span};

#[span("")]
fn empty() {}

#[parallel_span(name = "  ")]
async fn blank() {}

// Two messages: the places of both.
#[span("one", name = "two")]
fn twice() {}

// Two messages: the places of both.
#[parallel_span("one", "two")]
fn two_texts() {}

#[span(name)]
fn no_value() {}

#[span(name("load"))]
fn in_parentheses() {}

#[isolated_hub("load")]
fn of_no_span() {}

fn main() {
    empty();
    drop(blank());
    twice();
    two_texts();
    no_value();
    in_parentheses();
    of_no_span();
}
