//! Streams: each item is produced in the hub and the span of the function that made the stream.

mod bodies;
mod channels;
mod generators;
mod made;
mod sinks;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::stream::{self, BoxStream, FusedStream, LocalBoxStream, Stream, StreamExt, TryStreamExt};
use isohub::testing::Recorder;
use isohub::{Hub, HubStreamExt, isolated_hub, parallel_span, span, start_span};

use crate::support::{Log, crash, pause, poll_to_end, tags};

fn run(body: impl Future<Output = ()>) -> String {
    let recorder = Recorder::new();
    poll_to_end(recorder.run(body));
    recorder.tree()
}

/// The next item of a stream that is ready.
fn next<S: Stream + Unpin + ?Sized>(stream: &mut S) -> Option<S::Item> {
    match Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(item) => item,
        Poll::Pending => panic!("a stream that never waits"),
    }
}

/// Says in which hub it drops.
struct Drops(&'static str);

impl Drop for Drops {
    fn drop(&mut self) {
        let active = isohub::current_span();
        active.record(self.0, tags());
    }
}

/// Sets the tag `n` to what it counts, and gives the tags of each time.
fn counting(name: &'static str, count: u32) -> impl Stream<Item = String> + Send {
    let dropped = Drops("dropped in");
    stream::unfold((0, dropped), move |(n, dropped)| async move {
        pause().await;
        isohub::set_tag(name, n);
        step().await;
        (n < count).then(|| (tags(), (n + 1, dropped)))
    })
}

#[span]
async fn step() {
    pause().await;
}

#[parallel_span(tags(unit = name), fields(count))]
fn counted(name: &'static str, count: u32) -> impl Stream<Item = String> + Send + use<> {
    counting("n", count)
}

#[test]
fn interleaved_streams_keep_their_hubs() {
    let tree = run(async {
        isohub::set_tag("before", true);
        let (mut a, mut b) = (Box::pin(counted("a", 2)), Box::pin(counted("b", 2)));
        isohub::set_tag("later", true);
        let zipped = async {
            let mut seen = Vec::new();
            while let (Some(a), Some(b)) = futures::future::join(a.next(), b.next()).await {
                assert!(isohub::current_span().context().is_none());
                seen.extend([a, b]);
            }
            seen
        };
        let expected = ["n=0 unit=a", "n=0 unit=b", "n=1 unit=a", "n=1 unit=b"];
        let expected = expected.map(|tags| format!("before=true {tags}"));
        assert_eq!(zipped.await, expected);
        drop((a, b));
        assert_eq!(tags(), "before=true later=true");
    });
    let steps = "  step\n  step\n  step\n";
    let span = |name| {
        format!(
            "counted count=2 dropped in=\"before=true n=2 unit={name}\" \
             {{before=true n=2 unit={name}}}\n{steps}"
        )
    };
    assert_eq!(tree, span("a") + "\n" + &span("b"));
}

#[span]
fn numbers(count: u8) -> BoxStream<'static, u8> {
    if count == 0 {
        return stream::empty().boxed();
    }
    stream::iter(0..count).boxed()
}

#[isolated_hub(tags(unit = "borrowed"))]
fn borrowed(list: &[u8]) -> LocalBoxStream<'_, (u8, String)> {
    Box::pin(stream::iter(list).map(|n| (*n, tags())))
}

#[parallel_span]
fn pinned(list: Vec<u8>) -> Pin<Box<dyn Stream<Item = u8> + Send>> {
    let _list = Drops("list dropped in");
    Box::pin(stream::iter(list))
}

#[test]
fn every_way_to_return_a_stream() {
    let tree = run(async {
        assert_eq!(numbers(0).count().await, 0);
        assert_eq!(numbers(2).collect::<Vec<_>>().await, [0, 1]);
        assert_eq!(borrowed(&[1]).next().await, Some((1, "unit=borrowed".to_owned())));
        assert_eq!(pinned(vec![1, 2]).size_hint(), (2, Some(2)));
        assert_eq!(pinned(vec![1, 2]).map(|n| n + 1).collect::<Vec<_>>().await, [2, 3]);
    });
    assert_eq!(tree, "numbers\n\nnumbers\n\npinned\n");
}

#[test]
fn the_parent_is_that_of_the_call_and_the_span_begins_with_the_first_poll() {
    let tree = run(async {
        let mut stream = start_span!("caller").in_scope(|| numbers(2));
        let never_polled = numbers(1);
        drop(never_polled);
        isohub::configure_scope(|_| ());
        start_span!("consumer").in_scope(|| assert_eq!(next(&mut stream), Some(0)));
    });
    assert_eq!(tree, "caller\n  numbers cancelled\n\nconsumer\n");
}

#[test]
fn half_way_dropped_it_is_cancelled_and_drops_in_its_hub() {
    let tree = run(async {
        let mut stream = Box::pin(counted("a", 5));
        stream.next().await;
        drop(stream);
        assert_eq!(tags(), "");
    });
    let dropped = "counted cancelled count=5 dropped in=\"n=0 unit=a\" {n=0 unit=a}\n  step\n";
    assert_eq!(tree, dropped);
}

#[test]
fn a_stream_that_was_never_polled_drops_in_its_hub() {
    #[parallel_span(tags(unit = "never"))]
    fn never_polled(log: Log) -> impl Stream<Item = u8> {
        let held = log.witness("held");
        stream::poll_fn(move |_| {
            let _held = &held;
            Poll::Ready(None)
        })
    }
    let log = Log::default();
    let tree = run(async {
        isohub::set_tag("creator", "yes");
        let stream = never_polled(log.clone());
        isohub::set_tag("creator", "no");
        drop(stream);
    });
    assert_eq!((tree.as_str(), log.lines()), ("", vec!["held: creator=yes".to_owned()]));
}

/// Ends after each item.
fn restarting() -> impl Stream<Item = String> + Unpin {
    let mut n = 0;
    stream::poll_fn(move |_| {
        n += 1;
        isohub::set_tag("n", n);
        Poll::Ready((n % 2 == 1).then(|| {
            let in_span = isohub::current_span().is_recorded();
            format!("{} {in_span}", tags())
        }))
    })
}

#[parallel_span(tags(unit = "own"))]
fn own_hub() -> impl Stream<Item = String> + Unpin {
    restarting()
}

#[span]
fn shared_hub() -> impl Stream<Item = String> + Unpin {
    restarting()
}

#[test]
fn polled_after_its_end_a_stream_goes_on_in_its_hub_and_outside_its_span() {
    let tree = run(async {
        let mut own = own_hub();
        let seen = [next(&mut own), next(&mut own), next(&mut own)];
        assert_eq!(seen, [Some("n=1 unit=own true".to_owned()), None, Some("n=3 unit=own false".to_owned())]);
        assert_eq!(tags(), "");
        let by_hand = restarting().in_span(start_span!("by_hand"));
        for mut shared in [Box::pin(shared_hub()) as Pin<Box<dyn Stream<Item = String>>>, Box::pin(by_hand)] {
            let seen = [next(&mut shared), next(&mut shared), next(&mut shared)];
            assert_eq!(seen, [Some("n=1 true".to_owned()), None, Some("n=3 false".to_owned())]);
        }
    });
    assert_eq!(tree, "own_hub {n=2 unit=own}\n\nby_hand\n\nshared_hub {n=2}\n");
}

#[parallel_span]
fn panicking() -> impl Stream<Item = u8> {
    stream::iter([1, 2]).map(|n| {
        isohub::set_tag("n", n);
        if n == 2 { crash() } else { n }
    })
}

#[test]
fn a_panic_restores_the_hub_of_the_consumer() {
    let tree = run(async {
        isohub::set_tag("consumer", true);
        let mut stream = panicking();
        assert_eq!(next(&mut stream), Some(1));
        catch_unwind(AssertUnwindSafe(|| next(&mut stream))).unwrap_err();
        assert_eq!(tags(), "consumer=true");
        assert!(isohub::current_span().context().is_none());
    });
    assert_eq!(tree, "panicking panicked {consumer=true n=2}\n");
}

#[test]
fn many_at_once_and_on_other_threads() {
    let recorder = Recorder::new();
    let runtime = crate::support::workers(2);
    runtime.block_on(recorder.run(async {
        let units = stream::iter(0..20).map(|_| async {
            let stream = counted("many", 3);
            tokio::spawn(stream.collect::<Vec<_>>()).await.unwrap()
        });
        let all: Vec<_> = units.buffer_unordered(7).collect().await;
        let expected: Vec<_> = (0..3).map(|n| format!("n={n} unit=many")).collect();
        assert!(all.iter().all(|one| *one == expected));
    }));
    let tree = crate::support::settled_tree(&recorder);
    assert_eq!(tree.matches("counted count=3").count(), 20);
    assert_eq!(tree.matches("  step\n").count(), 80);
}

#[derive(Debug, Clone)]
struct Broken(u8);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken {}", self.0)
    }
}

impl std::error::Error for Broken {}

fn broken_from(first: u8) -> impl Stream<Item = Result<u8, Broken>> {
    stream::iter(0..4).map(move |n| if n >= first { Err(Broken(n)) } else { Ok(n) })
}

#[span]
fn by_type(first: u8) -> impl Stream<Item = Result<u8, Broken>> {
    broken_from(first)
}

#[span(err)]
fn shown(first: u8) -> impl Stream<Item = Result<u8, Broken>> {
    broken_from(first)
}

#[parallel_span(err(capture))]
fn captured(first: u8) -> BoxStream<'static, Result<u8, Broken>> {
    broken_from(first).boxed()
}

#[span(error_if = |n| *n > 2)]
fn decided() -> impl Stream<Item = u8> {
    stream::iter(0..4)
}

#[test]
fn an_error_among_the_items_is_the_outcome() {
    let recorder = Recorder::new();
    poll_to_end(recorder.run(async {
        assert_eq!(by_type(9).count().await, 4);
        assert_eq!(by_type(3).count().await, 4);
        assert_eq!(shown(2).count().await, 4);
        // Stops at the first error.
        shown(1).try_collect::<Vec<_>>().await.unwrap_err();
        captured(2).try_for_each(|_| async { Ok(()) }).await.unwrap_err();
        assert_eq!(decided().count().await, 4);
    }));
    let expected = "\
by_type

by_type error

shown error error=\"broken 2\"

shown error error=\"broken 1\"

captured error error=\"broken 2\"

decided error
";
    assert_eq!(recorder.tree(), expected);
    assert_eq!(recorder.events().len(), 1);
}

#[span(err)]
mod contained {
    use super::{Broken, Stream, broken_from, stream};

    pub(super) fn fallible() -> impl Stream<Item = Result<u8, Broken>> {
        broken_from(2)
    }

    pub(super) fn plain() -> impl Stream<Item = u8> {
        stream::iter([1])
    }
}

#[test]
fn in_a_container() {
    let tree = run(async {
        contained::fallible().count().await;
        contained::plain().count().await;
    });
    assert_eq!(tree, "fallible error error=\"broken 2\"\n\nplain\n");
}

#[test]
fn by_hand() {
    let tree = run(async {
        let hub = Hub::current().with_tag("unit", "bound");
        let bound = stream::repeat_with(tags).bind_hub(hub);
        isohub::set_tag("unit", "isolated");
        let isolated = stream::repeat_with(tags).isolated();
        isohub::set_tag("unit", "own");
        let spanned =
            stream::iter(0..2).map(|n| start_span!("item").in_scope(|| n)).in_span(start_span!("all"));
        let cancelled = stream::iter(0..2).in_span(start_span!("half"));
        let zipped = bound.zip(isolated).zip(cancelled.zip(spanned).take(1));
        let seen: Vec<_> = zipped.collect().await;
        assert_eq!(seen, [(("unit=bound".to_owned(), "unit=isolated".to_owned()), (0, 0))]);
        let ended = stream::iter(0..2).in_span(start_span!("ended"));
        assert_eq!((ended.size_hint(), ended.count().await), ((2, Some(2)), 2));
    });
    assert_eq!(tree, "all cancelled\n  item\n\nhalf cancelled\n\nended\n");
}

#[parallel_span]
fn of_rc(n: std::rc::Rc<u8>) -> impl Stream<Item = u8> {
    stream::iter([*n])
}

#[parallel_span(fields(n))]
fn fused(n: u8) -> impl FusedStream<Item = u8> + Send + Sync + Unpin {
    stream::iter([n]).fuse()
}

#[test]
fn it_is_what_the_plain_stream_is() {
    fn send_and_unpin<T: Send + Sync + Unpin>(it: T) -> T {
        it
    }
    let tree = run(async {
        let mut fused = send_and_unpin(fused(1));
        assert_eq!((next(&mut fused), next(&mut fused), next(&mut fused)), (Some(1), None, None));
        assert!(fused.is_terminated());
        assert_eq!(next(&mut of_rc(std::rc::Rc::new(2))), Some(2));
    });
    assert_eq!(tree, "fused n=1\n\nof_rc cancelled\n");
}

/// What `async_stream` makes of its body: a stream that a macro gives.
macro_rules! stream {
    ($(yield $item:expr;)*) => {
        stream::iter([$(|| $item),*].map(|item: fn() -> _| item())).map(|item| item)
    };
}

#[span]
fn given_by_a_macro() -> impl Stream<Item = u8> {
    stream! {
        yield 1;
        yield 2;
    }
}

#[test]
fn given_by_a_macro_it_is_a_stream_all_the_same() {
    assert_eq!(run(async { drop(given_by_a_macro().collect::<Vec<_>>().await) }), "given_by_a_macro\n");
}
