//! What bodies do and see, in whichever unit they are.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::task::{Poll, Waker};

use isohub::Hub;

/// The point at which another unit may run: pending once. Every other time it is another thread that wakes the task, after
/// whoever polled it has turned to something else; or else executors that run at once what woke itself never switch.
pub async fn switch() {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    static OTHER_THREAD: LazyLock<Sender<Waker>> = LazyLock::new(|| {
        let (sender, wakers) = channel::<Waker>();
        std::thread::spawn(|| wakers.into_iter().for_each(Waker::wake));
        sender
    });
    let mut waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        if TURN.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            cx.waker().wake_by_ref();
        } else {
            OTHER_THREAD.send(cx.waker().clone()).expect("it waits for them for ever");
        }
        Poll::Pending
    })
    .await;
}

/// The tags of the unit that runs, in the order of their keys.
pub fn tags() -> String {
    let hub = Hub::current();
    let tags: Vec<_> = hub.scope().tags().iter().map(|(key, value)| format!("{key}={value}")).collect();
    tags.join(" ")
}

/// A panic that no hook prints.
pub(crate) fn crash() -> ! {
    std::panic::resume_unwind(Box::new("a crash on purpose"))
}

/// A span whose name tells of which unit it is.
pub(crate) fn named(n: usize) -> isohub::Span {
    let span = isohub::start_span!("work");
    span.handle().set_name(format!("work {n}"));
    span
}
