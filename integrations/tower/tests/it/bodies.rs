//! Bodies that are sent when the handler has returned.

use std::convert::Infallible;
use std::sync::{Arc, Weak};

use axum::body::{Body, Bytes};
use futures::stream::{self, StreamExt as _};
use http::{Request, Response, StatusCode};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt as _, Full, StreamBody};
use isohub::Outcome;
use isohub::testing::Recorder;
use isohub_tower::{ResponseBody, ServerLayer};
use tower::{Layer as _, ServiceExt as _};

use crate::support::{answers, block_on, get, open, outline, settled, tags, text};

isohub::hub_local! {
    static HELD: Arc<()>;
}

/// What the handler sets is seen in each chunk, and each chunk sets something.
fn chunks(n: usize) -> Body {
    isohub::set_tag("handler", true);
    let chunks = stream::iter(0..n).map(|n| {
        isohub::start_span!("chunk").in_scope(|| ());
        let seen = tags();
        isohub::set_tag("chunk", n);
        Ok::<_, Infallible>(Frame::data(Bytes::from(format!("{seen};"))))
    });
    Body::new(StreamBody::new(chunks))
}

async fn answered(recorder: &Recorder, make: impl Fn() -> Body + Clone) -> Response<ResponseBody<Body>> {
    answered_to(recorder, get("/"), move |_| Response::new(make())).await
}

async fn answered_to(
    recorder: &Recorder,
    request: Request<Body>,
    make: impl Fn(Request<Body>) -> Response<Body> + Clone,
) -> Response<ResponseBody<Body>> {
    recorder.run(ServerLayer::new().layer(answers(make)).oneshot(request)).await.expect("infallible")
}

#[test]
fn tags_and_spans_are_there_while_a_body_is_sent() {
    let recorder = Recorder::new();
    block_on(async {
        let mut body = answered(&recorder, || chunks(2)).await.into_body();
        let mut said = String::new();
        while let Some(frame) = body.frame().await {
            said.push_str(&String::from_utf8_lossy(frame.expect("no error").data_ref().expect("data")));
            assert_eq!(tags(), "", "between two frames");
        }
        assert_eq!(said, "handler=true;chunk=0,handler=true;");
        assert!(body.is_end_stream() && body.size_hint().exact() == Some(0) && body.frame().await.is_none());
        // The span has ended, though the body is still there.
        assert_eq!(outline(&recorder), "GET {chunk=1 handler=true}\n  chunk\n  chunk");
    });
}

#[test]
fn the_span_is_open_until_the_body_is_over() {
    let recorder = Recorder::new();
    block_on(async {
        let mut body = answered(&recorder, || chunks(1)).await.into_body();
        assert_eq!(open(&recorder), 1);
        drop(body.frame().await);
        assert_eq!(open(&recorder), 1, "it may go on");
        drop(body.frame().await);
        assert_eq!(open(&recorder), 0);
    });
}

#[test]
fn a_body_that_is_dropped_is_cancelled() {
    let recorder = Recorder::new();
    block_on(async {
        let mut body = answered(&recorder, || chunks(3)).await.into_body();
        drop(body.frame().await);
    });
    assert_eq!(outline(&recorder), "GET cancelled {chunk=0 handler=true}\n  chunk");
}

#[test]
fn what_a_body_leaves_behind_is_done_in_the_hub_of_its_request() {
    struct Left;
    impl Drop for Left {
        fn drop(&mut self) {
            isohub::set_tag("left", true);
        }
    }
    let recorder = Recorder::new();
    block_on(async {
        for read in [true, false] {
            let left = || {
                let left = Left;
                Body::from_stream(stream::once(async move {
                    let _left = left;
                    Ok::<_, Infallible>("all")
                }))
            };
            let body = answered(&recorder, left).await.into_body();
            assert!(!read || body.collect().await.is_ok());
            assert_eq!(tags(), "");
        }
    });
    assert_eq!(outline(&recorder), "GET {left=true}\nGET cancelled {left=true}");
}

#[test]
fn an_error_in_a_body_is_the_outcome() {
    let recorder = Recorder::new();
    block_on(async {
        let make = || Body::from_stream(stream::iter([Ok("a"), Err(std::io::Error::other("broken"))]));
        assert!(answered(&recorder, make).await.into_body().collect().await.is_err());
    });
    let span = recorder.span("GET");
    assert_eq!((span.outcome, text(&span, "error.type")), (Outcome::Error, "axum_core::error::Error".into()));
    assert_eq!(text(&span, "http.response.status_code"), "200");
}

#[test]
fn a_panic_in_a_body_is_the_outcome() {
    let recorder = Recorder::new();
    let panics =
        || Body::from_stream(stream::once(async { panic!("on purpose") }).map(Ok::<&str, Infallible>));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        block_on(async { answered(&recorder, panics).await.into_body().collect().await.is_ok() })
    }));
    assert!(result.is_err());
    assert_eq!(outline(&recorder), "GET panicked");
}

#[test]
fn a_body_of_known_length_is_over_with_its_last_byte() {
    let recorder = Recorder::new();
    // Servers stop asking there, although the body has not said that it is over.
    let declared =
        |_| Response::builder().header("content-length", "4").body(Body::empty()).expect("a response");
    let frames = || stream::iter(["ab", "cd"]).map(|it| Ok::<_, Infallible>(Frame::data(Bytes::from(it))));
    block_on(async {
        let make = move |request| declared(request).map(|_| Body::new(StreamBody::new(frames())));
        let mut body = answered_to(&recorder, get("/"), make).await.into_body();
        drop(body.frame().await);
        drop(body.frame().await);
        drop(body);
        let mut body = answered_to(&recorder, get("/"), make).await.into_body();
        drop(body.frame().await);
    });
    assert_eq!(outline(&recorder), "GET\nGET cancelled");
}

#[test]
fn full_and_empty_bodies_are_over_when_they_say_so() {
    let recorder = Recorder::new();
    block_on(async {
        let mut body = answered(&recorder, || Body::new(Full::new(Bytes::from("all")))).await.into_body();
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(3), false));
        drop(body.frame().await);
        assert_eq!(open(&recorder), 0, "nobody asks for a second frame");
        // Servers drop what is empty without a look.
        drop(answered(&recorder, Body::empty).await);
    });
    assert_eq!(outline(&recorder), "GET\nGET");
}

/// A body that says that it is over, and not how long it is.
struct Over;

impl http_body::Body for Over {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        std::task::Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}

#[test]
fn a_body_that_is_over_from_the_start_needs_no_length() {
    let recorder = Recorder::new();
    let service = ServerLayer::new().layer(answers(|_| Response::new(Over)));
    drop(block_on(recorder.run(service.oneshot(get("/")))));
    assert_eq!(outline(&recorder), "GET");
}

#[test]
fn what_follows_a_switch_of_protocols_is_no_part_of_the_request() {
    let recorder = Recorder::new();
    let held = block_on(async {
        let switch = |_| Response::builder().status(101).body(chunks(1)).expect("a response");
        let mut connect = get("/");
        *connect.method_mut() = http::Method::CONNECT;
        let tunnel = answered_to(&recorder, connect, |_| Response::new(chunks(1))).await;
        [tunnel, answered_to(&recorder, get("/"), switch).await]
    });
    assert_eq!(outline(&recorder), "CONNECT {handler=true}\nGET {handler=true}");
    let seen = held.map(|response| block_on(crate::support::read(response)));
    assert!(seen.iter().all(|seen| !seen.contains("handler")), "they are in the request's hub: {seen:?}");
}

#[test]
fn bodies_that_are_never_sent_are_not_cancelled() {
    let recorder = Recorder::new();
    block_on(async {
        let mut head = get("/");
        *head.method_mut() = http::Method::HEAD;
        drop(answered_to(&recorder, head, |_| Response::new(chunks(3))).await);
        for status in [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED] {
            let make = move |_| Response::builder().status(status).body(chunks(3)).expect("a response");
            drop(answered_to(&recorder, get("/"), make).await);
        }
    });
    let tags = "{handler=true}";
    assert_eq!(outline(&recorder), format!("HEAD {tags}\nGET {tags}\nGET {tags}"));
}

#[test]
fn the_hub_lives_as_long_as_the_body_and_no_longer() {
    let recorder = Recorder::new();
    let (told, held) = std::sync::mpsc::channel::<Weak<()>>();
    block_on(async {
        let make = move || {
            let value = Arc::new(());
            told.send(Arc::downgrade(&value)).expect("somebody listens");
            HELD.set(value);
            chunks(1)
        };
        let mut body = answered(&recorder, make).await.into_body();
        let held = held.recv().expect("the handler has run");
        drop(body.frame().await);
        assert!(held.upgrade().is_some());
        drop(body.frame().await);
        assert!(held.upgrade().is_none());
    });
    settled(&recorder);
}
