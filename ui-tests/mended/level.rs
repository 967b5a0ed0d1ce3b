use isohub::{parallel_span, span};

#[span(level = warn)]
fn misspelt() {}

#[span(level = fatal)]
fn unknown() {}

#[span(level = "fatal")]
fn unknown_text() {}

#[parallel_span(level = info)]
fn number() {}

#[parallel_span(level = debug)]
fn in_parentheses() {}

#[span(level = debug)]
fn twice() {}

#[parallel_span(level = debug)]
fn of_no_span() {}

pub(crate) fn main() {
    misspelt();
    unknown();
    unknown_text();
    number();
    in_parentheses();
    twice();
    of_no_span();
}
