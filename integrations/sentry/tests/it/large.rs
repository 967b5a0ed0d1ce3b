//! What is larger than Sentry takes is split or cut, and counted.

use isohub::{Attachment, Breadcrumb, Event, Level, Value};
use sentry::ClientOptions;
use sentry::protocol::EnvelopeItem;

use crate::support::{given_to, transactions};

const MIB: usize = 1 << 20;

#[test]
fn a_large_trace_is_sent_in_parts_and_no_span_is_lost() {
    let (envelopes, counts) = given_to(ClientOptions::new(), || {
        isohub::start_span!("root").in_scope(|| {
            for _ in 0..30 {
                isohub::start_span!("part")
                    .in_scope(|| (0..99).for_each(|_| isohub::start_span!("leaf").in_scope(|| ())));
            }
        });
    });
    let transactions = transactions(&envelopes);
    let spans: usize = transactions.iter().map(|it| it.spans.len() + 1).sum();
    assert_eq!((spans, counts.cut_spans, counts.lost), (3001, 0, 0));
    assert!(transactions.iter().all(|it| it.spans.len() <= 1000));
    assert!((4..30).contains(&transactions.len()), "{}", transactions.len());
    assert!(transactions.iter().any(|it| it.name.as_deref() == Some("part")));
}

#[test]
fn a_flat_trace_is_cut_and_sentry_is_told() {
    let (envelopes, counts) = given_to(ClientOptions::new(), || {
        isohub::start_span!("root")
            .in_scope(|| (0..1500).for_each(|_| isohub::start_span!("leaf").in_scope(|| ())));
    });
    let [transaction] = &transactions(&envelopes)[..] else { panic!("one transaction") };
    assert_eq!((transaction.spans.len(), counts.cut_spans), (1000, 500));
    let report = envelopes[0].items().find_map(|item| match item {
        EnvelopeItem::ClientReport(report) => serde_json::to_value(report).ok(),
        _ => None,
    });
    let report = report.expect("a report");
    assert_eq!(report["discarded_events"][0]["quantity"], 500);
    assert_eq!(report["discarded_events"][0]["category"], "span");
}

#[test]
fn an_item_stays_below_a_mebibyte() {
    let text = "x".repeat(8000);
    let (envelopes, counts) = given_to(ClientOptions::new(), || {
        for _ in 0..100 {
            let data = Breadcrumb::new(text.clone()).data("a", text.clone()).data("b", text.clone());
            isohub::add_breadcrumb(data);
        }
        isohub::start_span!("root").in_scope(|| {
            isohub::capture_message("with much before it", Level::Info);
            for _ in 0..300 {
                isohub::start_span!("wide").in_scope(|| isohub::current_span().record("text", text.clone()));
            }
        });
    });
    for envelope in &envelopes {
        for item in envelope.items() {
            let size = match item {
                EnvelopeItem::Event(event) => serde_json::to_vec(event),
                EnvelopeItem::Transaction(transaction) => serde_json::to_vec(transaction),
                _ => continue,
            };
            assert!(size.expect("JSON").len() <= MIB);
        }
    }
    assert_eq!((counts.made, counts.lost), (2, 0));
    assert!(counts.cut_spans > 0);
    let event = envelopes.iter().find_map(|envelope| envelope.event()).expect("the event");
    assert!(!event.breadcrumbs.is_empty() && event.breadcrumbs.len() < 100);
}

#[test]
fn what_cannot_be_made_small_is_lost_and_counted() {
    let texts = Value::List((0..200).map(|_| Value::text("x".repeat(8000))).collect());
    let (envelopes, counts) = given_to(ClientOptions::new(), || {
        isohub::capture_event(Event::message("with a wide attribute").attribute("texts", texts));
        let parts = (0..128).map(|_| "x".repeat(8192));
        isohub::capture_event(Event::message("with a wide group").fingerprint(parts));
        isohub::add_attachment(Attachment::new("huge", vec![0_u8; 21 * MIB]));
        isohub::add_attachment(Attachment::new("small", *b"x"));
        isohub::capture_message("with files", Level::Info);
    });
    assert_eq!((counts.made, counts.lost, counts.cut_attachments), (3, 1, 1), "{envelopes:?}");
    let files = |item: &EnvelopeItem| match item {
        EnvelopeItem::Attachment(file) => Some(file.filename.clone()),
        _ => None,
    };
    let files: Vec<_> = envelopes.iter().flat_map(|envelope| envelope.items()).filter_map(files).collect();
    assert_eq!(files, ["small"]);
}
