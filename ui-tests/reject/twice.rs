use isohub::{isolated_hub, parallel_span, span};

#[span]
#[span]
fn same() {}

#[span]
#[isolated_hub]
fn both() {}

#[parallel_span]
#[isohub::isolated_hub(fresh)]
fn parallel_and_isolated() {}

#[span("name")]
#[parallel_span]
async fn span_and_parallel() {}

fn main() {
    same();
    both();
    parallel_and_isolated();
    drop(span_and_parallel());
}
