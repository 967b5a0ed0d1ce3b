//! The trace header of an envelope: what came with a request goes on as it came, what began here says so.

use isohub::{Callsite, Hub, Level, Outcome, Remote};
use isohub_sentry::Sentry;
use sentry::Envelope;
use serde_json::{Value as Json, json};

use crate::support::{LONG, OK, Receiver, envelopes, recorder, wait_for};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn remote(baggage: &'static str) -> Remote {
    remote_of(TRACE, baggage)
}

fn remote_of(trace: &str, baggage: &'static str) -> Remote {
    let trace = format!("{trace}-b7ad6b7169203331-1");
    Remote::extract(|name| match name {
        "sentry-trace" => Some(trace.clone()),
        "baggage" => Some(baggage.to_owned()).filter(|it| !it.is_empty()),
        _ => None,
    })
}

#[isohub::parallel_span("serve", fresh, parent = &remote)]
fn serve(remote: Remote) {
    isohub::capture_message("here", Level::Info);
    isohub::start_span!("step").in_scope(|| ());
}

/// The trace headers of the event and of the transaction.
fn headers(envelopes: &[Envelope]) -> [Json; 2] {
    let header =
        |envelope: &Envelope| serde_json::to_value(envelope.headers()).expect("JSON")["trace"].clone();
    let event = envelopes.iter().find(|it| it.event().is_some()).map(header);
    let transaction = envelopes.iter().find(|it| it.event().is_none()).map(header);
    [event.expect("an event"), transaction.expect("a transaction")]
}

#[test]
fn what_came_goes_on_unchanged() {
    let baggage = "sentry-trace_id=0af7651916cd43dd8448eb211c80319c,sentry-public_key=theirs,sentry-sample_rate=0.5,\
                   sentry-sample_rand=0.25,sentry-sampled=true,sentry-release=front@2,sentry-environment=eu,\
                   sentry-transaction=GET%20%2F,other=1";
    let came = json!({
        "trace_id": TRACE, "public_key": "theirs", "sample_rate": "0.5", "sample_rand": "0.250000",
        "sampled": "true", "release": "front@2", "environment": "eu", "transaction": "GET /",
    });
    let envelopes = envelopes(|| serve(remote(baggage)));
    for header in headers(&envelopes) {
        assert_eq!(header["sample_rand"].as_str().and_then(|it| it.parse::<f64>().ok()), Some(0.25));
        let mut header = header;
        header["sample_rand"] = "0.250000".into();
        assert_eq!(header, came);
    }
}

#[test]
fn whoever_began_a_trace_and_said_nothing_of_sampling_is_not_spoken_for() {
    for baggage in ["", "sentry-public_key=theirs", "sentry-trace_id=1,sentry-public_key=theirs"] {
        let envelopes = envelopes(|| serve(remote(baggage)));
        assert_eq!(headers(&envelopes), [Json::Null, Json::Null], "{baggage}");
    }
}

#[test]
fn a_value_that_cannot_be_read_costs_no_other() {
    let baggage =
        "sentry-trace_id=0af7651916cd43dd8448eb211c80319c,sentry-public_key=theirs,sentry-sample_rate=x";
    let [header, _] = headers(&envelopes(|| serve(remote(baggage))));
    assert_eq!(header, json!({ "trace_id": TRACE, "public_key": "theirs" }));
}

#[isohub::parallel_span("other", parent = None::<isohub::SpanContext>)]
fn other() {
    isohub::capture_message("here", Level::Info);
}

#[test]
fn a_trace_that_began_here_says_so() {
    // What its caller was sent is of another trace.
    let baggage = "sentry-trace_id=0af7651916cd43dd8448eb211c80319c,sentry-public_key=theirs";
    let envelopes = envelopes(|| Hub::current().with_parent(remote(baggage)).run(other));
    for header in headers(&envelopes) {
        assert_eq!(header["public_key"], "public");
        assert_eq!((&header["sample_rate"], &header["sampled"]), (&json!("1"), &json!("true")));
        assert_eq!((&header["release"], &header["environment"]), (&json!("shop@1.2.3"), &json!("staging")));
        assert!(header["sample_rand"].is_string() && header["trace_id"].is_string());
    }
}

#[test]
fn a_unit_by_hand_and_what_outlives_it_have_the_header_too() {
    static SESSION: Callsite = Callsite::new("session", module_path!(), file!(), line!(), column!());
    let baggage = "sentry-trace_id=0af7651916cd43dd8448eb211c80319c,sentry-public_key=theirs";
    let envelopes = envelopes(|| {
        let mut hub = Hub::current().with_parent(remote(baggage));
        let span = hub.start_span(&SESSION, Vec::new);
        let late = hub.run(|| isohub::start_span!("late"));
        span.end_in(hub, Outcome::Ok);
        // So that it is sent before what outlives it ends.
        isohub::flush(LONG).expect("a flush");
        drop(late);
    });
    assert_eq!(envelopes.len(), 2);
    for envelope in &envelopes {
        let header = serde_json::to_value(envelope.headers()).expect("JSON")["trace"].clone();
        assert_eq!(header, json!({ "trace_id": TRACE, "public_key": "theirs" }));
    }
}

#[test]
fn members_that_no_type_knows_go_on_by_our_transport() {
    let trace = "1af7651916cd43dd8448eb211c80319c";
    let receiver = Receiver::new(OK);
    let sentry = Sentry::new(&receiver.dsn()).expect("a DSN");
    let accounts = sentry.accounts();
    let recorder = recorder(sentry);
    recorder.run_sync(|| {
        serve(remote_of(
            trace,
            "sentry-trace_id=1af7651916cd43dd8448eb211c80319c,sentry-public_key=theirs,sentry-sample_rate=0.10,\
             sentry-replay_id=7,sentry-new=%22%0A",
        ));
        serve(Remote::default());
    });
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, |counts| counts.made == 4 && counts.sent == counts.made);
    let came = json!({
        "trace_id": trace, "public_key": "theirs", "sample_rate": "0.10", "replay_id": "7", "new": "\"\n",
    });
    let headers: Vec<_> = receiver.items().into_iter().map(|(header, _)| header["trace"].clone()).collect();
    assert_eq!(headers.iter().filter(|header| **header == came).count(), 2, "{headers:#?}");
    assert_eq!(
        headers.iter().filter(|header| header["public_key"] == "secretkey").count(),
        2,
        "{headers:#?}"
    );
}
