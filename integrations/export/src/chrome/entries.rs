//! Entries of the trace-event format, and what they say.

use isohub::{Event, Outcome, Resource, SpanEvent, SpanId, SpanKind, SpanRecord, StartedSpan, Text};
use serde::Serialize;

use super::Place;
use crate::json::{Attributes, ExceptionView, ScopeView};

/// Entries as they grow, with `,` between them.
#[derive(Debug, Default)]
pub(super) struct Entries {
    bytes: Vec<u8>,
}

/// What every entry has. Tracks count from 1, for some readers take 0 for the scheduler.
#[derive(Serialize)]
struct Entry<'a, T> {
    name: &'a str,
    cat: &'a str,
    ph: &'static str,
    ts: f64,
    pid: u32,
    tid: u32,
    #[serde(flatten)]
    more: T,
}

/// Microseconds. A double is exact to the nanosecond for a hundred days.
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1_000.0
}

#[derive(Serialize)]
struct WithArgs<A> {
    args: A,
}

#[derive(Serialize)]
struct Instant<A> {
    s: &'static str,
    args: A,
}

#[derive(Serialize)]
struct Complete<A> {
    dur: f64,
    args: A,
}

#[derive(Serialize)]
struct Arrow<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
}

#[derive(Serialize)]
struct SpanArgs<'a> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<&'static str>,
    source: String,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeView<'a>>,
}

#[derive(Serialize)]
struct OpenArgs {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    outcome: &'static str,
}

#[derive(Serialize)]
struct EventArgs<'a> {
    event_id: String,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionView<'a>>,
    source: String,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeView<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Sorted {
    sort_index: u32,
}

#[derive(Serialize)]
struct Labelled {
    labels: String,
}

impl Entries {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn push<T: Serialize>(&mut self, ph: &'static str, name: &str, cat: &str, at: (u32, u64), more: T) {
        let (track, time) = at;
        let (pid, tid) = (std::process::id(), track + 1);
        let entry = Entry { name, cat, ph, ts: micros(time), pid, tid, more };
        // Text and numbers always become JSON.
        if let Ok(entry) = serde_json::to_vec(&entry) {
            if !self.bytes.is_empty() {
                self.bytes.extend(b",\n");
            }
            self.bytes.extend(entry);
        }
    }

    pub(super) fn process(&mut self, resource: &Resource) {
        let name = crate::json::process_name(resource);
        self.push("M", "process_name", "", (0, 0), WithArgs { args: Named { name: &name } });
        let labels = [&resource.release, &resource.environment, &resource.server_name];
        let labels: Vec<&str> = labels.into_iter().flatten().map(|label| &**label).collect();
        if !labels.is_empty() {
            let args = Labelled { labels: labels.join(", ") };
            self.push("M", "process_labels", "", (0, 0), WithArgs { args });
        }
    }

    pub(super) fn name_track(&mut self, track: u32) {
        let name = format!("spans {}", track + 1);
        self.push("M", "thread_name", "", (track, 0), WithArgs { args: Named { name: &name } });
        self.push("M", "thread_sort_index", "", (track, 0), WithArgs { args: Sorted { sort_index: track } });
    }

    pub(super) fn span(&mut self, span: &SpanRecord, place: &Place) {
        let args = SpanArgs {
            trace_id: span.context.trace_id().to_string(),
            span_id: span.context.span_id().to_string(),
            parent_id: span.parent.map(|id| id.to_string()),
            outcome: span.outcome.as_str(),
            op: span.callsite.op(),
            source: format!("{}:{}", span.callsite.file(), span.callsite.line()),
            attributes: Attributes(&span.attributes),
            links: span.links.iter().map(|link| link.context.to_string()).collect(),
            scope: span.scope.as_ref().filter(|scope| !scope.is_empty()).map(ScopeView::new),
        };
        let kind = span.kind().as_str();
        let category = match span.outcome {
            Outcome::Ok => kind.to_owned(),
            outcome => format!("{kind},{outcome}"),
        };
        let dur = micros(place.end - place.start);
        self.push("X", &span.name, &category, (place.track, place.start), Complete { dur, args });
    }

    pub(super) fn unfinished(&mut self, span: &StartedSpan, track: u32, start: u64) {
        let args = OpenArgs {
            trace_id: span.context.trace_id().to_string(),
            span_id: span.context.span_id().to_string(),
            parent_id: span.parent.map(|id| id.to_string()),
            outcome: "unfinished",
        };
        let category = format!("{},unfinished", span.callsite.kind().as_str());
        self.push("B", span.callsite.name(), &category, (track, start), WithArgs { args });
    }

    pub(super) fn span_event(&mut self, event: &SpanEvent, track: u32, time: u64) {
        let args = Attributes(&event.attributes);
        self.push("i", &event.name, "event", (track, time), Instant { s: "t", args });
    }

    /// A captured event, on the track of its span; without one, of the whole process.
    pub(super) fn event(&mut self, event: &Event, track: Option<u32>, time: u64) {
        let args = EventArgs {
            event_id: event.id.to_string(),
            level: event.level.as_str(),
            span_id: event.span.map(|span| span.span_id().to_string()),
            exceptions: ExceptionView::all(&event.exceptions),
            source: format!("{}:{}", event.location.file(), event.location.line()),
            attributes: Attributes(&event.attributes),
            scope: Some(&event.scope).filter(|scope| !scope.is_empty()).map(ScopeView::new),
        };
        let error: Option<&Text> = event.exceptions.first().map(|exception| &exception.message);
        let name = event.message.as_ref().or(error).map_or("event", |name| &**name);
        let category = format!("captured,{}", event.level);
        let s = if track.is_some() { "t" } else { "p" };
        self.push("i", name, &category, (track.unwrap_or(0), time), Instant { s, args });
    }

    /// Written just behind the parent, which is then what an arrow that begins at its start begins at.
    pub(super) fn arrow_to_child(&mut self, child: SpanId, parent: &Place, to: &Place) {
        self.arrow(
            "child",
            &child.to_string(),
            Some((parent.track, parent.start)),
            Some((to.track, to.start)),
        );
    }

    /// The end that this process knows of an arrow from a client to a server.
    pub(super) fn arrows_between_processes(&mut self, span: &SpanRecord, place: &Place) {
        let at = Some((place.track, place.start));
        if matches!(span.kind(), SpanKind::Client | SpanKind::Producer) {
            self.arrow("remote", &span.context.span_id().to_string(), at, None);
        }
        if let Some(parent) = span.parent.filter(|_| span.is_local_root) {
            self.arrow("remote", &parent.to_string(), None, at);
        }
    }

    /// None if the linked span began after this one had ended.
    pub(super) fn arrow_of_link(&mut self, span: &SpanRecord, number: usize, from: &Place, to: &Place) {
        let time = from.start.max(to.start);
        if time <= to.end {
            // Only hexadecimal digits are an id; an odd factor keeps those of one span apart.
            let span = u64::from_be_bytes(span.context.span_id().to_bytes());
            let id = span.wrapping_add((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let id = format!("{id:016x}");
            self.arrow("link", &id, Some((from.track, from.start)), Some((to.track, time)));
        }
    }

    fn arrow(&mut self, what: &'static str, id: &str, from: Option<(u32, u64)>, to: Option<(u32, u64)>) {
        if let Some(from) = from {
            self.push("s", what, what, from, Arrow { id, bp: None });
        }
        if let Some(to) = to {
            self.push("f", what, what, to, Arrow { id, bp: Some("e") });
        }
    }
}
