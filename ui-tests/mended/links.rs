use isohub::{SpanContext, parallel_span, span};

#[span(links = isohub::current_span())]
fn no_value() {}

#[parallel_span(links = isohub::current_span())]
fn in_parentheses() {}

#[parallel_span(links = [one, other])]
fn twice(one: SpanContext, other: SpanContext) -> [SpanContext; 2] {
    [one, other]
}

#[parallel_span(links = [one])]
fn of_no_span(one: SpanContext) -> SpanContext {
    one
}

pub(crate) fn main() {
    no_value();
    in_parentheses();
    let _ = (twice, of_no_span);
}
