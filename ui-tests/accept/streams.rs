// Streams in every form in which a function can give one.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::pin::Pin;

use futures::stream::{self, BoxStream, FusedStream, LocalBoxStream, Stream, StreamExt, TryStream, TryStreamExt};
use isohub::{HubFutureExt as _, HubStreamExt as _, isolated_hub, parallel_span, span};

#[span(fields(count = list.len()))]
fn borrowed<'a>(list: &'a [u8]) -> impl Stream<Item = &'a u8> + Send + Unpin + 'a {
    stream::iter(list)
}

#[parallel_span("named", err)]
fn fallible<E: std::fmt::Display>(error: E) -> impl TryStream<Ok = u8, Error = E, Item = Result<u8, E>> {
    stream::iter([Ok(1), Err(error)])
}

#[isolated_hub(tags(n = n))]
fn fused(n: u8) -> impl FusedStream<Item = u8> {
    stream::iter([n]).fuse()
}

#[span]
fn boxed(some: bool) -> Pin<Box<dyn Stream<Item = u8> + Send + 'static>> {
    if !some {
        return stream::empty().boxed();
    }
    Box::pin(stream::iter([1]))
}

#[span(error_if = |n| *n == 0)]
fn aliased(list: Vec<u8>) -> BoxStream<'static, u8> {
    stream::iter(list).boxed()
}

struct Rows(Vec<u8>);

#[parallel_span]
impl Rows {
    fn rows(&self) -> LocalBoxStream<'_, u8> {
        stream::iter(&self.0).copied().boxed_local()
    }

    fn into_rows(self) -> impl Stream<Item = u8> {
        stream::iter(self.0)
    }
}

trait Copied: Stream {
    fn copied(self) -> impl Stream<Item = u8>;
}

impl<'a, S: Stream<Item = &'a u8>> Copied for S {
    #[span]
    fn copied(self) -> impl Stream<Item = u8> {
        self.map(|n| *n)
    }
}

/// Makes a generator of what it is given, as async-stream does.
macro_rules! stream {
    ($(yield $item:expr;)*) => { stream::iter([$($item),*]) };
}

#[span]
async fn generated_in_blocks() -> Vec<u8> {
    #[isolated_hub]
    {
        let mut generator = std::pin::pin!(stream! {
            yield 1;
            yield 2;
        });
        generator.next().await;
        let rest = generator.collect::<Vec<_>>().await;
        #[span("all")]
        let all = stream! { yield 3; }.chain(stream::iter(rest)).collect::<Vec<_>>().await;
        all
    }
}

pub(crate) fn main() {
    let all = async {
        let _ = fallible("error").try_collect::<Vec<_>>().await.unwrap_err();
        let rows = Rows(vec![1, 2]);
        let sums = [
            borrowed(&[1, 2]).copied().collect::<Vec<_>>().await,
            fused(3).collect().await,
            boxed(true).collect().await,
            boxed(false).collect().await,
            aliased(vec![0, 1]).isolated().collect().isolated().await,
            rows.rows().collect().await,
            rows.into_rows().in_span(isohub::start_span!("by hand")).collect().await,
            generated_in_blocks().await,
        ];
        sums.concat()
    };
    assert_eq!(futures::executor::block_on(all), [1, 2, 3, 1, 0, 1, 1, 2, 1, 2, 3, 2]);
}
