//! Spans of isohub in tracing.

use std::sync::{Arc, Mutex};

use isohub::testing::Recorder;
use isohub_tracing::TracingSink;
use tracing::field::{Field, Visit};
use tracing::{Event, Id, Subscriber, info_span, span};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

use crate::support::{settled, with};

/// Writes down what a subscriber sees: `path: fields`.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn note(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
    }
}

struct Shown(String);

impl Visit for Shown {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if !field.name().contains("_id")
            && !field.name().starts_with("start")
            && field.name() != "duration_us"
        {
            self.0.push_str(&format!(" {}={value:?}", field.name()));
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let scope = context.span_scope(id).expect("it is there").from_root();
        let path: Vec<_> = scope.map(|span| span.name()).collect();
        let mut shown = Shown(format!("{}:", path.join("/")));
        attributes.record(&mut shown);
        self.note(shown.0);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let span = context.event_span(event).map_or("none", |span| span.name());
        let mut shown = Shown(format!("{} in {span}:", event.metadata().level()));
        event.record(&mut shown);
        self.note(shown.0);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.note(format!("close {}", context.span(&id).expect("it is there").name()));
    }
}

#[isohub::span(fields(rows = 3))]
fn inner() {
    isohub::current_span().add_event("retried", [("attempt", 2)]);
}

#[test]
fn a_finished_trace_is_seen_by_a_subscriber() {
    let seen = Seen::default();
    // With the layer, too: what came from tracing does not go there again, nor come back.
    let subscriber = tracing_subscriber::registry().with(isohub_tracing::layer()).with(seen.clone());
    let sink = TracingSink::to(subscriber.into());
    let recorder = Recorder::builder().sink(sink).build();
    with(&crate::support::dispatch(), &recorder, || {
        isohub::start_span!("outer").in_scope(|| {
            info_span!("library").in_scope(|| {
                tracing::error!("an event of tracing's");
                inner();
            });
            isohub::capture_message("full", isohub::Level::Warning);
        });
    });
    settled(&recorder);
    let fields = |name, attributes| {
        format!(
            "otel.name=\"{name}\" otel.kind=\"internal\" otel.status_code=\"OK\" outcome=\"ok\" attributes=\"{attributes}\""
        )
    };
    let expected = [
        format!("outer: {}", fields("outer", "")),
        format!("outer/inner: {}", fields("inner", "rows=3")),
        "INFO in inner: message=\"retried\" attributes=\"attempt=2\"".to_owned(),
        "WARN in outer: message=\"full\" attributes=\"\"".to_owned(),
        "close inner".to_owned(),
        "close outer".to_owned(),
    ];
    assert_eq!(*seen.0.lock().expect("no panic"), expected);
    assert_eq!(recorder.spans().len(), 3, "nothing came back");
}

#[test]
fn what_a_subscriber_does_not_want_is_not_there_and_cuts_nothing_off() {
    let seen = Seen::default();
    let filter = tracing_subscriber::filter::filter_fn(|metadata| metadata.name() != "outer");
    let sink = TracingSink::to(tracing_subscriber::registry().with(filter).with(seen.clone()).into());
    let recorder = Recorder::builder().sink(sink).build();
    recorder.run_sync(|| {
        isohub::start_span!("top").in_scope(|| isohub::start_span!("outer").in_scope(inner));
    });
    settled(&recorder);
    let seen = seen.0.lock().expect("no panic");
    assert!(seen.iter().any(|line| line.starts_with("top/inner:")), "{seen:?}");
}
