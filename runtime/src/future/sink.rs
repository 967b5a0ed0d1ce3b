//! Sinks that run in a hub of their own: what is sent is taken, encoded and written there.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::InHub;
use super::stream::Prefaced;

impl<S: Sink<Item>, Item> Sink<Item> for InHub<S> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.in_hub(|sink| sink.poll_ready(cx)).unwrap_or(Poll::Pending)
    }

    fn start_send(self: Pin<&mut Self>, item: Item) -> Result<(), S::Error> {
        self.in_hub(|sink| sink.start_send(item)).unwrap_or(Ok(()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.in_hub(|sink| sink.poll_flush(cx)).unwrap_or(Poll::Pending)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.in_hub(|sink| sink.poll_close(cx)).unwrap_or(Poll::Pending)
    }
}

impl<S: Sink<Item>, P: FnOnce(), Item> Sink<Item> for Prefaced<S, P> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.begun().poll_ready(cx)
    }

    fn start_send(self: Pin<&mut Self>, item: Item) -> Result<(), S::Error> {
        self.begun().start_send(item)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.begun().poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.begun().poll_close(cx)
    }
}
