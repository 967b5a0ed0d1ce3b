use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use isohub::{isolated_hub, parallel_span, span, spawn_isolated};

#[isolated_hub(merge = true)]
fn a_value() {}

#[isolated_hub(merge(always))]
fn another_word() {}

#[parallel_span(merge(err, ok))]
fn two_words() {}

#[isolated_hub(merge())]
fn no_word() {}

// Two messages: the places of both.
#[parallel_span(merge, tags(a = 1), merge(err))]
fn twice() {}

// Two messages: the places of both.
#[isolated_hub(fresh, merge)]
fn of_nobody() {}

#[span(merge)]
fn of_no_hub() {}

#[isolated_hub(merge)]
fn of_a_stream() -> impl Stream<Item = u8> {
    stream::iter([1])
}

#[parallel_span(merge(err))]
fn of_a_boxed_stream() -> BoxStream<'static, u8> {
    stream::iter([1]).boxed()
}

#[span]
fn on_block() {
    #[isolated_hub(merge)]
    {}
}

#[span]
fn on_let() -> u8 {
    #[parallel_span(merge(err))]
    let n = 1;
    n
}

fn spawned() {
    spawn_isolated!(merge, async {});
}

fn in_isolated() {
    drop(isohub::isolated!(merge = true, async {}));
}

fn main() {
    a_value();
    another_word();
    two_words();
    no_word();
    twice();
    of_nobody();
    of_no_hub();
    drop((of_a_stream(), of_a_boxed_stream(), on_let()));
    on_block();
    spawned();
    in_isolated();
}
