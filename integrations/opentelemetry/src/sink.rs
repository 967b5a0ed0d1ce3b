//! The sink: what it is given goes to the exporter of its signal.

use std::fmt;
use std::sync::Arc;

use isohub::sink::{Batch, Sink};
use isohub::{Event, Resource, SpanRecord};
use prost::Message;

use crate::Accounts;
use crate::exporter::Exporter;
use crate::held::Held;
use crate::queue::Item;
use crate::words;

/// The name of the instrumentation scope of captured events, of which it is not known in which module they stand.
const OF_EVENTS: &str = "isohub";

/// A sink that sends to a receiver of OTLP; made by [`Otlp::build`](crate::Otlp::build).
pub struct OtlpSink {
    pub(crate) traces: Option<Exporter>,
    pub(crate) logs: Option<Exporter>,
    accounts: Accounts,
    /// What is known of the program without asking it.
    found: Vec<(&'static str, String)>,
    said: Vec<(String, String)>,
    /// What the pipeline knows of it.
    known: Arc<Resource>,
    held: Held,
}

impl OtlpSink {
    pub(crate) fn new(
        accounts: Accounts,
        found: Vec<(&'static str, String)>,
        said: Vec<(String, String)>,
    ) -> Self {
        OtlpSink {
            traces: None,
            logs: None,
            accounts,
            found,
            said,
            known: Arc::default(),
            held: Held::default(),
        }
    }

    /// What becomes of what it is given; to be kept before it is given away.
    pub fn accounts(&self) -> Accounts {
        self.accounts.clone()
    }

    fn take_span(&mut self, record: &SpanRecord) {
        let errors = self.held.of(record.context.span_id());
        let Some(exporter) = &mut self.traces else { return };
        let errors = errors.iter().map(|it| words::span_event(it)).collect();
        let bytes = words::span(record, errors).encode_to_vec();
        let item = Item { scope: record.callsite.module_path(), bytes };
        exporter.push(item, || words::resource(&self.said, &self.known, &self.found));
    }

    /// An error waits for its span, of which it becomes an event. Everything else is a log record; where those are
    /// not wanted, what has a span waits for it as well.
    fn take_event(&mut self, event: &Arc<Event>) {
        // The span of another process does not end here.
        let span = event.span.filter(|it| it.is_sampled() && !it.is_remote() && self.traces.is_some());
        match span {
            Some(span) if !event.exceptions.is_empty() || self.logs.is_none() => {
                self.held.hold(span.span_id(), event);
            }
            _ => self.log(event),
        }
    }

    fn log(&mut self, event: &Event) {
        let Some(exporter) = &mut self.logs else { return };
        let item = Item { scope: OF_EVENTS, bytes: words::log_record(event).encode_to_vec() };
        exporter.push(item, || words::resource(&self.said, &self.known, &self.found));
    }
}

impl Sink for OtlpSink {
    fn name(&self) -> &str {
        "otlp"
    }

    fn receive(&mut self, batch: &Batch) {
        self.known = Arc::clone(&batch.resource);
        // What was captured in a span comes no later than the span.
        for event in &batch.events {
            self.take_event(event);
        }
        for span in &batch.spans {
            self.take_span(span);
        }
        for event in self.held.overdue() {
            self.log(&event);
        }
    }

    fn flush(&mut self) {
        for event in self.held.all() {
            self.log(&event);
        }
        let waits: Vec<_> = self.traces.iter().chain(&self.logs).map(Exporter::flush).collect();
        waits.into_iter().for_each(|wait| wait());
    }

    fn undelivered(&self) -> u64 {
        let counts = self.accounts.read();
        counts.spans.lost + counts.logs.lost
    }
}

impl fmt::Debug for OtlpSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpSink").field("accounts", &self.accounts).finish_non_exhaustive()
    }
}
