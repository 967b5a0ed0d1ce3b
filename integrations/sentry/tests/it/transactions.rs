//! Traces arrive as transactions.

use std::collections::BTreeMap;
use std::time::SystemTime;

use isohub::{Outcome, SpanContext};
use sentry::protocol::{Context, Span, SpanStatus, TraceContext, Transaction};
use serde_json::json;

use crate::support::{OK, Receiver, envelopes, recorder, transactions, wait_for};

fn trace(transaction: &Transaction<'_>) -> TraceContext {
    match &transaction.contexts["trace"] {
        Context::Trace(trace) => (**trace).clone(),
        other => panic!("no trace: {other:?}"),
    }
}

fn by_name(transaction: &Transaction<'_>) -> BTreeMap<String, Span> {
    let name = |span: &Span| (span.description.clone().unwrap_or_default(), span.clone());
    transaction.spans.iter().map(name).collect()
}

#[isohub::parallel_span(op = "shop.ask", fields(city))]
fn ask(city: &str) {
    isohub::set_tag("city", city);
}

#[isohub::span("SELECT rows", op = "db.query", kind = client, err)]
fn query(ok: bool) -> Result<(), std::fmt::Error> {
    if ok { Ok(()) } else { Err(std::fmt::Error) }
}

#[isohub::parallel_span]
fn cities() {
    isohub::set_transaction_name("GET /cities");
    isohub::set_user(isohub::User::from("7"));
    ask("Oslo");
    let _ = query(false);
    isohub::root_span().record("rows", 3);
}

#[test]
fn a_trace_is_one_transaction_with_all_children_and_the_scope_of_the_roots_unit() {
    let envelopes = envelopes(|| {
        isohub::set_tag("tenant", "acme");
        cities();
    });
    let [transaction] = &transactions(&envelopes)[..] else { panic!("{envelopes:?}") };
    assert_eq!(transaction.name.as_deref(), Some("GET /cities"));
    assert_eq!(transaction.tags, BTreeMap::from([("tenant".to_owned(), "acme".to_owned())]));
    assert_eq!(transaction.user.as_ref().and_then(|user| user.id.as_deref()), Some("7"));
    assert_eq!(transaction.release.as_deref(), Some("shop@1.2.3"));
    let root = trace(transaction);
    assert_eq!((root.parent_span_id, root.status), (None, Some(SpanStatus::Ok)));
    assert_eq!((&root.data["rows"], &root.data["sentry.source"]), (&json!(3), &json!("custom")));
    let spans = by_name(transaction);
    assert_eq!(spans.keys().collect::<Vec<_>>(), ["SELECT rows", "ask"]);
    let ask = &spans["ask"];
    assert_eq!((ask.op.as_deref(), ask.parent_span_id), (Some("shop.ask"), Some(root.span_id)));
    assert_eq!(ask.tags, BTreeMap::from([("city".to_owned(), "Oslo".to_owned())]));
    assert_eq!(ask.data["city"], "Oslo");
    assert_eq!(spans["SELECT rows"].status, Some(SpanStatus::InternalError));
    for span in transaction.spans.iter() {
        assert_eq!(span.trace_id, root.trace_id);
        assert!(
            span.timestamp >= Some(span.start_timestamp)
                && span.start_timestamp >= transaction.start_timestamp
        );
    }
}

#[test]
fn what_outlives_its_root_is_a_transaction_of_the_same_trace_below_it() {
    let envelopes = envelopes(|| {
        let late = isohub::start_span!("root").in_scope(|| {
            isohub::start_span!("early").in_scope(|| ());
            isohub::start_span!("late")
        });
        std::thread::sleep(std::time::Duration::from_millis(2));
        late.in_scope(|| isohub::start_span!("inner").in_scope(|| ()));
    });
    let transactions = transactions(&envelopes);
    let named =
        |name: &str| transactions.iter().find(|it| it.name.as_deref() == Some(name)).expect("it is there");
    assert_eq!(transactions.len(), 2);
    let (root, late) = (named("root"), named("late"));
    assert_eq!(trace(late).trace_id, trace(root).trace_id);
    assert_eq!(trace(late).parent_span_id, Some(trace(root).span_id));
    assert_eq!(by_name(root).keys().collect::<Vec<_>>(), ["early"]);
    assert_eq!(by_name(late)["inner"].parent_span_id, Some(trace(late).span_id));
}

#[isohub::parallel_span("GET /x", parent = remote, kind = server, fields("http.route" = "/x"))]
fn serve(remote: SpanContext) {
    isohub::current_span().record("http.request.method", "GET");
    isohub::current_span().record("http.response.status_code", 404);
}

#[test]
fn a_remote_parent_is_the_parent_and_statuses_of_http_are_kept() {
    let remote: SpanContext =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("a traceparent");
    let envelopes = envelopes(|| {
        serve(remote);
        isohub::start_span!("given up").handle().set_outcome(Outcome::Cancelled);
    });
    let transactions = transactions(&envelopes);
    let named =
        |name: &str| transactions.iter().find(|it| it.name.as_deref() == Some(name)).expect("it is there");
    let root = trace(named("GET /x"));
    assert_eq!(root.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(root.parent_span_id.map(|id| id.to_string()).as_deref(), Some("b7ad6b7169203331"));
    assert_eq!((root.op.as_deref(), root.status), (Some("http.server"), Some(SpanStatus::NotFound)));
    assert_eq!(root.data["sentry.source"], "route");
    assert_eq!(trace(named("given up")).status, Some(SpanStatus::Cancelled));
}

#[test]
fn over_http_links_and_sources_are_as_the_protocol_has_them() {
    let receiver = Receiver::new(OK);
    let sentry = isohub_sentry::Sentry::new(&receiver.dsn()).expect("a DSN");
    let accounts = sentry.accounts();
    let recorder = recorder(sentry.sample_rate(0.25));
    let other: SpanContext =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("a traceparent");
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            isohub::current_span().add_link(other);
            isohub::start_span!("child").in_scope(|| {
                isohub::current_span().add_link(other);
                isohub::current_span().add_event("retried", [("attempt", 2)]);
            });
        });
    });
    recorder.settled(crate::support::LONG).expect("every span ends");
    wait_for(&accounts, |counts| counts.sent == 1);
    let [(header, items)] = &receiver.items()[..] else { panic!("one envelope") };
    assert_eq!(header["trace"]["sample_rate"], "0.25");
    assert_eq!(header["trace"]["transaction"], "root");
    let random: f64 = header["trace"]["sample_rand"].as_str().expect("text").parse().expect("a number");
    assert!((0.0..1.0).contains(&random));
    let [(kind, transaction)] = &items[..] else { panic!("one item") };
    assert_eq!(kind, "transaction");
    assert_eq!(transaction["transaction_info"], json!({ "source": "component" }));
    let link = json!([{
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "b7ad6b7169203331",
        "sampled": true,
        "attributes": {},
    }]);
    let child = &transaction["spans"][0];
    assert_eq!((&transaction["contexts"]["trace"]["links"], &child["links"]), (&link, &link));
    assert!(child["data"].get("sentry.links").is_none());
    assert_eq!(child["data"]["isohub.events"][0]["name"], "retried");
    for key in ["os", "rust"] {
        assert!(transaction["contexts"].get(key).is_some(), "{key} is missing");
    }
    // Nothing is lost between what is sent and Sentry's own reader.
    let envelope = sentry::Envelope::from_slice(&receiver.bodies()[0]).expect("an envelope");
    assert_eq!(transactions(&[envelope]).len(), 1);
    assert!(receiver.heads()[0].starts_with("POST /api/42/envelope/ HTTP/1.1"));
    assert!(receiver.heads()[0].contains("sentry_key=secretkey"));
}

#[test]
fn both_ends_of_a_span_are_whole_microseconds() {
    let envelopes = envelopes(|| (0..200).for_each(|_| isohub::start_span!("short").in_scope(|| ())));
    let nanos =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").subsec_nanos();
    for transaction in transactions(&envelopes) {
        let end = transaction.timestamp.expect("an end");
        assert_eq!((nanos(transaction.start_timestamp) % 1000, nanos(end) % 1000), (0, 0));
        assert!(end >= transaction.start_timestamp);
    }
}
