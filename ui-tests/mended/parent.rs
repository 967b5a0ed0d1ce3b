use isohub::{SpanContext, isolated_hub, parallel_span, span};

#[span(parent = None)]
fn no_value() {}

#[isolated_hub(parent = context)]
fn in_parentheses(context: SpanContext) -> SpanContext {
    context
}

#[parallel_span(parent = None)]
fn twice(context: SpanContext) -> SpanContext {
    context
}

#[isolated_hub(parent = context)]
fn contradicts(context: SpanContext) -> SpanContext {
    context
}

pub(crate) fn main() {
    no_value();
    let _ = (in_parentheses, twice, contradicts);
}
