//! Bodies of HTTP messages: each frame is produced in the hub and the span of the body.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use isohub::{Hub, HubBodyExt, HubStreamExt, parallel_span, start_span};

use super::run;
use crate::support::{Log, Witness, crash, poll_to_end, tags};

/// Gives as many frames as it says, and notes in which hub.
struct Counted {
    left: u64,
    says_its_end: bool,
    log: Log,
    _dropped: Option<Witness>,
}

impl Counted {
    fn new(log: &Log, left: u64) -> Self {
        Counted { left, says_its_end: true, log: log.clone(), _dropped: Some(log.witness("body")) }
    }
}

impl Body for Counted {
    type Data = &'static [u8];
    type Error = String;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, String>>> {
        match self.left {
            0 => return Poll::Ready(None),
            13 => return Poll::Ready(Some(Err("broken".to_owned()))),
            66 => crash(),
            _ => {}
        }
        isohub::set_tag("left", self.left);
        start_span!("frame").in_scope(|| ());
        self.log.note(tags());
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(b"."))))
    }

    fn is_end_stream(&self) -> bool {
        self.says_its_end && self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// All that a body gives, in the way of a server: it asks no more when it hears that nothing will follow.
fn sent<B: Body<Data = &'static [u8]>>(body: B) -> Result<usize, B::Error> {
    let mut body = std::pin::pin!(body);
    let mut length = 0;
    while !body.is_end_stream() {
        let Some(frame) = poll_to_end(body.frame()) else { break };
        length += frame?.into_data().map_or(0, <[u8]>::len);
    }
    Ok(length)
}

#[test]
fn frames_are_produced_and_dropped_in_the_hub_of_the_body() {
    let log = Log::default();
    isohub::set_tag("handler", "yes");
    let body = HubBodyExt::isolated(Counted::new(&log, 2));
    isohub::remove_tag("handler");
    assert_eq!(body.size_hint().exact(), Some(2));
    assert_eq!(sent(body), Ok(2));
    assert_eq!(tags(), "");
    assert_eq!(log.lines(), ["handler=yes left=2", "handler=yes left=1", "body: handler=yes left=1"]);
}

#[test]
fn a_body_keeps_its_end_and_its_size_and_is_passed_on_as_it_was() {
    let hub = || Hub::base();
    assert!(Empty::<&[u8]>::new().bind_hub(hub()).is_end_stream());
    let full = hub().bind(Full::new(&b"abc"[..]));
    assert!(!full.is_end_stream());
    assert_eq!(full.size_hint().exact(), Some(3));
    let boxed = HubBodyExt::in_span(full, start_span!("none")).boxed_unsync();
    assert_eq!(boxed.size_hint().exact(), Some(3));
    assert_eq!(poll_to_end(boxed.collect()).expect("infallible").to_bytes(), "abc");
}

#[test]
fn a_body_that_is_a_stream_is_both() {
    let frames = stream::repeat_with(|| Ok::<_, ()>(Frame::data(std::io::Cursor::new(tags()))));
    let both = HubStreamExt::bind_hub(StreamBody::new(frames), Hub::base().with_tag("at", "body"));
    let mut both = std::pin::pin!(both);
    let frame = poll_to_end(both.frame()).expect("endless").expect("no error");
    assert_eq!(frame.into_data().expect("data").into_inner(), "at=body");
    let item = poll_to_end(futures::StreamExt::next(&mut both)).expect("endless").expect("no error");
    assert_eq!(item.into_data().expect("data").into_inner(), "at=body");
}

#[test]
fn the_span_of_a_body_ends_with_it_however_that_is_learnt() {
    let log = Log::default();
    let tree = run(async {
        let within = |name, left| HubBodyExt::in_span(Counted::new(&log, left), name);
        assert_eq!(sent(within(start_span!("told"), 2)), Ok(2));
        let untold = Counted { says_its_end: false, ..Counted::new(&log, 1) };
        assert_eq!(sent(HubBodyExt::in_span(untold, start_span!("asked"))), Ok(1));
        assert_eq!(sent(within(start_span!("empty"), 0)), Ok(0));
        assert_eq!(sent(within(start_span!("broken"), 13)), Err("broken".to_owned()));
        let mut half = Box::pin(within(start_span!("half"), 2));
        assert!(half.frame().await.is_some());
        drop(half);
        let mut crashing = Box::pin(within(start_span!("crashing"), 66));
        catch_unwind(AssertUnwindSafe(|| poll_to_end(crashing.frame()).is_some())).unwrap_err();
        // It is still there, and its span has ended.
        let mut kept = Box::pin(within(start_span!("kept"), 1));
        assert!(kept.frame().await.is_some());
        start_span!("after").in_scope(|| ());
        drop(kept);
    });
    // What is dropped after the end is dropped outside the span.
    let expected = "\
told
  frame
  frame

asked
  frame

empty
  - drop body

broken error

half cancelled
  - drop body
  frame

crashing panicked

kept
  frame

after
";
    assert_eq!(tree, expected);
}

#[parallel_span(tags(handler = name))]
async fn handler(name: &'static str, log: Log) -> impl Body<Data = &'static [u8], Error = String> {
    isohub::set_tag("user", name);
    // Its drop is not noted: the handler's span has ended by then.
    Counted { left: 1, says_its_end: true, log, _dropped: None }.isolated()
}

#[test]
fn what_a_handler_set_is_there_while_its_body_is_sent_and_not_after() {
    let log = Log::default();
    let tree = run(async {
        for name in ["first", "second"] {
            let body = handler(name, log.clone()).await;
            assert_eq!(tags(), "");
            assert_eq!(sent(body), Ok(1));
            assert_eq!(tags(), "");
        }
    });
    assert_eq!(log.lines(), ["first", "second"].map(|name| format!("handler={name} left=1 user={name}")));
    let of = |name| format!("handler {{handler={name} user={name}}}\n  frame\n");
    assert_eq!(tree, of("first") + "\n" + &of("second"));
}

#[test]
fn a_body_may_take_over_the_hub_in_which_its_handler_ran() {
    use isohub::HubFutureExt as _;
    let log = Log::default();
    let (body, hub) = poll_to_end(
        async {
            let body = Counted::new(&log, 1);
            isohub::set_tag("written", "last");
            body
        }
        .returning_hub(),
    );
    assert_eq!(sent(hub.bind(body)), Ok(1));
    assert_eq!(log.lines()[0], "left=1 written=last");
    assert_eq!(tags(), "");
}
