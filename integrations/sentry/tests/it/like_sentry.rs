//! The same program on the `sentry` crate and on isohub gives equivalent events and transactions, where both
//! are right.

use std::collections::BTreeMap;

use isohub::Attachment;
use sentry::protocol::{Attachment as TheirAttachment, EnvelopeItem, Map, User};
use sentry::test::with_captured_envelopes_options;
use sentry::{Breadcrumb, ClientOptions, Envelope};
use serde_json::{Value, json};

use crate::support::{Failed, envelopes};

fn error() -> Failed {
    Failed("no order", None)
}

fn on_isohub() {
    isohub::set_tag("tenant", "acme");
    isohub::set_user(isohub::User { email: Some("a@b.c".into()), ..isohub::User::from("7") });
    isohub::set_context("job", [("attempt", 2)]);
    isohub::set_extra("rows", 3);
    isohub::set_fingerprint(["orders", "{{ default }}"]);
    isohub::add_attachment(Attachment::new("a.txt", *b"text"));
    isohub::add_breadcrumb(isohub::Breadcrumb::new("signed in").category("auth").data("n", 1));
    place();
}

#[isohub::parallel_span("place", op = "shop.place")]
fn place() {
    store();
    isohub::with_scope(
        |scope| scope.set_tag("step", "pay"),
        || isohub::capture_message("half way", isohub::Level::Warning),
    );
    isohub::capture_error(&error());
}

#[isohub::span("store", op = "db.query")]
fn store() {
    isohub::current_span().record("rows", 3);
}

fn on_sentry() {
    sentry::configure_scope(|scope| {
        scope.set_tag("tenant", "acme");
        scope.set_user(Some(User { id: Some("7".into()), email: Some("a@b.c".into()), ..User::default() }));
        let job = Map::from([("attempt".to_owned(), json!(2))]);
        scope.set_context("job", sentry::protocol::Context::Other(job));
        scope.set_extra("rows", json!(3));
        scope.set_fingerprint(Some(&["orders", "{{ default }}"]));
        scope.add_attachment(TheirAttachment {
            buffer: b"text".to_vec(),
            filename: "a.txt".into(),
            ..TheirAttachment::default()
        });
    });
    sentry::add_breadcrumb(Breadcrumb {
        category: Some("auth".into()),
        message: Some("signed in".into()),
        data: Map::from([("n".to_owned(), json!(1))]),
        ..Breadcrumb::default()
    });
    let transaction = sentry::start_transaction(sentry::TransactionContext::new("place", "shop.place"));
    sentry::configure_scope(|scope| scope.set_span(Some(transaction.clone().into())));
    let store = transaction.start_child("db.query", "store");
    store.set_data("rows", json!(3));
    store.set_status(sentry::protocol::SpanStatus::Ok);
    store.finish();
    sentry::with_scope(
        |scope| scope.set_tag("step", "pay"),
        || sentry::capture_message("half way", sentry::Level::Warning),
    );
    sentry::capture_error(&error());
    transaction.set_status(sentry::protocol::SpanStatus::Ok);
    transaction.finish();
}

/// What isohub adds, and Sentry's SDK has no word for.
fn without_additions(mut item: Value) -> Value {
    let is_added = |key: &str| key.starts_with("code.") || key == "sentry.source";
    for key in ["event_id", "sdk", "timestamp", "start_timestamp", "release", "environment", "server_name"] {
        item.as_object_mut().expect("an object").remove(key);
    }
    let is_transaction = item.get("spans").is_some();
    // A transaction of theirs has no platform.
    if is_transaction {
        item.as_object_mut().expect("an object").remove("platform");
    }
    item["contexts"].as_object_mut().expect("contexts").remove("code");
    // An error of theirs has no module.
    for exception in item["exception"]["values"].as_array_mut().into_iter().flatten() {
        exception.as_object_mut().expect("an object").remove("module");
    }
    for breadcrumb in item["breadcrumbs"]["values"].as_array_mut().into_iter().flatten() {
        breadcrumb.as_object_mut().expect("an object").remove("timestamp");
    }
    for span in item["spans"].as_array_mut().into_iter().flatten() {
        span["timestamp"] = Value::Null;
        span["start_timestamp"] = Value::Null;
        span["data"].as_object_mut().expect("data").retain(|key, _| !is_added(key));
    }
    if let Some(data) = item["contexts"]["trace"].get_mut("data").and_then(Value::as_object_mut) {
        data.retain(|key, _| !is_added(key));
        if data.is_empty() {
            item["contexts"]["trace"].as_object_mut().expect("an object").remove("data");
        }
    }
    if !is_transaction {
        // When an event is captured its span has not ended: isohub's sink knows its ids alone.
        let trace = item["contexts"]["trace"].as_object_mut().expect("a trace");
        trace.retain(|key, _| matches!(key.as_str(), "trace_id" | "span_id" | "type"));
    }
    item
}

/// Numbers the ids, so that those of two runs compare.
fn numbered(item: &mut Value, ids: &mut BTreeMap<String, usize>) {
    match item {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match value {
                    Value::String(id) if key.ends_with("span_id") || key.ends_with("trace_id") => {
                        let next = ids.len();
                        *value = (*ids.entry(id.clone()).or_insert(next)).into();
                    }
                    value => numbered(value, ids),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| numbered(value, ids)),
        _ => {}
    }
}

#[isohub::parallel_span("place")]
fn fails_on_isohub() {
    isohub::set_tag("tenant", "acme");
    panic!("no order {}", 7);
}

fn fails_on_sentry() {
    sentry::configure_scope(|scope| scope.set_tag("tenant", "acme"));
    panic!("no order {}", 7);
}

/// A panic without what the two sides name by themselves: what stands around the program, and what isohub adds.
fn panic_alone(envelopes: &[Envelope]) -> (Value, Vec<String>) {
    let [event] = &crate::support::events(envelopes)[..] else { panic!("one event: {envelopes:#?}") };
    let mut event = event.clone();
    let stack = event.exception[0].stacktrace.take().expect("a stack");
    let of_program = |name: &String| name.contains("like_sentry");
    let frames = stack.frames.into_iter().filter_map(|frame| frame.function).filter(of_program).collect();
    for key in ["trace", "code"] {
        event.contexts.remove(key);
    }
    event.threads = Vec::new().into();
    let mut event = serde_json::to_value(event).expect("JSON");
    for key in ["event_id", "sdk", "timestamp", "release", "environment", "server_name"] {
        event.as_object_mut().expect("an object").remove(key);
    }
    (event, frames)
}

#[test]
fn a_panic_on_sentry_and_on_isohub_is_seen_alike() {
    let integration = sentry::integrations::panic::PanicIntegration::new();
    let options = ClientOptions::new().add_integration(integration);
    let theirs = with_captured_envelopes_options(|| drop(std::panic::catch_unwind(fails_on_sentry)), options);
    isohub::capture_panics();
    let ours = envelopes(|| drop(std::panic::catch_unwind(fails_on_isohub)));
    let ((ours, our_frames), (theirs, their_frames)) = (panic_alone(&ours), panic_alone(&theirs));
    assert_eq!(ours, theirs);
    let innermost = |frames: &[String]| frames.last().map(|it| it.replace("isohub", "sentry"));
    assert!(our_frames.last().is_some_and(|it| it.contains("fails_on_isohub")), "{our_frames:?}");
    assert_eq!(
        innermost(&our_frames).map(|it| it.replace("::{{closure}}", "")),
        innermost(&their_frames),
        "{our_frames:?}"
    );
}

fn shown(envelopes: &[Envelope]) -> Vec<Value> {
    let of = |item: &EnvelopeItem| match item {
        EnvelopeItem::Event(event) => Some(serde_json::to_value(event).expect("JSON")),
        EnvelopeItem::Transaction(transaction) => Some(serde_json::to_value(transaction).expect("JSON")),
        _ => None,
    };
    let items = envelopes.iter().flat_map(|envelope| envelope.items()).filter_map(of);
    let mut items: Vec<_> = items.map(without_additions).collect();
    items.sort_by_key(|item| (item.get("spans").is_some(), item.get("exception").map(Value::to_string)));
    let mut ids = BTreeMap::new();
    items.iter_mut().for_each(|item| numbered(item, &mut ids));
    items
}

/// How many files each envelope holds, of those that hold any.
fn files(envelopes: &[Envelope]) -> Vec<usize> {
    let is_file = |item: &&EnvelopeItem| matches!(item, EnvelopeItem::Attachment(_));
    let counts = envelopes.iter().map(|envelope| envelope.items().filter(is_file).count());
    counts.filter(|count| *count > 0).collect()
}

#[test]
fn the_same_program_on_sentry_and_on_isohub_is_seen_alike() {
    let options = ClientOptions::new().traces_sample_rate(1.0);
    let theirs = with_captured_envelopes_options(on_sentry, options);
    let ours = envelopes(on_isohub);
    let (theirs_shown, ours_shown) = (shown(&theirs), shown(&ours));
    assert_eq!(theirs_shown.len(), 3);
    for (theirs, ours) in theirs_shown.iter().zip(&ours_shown) {
        let text = |item| serde_json::to_string_pretty(item).expect("JSON");
        assert_eq!(text(ours), text(theirs), "isohub's is on the left");
    }
    assert_eq!(ours_shown.len(), theirs_shown.len());
    assert_eq!((files(&ours), files(&theirs)), (vec![1, 1], vec![1, 1]));
}
