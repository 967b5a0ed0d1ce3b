//! Tracers whose spans are isohub's.

use isohub::foreign::active_span;
use isohub::{SpanKind, SpanRef};
use opentelemetry::trace::{Link, SpanBuilder, TraceContextExt as _, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope};

use super::known::Entry;
use super::parent::{Parent, is_unrecorded};
use super::sites::{self, Site};
use super::span::{IsohubSpan, Recorded};
use super::{Around, attach, words};

/// A provider of tracers whose spans are spans of isohub: what libraries instrument with OpenTelemetry's API then stands in the
/// trace of the unit that calls them, and goes where the unit's records go.
///
/// | OpenTelemetry | isohub |
/// | --- | --- |
/// | a span | a span, from its start until it is ended or dropped; of the same ids, and of its kind |
/// | its name | the name; a sampler sees it if it is a literal, and else that of the instrumentation scope |
/// | its parent | the span in the context it is given; if that is the current one, the [innermost](super#which-span-is-further-in) |
/// | what begins in isohub while it is current | its child |
/// | attributes, events, links | the same, of the same types |
/// | status `Error` | outcome error, and its description as the attribute `error` |
/// | status `Ok` | outcome ok |
/// | a panic in which it is dropped | outcome panicked |
/// | the instrumentation scope | the module, by which isohub's [`Filter`](isohub::Filter) goes too |
///
/// What isohub cannot take: times that are given by hand, for which those of the calls stand; and version, schema and
/// attributes of the instrumentation scope. An attribute that is recorded twice has the later value. Nobody can tell that a span was
/// cancelled.
///
/// The first span of a trace carries the scope of the unit that it began in, if it ends there. Spans are sampled and
/// filtered as all of isohub's are, and the samplers of OpenTelemetry's SDK are not asked. One that is not recorded says so by
/// `is_recording`, costs one or two hundred nanoseconds, and passes its trace on as unsampled. A recorded one costs some hundred
/// nanoseconds more than isohub's own. Where nothing is installed spans have
/// the ids of the parent that they are given, as those of OpenTelemetry's own no-op.
///
/// ```
/// use isohub_opentelemetry::bridge::{self, Tracers};
///
/// bridge::isolate();
/// opentelemetry::global::set_tracer_provider(Tracers::new());
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing until it is given to `opentelemetry::global::set_tracer_provider`"]
pub struct Tracers(());

impl Tracers {
    /// The provider. Spans of isohub attach to its spans from now on, as by [`attach`].
    pub fn new() -> Self {
        attach();
        Tracers(())
    }

    /// The same for a program that keeps its own SDK: spans go to `provider`, and their parent is the span that is active
    /// in isohub, where that is the innermost; what begins in isohub while they are current continues their trace.
    ///
    /// Both then have one trace id for a trace, and each sampler sees what the other has decided, as of another process.
    ///
    /// ```
    /// use isohub::testing::Recorder;
    /// use isohub_opentelemetry::bridge::Tracers;
    /// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    /// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let sdk = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    /// let tracer = Tracers::around(sdk).tracer("db");
    ///
    /// let recorder = Recorder::new();
    /// recorder.run_sync(|| isohub::start_span!("order").in_scope(|| tracer.in_span("query", |_| ())));
    /// let query = exporter.get_finished_spans().unwrap().remove(0);
    /// assert_eq!(query.parent_span_id.to_bytes(), recorder.span("order").context.span_id().to_bytes());
    /// ```
    pub fn around<P: TracerProvider>(provider: P) -> Around<P> {
        attach();
        Around::new(provider)
    }
}

impl TracerProvider for Tracers {
    type Tracer = IsohubTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> IsohubTracer {
        IsohubTracer { site: sites::site(scope.name()) }
    }
}

/// A tracer of [`Tracers`].
#[derive(Clone, Debug)]
pub struct IsohubTracer {
    site: &'static Site,
}

impl Tracer for IsohubTracer {
    type Span = IsohubSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent_cx: &Context) -> IsohubSpan {
        let around = parent_cx.span();
        let around = around.span_context();
        if parent_cx.is_telemetry_suppressed() {
            return IsohubSpan::unrecorded(around.clone(), None);
        }
        let active = active_span();
        let parent = Parent::of(parent_cx);
        if is_unrecorded(around) && matches!(parent, Parent::Given(_)) {
            return IsohubSpan::unrecorded(around.clone(), None);
        }
        let is_root = match parent {
            Parent::Active => active.is_none_or(|active| active.is_remote()),
            Parent::Given(given) => given.context().is_none_or(|given| given.is_remote()),
            Parent::Nothing => true,
        };
        let (span, told) = self.start(builder, parent);
        let Some(ours) = span.context() else { return IsohubSpan::unrecorded(around.clone(), None) };
        let state = match around.trace_id().to_bytes() == ours.trace_id().to_bytes() {
            true => around.trace_state().clone(),
            false => Default::default(),
        };
        let context = words::to_theirs(ours, state);
        if !span.is_recorded() {
            // Who knows that the trace is not recorded need not be told.
            let entry = active.is_none().then(|| Entry::new(context.span_id(), span.handle(), active));
            return IsohubSpan::unrecorded(context, entry);
        }
        told.tell(span.handle());
        let entry = Entry::new(context.span_id(), span.handle(), active);
        let scope_of = is_root.then_some(active);
        IsohubSpan::recorded(context, Recorded::new(span, scope_of), entry)
    }
}

impl IsohubTracer {
    /// Starts the span, and says what it is yet to be told.
    fn start(&self, builder: SpanBuilder, parent: Parent) -> (isohub::Span, Told) {
        let SpanBuilder { name, span_kind, attributes, events, links, .. } = builder;
        let kind = span_kind.as_ref().map_or(SpanKind::Internal, words::kind);
        let (callsite, name) = self.site.callsite(kind, name);
        let attributes = || words::attributes(attributes.unwrap_or_default());
        let span = match parent {
            Parent::Active if isohub::has_hub() => isohub::Span::start(callsite, attributes),
            // A library's task, of which nobody has to be told.
            Parent::Active | Parent::Nothing => isohub::Span::start_below(None, callsite, attributes),
            Parent::Given(span) => isohub::Span::start_below(Some(span), callsite, attributes),
        };
        (span, Told { name, events: events.unwrap_or_default(), links: links.unwrap_or_default() })
    }
}

/// What a span is told when it has begun.
struct Told {
    name: Option<std::borrow::Cow<'static, str>>,
    events: Vec<opentelemetry::trace::Event>,
    links: Vec<Link>,
}

impl Told {
    fn tell(self, span: SpanRef) {
        if let Some(name) = self.name {
            span.set_name(name);
        }
        for event in self.events {
            words::tell_event(span, event.name, event.attributes);
        }
        for link in self.links {
            words::tell_link(span, &link.span_context, link.attributes);
        }
    }
}
