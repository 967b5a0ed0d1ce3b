use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use isohub::{HubFutureExt as _, isolated_hub, parallel_span, span};

#[isolated_hub(merge)]
fn a_value() {}

#[isolated_hub(merge)]
fn another_word() {}

#[parallel_span(merge(err))]
fn two_words() -> Result<(), String> {
    Ok(())
}

#[isolated_hub(merge)]
fn no_word() {}

#[parallel_span(merge, tags(a = 1))]
fn twice() {}

#[isolated_hub(fresh)]
fn of_nobody() {}

#[parallel_span(merge)]
fn of_no_hub() {}

#[isolated_hub]
fn of_a_stream() -> impl Stream<Item = u8> {
    #[isolated_hub(merge)]
    fn item(n: u8) -> u8 {
        n
    }
    stream::iter([1]).map(item)
}

#[parallel_span]
fn of_a_boxed_stream() -> BoxStream<'static, u8> {
    #[isolated_hub(merge)]
    fn item(n: u8) -> u8 {
        n
    }
    stream::iter([1]).map(item).boxed()
}

#[span]
fn on_block() {
    #[span]
    {}
}

#[span]
fn on_let() -> u8 {
    #[span]
    let n = 1;
    n
}

async fn spawned() {
    let work = async {};
    if let Ok(((), hub)) = tokio::spawn(work.returning_hub()).await {
        isohub::merge(hub);
    }
}

fn in_isolated() {
    drop(isohub::isolated!(merge, async {}));
}

pub(crate) fn main() {
    a_value();
    another_word();
    two_words().unwrap();
    no_word();
    twice();
    of_nobody();
    of_no_hub();
    drop((of_a_stream(), of_a_boxed_stream(), on_let(), spawned()));
    on_block();
    in_isolated();
}
