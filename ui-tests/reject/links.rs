use isohub::{SpanContext, isolated_hub, parallel_span, span};

#[span(links)]
fn no_value() {}

#[parallel_span(links())]
fn in_parentheses() {}

// Two messages: the places of both.
#[parallel_span(links = [one], links = [other])]
fn twice(one: SpanContext, other: SpanContext) -> [SpanContext; 2] {
    [one, other]
}

#[isolated_hub(links = [one])]
fn of_no_span(one: SpanContext) -> SpanContext {
    one
}

fn main() {
    no_value();
    in_parentheses();
    let _ = (twice, of_no_span);
}
