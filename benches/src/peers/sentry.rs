//! sentry. A child span is started from its parent and not made active, which is less than what the others do.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;

use ::sentry::protocol::EnvelopeItem;
use ::sentry::{
    Breadcrumb, ClientInitGuard, ClientOptions, Envelope, Hub, Level, SentryFutureExt as _, Transaction,
    TransactionContext, TransactionOrSpan, Transport,
};
use futures::executor::block_on;
use futures::future::join_all;

use super::Received;
use crate::leaf::{Never, Yield, drive, leaf, poll, repeat};
use crate::request::{SPANS, Tools, requests};
use crate::work::{Contender, Turn, Work, in_traces};

#[derive(Default)]
pub(super) struct Sentry {
    guard: Option<ClientInitGuard>,
}

static RECEIVED: Received = Received::new();

struct Counted;

impl Transport for Counted {
    fn send_envelope(&self, envelope: Envelope) {
        for item in black_box(&envelope).items() {
            match item {
                EnvelopeItem::Transaction(transaction) => RECEIVED.add(transaction.spans.len() + 1),
                EnvelopeItem::Event(_) => RECEIVED.add(1),
                // Such as reports of what was not sampled.
                _ => {}
            }
        }
    }
}

fn spanned(parent: &Transaction, x: u64) -> u64 {
    let span = parent.start_child("work", "work");
    let result = leaf(x);
    span.finish();
    result
}

async fn later(x: u64) -> u64 {
    Yield::default().await;
    leaf(x)
}

fn in_root(sampled: Option<bool>, f: impl FnOnce(&Transaction)) {
    let mut context = TransactionContext::new("root", "root");
    context.set_sampled(sampled);
    let root = ::sentry::start_transaction(context);
    f(&root);
    root.finish();
}

/// A clone of the current hub.
fn cloned() -> Arc<Hub> {
    Arc::new(Hub::new_from_top(Hub::current()))
}

/// A hub that is like the main one, and holds so much.
fn hub_of(tags: u32, breadcrumbs: u32) -> Arc<Hub> {
    let hub = cloned();
    hub.configure_scope(|scope| (0..tags).for_each(|tag| scope.set_tag(&format!("tag {tag}"), "value")));
    (0..breadcrumbs).for_each(|_| hub.add_breadcrumb(crumb("it happened")));
    hub
}

fn crumb(message: &str) -> Breadcrumb {
    Breadcrumb { message: Some(message.to_owned()), ..Breadcrumb::default() }
}

/// Runs in a clone of the current hub and in a span of its own.
fn in_span(
    parent: &TransactionOrSpan,
    f: impl Future<Output = u64>,
    hub: Arc<Hub>,
) -> impl Future<Output = u64> {
    let span = parent.start_child("step", "step");
    hub.configure_scope(|scope| scope.set_span(Some(span.clone().into())));
    let body = async move {
        let result = f.await;
        span.finish();
        result
    };
    body.bind_hub(hub)
}

impl Contender for Sentry {
    fn name(&self) -> &'static str {
        "sentry"
    }

    fn install(&mut self) {
        let transport: Arc<dyn Transport> = Arc::new(Counted);
        let options = ClientOptions::new()
            .dsn("https://public@localhost/1")
            .default_integrations(false)
            .traces_sample_rate(1.0)
            .transport(move |_: &ClientOptions| Arc::clone(&transport));
        self.guard = Some(::sentry::init(options));
    }

    fn prepare(&self, work: Work) -> Option<Turn> {
        if work == Work::NothingInstalled {
            return Some(Box::new(|n| {
                in_root(None, |root| repeat(n, |i| spanned(root, i)));
                0
            }));
        }
        self.guard.as_ref()?;
        let hub = hub_of(5, 10);
        let in_hub =
            |hub: Arc<Hub>, f: fn(u64) -> u64| Box::new(move |n| Hub::run(Arc::clone(&hub), || f(n)));
        Some(match work {
            Work::SyncSpan => {
                Box::new(|n| in_traces(n, |n| in_root(None, |root| repeat(n, |i| spanned(root, i)))))
            }
            Work::Unsampled => Box::new(|n| {
                in_root(Some(false), |root| repeat(n, |i| spanned(root, i)));
                0
            }),
            Work::PollInHub => in_hub(hub, |n| {
                poll(pin!(Never.bind_hub(cloned())), n);
                0
            }),
            Work::PollInSpan => in_hub(hub, |n| {
                in_root(None, |root| {
                    let span = root.start_child("never", "never");
                    let hub = cloned();
                    hub.configure_scope(|scope| scope.set_span(Some(span.clone().into())));
                    poll(pin!(Never.bind_hub(hub)), n);
                    span.finish();
                });
                2
            }),
            Work::FutureSpan => in_hub(hub, |n| {
                in_traces(n, |n| {
                    in_root(None, |root| {
                        let root = root.clone().into();
                        repeat(n, |i| drive(in_span(&root, later(i), cloned())));
                    });
                })
            }),
            Work::CloneHub => in_hub(hub, |n| {
                (0..n).for_each(|_| drop(black_box(cloned())));
                0
            }),
            Work::CloneAndTag { tags, breadcrumbs } => in_hub(hub_of(tags, breadcrumbs), |n| {
                for _ in 0..n {
                    let hub = cloned();
                    hub.configure_scope(|scope| scope.set_tag("key", "value"));
                    drop(black_box(hub));
                }
                0
            }),
            Work::RunInHub => in_hub(hub, |n| {
                repeat(n, |i| Hub::run(cloned(), || leaf(i)));
                0
            }),
            Work::Event => in_hub(hub, |n| {
                (0..n).for_each(|_| {
                    black_box(::sentry::capture_message("message", Level::Info));
                });
                n
            }),
            Work::FanOut => in_hub(hub, |n| {
                let task = |i| async move {
                    ::sentry::configure_scope(|scope| scope.set_tag("task", i));
                    black_box(leaf(i))
                };
                for _ in 0..n / 1000 {
                    block_on(join_all((0..1000).map(|i| task(i).bind_hub(cloned()))));
                }
                0
            }),
            Work::TwoThreads => Box::new(move |n| {
                let spans = || {
                    let hub = Arc::new(Hub::new_from_top(&hub));
                    Hub::run(hub, || {
                        in_traces(n / 2, |n| in_root(None, |root| repeat(n, |i| spanned(root, i))))
                    })
                };
                std::thread::scope(|scope| {
                    let threads = [scope.spawn(spans), scope.spawn(spans)];
                    threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
                })
            }),
            Work::Request => Box::new(|n| {
                requests::<SentryTools>(n);
                n * SPANS
            }),
            Work::NothingInstalled | Work::Disabled => return None,
        })
    }

    fn received(&self) -> u64 {
        RECEIVED.get()
    }
}

struct SentryTools;

fn active() -> Option<TransactionOrSpan> {
    ::sentry::configure_scope(|scope| scope.get_span())
}

impl Tools for SentryTools {
    fn request<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        let hub = cloned();
        let root = ::sentry::start_transaction(TransactionContext::new("request", "request"));
        hub.configure_scope(|scope| scope.set_span(Some(root.clone().into())));
        let body = async move {
            let result = f.await;
            root.finish();
            result
        };
        body.bind_hub(hub)
    }
    async fn helper<F: Future<Output = u64>>(f: F) -> u64 {
        let parent = active();
        let span = parent.as_ref().map(|parent| parent.start_child("step", "step"));
        ::sentry::configure_scope(|scope| scope.set_span(span.clone().map(Into::into)));
        let result = f.await;
        ::sentry::configure_scope(|scope| scope.set_span(parent));
        span.into_iter().for_each(|span| span.finish());
        result
    }
    async fn branch<F: Future<Output = u64>>(f: F) -> u64 {
        // The hub is cloned at the first poll: in `join_all` that is before any other branch writes.
        match active() {
            Some(parent) => in_span(&parent, f, cloned()).await,
            None => f.await,
        }
    }
    fn call(f: impl FnOnce() -> u64) -> u64 {
        let span = active().map(|parent| parent.start_child("step", "step"));
        let result = f();
        span.into_iter().for_each(|span| span.finish());
        result
    }
    fn tag(key: &'static str, value: u64) {
        ::sentry::configure_scope(|scope| scope.set_tag(key, value));
    }
    fn breadcrumb(message: &'static str) {
        ::sentry::add_breadcrumb(crumb(message));
    }
}
