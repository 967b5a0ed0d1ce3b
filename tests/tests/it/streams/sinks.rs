//! Sinks: what is sent is taken, encoded and written in the sink's hub; also of a stream that is a sink.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::channel::mpsc;
use futures::stream::StreamExt;
use futures::{Sink, SinkExt, Stream};
use isohub::{Hub, HubStreamExt, parallel_span, span, start_span};

use super::{next, run};
use crate::support::{Log, Witness, crash, poll_to_end, tags};

/// A line that somebody reads and writes: what is written is read again. It notes in which hub what
/// is done to it, and sets a tag to what it was sent.
struct Line {
    log: Log,
    sent: Vec<u8>,
    waits: bool,
    _dropped: Witness,
}

impl Line {
    fn new(log: &Log) -> Self {
        Line { log: log.clone(), sent: Vec::new(), waits: true, _dropped: log.witness("line") }
    }

    fn ready(&mut self, what: &str, cx: &Context<'_>) -> Poll<Result<(), u8>> {
        self.waits = !self.waits;
        if !self.waits {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.log.note(format!("{what}: {}", tags()));
        Poll::Ready(Ok(()))
    }
}

impl Sink<u8> for Line {
    type Error = u8;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), u8>> {
        self.ready("ready", cx)
    }

    fn start_send(mut self: Pin<&mut Self>, item: u8) -> Result<(), u8> {
        isohub::set_tag("sent", item);
        start_span!("encode", item).in_scope(|| ());
        match item {
            13 => Err(item),
            66 => crash(),
            _ => {
                self.sent.push(item);
                Ok(())
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), u8>> {
        self.ready("flush", cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), u8>> {
        self.ready("close", cx)
    }
}

impl Stream for Line {
    type Item = (u8, String);

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<(u8, String)>> {
        Poll::Ready(self.sent.pop().map(|item| (item, tags())))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.sent.len(), None)
    }
}

const SENT: [&str; 4] =
    ["ready: at=line", "flush: at=line sent=1", "close: at=line sent=1", "line: at=line sent=1"];

#[test]
fn everything_that_is_done_to_a_sink_is_done_in_its_hub() {
    let log = Log::default();
    poll_to_end(async {
        isohub::set_tag("at", "line");
        let mut sink = Hub::current().bind(Line::new(&log));
        isohub::set_tag("at", "sender");
        sink.send(1).await.expect("sent");
        sink.close().await.expect("closed");
        drop(sink);
        assert_eq!(tags(), "at=sender");
    });
    assert_eq!(log.lines(), SENT);
}

#[test]
fn a_stream_that_is_a_sink_is_both_in_one_hub() {
    let log = Log::default();
    poll_to_end(async {
        isohub::set_tag("at", "line");
        let mut line = Line::new(&log).isolated();
        isohub::set_tag("at", "owner");
        line.send(1).await.expect("sent");
        assert_eq!(line.size_hint(), (1, None));
        assert_eq!(line.next().await, Some((1, "at=line sent=1".to_owned())));
        line.close().await.expect("closed");
        drop(line);
        assert_eq!(tags(), "at=owner");
    });
    assert_eq!(log.lines(), SENT);
}

#[test]
fn the_halves_of_a_bound_line_share_its_hub_and_no_other() {
    let log = Log::default();
    poll_to_end(async {
        let (mut sink, mut stream) = Line::new(&log).bind_hub(Hub::base().with_tag("at", "line")).split();
        let sending = async {
            isohub::set_tag("half", "sending");
            sink.send(1).await.expect("sent");
            assert_eq!(tags(), "half=sending");
        };
        let receiving = async {
            isohub::set_tag("half", "receiving");
            crate::support::pauses(4).await;
            assert_eq!(stream.next().await, Some((1, "at=line sent=1".to_owned())));
            assert_eq!(tags(), "half=receiving");
        };
        isohub::join!(sending, receiving);
    });
}

#[test]
fn an_error_and_a_panic_of_a_sink_put_the_senders_hub_back() {
    let log = Log::default();
    isohub::set_tag("at", "sender");
    let mut sink = Box::pin(Hub::base().bind(Line::new(&log)));
    assert_eq!(sink.as_mut().start_send(13), Err(13));
    assert_eq!(tags(), "at=sender");
    catch_unwind(AssertUnwindSafe(|| sink.as_mut().start_send(66))).unwrap_err();
    assert_eq!(tags(), "at=sender");
    drop(sink);
    assert_eq!(log.lines(), ["line: sent=66"]);
}

#[test]
fn the_sender_of_a_channel_is_a_sink_that_can_be_bound() {
    poll_to_end(async {
        let (sender, receiver) = mpsc::channel::<u8>(1);
        let mut sender = Hub::current().bind(sender);
        let receiver = HubStreamExt::isolated(receiver);
        let (sent, received) = futures::join!(
            async {
                sender.send_all(&mut futures::stream::iter([1, 2].map(Ok))).await.expect("received");
                drop(sender);
            },
            receiver.map(|n| n + 1).collect::<Vec<_>>()
        );
        assert_eq!((sent, received), ((), vec![2, 3]));
    });
}

/// A stream and a sink, of which the function says no more.
#[parallel_span(tags(unit = "both"), fields(n))]
fn both(log: &Log, n: u8) -> impl Stream<Item = (u8, String)> + Sink<u8, Error = u8> + Unpin + use<> {
    Line { sent: vec![n], ..Line::new(log) }
}

#[span]
fn spanned(log: &Log) -> impl Stream<Item = (u8, String)> + Sink<u8, Error = u8> + Unpin + use<> {
    Line::new(log)
}

#[test]
fn an_annotated_function_may_return_a_stream_that_is_a_sink() {
    let log = Log::default();
    let tree = run(async {
        let mut line = both(&log, 0);
        assert_eq!(next(&mut line), Some((0, "unit=both".to_owned())));
        line.send(1).await.expect("sent");
        assert_eq!(next(&mut line), Some((1, "sent=1 unit=both".to_owned())));
        assert_eq!(next(&mut line), None);

        let mut closed = spanned(&log);
        closed.send(2).await.expect("sent");
        closed.close().await.expect("closed");
        drop(closed);
        let mut failed = spanned(&log);
        assert_eq!(failed.send(13).await, Err(13));
        failed.close().await.expect("closed");
        drop(failed);
        let mut crashed = Box::pin(spanned(&log));
        catch_unwind(AssertUnwindSafe(|| crashed.as_mut().start_send(66))).unwrap_err();
        drop(crashed);
        let mut unfinished = spanned(&log);
        unfinished.send(3).await.expect("sent");
    });
    let expected = "\
both n=0 {sent=1 unit=both}
  encode item=1

spanned {sent=2}
  - drop line
  encode item=2

spanned error {sent=13}
  - drop line
  encode item=13

spanned panicked {sent=66}
  encode item=66

spanned cancelled {sent=3}
  - drop line
  encode item=3
";
    assert_eq!(tree, expected);
}

#[test]
fn what_precedes_the_stream_precedes_what_is_sent() {
    let log = Log::default();
    let tree = run(async {
        let mut line = both(&log, 9);
        line.send(1).await.expect("sent");
        drop(line);
    });
    assert_eq!(tree, "both cancelled n=9 {sent=1 unit=both}\n  - drop line\n  encode item=1\n");
    assert_eq!(log.lines()[0], "ready: unit=both");
}

#[test]
fn in_a_span_that_was_started_by_hand() {
    let log = Log::default();
    let tree = run(async {
        let line = |name| HubStreamExt::in_span(Line::new(&log), name);
        let mut ended = line(start_span!("ended"));
        ended.send(1).await.expect("sent");
        assert_eq!(ended.next().await.map(|it| it.0), Some(1));
        assert_eq!(ended.next().await, None);
        let mut closed = line(start_span!("closed"));
        closed.close().await.expect("closed");
        let mut failed = line(start_span!("failed"));
        assert_eq!(failed.feed(13).await, Err(13));
        failed.close().await.expect("closed");
        let mut crashed = Box::pin(line(start_span!("crashed")));
        catch_unwind(AssertUnwindSafe(|| crashed.as_mut().start_send(66))).unwrap_err();
        let unfinished = line(start_span!("unfinished"));
        drop((closed, failed, crashed, unfinished));
        assert!(isohub::current_span().context().is_none());
    });
    let expected = "\
ended
  encode item=1

closed
  - drop line

failed error
  - drop line
  encode item=13

crashed panicked
  encode item=66

unfinished cancelled
  - drop line
";
    assert_eq!(tree, expected);
}
