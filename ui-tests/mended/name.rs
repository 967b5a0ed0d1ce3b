use isohub::{parallel_span, span};

#[span("it")]
fn empty() {}

#[parallel_span(name = "it")]
async fn blank() {}

#[span(name = "two")]
fn twice() {}

#[parallel_span("two")]
fn two_texts() {}

#[span(name = "load")]
fn no_value() {}

#[span(name = "load")]
fn in_parentheses() {}

#[parallel_span("load")]
fn of_no_span() {}

pub(crate) fn main() {
    empty();
    drop(blank());
    twice();
    two_texts();
    no_value();
    in_parentheses();
    of_no_span();
}
