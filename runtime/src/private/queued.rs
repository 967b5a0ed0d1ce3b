//! How long a unit waits between its call and its first poll, or between being made and being run.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::clock::{duration, ticks};
use crate::span::{Fields, fields};
use crate::value::Value;

/// The moment at which a unit was made.
#[derive(Clone)]
pub struct Queued {
    since: u64,
}

impl fmt::Debug for Queued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queued")
    }
}

/// Records it when the body has run for the first time: its fields come first, as the sampler may ask
/// for them.
struct Waited(Option<Duration>);

impl Drop for Waited {
    fn drop(&mut self) {
        if let Some(waited) = self.0 {
            let micros = i64::try_from(waited.as_micros()).unwrap_or(i64::MAX);
            fields(|it: &mut Fields| it.add("queued_us", || Some(Value::I64(micros))));
        }
    }
}

impl Queued {
    /// It is made now.
    pub fn now() -> Self {
        Queued { since: ticks() }
    }

    fn waited(&self) -> Duration {
        // Made before a clock was calibrated.
        if self.since == 0 { Duration::ZERO } else { duration(self.since, ticks()) }
    }

    /// A future that waits for its first poll.
    pub fn future<F: Future>(self, future: F) -> QueuedFuture<F> {
        QueuedFuture { future, queued: Some(self) }
    }

    /// A closure that waits for its call.
    pub fn closure0<T>(self, f: impl FnOnce() -> T) -> impl FnOnce() -> T {
        move || {
            let _recorded = Waited(Some(self.waited()));
            f()
        }
    }
}

pin_project! {
    /// A future that records how long it waited for its first poll.
    #[derive(Debug)]
    pub struct QueuedFuture<F> {
        #[pin]
        future: F,
        queued: Option<Queued>,
    }
}

impl<F: Future> Future for QueuedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _recorded = Waited(this.queued.take().map(|queued| queued.waited()));
        this.future.poll(cx)
    }
}
