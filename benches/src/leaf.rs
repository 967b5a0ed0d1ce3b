//! What is instrumented: as little as can be, so that only the instrumentation costs anything.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// The body of every measured function.
#[inline(always)]
pub fn leaf(x: u64) -> u64 {
    black_box(x).wrapping_mul(3)
}

/// Calls `f` so many times.
#[inline]
pub fn repeat(n: u64, mut f: impl FnMut(u64) -> u64) {
    for i in 0..n {
        black_box(f(i));
    }
}

/// Never ready, and nothing else.
#[derive(Debug)]
pub struct Never;

impl Future for Never {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        black_box(Poll::Pending)
    }
}

/// Ready when it is polled a second time.
#[derive(Debug, Default)]
pub struct Yield {
    polled: bool,
}

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls until it is ready.
pub fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = black_box(future.as_mut().poll(&mut cx)) {
            return output;
        }
    }
}

/// Polls `n` times what is never ready.
pub fn poll<F: Future>(mut future: Pin<&mut F>, n: u64) {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..n {
        let _ = black_box(future.as_mut().poll(&mut cx).is_ready());
    }
}
