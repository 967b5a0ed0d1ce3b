//! Streams that are sinks too: what they are sent is taken in the span, as in that of one started by hand.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::{Entered, StreamInSpan};
use crate::record::Outcome;
use crate::span::handle::sink::{closed, failed};

impl<S, O> StreamInSpan<S, O> {
    /// Looks at the sink in the span; nothing, while it is being dropped. `settled` says what the outcome is if
    /// nothing else follows.
    fn sending<T>(
        self: Pin<&mut Self>,
        send: impl FnOnce(Pin<&mut S>) -> T,
        settled: impl FnOnce(&T) -> Option<Outcome>,
    ) -> Option<T> {
        let this = self.project();
        let sink = this.stream.as_pin_mut()?;
        let mut entered = Entered::new(this.span, Outcome::Panicked);
        let sent = send(sink);
        entered.left_by = None;
        if let Some(outcome) = settled(&sent).filter(|_| entered.span.if_dropped != Outcome::Error) {
            entered.span.if_dropped = outcome;
        }
        Some(sent)
    }
}

impl<S: Sink<Item>, O, Item> Sink<Item> for StreamInSpan<S, O> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.sending(|sink| sink.poll_ready(cx), failed).unwrap_or(Poll::Pending)
    }

    fn start_send(self: Pin<&mut Self>, item: Item) -> Result<(), S::Error> {
        let failed = |sent: &Result<(), _>| sent.is_err().then_some(Outcome::Error);
        self.sending(|sink| sink.start_send(item), failed).unwrap_or(Ok(()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.sending(|sink| sink.poll_flush(cx), failed).unwrap_or(Poll::Pending)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.sending(|sink| sink.poll_close(cx), closed).unwrap_or(Poll::Pending)
    }
}
