use futures::stream::{self, Stream};

#[isohub::span]
fn doubled(list: &[u8]) -> impl Iterator<Item = u8> {
    list.iter().map(|n| n * 2)
}

#[isohub::parallel_span]
fn boxed(list: &[u8]) -> Box<dyn Iterator<Item = &u8> + '_> {
    Box::new(list.iter())
}

#[isohub::isolated_hub]
fn both_ends() -> impl DoubleEndedIterator<Item = u8> + Clone {
    0..3
}

#[isohub::parallel_span]
fn unpinned_stream() -> Box<dyn Stream<Item = u8> + Unpin> {
    Box::new(stream::iter([1]))
}

#[isohub::parallel_span(ret)]
fn returning() -> impl Stream<Item = u8> {
    stream::iter([1])
}

#[isohub::span]
mod in_a_container {
    pub(super) fn lazy() -> impl Iterator<Item = u8> {
        std::iter::empty()
    }
}

fn main() {
    let _ = (doubled(&[1]).count(), boxed(&[1]).count(), both_ends().rev().count());
    drop((unpinned_stream(), returning(), in_a_container::lazy()));
}
