use isohub::{SpanContext, isolated_hub, parallel_span, span};

#[span(parent)]
fn no_value() {}

#[isolated_hub(parent(context))]
fn in_parentheses(context: SpanContext) -> SpanContext {
    context
}

// Two messages: the places of both.
#[parallel_span(parent = context, parent = None)]
fn twice(context: SpanContext) -> SpanContext {
    context
}

// Two messages: the places of both.
#[isolated_hub(detached, parent = context)]
fn contradicts(context: SpanContext) -> SpanContext {
    context
}

fn main() {
    no_value();
    let _ = (in_parentheses, twice, contradicts);
}
