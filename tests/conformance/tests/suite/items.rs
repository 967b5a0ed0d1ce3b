//! Streams, sinks and bodies: each item is produced in the unit. A switch of the unit is an item.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt as _;
use isohub::{Hub, HubBodyExt, HubStreamExt, parallel_span};
use isohub_conformance::{Ability, Body, Ending, Refused, caught};

use crate::one_task::{self, Calls, HUB_ONLY, REUSE, Unit};

const MERGE: (Ability, &str) = (Ability::Merge, "what it writes ends with it");

/// What its body does between two switches, it does for one item.
struct Items(Option<Body>);

impl Stream for Items {
    type Item = Ending;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Ending>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        let Poll::Ready(ending) = body.as_mut().poll(cx) else { return Poll::Ready(Some(Ok(()))) };
        self.0 = None;
        Poll::Ready(ending.is_err().then_some(ending))
    }
}

fn of(make: fn(Body) -> Unit, lacks: &'static [(Ability, &'static str)]) -> Calls {
    Calls { make, lacks, ..one_task::join_all() }
}

/// Takes all items, and lets others do so between them.
async fn consumed(stream: impl Stream<Item = Ending>) -> Ending {
    let mut stream = std::pin::pin!(stream);
    while let Some(item) = stream.next().await {
        item?;
        isohub_conformance::switch().await;
    }
    Ok(())
}

pub(crate) fn stream() -> Calls {
    #[parallel_span("unit")]
    fn unit(body: Body) -> impl Stream<Item = Ending> {
        Items(Some(body))
    }
    of(|body| Box::pin(caught(consumed(unit(body)))), &[REUSE, MERGE])
}

pub(crate) fn stream_isolated() -> Calls {
    of(
        |body| Box::pin(caught(consumed(HubStreamExt::isolated(Items(Some(body)))))),
        &[REUSE, MERGE, HUB_ONLY],
    )
}

pub(crate) fn generator() -> Calls {
    #[parallel_span("unit")]
    fn unit(body: Body) -> impl Stream<Item = Ending> {
        async_stream::stream! {
            let mut items = Items(Some(body));
            while let Some(item) = items.next().await {
                yield item;
            }
        }
    }
    of(|body| Box::pin(caught(consumed(unit(body)))), &[REUSE, MERGE])
}

/// The body goes on when something is sent, and refuses what comes after it.
impl Sink<()> for Items {
    type Error = Ending;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, (): ()) -> Result<(), Ending> {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        match self.as_mut().poll_next(&mut cx) {
            Poll::Ready(Some(Ok(()))) | Poll::Pending => Ok(()),
            Poll::Ready(Some(Err(refused))) => Err(Err(refused)),
            Poll::Ready(None) => Err(Ok(())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        self.poll_ready(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        self.poll_ready(cx)
    }
}

pub(crate) fn sink() -> Calls {
    fn make(body: Body) -> Unit {
        let mut sink = Hub::current().bind(Items(Some(body)));
        Box::pin(caught(async move {
            loop {
                if let Err(ending) = sink.send(()).await {
                    return ending;
                }
                isohub_conformance::switch().await;
            }
        }))
    }
    of(make, &[REUSE, MERGE, HUB_ONLY])
}

impl HttpBody for Items {
    type Data = &'static [u8];
    type Error = Refused;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<&'static [u8]>, Refused>>> {
        self.poll_next(cx).map(|item| item.map(|item| item.map(|()| Frame::data(&b"item"[..]))))
    }
}

pub(crate) fn http_body() -> Calls {
    fn make(body: Body) -> Unit {
        let mut body = HubBodyExt::isolated(Items(Some(body)));
        Box::pin(caught(async move {
            while let Some(frame) = body.frame().await {
                frame?;
                isohub_conformance::switch().await;
            }
            Ok(())
        }))
    }
    of(make, &[REUSE, MERGE, HUB_ONLY])
}
