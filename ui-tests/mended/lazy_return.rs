use futures::stream::{self, BoxStream, Stream, StreamExt};

fn doubled(list: &[u8]) -> impl Iterator<Item = u8> {
    #[isohub::span]
    fn double(n: &u8) -> u8 {
        n * 2
    }
    list.iter().map(double)
}

fn boxed(list: &[u8]) -> Box<dyn Iterator<Item = &u8> + '_> {
    Box::new(list.iter())
}

fn streamed() -> impl Stream<Item = u8> + Send {
    stream::iter([1])
}

fn boxed_stream() -> BoxStream<'static, u8> {
    stream::iter([1]).boxed()
}

pub(crate) fn main() {
    let _ = (doubled(&[1]).count(), boxed(&[1]).count(), streamed(), boxed_stream());
}
