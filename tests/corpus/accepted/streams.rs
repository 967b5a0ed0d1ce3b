//! Functions that return a stream: what they do before, and what the stream does.

use std::pin::Pin;
use std::task::{Context, Poll};

use ::futures::stream::{self, BoxStream, LocalBoxStream, Stream, StreamExt};

use crate::observe::*;

/// Says what happens to it, and is pending before each item.
struct Counting {
    next: u8,
    until: u8,
    waits: bool,
    owned: Loud,
}

impl Stream for Counting {
    type Item = u8;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u8>> {
        self.waits = !self.waits;
        if self.waits {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        say(format!("{} asked for {}", self.owned.0, self.next));
        self.next += 1;
        Poll::Ready(Some(self.next - 1).filter(|n| *n < self.until))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.until - self.next.min(self.until));
        (left, Some(left))
    }
}

fn counting(owned: Loud, until: u8) -> Counting {
    Counting { next: 0, until, waits: false, owned }
}

/// All items of a stream, and those before it is dropped; before that what it says of its size.
fn flowed<S: Stream>(make: impl Fn() -> S) -> String
where
    S::Item: std::fmt::Debug,
{
    let all = called(|| {
        let stream = make();
        say(format!("{:?}", stream.size_hint()));
        complete(stream.collect::<Vec<_>>())
    });
    let some = called(|| {
        let stream = make();
        complete(stream.take(1).collect::<Vec<_>>())
    });
    let none = called(|| {
        let _stream = make();
        say("made");
    });
    format!("all: {}; some: {}; none: {}", all, some, none)
}

macro_rules! flowed {
    ($call:expr) => {
        flowed(|| {
            let stream = $call;
            say(auto_traits!(stream));
            stream
        })
    };
}

pub mod opaque {
    use super::*;

    #[unit]
    fn by_hand(a: Loud) -> impl Stream<Item = u8> {
        counting(a, 2)
    }

    #[unit]
    fn code_before(a: Loud, (b, _): (Loud, Loud)) -> impl Stream<Item = usize> {
        let c = Loud("c");
        say("called");
        let length = b.lend().len() + c.0.len();
        counting(a, 2).map(move |n| usize::from(n) + length)
    }

    #[unit]
    fn unfolded(a: Loud) -> impl Stream<Item = u8> + Send {
        stream::unfold((a, 0), |(a, n)| async move {
            let _item = Loud("item");
            pause().await;
            if n == 2 { None } else { Some((n, (a, n + 1))) }
        })
    }

    #[unit]
    fn borrowing<'a>(list: &'a [u8], by: &'a u8) -> impl Stream<Item = u8> + Unpin + 'a {
        stream::iter(list).map(move |n| n + by)
    }

    #[unit]
    fn early(when: bool) -> impl Stream<Item = u8> {
        let _local = Loud("local");
        if when {
            return stream::iter(vec![1]);
        }
        stream::iter(vec![2, 3])
    }

    #[unit]
    fn of_results(text: &'static str) -> impl Stream<Item = Result<u8, std::num::ParseIntError>> {
        stream::iter(text.split(' ')).map(|word| Ok(word.parse::<u8>()? + 1))
    }

    // What it gives is known from the returned type only.
    #[unit]
    fn typed_by_the_item() -> impl Stream<Item = u8> {
        stream::empty()
    }

    #[unit]
    fn typed_by_the_items(text: &str) -> impl Stream<Item = Option<&str>> {
        stream::iter([text]).map(|_| Default::default())
    }

    #[unit]
    fn panics_at_call(a: Loud) -> impl Stream<Item = u8> {
        assert!(a.0 != "a", "at the call");
        counting(a, 1)
    }

    #[unit]
    fn panics_at_an_item(a: Loud) -> impl Stream<Item = u8> {
        counting(a, 3).inspect(|n| assert!(*n < 1, "at an item"))
    }

    #[unit]
    fn generic<T: Clone, S: Stream<Item = T>>(a: S) -> impl Stream<Item = (T, T)> {
        a.map(|item| (item.clone(), item))
    }

    struct Rows(Vec<u8>);

    impl Rows {
        #[unit]
        fn rows(&self) -> impl Stream<Item = &u8> {
            stream::iter(&self.0)
        }
    }

    trait Flows {
        fn flow(self) -> impl Stream<Item = u8>;
    }

    #[unit]
    impl Flows for Rows {
        fn flow(self) -> impl Stream<Item = u8> {
            stream::iter(self.0)
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("by_hand", || flowed!(by_hand(Loud("a")))),
        ("code_before", || flowed!(code_before(Loud("a"), (Loud("b"), Loud("_"))))),
        ("unfolded", || flowed!(unfolded(Loud("a")))),
        ("borrowing", || flowed!(borrowing(&[1, 2], &3))),
        ("early", || flowed!(early(true))),
        ("early, not", || flowed!(early(false))),
        ("of_results", || flowed!(of_results("1 x 2"))),
        ("typed_by_the_item", || flowed!(typed_by_the_item())),
        ("typed_by_the_items", || flowed!(typed_by_the_items("a"))),
        ("panics_at_call", || flowed!(panics_at_call(Loud("a")))),
        ("panics_at_an_item", || flowed!(panics_at_an_item(Loud("a")))),
        ("generic", || flowed!(generic(stream::iter(["a", "b"])))),
        ("of a method", || called!(complete(Rows(vec![1, 2]).rows().map(|n| n + 1).collect::<Vec<_>>()))),
        ("of a trait", || flowed!(Rows(vec![1, 2]).flow())),
    ];
}

pub mod boxed {
    use super::*;

    #[unit]
    fn pinned(a: Loud, b: Loud) -> Pin<Box<dyn Stream<Item = u8> + Send>> {
        let _c = Loud("c");
        say(b.0);
        Box::pin(counting(a, 2))
    }

    #[unit]
    fn early(a: Loud, when: bool) -> BoxStream<'static, u8> {
        let _b = Loud("b");
        if when {
            return Box::pin(stream::empty());
        }
        counting(a, 1).boxed()
    }

    #[unit]
    fn local<'a>(a: &'a [u8]) -> LocalBoxStream<'a, u8> {
        let rc = std::rc::Rc::new(1);
        stream::iter(a).map(move |n| n + *rc).boxed_local()
    }

    #[unit]
    fn matched(a: Loud, n: u8) -> BoxStream<'static, u8> {
        match n {
            0 => Box::pin(counting(a, 1)),
            _ => stream::iter([n, 2]).boxed(),
        }
    }

    #[unit]
    fn recursive(n: u8) -> BoxStream<'static, u8> {
        let own = stream::iter([n]);
        if n == 0 { own.boxed() } else { own.chain(recursive(n - 1)).boxed() }
    }

    pub const SHAPES: &[Shape] = &[
        ("pinned", || flowed!(pinned(Loud("a"), Loud("b")))),
        ("early", || flowed!(early(Loud("a"), true))),
        ("early, not", || flowed!(early(Loud("a"), false))),
        ("local", || flowed!(local(&[1, 2]))),
        ("matched", || flowed!(matched(Loud("a"), 0))),
        ("matched, other", || flowed!(matched(Loud("a"), 1))),
        ("recursive", || flowed!(recursive(2))),
    ];
}
