//! How often the recording thread allocates. What the collector's thread does is not counted, as the
//! counts are those of the thread that asks; nor is what is made once, chunks of records included: each
//! operation runs some thousand times before it is counted.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, reason = "a test")]

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use isohub::sink::{Batch, Sink};
use isohub::{Breadcrumb, Filter, Guard, Hub, HubFutureExt as _, User};

const N: u64 = 4_000;

struct Dropped;

impl Sink for Dropped {
    fn name(&self) -> &str {
        "dropped"
    }

    fn receive(&mut self, _: &Batch) {}
}

#[isohub::span]
fn spanned(x: u64) -> u64 {
    black_box(x)
}

#[isohub::span(level = debug, fields(x))]
fn spanned_for_debugging(x: u64) -> u64 {
    black_box(x)
}

#[isohub::span]
async fn later(x: u64) -> u64 {
    TwoPolls::default().await;
    black_box(x)
}

#[isohub::parallel_span]
async fn beside(x: u64) -> u64 {
    TwoPolls::default().await;
    black_box(x)
}

#[derive(Default)]
struct TwoPolls {
    polled: bool,
}

impl Future for TwoPolls {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.polled, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn ignore(value: u64) {
    black_box(value);
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

/// How many allocations of this thread `N` operations take, once there are chunks enough. A chunk that
/// the collector is just giving back is not waited for: another is made. So the least of some tries counts.
fn allocations(guard: Option<&Guard>, mut operation: impl FnMut(u64)) -> u64 {
    let mut all = |n: u64| {
        let counted = allocation_counter::measure(|| (0..n).for_each(&mut operation));
        if let Some(guard) = guard {
            guard.flush(Duration::from_secs(30)).expect("a sink that takes all");
        }
        counted.count_total
    };
    all(4 * N);
    (0..5).map(|_| all(N)).min().unwrap_or_default()
}

fn polls(guard: &Guard, future: impl Future) -> u64 {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    allocations(Some(guard), |_| {
        let _ = black_box(future.as_mut().poll(&mut cx).is_pending());
    })
}

/// One test, because what is installed is so for the whole process.
#[test]
fn the_recording_thread_allocates_only_for_hubs_and_for_what_is_written_to_them() {
    // It notes who wrote what, which is no cost of a release build.
    isohub::doctor::set(isohub::doctor::Doctor::off());
    let work = |x| ignore(spanned(x));
    assert_eq!(allocations(None, work), 0, "nothing installed");
    assert_eq!(allocations(None, |x| ignore(drive(later(x)))), 0, "a future, nothing installed");

    let guard = isohub::init().sink(Dropped).install().expect("the first of this process");
    let it = Some(&guard);
    let root = isohub::start_span!("root");

    root.in_scope(|| {
        assert_eq!(allocations(it, work), 0, "spans");
        assert_eq!(allocations(it, |x| ignore(drive(later(x)))), 0, "spans on futures");
    });

    let first = std::thread::spawn(|| {
        allocation_counter::measure(|| {
            isohub::start_span!("root").in_scope(|| (0..64).for_each(|x| isohub::record!(n = spanned(x))));
        })
    });
    let of_a_thread = first.join().expect("a thread that records").bytes_current;
    assert!(of_a_thread <= 64 * 1024, "a thread that records keeps {of_a_thread} bytes");

    guard.set_filter("info".parse().expect("a level"));
    root.in_scope(|| {
        let filtered = allocations(it, |x| ignore(spanned_for_debugging(x)));
        assert_eq!(filtered, 0, "filtered out");
    });
    guard.set_filter(Filter::default());

    let remote: isohub::SpanContext =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".parse().expect("a traceparent");
    Hub::base().with_parent(remote).run(|| assert_eq!(allocations(it, work), 0, "unsampled"));

    assert_eq!(polls(&guard, std::future::pending::<()>().isolated()), 0, "polls in a hub");
    root.in_scope(|| {
        let never = isohub::parallel!("never", std::future::pending::<()>());
        assert_eq!(polls(&guard, never), 0, "polls in a hub and a span");
    });

    let mut hub = Hub::base();
    for part in 0..10 {
        let clone = |_| drop(black_box(Hub::current()));
        hub.run(|| assert_eq!(allocations(it, clone), N, "a clone of a hub with {part} writes"));
        hub = hub.with_tag(format!("tag {part}"), part).with_breadcrumb(Breadcrumb::new("it happened"));
        hub = hub.with_user(User::from("someone".to_owned()));
    }
    let beside_root = |hub: &mut Hub| {
        let root = isohub::start_span!("root");
        hub.run(|| root.in_scope(|| allocations(it, |x| ignore(drive(beside(x))))))
    };
    assert_eq!(beside_root(&mut Hub::base()), N, "parallel spans on futures: a hub each");
    // Their records carry the scope, by a vector that grows anew after each drain.
    let scopes = beside_root(&mut hub);
    assert!((N..N + N / 50).contains(&scopes), "{scopes} for {N} parallel spans with a scope");
}
