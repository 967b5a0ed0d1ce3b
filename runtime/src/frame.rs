//! The frame of a future whose blocks wait: what they put into the slot, taken out at each suspension.
//!
//! While the future is polled its frame is in a thread-local, where the blocks find it; otherwise it is
//! in the future. A suspension undoes the levels from the last to the first, so that whoever polled finds
//! the slot as it was, and the next poll, maybe on another thread and in another unit, does them again.

use std::cell::Cell;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::block::{Left, Level};
use crate::parked;
use crate::strand::strand_bound;

/// The blocks in which a future waits, the outermost first.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    levels: Vec<Held>,
    /// How many levels there have been: each has a number of its own.
    count: u64,
    /// The future is being dropped.
    dropped: bool,
    /// The thread was unwinding when it began to poll.
    unwinding: bool,
}

#[derive(Debug)]
struct Held {
    number: u64,
    level: Level,
    left: Option<Left>,
}

type Place = ManuallyDrop<Option<Box<Frame>>>;

strand_bound! {
    // Without a destructor, as the slot of the current unit: who puts a frame in takes it out.
    fn place: Cell<Place> = Cell::new(ManuallyDrop::new(None));
}

#[inline]
pub(crate) fn exchange(frame: Option<Box<Frame>>) -> Option<Box<Frame>> {
    ManuallyDrop::into_inner(place(|place| place.replace(ManuallyDrop::new(frame))))
}

/// Looks at the frame of the future that is polled. `f` runs nothing of the user's.
fn with<R>(f: impl FnOnce(&mut Frame) -> R) -> Option<R> {
    let mut frame = exchange(None);
    let result = frame.as_deref_mut().map(f);
    exchange(frame);
    result
}

/// Whether a future with a frame is polled.
pub(crate) fn exists() -> bool {
    with(|_| ()).is_some()
}

/// Adds the level of a block that begins, and says by which number it will be known.
pub(crate) fn push(level: Level) -> u64 {
    let pushed = with(|frame| {
        frame.count += 1;
        frame.levels.push(Held { number: frame.count, level, left: None });
        frame.count
    });
    pushed.unwrap_or_default()
}

/// Looks at a level, and at what it was left with. `f` runs nothing of the user's.
pub(crate) fn with_level<R>(number: u64, f: impl FnOnce(&Level, &mut Option<Left>) -> R) -> Option<R> {
    with(|frame| {
        let held = frame.levels.iter_mut().rev().find(|held| held.number == number)?;
        Some(f(&held.level, &mut held.left))
    })
    .flatten()
}

/// Takes out the level of a block that ends, exchanged, and how it ends.
pub(crate) fn pop(number: u64) -> Option<(Level, Left)> {
    with(|frame| {
        let at = frame.levels.iter().rposition(|held| held.number == number)?;
        let Held { mut level, left, .. } = frame.levels.remove(at);
        match frame.levels.get_mut(at) {
            Some(inner) => level.give_way(&mut inner.level),
            None => level.exchange(),
        }
        let left = match left {
            _ if frame.dropped => Left::cancelled(),
            _ if parked::is_unwinding() && !frame.unwinding => Left::panicked(),
            left => left.unwrap_or_default(),
        };
        Some((level, left))
    })
    .flatten()
}

/// A frame, and while it is in its place the one that was there before.
#[derive(Debug)]
struct Own {
    frame: Option<Box<Frame>>,
    entered: bool,
}

impl Own {
    /// Puts the frame into its place, and what its blocks changed into the slot.
    fn enter(&mut self, dropped: bool) {
        let mut frame = self.frame.take().unwrap_or_default();
        (frame.dropped, frame.unwinding) = (dropped, parked::is_unwinding());
        frame.levels.iter_mut().for_each(|held| held.level.exchange());
        self.frame = exchange(Some(frame));
        self.entered = true;
    }

    fn leave(&mut self) {
        if !std::mem::take(&mut self.entered) {
            return;
        }
        self.frame = exchange(self.frame.take());
        let levels = self.frame.iter_mut().flat_map(|frame| frame.levels.iter_mut().rev());
        levels.for_each(|held| held.level.exchange());
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.leave();
    }
}

pin_project! {
    /// A future in which annotated blocks wait.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Framed<F> {
        #[pin]
        future: F,
        // Dropped after the future, of which the blocks end in their own hubs and spans.
        own: Own,
    }

    impl<F> PinnedDrop for Framed<F> {
        fn drop(this: Pin<&mut Self>) {
            let own = this.project().own;
            if own.frame.as_ref().is_some_and(|frame| !frame.levels.is_empty()) {
                own.enter(true);
            }
        }
    }
}

/// Gives a future a frame for the blocks in which it waits.
#[inline]
pub fn framed<F: Future>(future: F) -> Framed<F> {
    Framed { future, own: Own { frame: None, entered: false } }
}

impl<F: Future> Future for Framed<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        struct Polling<'a>(&'a mut Own);
        impl Drop for Polling<'_> {
            fn drop(&mut self) {
                self.0.leave();
            }
        }
        let this = self.project();
        this.own.enter(false);
        let _polling = Polling(this.own);
        this.future.poll(cx)
    }
}
