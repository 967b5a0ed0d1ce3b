//! What a program can see of a function: its log, its drops, its result, its panic.

use std::cell::RefCell;
use std::fmt::Debug;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use isohub::testing::Recorder;

/// A shape's name, and what is seen of it.
pub(super) type Shape = (&'static str, fn() -> String);

/// Asserts that two lists of shapes show the same, outside any unit and while recorded.
#[track_caller]
pub(super) fn compare(plain: &[Shape], annotated: &[Shape]) {
    let recorder = Recorder::new();
    for ((name, plain), (_, annotated)) in plain.iter().zip(annotated) {
        let expected = plain();
        assert!(!expected.is_empty(), "{name} shows nothing");
        assert_eq!(expected, annotated(), "{name}, outside any unit");
        assert_eq!(expected, recorder.run_sync(annotated), "{name}, recorded");
    }
    assert_eq!(plain.len(), annotated.len());
}

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Adds a word to the log.
pub(super) fn say(word: impl Into<String>) {
    LOG.with_borrow_mut(|log| log.push(word.into()));
}

/// Says when it is dropped.
#[derive(Debug)]
pub(super) struct Loud(pub(super) &'static str);

impl Drop for Loud {
    fn drop(&mut self) {
        say(format!("-{}", self.0));
    }
}

impl Loud {
    /// Something to borrow from a temporary.
    pub(super) fn name(&self) -> &str {
        say(format!("name {}", self.0));
        self.0
    }

    /// A temporary that borrows.
    pub(super) fn lend(&self) -> Lent<'_> {
        Lent(self)
    }
}

/// Borrows from what it must not outlive, and says when it is dropped.
#[derive(Debug)]
pub(super) struct Lent<'a>(pub(super) &'a Loud);

impl Lent<'_> {
    pub(super) fn len(&self) -> usize {
        self.0.0.len()
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        say(format!("-lent {}", self.0.0));
    }
}

/// A pattern's worth of them.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) left: Loud,
    pub(super) right: Loud,
}

pub(super) fn pair(left: &'static str, right: &'static str) -> Pair {
    Pair { left: Loud(left), right: Loud(right) }
}

/// What calling `f` shows: the log, then the result or the panic.
pub(super) fn called<T: Debug>(f: impl FnOnce() -> T) -> String {
    LOG.take();
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => {
            say(format!("= {result:?}"));
            drop(result);
        }
        Err(panic) => say(format!("! {}", message(&*panic))),
    }
    LOG.take().join(", ")
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
}

/// What a future shows that is polled until it is ready, and one that is dropped after its first poll.
pub(super) fn lived<F: Future<Output: Debug>>(make: impl Fn() -> F) -> String {
    let completed = called(|| complete(make()));
    let cancelled = called(|| {
        let mut future = Box::pin(make());
        say("made");
        let ready = poll(future.as_mut()).is_ready();
        say(if ready { "ready" } else { "pending" });
    });
    format!("completed: {completed}; cancelled: {cancelled}")
}

/// What a future shows that is dropped without having been polled.
pub(super) fn unpolled<F: Future>(make: impl Fn() -> F) -> String {
    called(|| {
        let future = make();
        say("made");
        drop(future);
    })
}

/// Polls to the end, and says when the future has returned and when it is gone.
pub(super) fn complete<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    say("made");
    let output = loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            break output;
        }
        say("pending");
    };
    say("ready");
    drop(future);
    say("gone");
    output
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Is pending once.
pub(super) async fn pause() {
    let mut paused = false;
    std::future::poll_fn(
        |_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending },
    )
    .await;
}
