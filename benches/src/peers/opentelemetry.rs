//! opentelemetry with the batch processor of its SDK.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;

use ::opentelemetry::context::FutureExt as _;
use ::opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use ::opentelemetry::{Context, KeyValue, global};
use futures::executor::block_on;
use futures::future::join_all;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};

use super::Received;
use crate::leaf::{Never, Yield, drive, leaf, poll, repeat};
use crate::request::{SPANS, Tools, requests};
use crate::work::{Contender, Turn, Work, in_traces};

#[derive(Default)]
pub(super) struct Opentelemetry {
    provider: Option<SdkTracerProvider>,
}

static RECEIVED: Received = Received::new();

/// An exporter that counts what it is given.
#[derive(Debug)]
pub(super) struct Counted(pub(super) &'static Received);

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.add(black_box(batch).len());
        Ok(())
    }
}

/// With a queue that one turn does not fill.
pub(super) fn provider(exporter: Counted) -> SdkTracerProvider {
    let config = BatchConfigBuilder::default().with_max_queue_size(32_768).build();
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    SdkTracerProvider::builder().with_sampler(sampler).with_span_processor(processor).build()
}

/// A parent in another process, which did not record.
pub(super) fn unsampled() -> SpanContext {
    let (trace, span) = (TraceId::from_bytes([1; 16]), SpanId::from_bytes([1; 8]));
    SpanContext::new(trace, span, TraceFlags::default(), true, TraceState::default())
}

#[derive(Clone, Copy, Debug)]
struct Tag(#[allow(dead_code, reason = "a context takes what it is given")] u64);

/// What stands for a hub: a context with values.
fn context() -> Context {
    Context::new().with_value(Tag(1)).with_value(7_u32).with_value("user")
}

async fn later(x: u64) -> u64 {
    Yield::default().await;
    leaf(x)
}

impl Contender for Opentelemetry {
    fn name(&self) -> &'static str {
        "opentelemetry"
    }

    fn install(&mut self) {
        let provider = provider(Counted(&RECEIVED));
        global::set_tracer_provider(provider.clone());
        self.provider = Some(provider);
    }

    fn prepare(&self, work: Work) -> Option<Turn> {
        if work == Work::NothingInstalled {
            let tracer = global::tracer("bench");
            return Some(Box::new(move |n| {
                repeat(n, |i| tracer.in_span("work", |_| leaf(i)));
                0
            }));
        }
        let tracer = self.provider.as_ref()?.tracer("bench");
        let span = spanned(tracer.clone());
        Some(match work {
            Work::SyncSpan => {
                Box::new(move |n| in_traces(n, |n| tracer.in_span("root", |_| repeat(n, &span))))
            }
            Work::Unsampled => Box::new(move |n| {
                let _active = Context::new().with_remote_span_context(unsampled()).attach();
                repeat(n, &span);
                0
            }),
            Work::PollInHub => Box::new(|n| {
                poll(pin!(Never.with_context(context())), n);
                0
            }),
            Work::PollInSpan => Box::new(move |n| {
                let context = context().with_span(tracer.start("never"));
                poll(pin!(Never.with_context(context)), n);
                1
            }),
            Work::FutureSpan => Box::new(move |n| {
                let future = |i| later(i).with_context(Context::current_with_span(tracer.start("later")));
                in_traces(n, |n| tracer.in_span("root", |_| repeat(n, |i| drive(future(i)))))
            }),
            Work::CloneHub => Box::new(|n| {
                let _active = context().attach();
                (0..n).for_each(|_| drop(black_box(Context::current())));
                0
            }),
            Work::RunInHub => Box::new(|n| {
                let _active = context().attach();
                repeat(n, |i| {
                    let _active = Context::current().attach();
                    leaf(i)
                });
                0
            }),
            Work::FanOut => Box::new(|n| {
                let _active = context().attach();
                let task = |i| async move { black_box(leaf(i)) };
                for _ in 0..n / 1000 {
                    let tasks = (0..1000).map(|i| task(i).with_context(Context::current_with_value(Tag(i))));
                    block_on(join_all(tasks));
                }
                0
            }),
            Work::TwoThreads => Box::new(move |n| {
                let (tracer, span) = (&tracer, &span);
                let spans = || in_traces(n / 2, |n| tracer.in_span("root", |_| repeat(n, span)));
                std::thread::scope(|scope| {
                    let threads = [scope.spawn(spans), scope.spawn(spans)];
                    threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
                })
            }),
            Work::Request => Box::new(|n| {
                requests::<OpentelemetryTools>(n);
                n * SPANS
            }),
            Work::NothingInstalled | Work::Disabled | Work::CloneAndTag { .. } | Work::Event => return None,
        })
    }

    fn drain(&self) {
        if let Some(provider) = &self.provider {
            let _ = provider.force_flush();
        }
    }

    fn received(&self) -> u64 {
        RECEIVED.get()
    }
}

fn spanned(tracer: SdkTracer) -> impl Fn(u64) -> u64 + Send + Sync {
    move |x| tracer.in_span("work", |_| leaf(x))
}

struct OpentelemetryTools;

/// A span below the active one, in a context.
fn step() -> Context {
    Context::current_with_span(global::tracer("bench").start("step"))
}

impl Tools for OpentelemetryTools {
    fn request<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.with_context(Context::new().with_span(global::tracer("bench").start("request")))
    }
    fn helper<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.with_context(step())
    }
    fn branch<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f.with_context(step())
    }
    fn call(f: impl FnOnce() -> u64) -> u64 {
        let _active = step().attach();
        f()
    }
    fn tag(key: &'static str, value: u64) {
        Context::current().span().set_attribute(KeyValue::new(key, value as i64));
    }
    fn breadcrumb(message: &'static str) {
        Context::current().span().add_event(message, Vec::new());
    }
}
