//! What sinks see of what came with a trace.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use isohub::sink::Batch;
use isohub::testing::Recorder;
use isohub::{Level, Remote, SpanContext, Trace, parallel_span, span};

use crate::probe::Probe;

const LONG: Duration = Duration::from_secs(60);
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

fn remote(flags: &str) -> Remote {
    Remote::extract(|name| match name {
        "traceparent" => Some(format!("{PARENT}-{flags}")),
        "tracestate" => Some("vendor=1".to_owned()),
        "baggage" => Some("sentry-release=a,secret=b".to_owned()),
        _ => None,
    })
}

#[parallel_span(fresh, parent = &remote)]
fn serve(remote: Remote) {
    helper();
    own();
    isohub::capture_message("inside", Level::Info);
}

#[span]
fn helper() {}

#[parallel_span(parent = None::<SpanContext>)]
fn own() {
    isohub::capture_message("own", Level::Info);
}

/// The traces that a sink is given.
fn traces(f: impl FnOnce()) -> (Recorder, Vec<Arc<Trace>>) {
    let traces = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&traces);
    let sink = Probe::new("traces", move |batch: &Batch| seen.lock().unwrap().extend(batch.traces.clone()));
    let recorder = Recorder::builder().sink(sink.traces()).build();
    recorder.run_sync(f);
    recorder.settled(LONG).unwrap();
    let traces = traces.lock().unwrap().clone();
    (recorder, traces)
}

#[test]
fn a_local_root_its_trace_and_its_events_have_what_came() {
    let (recorder, traces) = traces(|| serve(remote("01")));
    let incoming = recorder.span("serve").incoming.clone().expect("what came");
    assert_eq!(incoming.tracestate(), Some("vendor=1"));
    let members = incoming.sampling_context().expect("a sampling context");
    let members: Vec<_> = members.iter().map(|it| (it.key(), it.value())).collect();
    assert_eq!(members, [("sentry-release", "a")], "the baggage of the program is no part of it");
    assert_eq!(incoming.trace_id(), recorder.span("serve").context.trace_id());
    assert!(!format!("{incoming:?}").contains("vendor"), "{incoming:?}");
    for name in ["helper", "own"] {
        assert!(recorder.span(name).incoming.is_none(), "{name}");
    }
    for event in recorder.events() {
        let is_own = event.message.as_deref() == Some("own");
        assert_eq!(event.incoming.is_none(), is_own, "{event:?}");
    }
    for trace in traces {
        let is_own = trace.spans[0].name == "own";
        assert_eq!(trace.incoming.is_none(), is_own, "{trace:?}");
    }
}

#[test]
fn a_local_root_says_whether_the_id_of_its_trace_is_random() {
    for (flags, is_random) in [("01", false), ("03", true)] {
        let (recorder, _) = traces(|| serve(remote(flags)));
        assert_eq!(recorder.span("serve").context.is_random(), is_random, "{flags}");
        assert!(recorder.span("own").context.is_random());
    }
}

#[test]
fn what_comes_after_its_trace_was_delivered_has_it_too() {
    let (_recorder, traces) = traces(|| {
        let mut hub = isohub::Hub::current().with_parent(remote("01"));
        static ROOT: isohub::Callsite =
            isohub::Callsite::new("root", module_path!(), file!(), line!(), column!());
        let root = hub.start_span(&ROOT, Vec::new);
        let late = hub.run(|| isohub::start_span!("late"));
        root.end_in(hub, isohub::Outcome::Ok);
        isohub::flush(LONG).unwrap();
        drop(late);
    });
    let seen: Vec<_> = traces.iter().map(|it| (it.is_partial, it.incoming.is_some())).collect();
    assert_eq!(seen, [(false, true), (true, true)]);
}
