//! The layer: spans of tracing become spans of isohub.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use isohub::foreign;
use isohub::{Hub, Outcome, Span, SpanKind, SpanRef};
use tracing::{Event, Id, Metadata, Subscriber, span};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::ENABLED;
use crate::events;
use crate::fields::{self, Fields, Said};
use crate::happened::{EventFilter, asked, mean_breadcrumbs};
use crate::{sites, stack};

/// Makes spans of isohub out of those of tracing, and breadcrumbs, captured events or events of spans out of its events:
/// what libraries instrument with tracing then stands in the trace, and in the story, of the unit that calls them.
///
/// | tracing | isohub |
/// | --- | --- |
/// | a span | a span, from its making until it is closed; its fields are typed attributes |
/// | its parent, if explicit | the span of that one; `parent: None` begins a trace |
/// | its parent, if contextual | the innermost of what is entered in tracing and what is active in isohub |
/// | what begins in isohub while it is entered | its child |
/// | `record`, `follows_from` | attributes, links |
/// | `otel.name`, `otel.kind`, `otel.status_code`, `otel.status_description` | its name, kind and outcome |
/// | a panic that leaves it, an `ERROR` event in it | its outcome |
/// | an event | by its level, see [`events`](Self::events) |
///
/// A span stays what it is across awaits and spawns: `tokio::spawn(work().instrument(span))` has the right parent, although
/// that task has no hub. What a library's task writes to no hub is left out in silence; spawn your own by
/// [`spawn_isolated!`](isohub::spawn_isolated).
///
/// Spans go where the hub's records go, and are sampled and filtered as all are; isohub's
/// [`Filter`](isohub::Filter) sees the target as the module path. Layers that are beside this one see what they always
/// saw. Add it once to a subscriber.
///
/// Nothing here panics, and no `Debug` of a field runs while anything is borrowed or locked. Where nothing is installed nothing
/// is kept, no field is evaluated, and a span costs what it costs the registry and a fourth more. A recorded span, entered
/// once, costs some five times as much as that (3,600 instructions), one that is left out or not sampled four times,
/// if it stands in a trace: what is kept of it is an allocation.
///
/// ```
/// use isohub::testing::Recorder;
/// use tracing_subscriber::prelude::*;
///
/// #[tracing::instrument]
/// fn query(table: &str) {} // in a library
///
/// #[isohub::span]
/// fn order(id: u32) {
///     query("orders");
/// }
///
/// let subscriber = tracing_subscriber::registry().with(isohub_tracing::layer());
/// let recorder = Recorder::new();
/// tracing::subscriber::with_default(subscriber, || recorder.run_sync(|| order(7)));
/// assert_eq!(recorder.tree(), "order\n  query table=orders\n");
/// ```
#[must_use = "a layer does nothing until it is given to a subscriber: `registry().with(layer)`"]
pub struct IsohubLayer {
    /// Ids of spans are unique in one registry only.
    number: u64,
    spans: SpanFilter,
    events: EventFilters,
    errors_fail_spans: bool,
}

type SpanFilter = Box<dyn Fn(&Metadata<'_>) -> bool + Send + Sync>;
type EventFilters = Box<dyn Fn(&Metadata<'_>) -> EventFilter + Send + Sync>;

/// A layer with spans from level info on, and events as [`IsohubLayer::events`] says.
pub fn layer() -> IsohubLayer {
    static LAYERS: AtomicU64 = AtomicU64::new(0);
    stack::attach();
    mean_breadcrumbs();
    IsohubLayer {
        number: LAYERS.fetch_add(1, Ordering::Relaxed),
        spans: Box::new(|metadata| *metadata.level() <= tracing::Level::INFO),
        events: Box::new(|metadata| EventFilter::of_level(*metadata.level())),
        errors_fail_spans: true,
    }
}

impl IsohubLayer {
    /// Which spans are taken; those from level info on, unless said otherwise. It is asked for each span, and is to be
    /// quick; if it panics, the span is taken.
    ///
    /// Of what is left out the children attach to the nearest span that was not, also across threads. A filter
    /// of tracing-subscriber around this layer (`layer().with_filter(..)`) is cheaper, since libraries are then not even
    /// asked for their fields; but the layer then does not see the span, and what runs in it on another thread has lost
    /// its parent.
    ///
    /// ```
    /// use tracing::Level;
    /// use tracing_subscriber::filter::Targets;
    ///
    /// let wanted: Targets = "info,sqlx=debug,h2=off".parse()?;
    /// let layer = isohub_tracing::layer().spans(move |it| wanted.would_enable(it.target(), it.level()));
    /// # Ok::<_, tracing_subscriber::filter::ParseError>(())
    /// ```
    pub fn spans(mut self, wanted: impl Fn(&Metadata<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.spans = Box::new(wanted);
        self
    }

    /// What becomes of events. Unless said otherwise, or if `filter` panics, those of level error are captured, warnings
    /// and infos are breadcrumbs, and the others are ignored.
    ///
    /// ```
    /// use isohub_tracing::EventFilter;
    /// use tracing::Level;
    ///
    /// let layer = isohub_tracing::layer().events(|it| match *it.level() {
    ///     Level::ERROR if it.target().starts_with("shop") => EventFilter::CAPTURE | EventFilter::SPAN_EVENT,
    ///     Level::ERROR | Level::WARN => EventFilter::BREADCRUMB | EventFilter::SPAN_EVENT,
    ///     Level::INFO => EventFilter::BREADCRUMB,
    ///     _ => EventFilter::IGNORE,
    /// });
    /// ```
    pub fn events(mut self, filter: impl Fn(&Metadata<'_>) -> EventFilter + Send + Sync + 'static) -> Self {
        self.events = Box::new(filter);
        self
    }

    /// Whether an event of level error gives the span of tracing in which it happens the outcome error, unless a field
    /// has said another; it does unless said otherwise. Spans of isohub end as what they return says.
    pub fn errors_fail_spans(mut self, fail: bool) -> Self {
        self.errors_fail_spans = fail;
        self
    }
}

impl fmt::Debug for IsohubLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IsohubLayer")
            .field("errors_fail_spans", &self.errors_fail_spans)
            .finish_non_exhaustive()
    }
}

/// What is kept of a span of tracing, for as long as that is open.
enum Seen {
    /// It is recorded; and whether a field has said how it ends.
    Recorded { span: Span, is_settled: bool },
    /// It is not. What its children attach to.
    Not(SpanRef),
}

impl Seen {
    /// To which its children attach.
    fn handle(&self) -> SpanRef {
        match self {
            Seen::Recorded { span, .. } => span.handle(),
            Seen::Not(around) => *around,
        }
    }
}

/// Whether any span was ever kept. Where nothing is installed, none is, and none need be looked for.
static ANY_SEEN: AtomicBool = AtomicBool::new(false);

/// Whether anything might be recorded, or belong to what is.
fn is_anything_recorded() -> bool {
    ENABLED && (isohub::is_installed() || ANY_SEEN.load(Ordering::Relaxed))
}

/// Where a new span attaches.
#[derive(Clone, Copy)]
enum Parent {
    /// What is active in isohub.
    Active,
    /// A span of tracing, or none.
    Given(Option<SpanRef>),
}

impl Parent {
    fn of<S>(attributes: &span::Attributes<'_>, context: &Context<'_, S>) -> Self
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        match attributes.parent() {
            Some(parent) => Parent::Given(known(context.span(parent))),
            None if attributes.is_root() => Parent::Given(None),
            None => match stack::further_in(foreign::active_span()) {
                Some(innermost) => Parent::Given(Some(innermost.span)),
                None => Parent::Active,
            },
        }
    }

    fn span(self) -> SpanRef {
        match self {
            Parent::Given(Some(span)) => span,
            Parent::Given(None) | Parent::Active => isohub::current_span(),
        }
    }

    fn start(self, attributes: &span::Attributes<'_>) -> Seen {
        let site = sites::site(attributes.metadata());
        let kind = if site.has_kind { fields::kind(attributes) } else { SpanKind::Internal };
        let callsite = site.callsite(kind);
        let mut said = Said::default();
        let evaluate = || {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            if site.says {
                fields.take(fields::KIND);
                said = Said::take(&mut fields);
            }
            fields.attributes
        };
        let span = match self {
            Parent::Given(parent) => Span::start_below(parent, callsite, evaluate),
            Parent::Active if isohub::has_hub() => Span::start(callsite, evaluate),
            // isohub would call it an orphan.
            Parent::Active => Span::start_below(None, callsite, evaluate),
        };
        if !span.is_recorded() {
            return Seen::Not(span.handle());
        }
        let is_settled = said.is_settled();
        said.tell(span.handle());
        Seen::Recorded { span, is_settled }
    }
}

/// What isohub knows of a span of tracing: itself, or what is around it.
pub(crate) fn known<'a, S: LookupSpan<'a>>(
    span: Option<tracing_subscriber::registry::SpanRef<'a, S>>,
) -> Option<SpanRef> {
    span?.extensions().get::<Seen>().map(Seen::handle)
}

impl<S> Layer<S> for IsohubLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !is_anything_recorded() {
            return;
        }
        let parent = Parent::of(attributes, &context);
        let is_wanted = asked(|| (self.spans)(attributes.metadata())).unwrap_or(true);
        let seen = if is_wanted { parent.start(attributes) } else { Seen::Not(parent.span()) };
        if seen.handle().context().is_some()
            && let Some(span) = context.span(id)
        {
            ANY_SEEN.store(true, Ordering::Relaxed);
            let before = span.extensions_mut().replace(seen);
            // Not under the lock.
            drop(before);
        }
    }

    fn on_record(&self, id: &Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(handle) = recorded(&context, id) else { return };
        let mut fields = Fields::default();
        values.record(&mut fields);
        let said = Said::take(&mut fields);
        if said.is_settled()
            && let Some(span) = context.span(id)
            && let Some(Seen::Recorded { is_settled, .. }) = span.extensions_mut().get_mut()
        {
            *is_settled = true;
        }
        said.tell(handle);
        for attribute in fields.attributes {
            handle.record(attribute.key, attribute.value);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        if let Some(handle) = recorded(&context, id)
            && let Some(followed) = known(context.span(follows)).and_then(|span| span.context())
        {
            handle.add_link(followed);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !is_anything_recorded() {
            return;
        }
        let filter = events::filter(event, |metadata| asked(|| (self.events)(metadata)));
        let fails = self.errors_fail_spans && *event.metadata().level() == tracing::Level::ERROR;
        if filter == EventFilter::IGNORE && !fails {
            return;
        }
        let (place, of_tracing) = self.place_of(event, &context);
        if fails {
            of_tracing.inspect(|id| fail(&context, id));
        }
        events::record(filter, event, place);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(handle) = look(&context, id, Seen::handle) {
            stack::enter(self.number, id.into_u64(), handle);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if ANY_SEEN.load(Ordering::Relaxed)
            && stack::exit(self.number, id.into_u64()).is_some()
            && let Some(handle) = recorded(&context, id)
        {
            handle.set_outcome(Outcome::Panicked);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if !ANY_SEEN.load(Ordering::Relaxed) {
            return;
        }
        // Its ids stay, for layers that are told of the end after this one.
        let end = |seen: &mut Seen| std::mem::replace(seen, Seen::Not(seen.handle()));
        let seen = context.span(&id).and_then(|span| span.extensions_mut().get_mut().map(end));
        let Some(Seen::Recorded { span, .. }) = seen else { return };
        // The first span of a trace carries the scope.
        match span.is_local_root() && isohub::has_hub() {
            true => span.end_in(Hub::current(), Outcome::Ok),
            false => span.end(Outcome::Ok),
        }
    }
}

impl IsohubLayer {
    /// The span in which an event happens, and its id if that is one of this subscriber's.
    fn place_of<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> (SpanRef, Option<Id>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if let Some(id) = event.parent() {
            return (known(context.span(id)).unwrap_or_else(isohub::current_span), Some(id.clone()));
        }
        match stack::further_in(foreign::active_span()) {
            Some(entered) => {
                let is_ours = entered.layer == self.number && !event.is_root();
                (entered.span, is_ours.then(|| Id::from_u64(entered.id)))
            }
            None => (isohub::current_span(), None),
        }
    }
}

/// What is kept of a span of tracing.
fn look<S, R>(context: &Context<'_, S>, id: &Id, look: impl FnOnce(&Seen) -> R) -> Option<R>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if !ANY_SEEN.load(Ordering::Relaxed) {
        return None;
    }
    context.span(id)?.extensions().get::<Seen>().map(look)
}

/// The span of isohub that a span of tracing is, if that is recorded.
fn recorded<S>(context: &Context<'_, S>, id: &Id) -> Option<SpanRef>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let recorded = |seen: &Seen| matches!(seen, Seen::Recorded { .. }).then(|| seen.handle());
    look(context, id, recorded).flatten()
}

/// An error happened in the span.
fn fail<S>(context: &Context<'_, S>, id: &Id)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let open_end = |seen: &Seen| match seen {
        Seen::Recorded { span, is_settled: false } => Some(span.handle()),
        _ => None,
    };
    look(context, id, open_end).flatten().inspect(|span| span.set_outcome(Outcome::Error));
}
