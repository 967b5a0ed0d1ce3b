//! Bodies of HTTP messages that run in a span that was started by hand.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

use super::{Span, Within};
use crate::record::Outcome;

impl<B: Body> Within<B> {
    pub(crate) fn of_body(body: B, span: Span) -> Self {
        let mut within = Within::new(body, span);
        // Nobody asks a body for a frame that says that it has none.
        if within.future.is_end_stream() {
            within.active.span.outcome = Outcome::Ok;
        }
        within
    }
}

impl<B: Body> Body for Within<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let mut body = this.future;
        this.active.polling(|| {
            let poll = body.as_mut().poll_frame(cx);
            let ended = match &poll {
                Poll::Pending => None,
                Poll::Ready(None) => Some(Outcome::Ok),
                Poll::Ready(Some(Err(_))) => Some(Outcome::Error),
                Poll::Ready(Some(Ok(_))) => body.is_end_stream().then_some(Outcome::Ok),
            };
            (poll, ended)
        })
    }

    fn is_end_stream(&self) -> bool {
        self.future.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.future.size_hint()
    }
}
