//! The other way: finished spans of isohub for the subscribers of tracing.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ptr;
use std::sync::{LazyLock, OnceLock};
use std::time::UNIX_EPOCH;

use isohub::sink::{Batch, Sink};
use isohub::{Attribute, Callsite, Level, Outcome, SpanId, SpanRecord, Trace};
use tracing::callsite::{self, Identifier};
use tracing::field::{Field, FieldSet, Value};
use tracing::metadata::{Kind, Metadata};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Span, dispatcher};

use crate::sites;

const SPAN_FIELDS: &[&str] = &[
    "otel.name",
    "otel.kind",
    "otel.status_code",
    "outcome",
    "trace_id",
    "span_id",
    "start_unix_nanos",
    "duration_us",
    "attributes",
];
const EVENT_FIELDS: &[&str] = &["message", "attributes"];

/// A sink that shows what isohub has recorded to a subscriber of tracing: each trace, when it is complete, as spans
/// with the same parents, and its events.
///
/// A span has the callsite's name, module path (as target), level, file and line, and these fields: `otel.name` (what it was
/// renamed to), `otel.kind`, `otel.status_code`, `outcome`, `trace_id`, `span_id`, `start_unix_nanos`, `duration_us`,
/// and `attributes`, as text, since tracing's fields are fixed for each place. It is closed at once: *when* it
/// was, and for how long, its fields say, and layers that measure spans themselves measure the replay. To export
/// traces, use isohub's own sinks; this one is for logs and for tests that listen to tracing.
///
/// What came from tracing by [`layer()`](crate::layer()) is left out, since subscribers have seen it. The layer itself takes
/// nothing of what the sink shows.
///
/// It costs the program nothing but what sinks of whole traces do; the work is done on the sink's thread. A panic of a
/// subscriber there loses that batch.
///
/// ```
/// use isohub_tracing::TracingSink;
///
/// # fn main() -> Result<(), isohub::InstallError> {
/// let _isohub = isohub::init().sink(TracingSink::new()).install()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct TracingSink {
    dispatch: Option<Dispatch>,
    /// By the address of the callsite; none for those of tracing.
    places: HashMap<usize, Option<&'static Place>>,
}

impl TracingSink {
    /// For the global subscriber, whenever that is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// For this subscriber.
    ///
    /// ```
    /// use isohub_tracing::TracingSink;
    /// use tracing_subscriber::prelude::*;
    ///
    /// let subscriber = tracing_subscriber::registry().with(tracing_subscriber::fmt::layer());
    /// let sink = TracingSink::to(subscriber.into());
    /// ```
    pub fn to(dispatch: Dispatch) -> Self {
        TracingSink { dispatch: Some(dispatch), ..Self::default() }
    }

    fn replay(&mut self, trace: &Trace, dispatch: &Dispatch) {
        let mut open: HashMap<SpanId, Option<Span>> = HashMap::new();
        for record in &trace.spans {
            let parent = record.parent.and_then(|parent| open.get(&parent).cloned().flatten());
            // What stands for a span that is left out is its parent.
            let span = self.span(record, parent.as_ref(), dispatch).or(parent);
            open.insert(record.context.span_id(), span);
        }
        for event in trace.events.iter().filter(|event| event.callsite.is_none()) {
            let span = event.span.and_then(|span| open.get(&span.span_id())?.clone());
            let error = event.exceptions.first().map(|exception| &exception.message);
            let message = event.message.as_ref().or(error).map_or("", |message| message);
            tell(event.level, message, &event.attributes, span.as_ref(), dispatch);
        }
        // Children are closed before their parents.
        for record in trace.spans.iter().rev() {
            open.remove(&record.context.span_id());
        }
    }

    fn span(&mut self, record: &SpanRecord, parent: Option<&Span>, dispatch: &Dispatch) -> Option<Span> {
        let key = ptr::from_ref(record.callsite).addr();
        let place = self.places.entry(key).or_insert_with(|| {
            (!sites::is_of_tracing(record.callsite)).then(|| Place::of_spans(record.callsite))
        });
        let metadata = place.as_ref()?.metadata.get().filter(|metadata| dispatch.enabled(metadata))?;
        let start = record.start.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
        let duration = record.duration.as_micros() as u64;
        let (trace_id, span_id) =
            (record.context.trace_id().to_string(), record.context.span_id().to_string());
        let status = match record.outcome {
            Outcome::Ok => "OK",
            _ => "ERROR",
        };
        let values: [&dyn Value; SPAN_FIELDS.len()] = [
            &&*record.name,
            &record.kind().as_str(),
            &status,
            &record.outcome.as_str(),
            &trace_id,
            &span_id,
            &start,
            &duration,
            &text(&record.attributes),
        ];
        let parent = parent.and_then(Span::id);
        let span = with_values(metadata, values, |values| match parent {
            Some(parent) => Span::child_of(parent, metadata, values),
            None => Span::new_root(metadata, values),
        })?;
        for event in record.events.iter().filter(|event| !is_told_by_tracing(&event.attributes)) {
            tell(Level::Info, &event.name, &event.attributes, Some(&span), dispatch);
        }
        Some(span)
    }
}

impl Sink for TracingSink {
    fn name(&self) -> &str {
        "tracing"
    }

    fn wants_traces(&self) -> bool {
        true
    }

    fn receive(&mut self, batch: &Batch) {
        let dispatch = self.dispatch.clone().unwrap_or_else(|| dispatcher::get_default(Dispatch::clone));
        dispatcher::with_default(&dispatch, || {
            batch.traces.iter().for_each(|trace| self.replay(trace, &dispatch));
        });
    }
}

/// Whether an event of a span was one of tracing's, which has a target.
fn is_told_by_tracing(attributes: &[Attribute]) -> bool {
    attributes.iter().take(2).map(|attribute| &*attribute.key).eq(["level", "target"])
}

/// Makes an event of tracing.
fn tell(level: Level, message: &str, attributes: &[Attribute], span: Option<&Span>, dispatch: &Dispatch) {
    static EVENTS: LazyLock<[&'static Place; 5]> = LazyLock::new(|| tracing_levels().map(Place::of_events));
    let at = tracing_levels().iter().position(|it| *it == tracing_level(level)).unwrap_or(0);
    let Some(metadata) = EVENTS[at].metadata.get().filter(|metadata| dispatch.enabled(metadata)) else {
        return;
    };
    let values: [&dyn Value; EVENT_FIELDS.len()] = [&message, &text(attributes)];
    let parent = span.and_then(Span::id);
    with_values(metadata, values, |values| Event::child_of(parent, metadata, values));
}

/// Calls `f` with the values of the fields, in their order.
fn with_values<const N: usize, T>(
    metadata: &'static Metadata<'static>,
    values: [&dyn Value; N],
    f: impl FnOnce(&tracing::field::ValueSet<'_>) -> T,
) -> Option<T> {
    let fields: Vec<_> = metadata.fields().iter().collect();
    let fields: &[_; N] = fields.as_slice().try_into().ok()?;
    let pairs: [(&Field, Option<&dyn Value>); N] = std::array::from_fn(|at| (&fields[at], Some(values[at])));
    Some(f(&metadata.fields().value_set(&pairs)))
}

fn text(attributes: &[Attribute]) -> String {
    attributes.iter().fold(String::new(), |mut text, Attribute { key, value }| {
        let space = if text.is_empty() { "" } else { " " };
        // A string takes all.
        let _ = write!(text, "{space}{key}={value}");
        text
    })
}

fn tracing_levels() -> [tracing::Level; 5] {
    use tracing::Level;
    [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE]
}

fn tracing_level(level: Level) -> tracing::Level {
    match level {
        Level::Fatal | Level::Error => tracing::Level::ERROR,
        Level::Warning => tracing::Level::WARN,
        Level::Info => tracing::Level::INFO,
        Level::Debug => tracing::Level::DEBUG,
        Level::Trace => tracing::Level::TRACE,
    }
}

/// A callsite of tracing for one of isohub. It is made once for each, and lives as long as they do.
#[derive(Debug)]
struct Place {
    metadata: OnceLock<Metadata<'static>>,
}

impl Place {
    fn of_spans(callsite: &'static Callsite) -> &'static Self {
        Place::new(|place| {
            Metadata::new(
                callsite.name(),
                callsite.module_path(),
                tracing_level(callsite.level()),
                Some(callsite.file()),
                Some(callsite.line()),
                Some(callsite.module_path()),
                FieldSet::new(SPAN_FIELDS, Identifier(place)),
                Kind::SPAN,
            )
        })
    }

    fn of_events(level: tracing::Level) -> &'static Self {
        Place::new(|place| {
            let fields = FieldSet::new(EVENT_FIELDS, Identifier(place));
            Metadata::new("isohub event", "isohub", level, None, None, None, fields, Kind::EVENT)
        })
    }

    fn new(metadata: impl FnOnce(&'static Self) -> Metadata<'static>) -> &'static Self {
        let place: &Self = Box::leak(Box::new(Place { metadata: OnceLock::new() }));
        place.metadata.get_or_init(|| metadata(place));
        callsite::register(place);
        place
    }
}

impl tracing::Callsite for Place {
    // The subscriber is asked each time: this is no hot path.
    fn set_interest(&self, _: Interest) {}

    #[allow(clippy::expect_used, reason = "it is set before anybody knows the place")]
    fn metadata(&self) -> &Metadata<'_> {
        self.metadata.get().expect("metadata")
    }
}
