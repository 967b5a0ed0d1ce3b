//! OpenTelemetry's own API, the crate `opentelemetry`, and isohub, each in the other (feature `bridge`).
//!
//! ```
//! use isohub::testing::Recorder;
//! use isohub_opentelemetry::bridge::{self, Tracers};
//! use opentelemetry::trace::Tracer as _;
//!
//! fn query(table: &str) {
//!     // In a library.
//!     opentelemetry::global::tracer("db").in_span(format!("query {table}"), |_| ());
//! }
//!
//! #[isohub::span]
//! fn order(id: u32) {
//!     query("orders");
//! }
//!
//! bridge::isolate();
//! opentelemetry::global::set_tracer_provider(Tracers::new());
//! let recorder = Recorder::new();
//! recorder.run_sync(|| order(7));
//! assert_eq!(recorder.tree(), "order\n  query orders\n");
//! ```
//!
//! - [`isolate`]: a context of OpenTelemetry's for each unit. It needs no sink, and goes with any provider.
//! - [`Tracers`]: spans that libraries make by OpenTelemetry's API become spans of isohub.
//! - [`Tracers::around`]: they go where they went, to the program's own SDK, with the right parents.
//! - [`attach`]: spans of isohub attach to those of a provider that isohub does not know.
//! - [`current_context`]: the span that is active in isohub, for OpenTelemetry's propagators.
//!
//! # Which span is further in
//!
//! A span of OpenTelemetry's that is current counts if it began inside the span that is active in isohub, or was made current
//! in it before anything of isohub's began inside of it; else the span of isohub counts. So they nest in any order, over
//! awaits, units and threads. A context that is given to a tracer by hand, and is not the current one, counts whatever is
//! active; an empty one begins a trace.
//!
//! Of a span of another provider nothing is known: it counts where nothing of isohub's is active, as one of another process. So do
//! remote ones that a propagator has extracted, unless the span that is active in isohub is in the same trace: that is
//! inside.
//!
//! Spans of tracing's that come by `isohub-tracing`'s layer and spans of OpenTelemetry's do not know of one another: where one is in
//! the other and no span of isohub's is between them, each attaches to the innermost of its own kind, if there is one. A
//! span of isohub's inside of both attaches to that of the library whose bridge was set up last.
//!
//! # Baggage
//!
//! OpenTelemetry's `Baggage` is a part of its context, and is isolated with it. It and [isohub's](isohub::baggage) are two:
//! neither sees what is in the other, and [`isohub::inject`] sends isohub's alone. Whose propagator sends the header is whose
//! baggage goes out; use one of them. A `tracestate` that OpenTelemetry's propagator extracted goes on to the spans below it,
//! and out by OpenTelemetry's propagator, not by isohub's.

mod around;
mod contexts;
mod known;
mod parent;
mod sites;
mod span;
mod tracers;
mod words;

use std::sync::Once;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, TraceState};

pub use around::{Around, AroundSpan, AroundTracer};
pub use span::IsohubSpan;
pub use tracers::{IsohubTracer, Tracers};

/// Gives each unit of isohub a context of OpenTelemetry's of its own, from now on and in the whole process: a unit begins
/// with what was current where it was made, and has it back on every poll, on whichever thread; what was attached around it
/// does not reach inside, and what is attached inside does not get out. So spans of OpenTelemetry's have the right
/// parents, and baggage stays where it belongs, in `spawn_isolated!(..)`, in annotated functions and in the branches of
/// `isohub::join!`: with any provider, whether or not isohub records anything.
///
/// A unit keeps the context it began with, and so the span in it, for as long as it lives, as `with_current_context()` does.
/// It costs some hundred nanoseconds where a unit is made, and about one hundred where it is put into its place, and where it is
/// taken out. Call it once, at the beginning of `main`; further calls do nothing.
///
/// A guard of `Context::attach` that is held across an await, as OpenTelemetry advises against, does not get out of its unit. There its
/// context goes on, if it was made of the current one; and it does so when the guard is dropped after the await, too.
///
/// Where `tracing-opentelemetry` makes the contexts of tracing's spans current, call `isohub_tracing::isolate()` as well.
///
/// ```
/// use opentelemetry::Context;
///
/// #[derive(Debug, PartialEq)]
/// struct Tenant(u32);
///
/// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// # runtime.block_on(async {
/// isohub_opentelemetry::bridge::isolate();
/// let task = {
///     let _tenant = Context::current_with_value(Tenant(7)).attach();
///     isohub::spawn_isolated!(async { Context::current().get() == Some(&Tenant(7)) })
/// };
/// assert!(task.await.unwrap());
/// # });
/// ```
pub fn isolate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| isohub::foreign::isolate(contexts::CurrentContext));
}

/// Lets spans of isohub attach to those of OpenTelemetry's, of whichever provider: a trace that has begun there goes on in
/// isohub. [`Tracers`] does it by itself. In the whole process and for good; further calls do nothing.
///
/// Spans of isohub then cost some tens of nanoseconds more, as [`isohub::foreign::attach`] says.
///
/// ```
/// use isohub::testing::Recorder;
/// use opentelemetry::Context;
/// use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
///
/// isohub_opentelemetry::bridge::attach();
/// // What a propagator has extracted, or a span of the program's own SDK.
/// let ids = (TraceId::from(7), SpanId::from(8));
/// let span = SpanContext::new(ids.0, ids.1, TraceFlags::SAMPLED, true, TraceState::NONE);
/// let recorder = Recorder::new();
/// recorder.run_sync(|| {
///     let _guard = Context::new().with_remote_span_context(span).attach();
///     isohub::start_span!("work");
/// });
/// assert_eq!(recorder.span("work").context.trace_id().to_bytes(), ids.0.to_bytes());
/// ```
pub fn attach() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| isohub::foreign::attach(known::CurrentSpan));
}

/// OpenTelemetry's current context and, if a span of isohub is further in than the one there, that as its span: for
/// OpenTelemetry's propagators, and for whatever else is given a context.
///
/// ```
/// use opentelemetry::trace::TraceContextExt as _;
///
/// let recorder = isohub::testing::Recorder::new();
/// recorder.run_sync(|| {
///     isohub::start_span!("call").in_scope(|| {
///         let context = isohub_opentelemetry::bridge::current_context();
///         let trace = isohub::current_span().context().map(|it| it.trace_id().to_bytes());
///         assert_eq!(Some(context.span().span_context().trace_id().to_bytes()), trace);
///     });
/// });
/// ```
pub fn current_context() -> Context {
    let context = contexts::look(Context::clone).unwrap_or_default();
    let active = isohub::foreign::active_span().filter(|_| parent::is_inside(&context));
    match active {
        Some(active) => context.with_remote_span_context(words::to_theirs(active, TraceState::NONE)),
        None => context,
    }
}
