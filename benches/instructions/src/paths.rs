//! The hot paths, each around as little as can be.

use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use isohub::{Breadcrumb, Filter, Hub, HubFutureExt as _, Level, SpanContext, breadcrumb, record};

/// How many operations are counted at once: some chunks of records, of 64 each.
pub const N: u64 = 640;

/// Their names, in the order in which they are run.
pub const NAMES: [&str; 14] = [
    "nothing: the loop and the call alone",
    "sync span, nothing installed",
    "sync span",
    "sync span, unsampled",
    "sync span, filtered out",
    "span on a future: create, two polls",
    "parallel span on a future: clone the hub, create, two polls",
    "pending poll in a hub",
    "pending poll in a hub and a span",
    "clone a hub (5 tags, 10 breadcrumbs)",
    "clone a hub and set a tag",
    "captured event",
    "record!",
    "breadcrumb!",
];

#[inline(never)]
fn plain(x: u64) -> u64 {
    black_box(x).wrapping_mul(3)
}

#[isohub::span]
#[inline(never)]
fn spanned(x: u64) -> u64 {
    black_box(x).wrapping_mul(3)
}

#[isohub::span(level = debug)]
#[inline(never)]
fn spanned_for_debugging(x: u64) -> u64 {
    black_box(x).wrapping_mul(3)
}

#[isohub::span]
async fn later(x: u64) -> u64 {
    Yield::default().await;
    black_box(x).wrapping_mul(3)
}

#[isohub::parallel_span]
async fn beside(x: u64) -> u64 {
    Yield::default().await;
    black_box(x).wrapping_mul(3)
}

/// Ready when it is polled a second time.
#[derive(Default)]
struct Yield {
    polled: bool,
}

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.polled, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Never ready.
struct Never;

impl Future for Never {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        black_box(Poll::Pending)
    }
}

struct Dropped;

impl isohub::sink::Sink for Dropped {
    fn name(&self) -> &str {
        "dropped"
    }

    fn receive(&mut self, batch: &isohub::sink::Batch) {
        black_box(batch);
    }
}

/// What is counted: callgrind is told this name.
#[inline(never)]
pub fn counted(path: &mut dyn FnMut()) {
    black_box(path)();
}

/// The one path of [`NAMES`] that is to be counted.
struct Only {
    wanted: usize,
    at: Cell<usize>,
}

impl Only {
    /// Runs an operation often if it is the wanted one; called once for each of [`NAMES`], in their order.
    fn count(&self, mut operation: impl FnMut(u64)) {
        let at = self.at.replace(self.at.get() + 1);
        if at != self.wanted {
            return;
        }
        let mut all = |n| (0..n).for_each(|i| operation(black_box(i)));
        // What is made once is not counted: so many chunks that none has to be made while it is.
        all(4 * N);
        // Fails where nothing is installed, and then there is nothing to wait for.
        let _ = isohub::flush(Duration::from_secs(60));
        all(1);
        counted(&mut || all(N));
    }

    fn count_polls<F: Future>(&self, future: F) {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        self.count(|_| {
            let _ = black_box(future.as_mut().poll(&mut cx));
        });
    }
}

fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

fn in_root(f: impl FnOnce()) {
    isohub::start_span!("root").in_scope(f);
}

/// Runs the path of this number; for callgrind.
pub fn run(wanted: usize) -> Result<(), Box<dyn std::error::Error>> {
    let only = Only { wanted, at: Cell::new(0) };
    let work = |f: fn(u64) -> u64| {
        only.count(|i| {
            black_box(f(i));
        });
    };
    work(plain);
    work(spanned);
    let guard = isohub::init().sink(Dropped).install()?;
    let remote: SpanContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".parse()?;

    in_root(|| work(spanned));
    Hub::base().with_parent(remote).run(|| in_root(|| work(spanned)));
    guard.set_filter("info".parse()?);
    in_root(|| work(spanned_for_debugging));
    guard.set_filter(Filter::default());
    in_root(|| work(|i| drive(later(i))));

    let tagged = (0..5).fold(Hub::base(), |hub, tag| hub.with_tag(format!("tag {tag}"), "value"));
    let mut hub = (0..10).fold(tagged, |hub, _| hub.with_breadcrumb(Breadcrumb::new("it happened")));
    hub.run(|| in_root(|| work(|i| drive(beside(i)))));
    hub.run(|| only.count_polls(Never.isolated()));
    hub.run(|| in_root(|| only.count_polls(isohub::parallel!("never", Never))));
    hub.run(|| only.count(|_| drop(black_box(Hub::current()))));
    hub.run(|| only.count(|_| drop(black_box(Hub::current().with_tag("key", "value")))));
    hub.run(|| {
        only.count(|_| {
            black_box(isohub::capture_message("message", Level::Info));
        });
    });
    in_root(|| only.count(|i| record!(n = i)));
    hub.run(|| only.count(|_| breadcrumb!("category", "message")));
    Ok(guard.flush(Duration::from_secs(60))?)
}
