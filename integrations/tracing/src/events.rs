//! Events of tracing.

use isohub::{SpanKind, SpanRef};
use tracing::{Event, Metadata};

use crate::fields::Fields;
use crate::happened::{EventFilter, Happened};
use crate::sites;

/// What becomes of an event. Of a record of `log` its own metadata tell, and not those by which it came.
pub(crate) fn filter(
    event: &Event<'_>,
    ask: impl FnOnce(&Metadata<'_>) -> Option<EventFilter>,
) -> EventFilter {
    #[cfg(feature = "log")]
    let of_log = tracing_log::NormalizeEvent::normalized_metadata(event);
    #[cfg(not(feature = "log"))]
    let of_log: Option<Metadata<'_>> = None;
    let metadata = of_log.as_ref().unwrap_or(event.metadata());
    ask(metadata).unwrap_or_else(|| EventFilter::of_level(*metadata.level()))
}

/// Records an event that happens in the span `place`.
pub(crate) fn record(filter: EventFilter, event: &Event<'_>, place: SpanRef) {
    if filter == EventFilter::IGNORE || !(isohub::is_installed() || place.is_recorded()) {
        return;
    }
    let metadata = event.metadata();
    let mut fields = Fields::default();
    event.record(&mut fields);
    let (level, name) = (sites::level(metadata.level()), metadata.name());
    #[cfg(feature = "log")]
    if let Some(metadata) = tracing_log::NormalizeEvent::normalized_metadata(event) {
        fields.attributes.retain(|attribute| !attribute.key.starts_with("log."));
        let target = metadata.target().to_owned().into();
        let happened = Happened { fields, level, target, name };
        return happened.record(filter, place, || crate::log::callsite(&metadata));
    }
    let happened = Happened { fields, level, target: metadata.target().into(), name };
    happened.record(filter, place, || Some(sites::site(metadata).callsite(SpanKind::Internal)));
}
