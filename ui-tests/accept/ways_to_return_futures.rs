//! Futures behind every type that a function may return them in.
#![deny(warnings)]

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::executor::block_on;
use isohub::{parallel_span, span};

struct Named(u8);

impl Future for Named {
    type Output = u8;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
        Poll::Ready(self.0)
    }
}

#[span]
fn named() -> Named {
    Named(1)
}

#[span]
fn ready() -> std::future::Ready<u8> {
    std::future::ready(1)
}

#[span]
fn option() -> Option<impl Future<Output = u8>> {
    Some(async { 1 })
}

#[parallel_span]
fn tuple() -> (impl Future<Output = u8>, u8) {
    (async { 1 }, 1)
}

#[parallel_span]
fn boxed() -> Box<dyn Future<Output = u8> + Unpin> {
    Box::new(std::future::ready(1))
}

#[span]
fn closure() -> impl AsyncFn(Rc<u8>) -> u8 {
    async |n: Rc<u8>| *n
}

#[span]
fn closure_of_futures() -> impl Fn(u8) -> Pin<Box<dyn Future<Output = u8>>> {
    |n: u8| -> Pin<Box<dyn Future<Output = u8>>> { Box::pin(async move { n }) }
}

#[span]
fn into_future() -> impl IntoFuture<Output = u8> {
    async { 1 }
}

pub(crate) fn main() {
    let mut sum = block_on(named()) + block_on(ready()) + block_on(tuple().0);
    sum += option().map_or(0, |it| block_on(it)) + block_on(boxed()) + block_on(closure()(Rc::new(1)));
    assert_eq!(sum + block_on(closure_of_futures()(1)) + block_on(into_future().into_future()), 8);
}
