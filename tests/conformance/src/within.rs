//! What bodies do and see, in whichever unit they are.

use std::task::Poll;

use isohub::Hub;

/// The point at which another unit may run: pending once.
pub async fn switch() {
    let mut waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
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
