//! Sentry's format, beside the W3C's or in its place.

use isohub::testing::Recorder;
use isohub::{Hub, Propagation, Rate, parallel};

use super::{Headers, SPAN, TRACE, TRACEPARENT, answered};

const OTHER: &str = "0af7651916cd43dd8448eb211c80319c";
const SAMPLING: &str =
    "sentry-trace_id=12345678901234567890123456789012,sentry-public_key=theirs,sentry-sample_rate=0.5";

fn both() -> Propagation {
    Propagation::w3c().and(Propagation::sentry("ours"))
}

/// What is sent within a span of a hub that was given `lines`.
fn sent_by(recorder: &Recorder, lines: &[(&str, &str)]) -> Headers {
    let mut hub = recorder.hub().with_parent(Headers::new(lines).remote());
    hub.run(|| isohub::start_span!("ask").in_scope(Headers::injected))
}

#[test]
fn the_w3cs_is_that_of_who_says_nothing() {
    assert_eq!(answered::<&str>(&[]).names(), ["traceparent"]);
    let shown = format!("{:?} {:?}", Propagation::default(), both());
    assert_eq!(shown, "Propagation { w3c: true, sentry: false } Propagation { w3c: true, sentry: true }");
}

#[test]
fn a_trace_that_begins_here_has_a_sampling_context_of_ours() {
    for (propagation, names) in [
        (Propagation::sentry("ours"), vec!["baggage", "sentry-trace"]),
        (both(), vec!["baggage", "sentry-trace", "traceparent"]),
    ] {
        let recorder = Recorder::builder().propagation(propagation).build();
        let sent = sent_by(&recorder, &[]);
        assert_eq!(sent.names(), names);
        let context = recorder.spans()[0].context;
        let (trace, span) = (context.trace_id(), context.span_id());
        assert_eq!(sent.get("sentry-trace"), format!("{trace}-{span}-1"));
        assert_eq!(
            sent.get("baggage"),
            format!(
                "sentry-trace_id={trace},sentry-public_key=ours,sentry-sample_rate=1,sentry-sampled=true"
            )
        );
    }
}

#[test]
fn the_sampling_context_tells_what_was_decided() {
    let rate = Recorder::builder().propagation(both()).sample(Rate(0.0)).build();
    let function = Recorder::builder().propagation(both()).sample(|_: &isohub::Root<'_>| true).build();
    let sent = sent_by(&rate, &[]);
    assert!(sent.get("sentry-trace").ends_with("-0"));
    assert!(sent.get("baggage").ends_with("sentry-sample_rate=0,sentry-sampled=false"));
    assert_eq!(sent.traceparent()[3], "02");
    let sent = sent_by(&function, &[]);
    assert!(sent.get("baggage").ends_with("sentry-public_key=ours,sentry-sampled=true"));
}

#[test]
fn a_sampling_context_that_came_stays_as_it_is() {
    let recorder = Recorder::builder().propagation(both()).build();
    let trace = format!("{TRACE}-{SPAN}-1");
    for (lines, baggage) in [
        (vec![("sentry-trace", &*trace), ("baggage", SAMPLING)], SAMPLING),
        (vec![("sentry-trace", &*trace)], ""),
        (vec![("sentry-trace", &*trace), ("baggage", "user=alice")], "user=alice"),
        (vec![("traceparent", TRACEPARENT), ("baggage", SAMPLING)], SAMPLING),
        (vec![("traceparent", TRACEPARENT), ("sentry-trace", &*trace)], ""),
    ] {
        let sent = sent_by(&recorder, &lines);
        assert_eq!(sent.get("baggage"), baggage, "{lines:?}");
        assert_eq!((sent.traceparent()[1], sent.traceparent()[3]), (TRACE, "01"));
        assert!(sent.get("sentry-trace").starts_with(TRACE));
    }
    // Who speaks the W3C's alone said nothing of sampling.
    assert!(
        sent_by(&recorder, &[("traceparent", TRACEPARENT)]).get("baggage").contains("sentry-public_key=ours")
    );
}

#[test]
fn a_sampling_context_stays_with_its_trace() {
    let lines = [("traceparent", TRACEPARENT), ("baggage", SAMPLING)];
    for (recorder, own) in [(Recorder::new(), ""), (Recorder::builder().propagation(both()).build(), "ours")]
    {
        assert_eq!(sent_by(&recorder, &lines).get("baggage"), SAMPLING);
        let mut hub = recorder.hub().with_parent(Headers::new(&lines).remote());
        let sent = hub.run(|| parallel!("job", detached, Headers::injected)());
        assert!(!sent.get("baggage").contains("theirs") && sent.get("baggage").contains(own));
        let alone = sent_by(&recorder, &[("baggage", SAMPLING)]);
        assert!(!alone.get("baggage").contains("theirs"));
    }
}

#[test]
fn a_decision_that_is_left_to_us_is_made_by_the_rate() {
    let lines = [("sentry-trace", format!("{TRACE}-{SPAN}"))];
    let lines = lines.each_ref().map(|(name, value)| (*name, value.as_str()));
    let decided = [("traceparent", &*TRACEPARENT.replace("-01", "-00")), lines[0]];
    for (rate, sampled) in [(1.0, "1"), (0.0, "0")] {
        let recorder =
            Recorder::builder().propagation(Propagation::sentry("ours")).sample(Rate(rate)).build();
        for lines in [&lines[..], &decided] {
            let sent = sent_by(&recorder, lines);
            assert_eq!(sent.get("sentry-trace").rsplit('-').next(), Some(sampled), "{lines:?}");
        }
    }
    let remote = Headers::new(&lines).remote();
    assert!(remote.context().is_some_and(|it| it.is_deferred() && !it.is_sampled()));
    // Nobody decides where nothing is installed.
    let sent = Hub::base().with_parent(remote).run(Headers::injected);
    assert_eq!(sent.get("traceparent"), format!("00-{TRACE}-{SPAN}-00"));
}

#[test]
fn the_w3cs_goes_before_sentrys() {
    let sentry = format!("{OTHER}-{SPAN}-1");
    let recorder = Recorder::builder().propagation(both()).build();
    let lines =
        [("traceparent", TRACEPARENT), ("sentry-trace", &*sentry), ("baggage", "sentry-trace_id=2,a=1")];
    let sent = sent_by(&recorder, &lines);
    assert_eq!(sent.traceparent()[1], TRACE);
    assert!(sent.get("baggage").starts_with(&format!("sentry-trace_id={TRACE},sentry-public_key=ours")));
    for traceparents in [vec!["00-1-2-01"], vec![TRACEPARENT, TRACEPARENT]] {
        let wrong = traceparents.iter().map(|it| ("traceparent", *it));
        let lines: Vec<_> = wrong.chain([("sentry-trace", &*sentry), ("tracestate", "a=1")]).collect();
        let sent = sent_by(&recorder, &lines);
        assert_eq!((sent.traceparent()[1], sent.get("tracestate")), (OTHER, ""));
    }
    let twice = [("sentry-trace", &*sentry), ("sentry-trace", &*sentry)];
    assert_ne!(sent_by(&recorder, &twice).traceparent()[1], OTHER);
}

#[test]
fn sentrys_members_come_first_where_there_is_no_room_for_all() {
    let recorder = Recorder::builder().propagation(both()).build();
    recorder.run_sync(|| {
        (0..isohub::MAX_BAGGAGE_MEMBERS).for_each(|n| isohub::set_baggage(format!("key{n}"), n));
        let sent = isohub::start_span!("ask").in_scope(Headers::injected);
        let keys: Vec<_> = sent.get("baggage").split(',').collect();
        assert_eq!(keys.len(), isohub::MAX_BAGGAGE_MEMBERS);
        assert!(keys[0].starts_with("sentry-trace_id=") && keys[4] == "key0=0" && keys[63] == "key59=59");
    });
}
