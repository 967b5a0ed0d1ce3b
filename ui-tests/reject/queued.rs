use futures::stream::{self, Stream};
use isohub::{isolated_hub, parallel_span, span, spawn_isolated};

#[span(queued = true)]
async fn a_value() {}

#[parallel_span(queued(us))]
async fn parentheses() {}

// Two messages: the places of both.
#[span(queued, op = "job", queued)]
async fn twice() {}

#[span(queued)]
fn runs_at_once() {}

#[isolated_hub(queued)]
async fn of_no_span() {}

#[span]
fn on_block() {
    #[span(queued)]
    {}
}

#[span]
async fn on_statement() {
    #[parallel_span("ready", queued)]
    std::future::ready(()).await;
}

fn without_a_name() {
    spawn_isolated!(queued, async {});
}

fn in_isolated() {
    drop(isohub::isolated!(queued, async {}));
}

#[parallel_span(quued)]
fn misspelt() -> impl Stream<Item = u8> {
    stream::iter([1])
}

fn main() {
    drop((a_value(), parentheses(), twice(), on_statement()));
    runs_at_once();
    drop(of_no_span());
    on_block();
    without_a_name();
    in_isolated();
    drop(misspelt());
}
