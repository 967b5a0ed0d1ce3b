//! What stands in a function before the stream or the future that it returns runs at the call, in the hub of that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use isohub::{isolated_hub, parallel_span, span};

use super::{counting, next, run};
use crate::support::{crash, pause, tags};

#[parallel_span]
fn rows(early: bool) -> impl Stream<Item = String> {
    isohub::set_tag("made", early);
    stream::repeat_with(tags).take(1)
}

#[isolated_hub(tags(unit = "own"))]
fn boxed_rows(early: bool) -> BoxStream<'static, String> {
    isohub::set_tag("made", early);
    if early {
        return stream::repeat_with(tags).take(1).boxed();
    }
    counting("n", 1).boxed()
}

#[parallel_span]
fn future(early: bool) -> impl Future<Output = String> {
    isohub::set_tag("made", early);
    async move {
        pause().await;
        tags()
    }
}

#[isolated_hub(fresh)]
fn boxed_future(early: bool) -> BoxFuture<'static, String> {
    isohub::set_tag("made", early);
    Box::pin(async { tags() })
}

#[parallel_span]
fn opaque_in_a_box(early: bool) -> Pin<Box<impl Stream<Item = String>>> {
    isohub::set_tag("made", early);
    let items = stream::repeat_with(tags).take(1);
    if early {
        return Box::pin(items);
    }
    Box::pin(items)
}

#[parallel_span]
fn opaque_future_in_a_box(early: bool) -> Pin<Box<impl Future<Output = String>>> {
    isohub::set_tag("made", early);
    Box::pin(future(early))
}

#[parallel_span]
fn of_another(early: bool) -> impl Future<Output = String> {
    isohub::set_tag("another", early);
    future(early)
}

#[parallel_span]
fn crashing() -> impl Stream<Item = String> {
    isohub::set_tag("made", "never");
    if tags() == "creator=yes made=never" {
        crash();
    }
    stream::empty()
}

#[span]
fn shared(early: bool) -> impl Stream<Item = String> {
    isohub::set_tag("shared", early);
    stream::repeat_with(tags).take(1)
}

#[test]
fn what_makes_a_stream_or_a_future_runs_in_its_hub() {
    let tree = run(async {
        isohub::set_tag("creator", "yes");
        let (mut all, mut early) = (rows(false), boxed_rows(true));
        let futures = (future(false), boxed_future(true), of_another(true));
        catch_unwind(AssertUnwindSafe(|| drop(crashing()))).unwrap_err();
        assert_eq!(tags(), "creator=yes");
        assert_eq!(next(&mut all).as_deref(), Some("creator=yes made=false"));
        assert_eq!(next(&mut early).as_deref(), Some("creator=yes made=true unit=own"));
        let late: Vec<_> = boxed_rows(false).collect().await;
        assert_eq!(late, ["creator=yes made=false n=0 unit=own"]);
        assert_eq!(futures.0.await, "creator=yes made=false");
        assert_eq!(futures.1.await, "made=true");
        assert_eq!(futures.2.await, "another=true creator=yes made=true");
        assert_eq!(tags(), "creator=yes");
        assert_eq!(opaque_in_a_box(true).collect::<Vec<_>>().await, ["creator=yes made=true"]);
        assert_eq!(opaque_future_in_a_box(true).await, "creator=yes made=true");
        assert_eq!(tags(), "creator=yes");
        // A `#[span]` has none of its own.
        assert_eq!(next(&mut shared(true)).as_deref(), Some("creator=yes shared=true"));
        assert_eq!(tags(), "creator=yes shared=true");
    });
    let expected = "\
rows cancelled {creator=yes made=false}

step {creator=yes made=false n=0 unit=own}

step {creator=yes made=false n=1 unit=own}

future {creator=yes made=false}

of_another {another=true creator=yes}

future {another=true creator=yes made=true}

opaque_in_a_box {creator=yes made=true}

opaque_future_in_a_box {creator=yes made=true}

future {creator=yes made=true}

shared cancelled {creator=yes shared=true}
";
    assert_eq!(tree, expected);
}
