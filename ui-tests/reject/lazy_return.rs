use futures::stream::{self, BoxStream, Stream, StreamExt};

#[isohub::span]
fn doubled(list: &[u8]) -> impl Iterator<Item = u8> {
    list.iter().map(|n| n * 2)
}

#[isohub::parallel_span]
fn boxed(list: &[u8]) -> Box<dyn Iterator<Item = &u8> + '_> {
    Box::new(list.iter())
}

#[isohub::isolated_hub]
fn streamed() -> impl Stream<Item = u8> + Send {
    stream::iter([1])
}

#[isohub::span]
fn boxed_stream() -> BoxStream<'static, u8> {
    stream::iter([1]).boxed()
}

fn main() {
    let _ = (doubled(&[1]).count(), boxed(&[1]).count(), streamed(), boxed_stream());
}
