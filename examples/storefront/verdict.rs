//! Whether every request kept to itself, judged by nothing but what the sink received and the accounts.

use std::collections::{HashMap, HashSet};
use std::fmt;

use isohub::{Attribute, Event, Scope, SpanId, SpanRecord, Stats, Value};

use crate::received::Received;
use crate::shop::FAILS;

/// The span of a request; all its other spans belong right below it, side by side.
pub(crate) const REQUEST: &str = "POST /checkout";

/// Spans whose unit must have the tags of its request.
const UNITS: [&str; 4] = [REQUEST, "look up", "receipt", "audit"];

/// What was counted.
pub(crate) struct Verdict {
    requests: Count,
    spans: Count,
    errors: Count,
    stats: Stats,
    /// What must not be, and how often it was.
    wrongs: Vec<(&'static str, u64)>,
}

struct Count {
    received: u64,
    predicted: u64,
}

impl Count {
    fn new(received: usize, predicted: u64) -> Self {
        Count { received: received as u64, predicted }
    }
}

impl Verdict {
    /// Judges what a run of `requests` requests left.
    pub(crate) fn of(received: &Received, stats: Stats, requests: u64) -> Self {
        let Received { spans, events, .. } = received;
        let roots: HashMap<i64, &SpanRecord> =
            spans.iter().filter(|it| it.name == REQUEST).map(|it| (request(&it.attributes), &**it)).collect();
        let mut foreign = HashSet::new();
        let mut bereft = HashSet::new();
        let mut nested = 0;
        // A layer of isohub-tower's knows nothing of orders; its spans stand below those of `ask`.
        let spans: Vec<_> = spans.iter().filter(|span| span.callsite.op() != Some("http.client")).collect();
        for span in &spans {
            let request = request(&span.attributes);
            let root = roots.get(&request).copied();
            if span.parent != parent(span, root) {
                nested += 1;
            }
            let tags = tags(span);
            if !tags.iter().all(|tag| is_own(tag, &span.attributes, root)) {
                foreign.insert(request);
            }
            let has_request = tags.iter().any(|(key, _)| *key == "request");
            if UNITS.contains(&&*span.name) && !has_request {
                bereft.insert(request);
            }
        }
        let mut strange_breadcrumbs = 0;
        for event in events {
            let request = request(&event.attributes);
            let root = roots.get(&request).copied();
            if !scope_tags(&event.scope).iter().all(|tag| is_own(tag, &event.attributes, root)) {
                foreign.insert(request);
            }
            if !has_breadcrumbs_of_its_branch(event) {
                strange_breadcrumbs += 1;
            }
        }

        let failing = requests / FAILS;
        // The request, authorize, 3 × ask, 4 × look up, receipt and audit; what fails gets no receipt.
        let predicted = requests * 11 - failing;
        let seen: HashSet<SpanId> = spans.iter().map(|span| span.context.span_id()).collect();
        let unaccounted =
            stats.started.abs_diff(stats.delivered + stats.dropped) + (spans.len() - seen.len()) as u64;
        let dropped = stats.dropped
            + stats.lost_events
            + stats.lost_payloads
            + stats.evicted_payloads
            + stats.late_payloads
            + stats.sinks.iter().map(|sink| sink.lost).sum::<u64>();
        let (requests, spans, errors) = (
            Count::new(roots.len(), requests),
            Count::new(seen.len(), predicted),
            Count::new(events.len(), failing),
        );
        let wrongs = vec![
            ("requests missing", requests.predicted.abs_diff(requests.received)),
            ("spans lost", spans.predicted.abs_diff(spans.received)),
            ("errors lost", errors.predicted.abs_diff(errors.received)),
            ("spans not accounted for", unaccounted),
            ("records dropped", dropped),
            ("requests that carried a foreign tag", foreign.len() as u64),
            ("requests of which a unit lacked its tags", bereft.len() as u64),
            ("errors with breadcrumbs not of their branch", strange_breadcrumbs),
            ("spans that nest where they should be siblings", nested),
            ("spans and scope writes outside any unit", stats.orphans + stats.lost_writes),
        ];
        Verdict { requests, spans, errors, stats, wrongs }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.wrongs.iter().all(|(_, count)| *count == 0)
    }
}

/// The number of the request that a record says it belongs to; 0 if it says nothing.
fn request(attributes: &[Attribute]) -> i64 {
    match attributes.iter().find(|it| it.key == "request").map(|it| &it.value) {
        Some(Value::I64(request)) => *request,
        _ => 0,
    }
}

/// The parent that a span should have: none for a request, and its request for all else.
fn parent(span: &SpanRecord, root: Option<&SpanRecord>) -> Option<SpanId> {
    root.map(|root| root.context.span_id()).filter(|_| span.name != REQUEST)
}

/// What a span carries of its unit's scope. Those of `naive.rs` note it as attributes.
fn tags(span: &SpanRecord) -> Vec<(&str, String)> {
    let noted = span.attributes.iter();
    let noted = noted.filter_map(|it| Some((it.key.strip_prefix("tag.")?, it.value.to_string())));
    span.scope.iter().flat_map(scope_tags).chain(noted).collect()
}

/// The tags of a scope, and its user as one.
fn scope_tags(scope: &Scope) -> Vec<(&str, String)> {
    let user = scope.user().and_then(|user| Some(("user", user.id.as_ref()?.to_string())));
    scope.tags().into_iter().map(|(key, value)| (key, value.to_owned())).chain(user).collect()
}

/// Whether a record, or its request, recorded the same as an attribute: then the tag is its own.
fn is_own(tag: &(&str, String), attributes: &[Attribute], root: Option<&SpanRecord>) -> bool {
    let (key, value) = tag;
    let of_root = root.map_or(&[][..], |root| &root.attributes);
    attributes.iter().chain(of_root).any(|it| it.key == *key && it.value.to_string() == *value)
}

/// Whether an error remembers the one call that its branch made, and none of another.
fn has_breadcrumbs_of_its_branch(event: &Event) -> bool {
    let breadcrumbs = event.scope.breadcrumbs();
    let calls: Vec<_> = breadcrumbs
        .iter()
        .filter_map(|breadcrumb| breadcrumb.message.as_deref())
        .filter(|message| message.starts_with("GET "))
        .collect();
    let upstream = event.attributes.iter().find(|it| it.key == "upstream");
    let upstream = upstream.map(|it| it.value.to_string()).unwrap_or_default();
    calls == [format!("GET /{upstream}/{}", request(&event.attributes))]
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [("requests", &self.requests), ("spans", &self.spans), ("errors", &self.errors)];
        for (what, Count { received, predicted }) in counts {
            let (received, predicted) = (grouped(*received), grouped(*predicted));
            writeln!(f, "{received:>8}  {what} received, {predicted} predicted")?;
        }
        let Stats { started, delivered, dropped, open, .. } = self.stats;
        let [started, delivered, dropped, open] = [started, delivered, dropped, open].map(grouped);
        writeln!(f, "{started:>8}  spans started = {delivered} delivered + {dropped} dropped + {open} open")?;
        writeln!(f)?;
        for (what, count) in &self.wrongs {
            let mark = if *count == 0 { "" } else { "  <- wrong" };
            writeln!(f, "{:>8}  {what}{mark}", grouped(*count))?;
        }
        writeln!(f)?;
        match self.is_clean() {
            true => write!(f, "verdict: clean, every request kept to itself"),
            false => write!(f, "verdict: wrong"),
        }
    }
}

/// A number with a comma after each three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
