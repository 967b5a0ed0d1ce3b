//! What libraries tell: breadcrumbs, captured events, events of spans.

use std::collections::VecDeque;
use std::ops::BitOr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use isohub::{Breadcrumb, Callsite, Exception, Level, SpanRef, TraceId, Value};

use crate::fields::Fields;

/// What becomes of an event; several things may (`CAPTURE | SPAN_EVENT`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventFilter(u8);

impl EventFilter {
    /// Nothing.
    pub const IGNORE: Self = EventFilter(0);
    /// A breadcrumb of the current hub.
    pub const BREADCRUMB: Self = EventFilter(1);
    /// An event of the innermost span, of tracing's and isohub's.
    pub const SPAN_EVENT: Self = EventFilter(2);
    /// An event that is captured, with the scope of the current hub. Errors in its fields are exceptions, with their
    /// causes. One that was captured not long ago in the same trace is not captured again on its way up, as
    /// `#[instrument(err)]` would have it, but becomes a breadcrumb.
    pub const CAPTURE: Self = EventFilter(4);

    pub(crate) fn of_level(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => EventFilter::CAPTURE,
            tracing::Level::WARN | tracing::Level::INFO => EventFilter::BREADCRUMB,
            _ => EventFilter::IGNORE,
        }
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for EventFilter {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        EventFilter(self.0 | other.0)
    }
}

/// What a filter of the program's says; `None` if it panics.
pub(crate) fn asked<T>(filter: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(filter)).ok()
}

/// A library knows neither on whose thread it tells something, nor whose trace is over; and the place would be this file.
pub(crate) fn mean_breadcrumbs() {
    isohub::doctor::allow(isohub::doctor::Kind::BarePoolJob);
    isohub::doctor::allow(isohub::doctor::Kind::OutlivedRoot);
}

/// Something that happened, as whatever library told it.
pub(crate) struct Happened {
    pub(crate) fields: Fields,
    pub(crate) level: Level,
    /// Who told it.
    pub(crate) target: isohub::Text,
    /// What it is called if it says nothing.
    pub(crate) name: &'static str,
}

impl Happened {
    pub(crate) fn record(
        mut self,
        filter: EventFilter,
        place: SpanRef,
        callsite: impl FnOnce() -> Option<&'static Callsite>,
    ) {
        let message = self.fields.take_text("message");
        if filter.has(EventFilter::SPAN_EVENT) {
            self.tell_span(place, message.as_deref());
        }
        let exceptions = match filter.has(EventFilter::CAPTURE) {
            true => self.exceptions(),
            false => Vec::new(),
        };
        let captures = filter.has(EventFilter::CAPTURE) && is_new(place, &exceptions);
        if filter.has(EventFilter::BREADCRUMB) || (filter.has(EventFilter::CAPTURE) && !captures) {
            self.leave_breadcrumb(message.as_deref());
        }
        if captures {
            self.capture(message, exceptions, place, callsite());
        }
    }

    fn tell_span(&self, place: SpanRef, message: Option<&str>) {
        let own = [("level", Value::text(self.level.as_str())), ("target", Value::Str(self.target.clone()))];
        let own = own.into_iter().map(|(key, value)| (isohub::Text::from(key), value));
        let fields = self.fields.attributes.iter().map(|it| (it.key.clone(), it.value.clone()));
        place.add_event(message.unwrap_or(self.name).to_owned(), own.chain(fields));
    }

    /// Where no hub is, nobody would see it: what a library's own task does there is no mistake of the program's.
    fn leave_breadcrumb(&self, message: Option<&str>) {
        if isohub::has_hub() {
            let text = message.unwrap_or_default().to_owned();
            let mut breadcrumb = Breadcrumb::new(text).category(self.target.clone()).level(self.level);
            breadcrumb.data = self.fields.attributes.clone();
            isohub::add_breadcrumb(breadcrumb);
        }
    }

    /// The errors in its fields. `#[instrument(err)]` tells them as text.
    fn exceptions(&self) -> Vec<Exception> {
        let error = self.fields.attributes.iter().find(|attribute| attribute.key == "error");
        match error.map(|attribute| &attribute.value) {
            _ if !self.fields.chain.is_empty() => self.fields.chain.clone(),
            Some(Value::Str(message)) => vec![Exception { ty: None, message: message.clone() }],
            _ => Vec::new(),
        }
    }

    fn capture(
        self,
        message: Option<String>,
        exceptions: Vec<Exception>,
        place: SpanRef,
        callsite: Option<&'static Callsite>,
    ) {
        let says_nothing = message.is_none();
        let mut event =
            isohub::Event::message(message.unwrap_or_else(|| self.name.to_owned())).level(self.level);
        // An error is words enough.
        event.message = event.message.filter(|_| !says_nothing || exceptions.is_empty());
        event.exceptions = exceptions;
        event.attributes = self.fields.attributes;
        event.callsite = callsite;
        event.location = callsite.map_or(event.location, isohub::Place::from);
        event.span = place.context();
        if isohub::has_hub() {
            isohub::capture_event(event);
        } else {
            place.hub().run(|| isohub::capture_event(event));
        }
    }
}

/// Errors that are remembered, and for how long: on its way up an error takes moments, and what fails alike later has
/// failed again.
const MAX_RECENT: usize = 64;
const RECENTLY: Duration = Duration::from_secs(10);

struct Captured {
    trace: TraceId,
    message: isohub::Text,
    at: Instant,
}

/// Whether none of these errors was captured in the trace of `place` not long ago.
fn is_new(place: SpanRef, exceptions: &[Exception]) -> bool {
    static RECENT: Mutex<VecDeque<Captured>> = Mutex::new(VecDeque::new());
    let (Some(outermost), Some(context)) = (exceptions.first(), place.context()) else { return true };
    let trace = context.trace_id();
    // Never waits: if another thread is just looking, an error may be captured twice.
    let Ok(mut recent) = RECENT.try_lock() else { return true };
    recent.retain(|known| known.at.elapsed() < RECENTLY);
    let says = |message: &isohub::Text| exceptions.iter().any(|exception| exception.message == *message);
    if recent.iter().any(|known| known.trace == trace && says(&known.message)) {
        return false;
    }
    if recent.len() == MAX_RECENT {
        recent.pop_front();
    }
    recent.push_back(Captured { trace, message: outermost.message.clone(), at: Instant::now() });
    true
}
