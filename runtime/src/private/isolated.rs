//! Which futures have a hub of their own, so that what an annotated body spawns can be checked by type.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::future::{InHub, ReturningHub};
use crate::span::InParallelSpan;

/// A future that has a hub of its own, or one in a box, of which nothing is known.
#[diagnostic::on_unimplemented(
    message = "this task would not inherit the hub: use `isohub::spawn_isolated!(..)`",
    label = "this future has no hub of its own",
    note = "or put `#[isolated_hub]` or `#[parallel_span]` on the function that is called, or write \
            `allow(bare_spawn)` in the attribute if it is meant"
)]
pub trait Isolated {
    /// The future itself. A method, because the compiler would show where a function's bound is written.
    #[inline]
    fn __isohub_isolated(self) -> Self
    where
        Self: Sized,
    {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F> Isolated for InHub<F> {}

#[diagnostic::do_not_recommend]
impl<F, O> Isolated for InParallelSpan<F, O> {}

#[diagnostic::do_not_recommend]
impl<F> Isolated for ReturningHub<F> {}

#[diagnostic::do_not_recommend]
impl<F: ?Sized> Isolated for Pin<Box<F>> {}

#[diagnostic::do_not_recommend]
impl<F: ?Sized> Isolated for Box<F> {}

#[diagnostic::do_not_recommend]
impl<F> Isolated for Marked<F> {}

/// What an annotated function says of the future that it returns. For a function of a trait this is a
/// demand on each implementation, which needs words of its own.
#[diagnostic::on_unimplemented(
    message = "the trait's function returns a future that has a hub of its own, and this one does not",
    label = "this future has no hub of its own",
    note = "put `#[isolated_hub]` or `#[parallel_span]` on this function too"
)]
pub trait ReturnsIsolated: Isolated {}

#[diagnostic::do_not_recommend]
impl<F: Isolated> ReturnsIsolated for F {}

pin_project! {
    /// A future that would have a hub of its own in a build that records: such a build must accept and
    /// refuse the same program.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Marked<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Marked<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

/// Marks a future in a build that does not record.
#[inline]
pub fn marked_future<F: Future>(future: F) -> Marked<F> {
    Marked { future }
}
