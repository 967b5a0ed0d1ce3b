//! The body of a response.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::exchange::Exchange;

pin_project! {
    /// The body of a response, whose frames are produced in the hub and with the span of its request. Both end with
    /// it: with its last frame or an error, or when it is dropped.
    ///
    /// It is a body of the same data and errors as the one within.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        // Some until it has come to its end, so that it is dropped with the span active.
        #[pin]
        body: Option<B>,
        exchange: Option<Exchange>,
        bytes_left: Option<u64>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange {
                exchange.run(|| this.body.set(None));
            }
        }
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(body: B, exchange: Option<Exchange>, bytes_left: Option<u64>) -> Self {
        ResponseBody { body: Some(body), exchange, bytes_left }
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let Some(exchange) = this.exchange else { return body.poll_frame(cx) };
        let (polled, is_last) = exchange.run(|| {
            let polled = body.as_mut().poll_frame(cx);
            let is_last = match &polled {
                Poll::Pending => false,
                Poll::Ready(None | Some(Err(_))) => true,
                // Nobody asks for a frame after trailers, or where the body says that none will follow.
                Poll::Ready(Some(Ok(frame))) => frame.is_trailers() || body.is_end_stream(),
            };
            (polled, is_last)
        });
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(data), Some(left)) = (frame.data_ref(), this.bytes_left.as_mut()) {
                    *left = left.saturating_sub(data.remaining() as u64);
                    exchange.sent(*this.bytes_left);
                }
                if let Some(trailers) = frame.trailers_ref() {
                    exchange.read_trailers(trailers);
                }
            }
            Poll::Ready(Some(Err(_))) => exchange.fail(std::any::type_name::<B::Error>()),
            Poll::Ready(None) | Poll::Pending => {}
        }
        if is_last {
            exchange.run(|| this.body.set(None));
            if let Some(exchange) = this.exchange.take() {
                exchange.complete();
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), B::size_hint)
    }
}

/// An empty body, as of a response that a middleware makes by itself.
impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        ResponseBody::new(B::default(), None, None)
    }
}
