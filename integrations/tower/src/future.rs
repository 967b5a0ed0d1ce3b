//! The future of a response.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::ENABLED;
use crate::body::ResponseBody;
use crate::exchange::{After, Exchange};

pin_project! {
    /// The future of a response, whose request has a span; made by [`ServerService`](crate::ServerService) and
    /// [`ClientService`](crate::ClientService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        // Some until it completes, so that it is dropped with the span active.
        #[pin]
        future: Option<F>,
        // None in a build without recording.
        exchange: Option<Exchange>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange {
                exchange.run(|| this.future.set(None));
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    /// Calls `service`, which said that it was ready, in the exchange that `begin` makes of the request.
    pub(crate) fn of_call<S, Q>(
        service: &mut S,
        request: Request<Q>,
        begin: impl FnOnce(&mut Parts) -> Exchange,
    ) -> Self
    where
        S: Service<Request<Q>, Future = F>,
    {
        if !ENABLED {
            return ResponseFuture { future: Some(service.call(request)), exchange: None };
        }
        let (mut parts, body) = request.into_parts();
        let mut exchange = begin(&mut parts);
        let request = Request::from_parts(parts, body);
        let future = exchange.run(|| service.call(request));
        ResponseFuture { future: Some(future), exchange: Some(exchange) }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let Some(exchange) = this.exchange else {
            return future
                .poll(cx)
                .map_ok(|response| response.map(|body| ResponseBody::new(body, None, None)));
        };
        let result = ready!(exchange.run(|| future.poll(cx)));
        exchange.run(|| this.future.set(None));
        let Some(mut exchange) = this.exchange.take() else { return Poll::Pending };
        Poll::Ready(match result {
            Ok(mut response) => {
                let (exchange, bytes_left) = match exchange.answer(&mut response) {
                    After::Body { bytes_left } => (Some(exchange), bytes_left),
                    After::Nothing => (None, None),
                };
                Ok(response.map(|body| ResponseBody::new(body, exchange, bytes_left)))
            }
            Err(error) => {
                exchange.fail(std::any::type_name::<E>());
                exchange.complete();
                Err(error)
            }
        })
    }
}
