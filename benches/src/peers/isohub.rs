//! isohub.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures::executor::block_on;
use futures::future::join_all;
use isohub::{Breadcrumb, Filter, Guard, Hub, HubFutureExt as _, Level, SpanContext};

use super::{ISOHUB, Received};
use crate::leaf::{Never, Yield, drive, leaf, poll, repeat};
use crate::request::{SPANS, Tools, requests};
use crate::work::{Contender, Turn, Work, in_traces};

#[derive(Default)]
pub(super) struct Isohub {
    guard: Option<Rc<Guard>>,
}

static RECEIVED: Received = Received::new();

struct Counted;

impl isohub::sink::Sink for Counted {
    fn name(&self) -> &str {
        "counted"
    }

    fn receive(&mut self, batch: &isohub::sink::Batch) {
        RECEIVED.add(black_box(batch).spans.len() + batch.events.len());
    }
}

#[isohub::span]
#[inline(never)]
fn spanned(x: u64) -> u64 {
    leaf(x)
}

#[isohub::span(level = debug)]
#[inline(never)]
fn spanned_for_debugging(x: u64) -> u64 {
    leaf(x)
}

#[isohub::parallel_span]
async fn later(x: u64) -> u64 {
    Yield::default().await;
    leaf(x)
}

fn hub_of(tags: u32, breadcrumbs: u32) -> Hub {
    let tagged = (0..tags).fold(Hub::base(), |hub, tag| hub.with_tag(format!("tag {tag}"), "value"));
    (0..breadcrumbs).fold(tagged, |hub, _| hub.with_breadcrumb(Breadcrumb::new("it happened")))
}

/// What is under a sampler that has refused the trace.
fn unsampled() -> Option<Hub> {
    let remote: SpanContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".parse().ok()?;
    Some(Hub::base().with_parent(remote))
}

fn in_root(f: impl FnOnce()) {
    isohub::start_span!("root").in_scope(f);
}

impl Contender for Isohub {
    fn name(&self) -> &'static str {
        ISOHUB
    }

    fn install(&mut self) {
        self.guard = isohub::init().sink(Counted).install().ok().map(Rc::new);
    }

    fn prepare(&self, work: Work) -> Option<Turn> {
        let mut hub = hub_of(5, 10);
        Some(match work {
            Work::NothingInstalled => Box::new(|n| {
                repeat(n, spanned);
                0
            }),
            Work::SyncSpan => Box::new(|n| in_traces(n, |n| in_root(|| repeat(n, spanned)))),
            Work::Unsampled => {
                let mut hub = unsampled()?;
                Box::new(move |n| {
                    hub.run(|| in_root(|| repeat(n, spanned)));
                    0
                })
            }
            Work::Disabled => {
                let guard = Rc::clone(self.guard.as_ref()?);
                let info: Filter = "info".parse().ok()?;
                Box::new(move |n| {
                    guard.set_filter(info.clone());
                    in_root(|| repeat(n, spanned_for_debugging));
                    guard.set_filter(Filter::default());
                    1
                })
            }
            Work::PollInHub => Box::new(move |n| {
                hub.run(|| poll(pin!(Never.isolated()), n));
                0
            }),
            // The future is dropped before it completes, which is a record, too.
            Work::PollInSpan => Box::new(move |n| {
                hub.run(|| in_root(|| poll(pin!(isohub::parallel!("never", Never)), n)));
                2
            }),
            Work::FutureSpan => Box::new(|n| in_traces(n, |n| in_root(|| repeat(n, |i| drive(later(i)))))),
            Work::CloneHub => Box::new(move |n| {
                hub.run(|| (0..n).for_each(|_| drop(black_box(Hub::current()))));
                0
            }),
            Work::CloneAndTag { tags, breadcrumbs } => {
                let mut hub = hub_of(tags, breadcrumbs);
                Box::new(move |n| {
                    hub.run(|| (0..n).for_each(|_| drop(black_box(Hub::current().with_tag("key", "value")))));
                    0
                })
            }
            Work::RunInHub => Box::new(move |n| {
                hub.run(|| repeat(n, |i| Hub::current().run(|| leaf(i))));
                0
            }),
            Work::Event => Box::new(move |n| {
                hub.run(|| {
                    (0..n).for_each(|_| {
                        black_box(isohub::capture_message("message", Level::Info));
                    })
                });
                n
            }),
            Work::FanOut => Box::new(move |n| {
                let task = |i| async move {
                    isohub::set_tag("task", i);
                    black_box(leaf(i))
                };
                for _ in 0..n / 1000 {
                    hub.run(|| block_on(join_all((0..1000).map(|i| task(i).isolated()))));
                }
                0
            }),
            Work::TwoThreads => Box::new(move |n| {
                let spans =
                    |mut hub: Hub| move || hub.run(|| in_traces(n / 2, |n| in_root(|| repeat(n, spanned))));
                std::thread::scope(|scope| {
                    let threads = [scope.spawn(spans(hub.clone())), scope.spawn(spans(hub.clone()))];
                    threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
                })
            }),
            Work::Request => Box::new(|n| {
                requests::<IsohubTools>(n);
                n * SPANS
            }),
        })
    }

    fn drain(&self) {
        if let Some(guard) = &self.guard {
            // What is lost is found by who counts.
            let _ = guard.flush(Duration::from_secs(10));
        }
    }

    fn received(&self) -> u64 {
        RECEIVED.get()
    }
}

struct IsohubTools;

#[isohub::parallel_span("request", fresh)]
async fn request<F: Future<Output = u64>>(f: F) -> u64 {
    f.await
}

#[isohub::span("step")]
async fn helper<F: Future<Output = u64>>(f: F) -> u64 {
    f.await
}

#[isohub::parallel_span("step")]
async fn branch<F: Future<Output = u64>>(f: F) -> u64 {
    f.await
}

#[isohub::span("step")]
fn call(f: impl FnOnce() -> u64) -> u64 {
    f()
}

impl Tools for IsohubTools {
    fn request<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        request(f)
    }
    fn helper<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        helper(f)
    }
    fn branch<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        branch(f)
    }
    fn call(f: impl FnOnce() -> u64) -> u64 {
        call(f)
    }
    fn tag(key: &'static str, value: u64) {
        isohub::set_tag(key, value);
    }
    fn breadcrumb(message: &'static str) {
        isohub::add_breadcrumb(Breadcrumb::new(message));
    }
}
