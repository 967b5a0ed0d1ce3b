use isohub::{isolated_hub, parallel_span, span};

#[span(level = wran)]
fn misspelt() {}

#[span(level = loud)]
fn unknown() {}

#[span(level = "loud")]
fn unknown_text() {}

#[parallel_span(level = 3)]
fn number() {}

#[parallel_span(level(debug))]
fn in_parentheses() {}

// Two messages: the places of both.
#[span(level = debug, level = debug)]
fn twice() {}

#[isolated_hub(level = debug)]
fn of_no_span() {}

fn main() {
    misspelt();
    unknown();
    unknown_text();
    number();
    in_parentheses();
    twice();
    of_no_span();
}
