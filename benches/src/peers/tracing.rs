//! tracing with its registry, and a layer that sees every span close. Nothing reads a clock.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;

use ::tracing::{Instrument as _, Subscriber, debug_span, info, info_span, instrument};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::Received;
use crate::leaf::{Never, Yield, drive, leaf, poll, repeat};
use crate::request::{SPANS, Tools, requests};
use crate::work::{Contender, Turn, Work, in_traces};

pub(super) struct Tracing;

static RECEIVED: Received = Received::new();

struct Counted;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counted {
    fn on_close(&self, id: ::tracing::span::Id, context: Context<'_, S>) {
        RECEIVED.add(usize::from(black_box(context.span(&id)).is_some()));
    }
}

#[instrument(skip_all)]
#[inline(never)]
pub(super) fn spanned(x: u64) -> u64 {
    leaf(x)
}

#[instrument(level = "debug", skip_all)]
#[inline(never)]
fn spanned_for_debugging(x: u64) -> u64 {
    leaf(x)
}

#[instrument(skip_all)]
async fn later(x: u64) -> u64 {
    Yield::default().await;
    leaf(x)
}

impl Contender for Tracing {
    fn name(&self) -> &'static str {
        "tracing (registry)"
    }

    fn install(&mut self) {
        let subscriber = tracing_subscriber::registry().with(Counted).with(LevelFilter::INFO);
        // Fails only if there is one, and then nothing arrives, which is found.
        let _ = ::tracing::subscriber::set_global_default(subscriber);
    }

    fn prepare(&self, work: Work) -> Option<Turn> {
        turn(work)
    }

    fn received(&self) -> u64 {
        RECEIVED.get()
    }
}

/// The same for every subscriber.
pub(super) fn turn(work: Work) -> Option<Turn> {
    Some(match work {
        Work::NothingInstalled => Box::new(|n| {
            repeat(n, spanned);
            0
        }),
        Work::SyncSpan => Box::new(|n| in_traces(n, |n| info_span!("root").in_scope(|| repeat(n, spanned)))),
        Work::Disabled => Box::new(|n| {
            info_span!("root").in_scope(|| repeat(n, spanned_for_debugging));
            let _ = debug_span!("also filtered out");
            1
        }),
        Work::PollInSpan => Box::new(|n| {
            poll(pin!(Never.instrument(info_span!("never"))), n);
            1
        }),
        Work::FutureSpan => {
            Box::new(|n| in_traces(n, |n| info_span!("root").in_scope(|| repeat(n, |i| drive(later(i))))))
        }
        Work::Request => Box::new(|n| {
            requests::<TracingTools>(n);
            n * SPANS
        }),
        Work::TwoThreads => Box::new(|n| {
            let dispatch = ::tracing::dispatcher::get_default(Clone::clone);
            let spans = || {
                ::tracing::dispatcher::with_default(&dispatch, || {
                    in_traces(n / 2, |n| info_span!("root").in_scope(|| repeat(n, spanned)))
                })
            };
            std::thread::scope(|scope| {
                let threads = [scope.spawn(spans), scope.spawn(spans)];
                threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
            })
        }),
        _ => return None,
    })
}

struct TracingTools;

impl Tools for TracingTools {
    fn request<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.instrument(info_span!(parent: None, "request", tenant = 0, request = 0, user = 0))
    }
    fn helper<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.instrument(info_span!("step", user = 0))
    }
    fn branch<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.instrument(info_span!("step", upstream = 0, item = 0))
    }
    fn call(f: impl FnOnce() -> u64) -> u64 {
        info_span!("step").in_scope(f)
    }
    fn tag(key: &'static str, value: u64) {
        ::tracing::Span::current().record(key, value);
    }
    fn breadcrumb(message: &'static str) {
        info!(message);
    }
}
