use std::pin::Pin;

use futures::stream::{self, Stream, StreamExt as _};

fn doubled(list: &[u8]) -> impl Iterator<Item = u8> {
    #[isohub::span]
    fn double(n: &u8) -> u8 {
        n * 2
    }
    list.iter().map(double)
}

fn boxed(list: &[u8]) -> Box<dyn Iterator<Item = &u8> + '_> {
    #[isohub::parallel_span]
    fn seen(_: &&u8) {}
    Box::new(list.iter().inspect(seen))
}

fn both_ends() -> impl DoubleEndedIterator<Item = u8> + Clone {
    #[isohub::isolated_hub]
    fn one(n: u8) -> u8 {
        n
    }
    (0..3).map(one)
}

#[isohub::parallel_span]
fn unpinned_stream() -> Pin<Box<dyn Stream<Item = u8>>> {
    Box::pin(stream::iter([1]))
}

#[isohub::parallel_span]
fn returning() -> impl Stream<Item = u8> {
    stream::iter([1]).inspect(|item| isohub::record!(item))
}

#[isohub::span]
mod in_a_container {
    #[isohub::span(skip)]
    pub(super) fn lazy() -> impl Iterator<Item = u8> {
        std::iter::empty()
    }
}

pub(crate) fn main() {
    let _ = (doubled(&[1]).count(), boxed(&[1]).count(), both_ends().rev().count());
    drop((unpinned_stream(), returning(), in_a_container::lazy()));
}
