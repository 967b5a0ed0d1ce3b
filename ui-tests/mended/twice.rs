use isohub::{parallel_span, span};

#[span]
fn same() {}

#[parallel_span]
fn both() {}

#[parallel_span(fresh)]
fn parallel_and_isolated() {}

#[parallel_span("name")]
async fn span_and_parallel() {}

pub(crate) fn main() {
    same();
    both();
    parallel_and_isolated();
    drop(span_and_parallel());
}
