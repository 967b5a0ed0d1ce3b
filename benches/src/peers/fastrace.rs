//! fastrace: the attribute, which makes local spans of functions and `in_span` of futures.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;

use ::fastrace::collector::{Config, Reporter, SpanRecord};
use ::fastrace::future::FutureExt as _;
use ::fastrace::local::LocalSpan;
use ::fastrace::prelude::{Event, Span, SpanContext};

use super::Received;
use crate::leaf::{Never, Yield, drive, leaf, poll, repeat};
use crate::request::{SPANS, Tools, requests};
use crate::work::{Contender, Turn, Work, in_traces};

pub(super) struct Fastrace;

/// What a thread could not hand over stays with it until it records again: this makes it do so.
const NUDGE: &str = "nudge";

static RECEIVED: Received = Received::new();

struct Counted;

impl Reporter for Counted {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        RECEIVED.add(black_box(spans).iter().filter(|span| span.name != NUDGE).count());
    }
}

#[::fastrace::trace]
#[inline(never)]
fn spanned(x: u64) -> u64 {
    leaf(x)
}

#[::fastrace::trace]
async fn later(x: u64) -> u64 {
    Yield::default().await;
    leaf(x)
}

fn in_root(sampled: bool, f: impl FnOnce()) {
    let root = Span::root("root", SpanContext::random().sampled(sampled));
    let _active = root.set_local_parent();
    f();
}

impl Contender for Fastrace {
    fn name(&self) -> &'static str {
        "fastrace"
    }

    fn install(&mut self) {
        ::fastrace::set_reporter(Counted, Config::default());
    }

    fn prepare(&self, work: Work) -> Option<Turn> {
        Some(match work {
            Work::NothingInstalled => Box::new(|n| {
                repeat(n, spanned);
                0
            }),
            Work::SyncSpan => Box::new(|n| in_traces(n, |n| in_root(true, || repeat(n, spanned)))),
            Work::Unsampled => Box::new(|n| {
                in_root(false, || repeat(n, spanned));
                0
            }),
            Work::PollInSpan => Box::new(|n| {
                in_root(true, || poll(pin!(Never.in_span(Span::enter_with_local_parent("never"))), n));
                2
            }),
            Work::FutureSpan => {
                Box::new(|n| in_traces(n, |n| in_root(true, || repeat(n, |i| drive(later(i))))))
            }
            Work::TwoThreads => Box::new(|n| {
                let spans = || in_traces(n / 2, |n| in_root(true, || repeat(n, spanned)));
                std::thread::scope(|scope| {
                    let threads = [scope.spawn(spans), scope.spawn(spans)];
                    threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
                })
            }),
            Work::Request => Box::new(|n| {
                requests::<FastraceTools>(n);
                n * SPANS
            }),
            _ => return None,
        })
    }

    fn drain(&self) {
        drop(Span::root(NUDGE, SpanContext::random()));
        ::fastrace::flush();
    }

    fn received(&self) -> u64 {
        RECEIVED.get()
    }
}

struct FastraceTools;

impl Tools for FastraceTools {
    fn request<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.in_span(Span::root("request", SpanContext::random()))
    }
    fn helper<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.in_span(Span::enter_with_local_parent("step"))
    }
    fn branch<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.in_span(Span::enter_with_local_parent("step"))
    }
    fn call(f: impl FnOnce() -> u64) -> u64 {
        let _active = LocalSpan::enter_with_local_parent("step");
        f()
    }
    fn tag(key: &'static str, value: u64) {
        LocalSpan::add_property(|| (key, value.to_string()));
    }
    fn breadcrumb(message: &'static str) {
        LocalSpan::add_event(Event::new(message));
    }
}
