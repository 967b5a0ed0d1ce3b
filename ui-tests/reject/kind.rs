use isohub::{isolated_hub, parallel_span, span};

#[span(kind = servre)]
fn misspelt() {}

#[span(kind = remote)]
fn unknown() {}

#[span(kind = "server")]
fn a_text() {}

#[parallel_span(kind = SpanKind::Server)]
fn a_path() {}

#[parallel_span(kind)]
fn no_value() {}

// Two messages: the places of both.
#[span(kind = server, kind = client)]
fn twice() {}

#[isolated_hub(kind = server)]
fn of_no_span() {}

fn main() {
    misspelt();
    unknown();
    a_text();
    a_path();
    no_value();
    twice();
    of_no_span();
}
