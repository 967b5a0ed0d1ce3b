use isohub::{parallel_span, span};

#[span(kind = server)]
fn misspelt() {}

#[span(kind = client)]
fn unknown() {}

#[span(kind = server)]
fn a_text() {}

#[parallel_span(kind = server)]
fn a_path() {}

#[parallel_span(kind = server)]
fn no_value() {}

#[span(kind = client)]
fn twice() {}

#[parallel_span(kind = server)]
fn of_no_span() {}

pub(crate) fn main() {
    misspelt();
    unknown();
    a_text();
    a_path();
    no_value();
    twice();
    of_no_span();
}
