use futures::stream::{self, Stream};
use isohub::{parallel_span, span, spawn_isolated};

#[span(queued)]
async fn a_value() {}

#[parallel_span(queued)]
async fn parentheses() {}

#[span(queued, op = "job")]
async fn twice() {}

#[span]
fn runs_at_once() {}

#[parallel_span(queued)]
async fn of_no_span() {}

#[span]
fn on_block() {
    #[span]
    {}
}

#[span]
async fn on_statement() {
    #[parallel_span("ready")]
    std::future::ready(()).await;
}

async fn without_a_name() {
    spawn_isolated!("name", queued, async {});
}

fn in_isolated() {
    drop(isohub::parallel!("name", queued, async {}));
}

#[parallel_span(queued)]
fn misspelt() -> impl Stream<Item = u8> {
    stream::iter([1])
}

pub(crate) fn main() {
    drop((a_value(), parentheses(), twice(), on_statement(), without_a_name()));
    runs_at_once();
    drop(of_no_span());
    on_block();
    in_isolated();
    drop(misspelt());
}
