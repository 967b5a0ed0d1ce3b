//! Sinks, such as the other half of a stream, that run in a span that was started by hand.
//!
//! Neither an error nor a close ends the span, since what is received may go on; they say what the drop means.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::Within;
use crate::record::Outcome;

impl<S> Within<S> {
    /// Looks at the sink in the span. `settled` says what the outcome is if nothing else follows.
    fn sending<T>(
        self: Pin<&mut Self>,
        send: impl FnOnce(Pin<&mut S>) -> T,
        settled: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let this = self.project();
        let sent = this.active.polling(|| (send(this.future), None));
        if let Some(outcome) = settled(&sent).filter(|_| this.active.span.outcome != Outcome::Error) {
            this.active.span.outcome = outcome;
        }
        sent
    }
}

impl<S: Sink<Item>, Item> Sink<Item> for Within<S> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.sending(|sink| sink.poll_ready(cx), failed)
    }

    fn start_send(self: Pin<&mut Self>, item: Item) -> Result<(), S::Error> {
        self.sending(|sink| sink.start_send(item), |sent| sent.is_err().then_some(Outcome::Error))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.sending(|sink| sink.poll_flush(cx), failed)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.sending(|sink| sink.poll_close(cx), closed)
    }
}

/// What a poll says of the outcome.
pub(in crate::span) fn failed<E>(poll: &Poll<Result<(), E>>) -> Option<Outcome> {
    matches!(poll, Poll::Ready(Err(_))).then_some(Outcome::Error)
}

/// What a close says of the outcome: who drops what was closed has not cancelled anything.
pub(in crate::span) fn closed<E>(poll: &Poll<Result<(), E>>) -> Option<Outcome> {
    match poll {
        Poll::Pending => None,
        Poll::Ready(Ok(())) => Some(Outcome::Ok),
        Poll::Ready(Err(_)) => Some(Outcome::Error),
    }
}
