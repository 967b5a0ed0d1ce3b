//! What the tests share: a value in OpenTelemetry's context, and a provider that has it all.

use std::sync::Once;
use std::time::Duration;

use isohub::testing::Recorder;
use isohub_opentelemetry::bridge::{self, IsohubTracer, Tracers};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState, TracerProvider as _};
use opentelemetry::{Context, ContextGuard};

pub(crate) const WAIT: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq)]
struct Tenant(u32);

pub(crate) fn isolate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(bridge::isolate);
}

/// A tracer whose spans are isohub's, in a process where contexts are isolated.
pub(crate) fn tracer() -> IsohubTracer {
    isolate();
    Tracers::new().tracer("library")
}

/// The value in the current context; 0 where there is none.
pub(crate) fn tenant() -> u32 {
    Context::map_current(|it| it.get::<Tenant>().map_or(0, |it| it.0))
}

#[must_use]
pub(crate) fn set_tenant(tenant: u32) -> ContextGuard {
    with_tenant(tenant).attach()
}

pub(crate) fn with_tenant(tenant: u32) -> Context {
    Context::current_with_value(Tenant(tenant))
}

pub(crate) fn remote() -> SpanContext {
    remote_of(true)
}

pub(crate) fn remote_of(sampled: bool) -> SpanContext {
    let flags = TraceFlags::default().with_sampled(sampled);
    SpanContext::new(TraceId::from(7), SpanId::from(8), flags, true, TraceState::NONE)
}

/// The tree, when everything that began has ended, and the doctor has found nothing.
pub(crate) fn tree(recorder: &Recorder) -> String {
    recorder.settled(WAIT).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recorder.findings(), [], "the doctor");
    let spans = recorder.spans();
    let traces: std::collections::HashSet<_> = spans.iter().map(|it| it.context.trace_id()).collect();
    assert!(traces.len() <= 1, "one trace id throughout: {spans:?}");
    recorder.tree()
}

/// Pending once.
pub(crate) async fn switch() {
    let mut waited = false;
    std::future::poll_fn(|cx| match std::mem::replace(&mut waited, true) {
        true => std::task::Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        }
    })
    .await;
}
