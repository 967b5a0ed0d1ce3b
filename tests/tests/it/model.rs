//! Random programs of nested units, run by isohub and foretold by a model that knows no concurrency.
//!
//! Each node of a program that can be a span or an event has a number, by which the two are compared.

mod expected;
mod program;
mod run;

use std::collections::BTreeMap;

use isohub::testing::Recorder;
use isohub::{SpanId, SpanRecord};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// What is known of a span or an event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// The outcome, or `event`.
    what: &'static str,
    /// The active span at its creation.
    parent: Option<u32>,
    link: Option<u32>,
    /// Of spans that carry a scope, and of events.
    tags: BTreeMap<String, String>,
}

fn cases() -> u32 {
    let cases = std::env::var("ISOHUB_CASES").ok().and_then(|cases| cases.parse().ok());
    cases.unwrap_or(200)
}

#[test]
fn random_programs_leave_the_spans_and_the_tags_that_a_model_without_concurrency_foretells() {
    let runtime = crate::support::workers(3);
    let config = Config { cases: cases(), failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&program::program(), |program| {
        let expected = expected::of(&program);
        let recorder = Recorder::new();
        run::program(&runtime, &recorder, &program);
        prop_assert!(recorder.settled(std::time::Duration::from_secs(20)).is_ok(), "spans stay open");
        prop_assert_eq!(seen(&recorder), expected);
        let stats = recorder.stats();
        prop_assert_eq!((stats.started, stats.open, stats.dropped), (stats.delivered, 0, 0));
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

fn seen(recorder: &Recorder) -> BTreeMap<u32, Seen> {
    let spans = recorder.spans();
    let ids: BTreeMap<SpanId, u32> = spans.iter().map(|span| (span.context.span_id(), id(span))).collect();
    let named = |span: SpanId| ids.get(&span).copied().unwrap_or(u32::MAX);
    let of_spans = spans.iter().map(|span| {
        let tags = span.scope.as_ref().map(|scope| scope.tags()).unwrap_or_default();
        assert!(!span.is_orphan, "span {} is an orphan", id(span));
        let seen = Seen {
            what: span.outcome.as_str(),
            parent: span.parent.map(named),
            link: span.links.first().map(|link| named(link.context.span_id())),
            tags: tags.into_iter().map(owned).collect(),
        };
        (id(span), seen)
    });
    let events = recorder.events();
    let of_events = events.iter().map(|event| {
        let number = event.message.as_deref().and_then(|message| message.parse().ok());
        let seen = Seen {
            what: "event",
            parent: event.span.map(|span| named(span.span_id())),
            link: None,
            tags: event.scope.tags().into_iter().map(owned).collect(),
        };
        (number.expect("messages are numbers"), seen)
    });
    let mut all = BTreeMap::new();
    for (number, seen) in of_spans.chain(of_events) {
        assert!(all.insert(number, seen).is_none(), "{number} was seen twice");
    }
    all
}

fn id(span: &SpanRecord) -> u32 {
    let id = span.attribute("id").expect("each span has a number").to_string();
    id.parse().expect("a number")
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}
