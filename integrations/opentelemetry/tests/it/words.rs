//! Where what a hub holds, and what is captured in it, is found at the receiver.

use std::time::SystemTime;

use isohub::testing::Recorder;
use isohub::{Breadcrumb, Event, Hub, Level, Rate, SpanContext};
use isohub_opentelemetry::{Otlp, Signal};
use opentelemetry_proto::tonic::common::v1::any_value::Value;

use crate::support::{
    Failed, Kept, LONG, Sent, all_done, event_names, get, otlp, recorder, sent_by, text, wait_for,
};

const NO_ROW: Failed = Failed("no row", None);

/// What is sent by a sink of these variables when `program` runs, and a sink with a `name` is asked.
fn sent_with(variables: &'static [(&str, &str)], program: impl FnOnce()) -> Sent {
    let kept = Kept::default();
    let look =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let (recorder, accounts) = recorder(Otlp::of_variables(look).transport(kept.clone()));
    recorder.run_sync(program);
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, all_done);
    kept.sent()
}

#[isohub::parallel_span]
fn unit(fails: bool) -> Result<(), Failed> {
    isohub::set_tag("tenant", "acme");
    // Each at a time of its own: the clock of spans and that of the system are not the same to the microsecond.
    let (early, late) = (SystemTime::UNIX_EPOCH, SystemTime::now() + LONG);
    isohub::add_breadcrumb(Breadcrumb { time: late, ..Breadcrumb::new("after") });
    isohub::add_breadcrumb(Breadcrumb { time: early, ..Breadcrumb::new("before") });
    isohub::current_span().add_event("between", [("a", 1)]);
    helper();
    if fails { Err(NO_ROW) } else { Ok(()) }
}

#[isohub::span]
fn helper() {}

#[test]
fn tags_are_on_the_span_of_their_unit_alone() {
    let sent = sent_by(|| {
        isohub::start_span!("root").in_scope(|| unit(false).expect("no error"));
    });
    assert_eq!(get(&sent.span("unit").attributes, "tenant"), Some(&text("acme")));
    for other in ["root", "helper"] {
        assert_eq!(get(&sent.span(other).attributes, "tenant"), None, "{other}");
    }
}

#[test]
fn breadcrumbs_are_told_by_units_that_failed_in_the_order_of_time() {
    let names = |fails| {
        let sent = sent_by(|| drop(unit(fails)));
        event_names(&sent.span("unit").events).join(" ")
    };
    assert_eq!(names(true), "before between after");
    assert_eq!(names(false), "between");
}

#[test]
fn an_error_is_an_event_of_the_span_in_which_it_was_captured() {
    let sent = sent_by(|| {
        isohub::start_span!("outer").in_scope(|| {
            isohub::start_span!("inner").in_scope(|| isohub::capture_error(&NO_ROW));
        });
    });
    let events = &sent.span("inner").events;
    assert_eq!(event_names(events), ["exception"]);
    assert_eq!(get(&events[0].attributes, "exception.message"), Some(&text("no row")));
    assert!(sent.span("outer").events.is_empty());
    assert!(sent.logs.is_empty(), "nothing is sent twice");
}

#[test]
fn an_error_tells_its_stack_and_its_causes() {
    let sent = sent_by(|| {
        let error = Failed("no order", Some(Box::new(Failed("no row", None))));
        isohub::capture_event(Event::error(&error).backtrace());
    });
    let Some(Value::StringValue(stack)) = get(&sent.logs[0].attributes, "exception.stacktrace") else {
        panic!("no stack: {sent:?}")
    };
    assert!(stack.starts_with("caused by: no row\n"), "{stack}");
    assert!(stack.contains("an_error_tells_its_stack"), "{stack}");
}

#[test]
fn what_is_no_error_is_a_log_record_of_its_span() {
    let sent = sent_by(|| {
        isohub::start_span!("work").in_scope(|| isohub::capture_message("here", Level::Warning));
        isohub::capture_message("outside", Level::Info);
        isohub::capture_error(&NO_ROW);
    });
    let span = sent.span("work");
    assert!(span.events.is_empty());
    let [here, outside, error] = &sent.logs[..] else { panic!("{sent:?}") };
    assert_eq!((&here.trace_id, &here.span_id), (&span.trace_id, &span.span_id));
    assert!(outside.trace_id.is_empty() && error.span_id.is_empty());
    assert_eq!(get(&error.attributes, "exception.message"), Some(&text("no row")));
    assert_eq!(error.body.as_ref().and_then(|it| it.value.as_ref()), Some(&text("no row")));
}

#[test]
fn an_error_in_a_trace_that_is_not_recorded_is_a_log_record() {
    let kept = Kept::default();
    let sink = otlp().transport(kept.clone()).build().expect("a sink");
    let accounts = sink.accounts();
    let recorder = Recorder::builder().sink(sink).sample(Rate(0.0)).build();
    recorder.run_sync(|| isohub::start_span!("work").in_scope(|| isohub::capture_error(&NO_ROW)));
    // Without a flush: its span never comes.
    wait_for(&accounts, |counts| counts.logs.sent == 1);
    let sent = kept.sent();
    assert_eq!((sent.spans.len(), sent.logs.len()), (0, 1));
    assert_eq!((sent.logs[0].trace_id.len(), sent.logs[0].flags & 1), (16, 0));
}

#[test]
fn an_error_below_a_span_of_another_process_waits_for_nothing() {
    let kept = Kept::default();
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()));
    let remote: SpanContext =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("a context");
    recorder.run_sync(|| isohub::isolated!(parent = remote, || isohub::capture_error(&NO_ROW))());
    // Without a flush.
    wait_for(&accounts, |counts| counts.logs.sent == 1);
    assert_eq!(kept.sent().logs[0].span_id, remote.span_id().to_bytes());
}

#[test]
fn a_flush_does_not_wait_for_the_span_of_an_error() {
    let kept = Kept::default();
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()));
    recorder.run_sync(|| {
        isohub::start_span!("open").in_scope(|| {
            isohub::capture_error(&NO_ROW);
            isohub::flush(LONG).expect("a flush");
            assert_eq!(kept.sent().logs.len(), 1);
        });
    });
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, all_done);
    let sent = kept.sent();
    assert_eq!(sent.span("open").span_id, sent.logs[0].span_id);
    assert!(sent.span("open").events.is_empty(), "nothing is sent twice");
}

#[test]
fn where_no_logs_are_wanted_events_are_on_their_spans() {
    let sent = sent_with(&[("OTEL_LOGS_EXPORTER", "none")], || {
        isohub::start_span!("work").in_scope(|| {
            isohub::capture_message("here", Level::Info);
            isohub::capture_error(&NO_ROW);
        });
        isohub::capture_message("outside", Level::Info);
    });
    assert_eq!(event_names(&sent.span("work").events), ["here", "exception"]);
    assert!(sent.logs.is_empty());
}

#[test]
fn where_no_traces_are_wanted_errors_are_log_records() {
    let sent = sent_with(&[("OTEL_TRACES_EXPORTER", "none")], || {
        isohub::start_span!("work").in_scope(|| isohub::capture_error(&NO_ROW));
    });
    assert_eq!((sent.spans.len(), sent.logs.len()), (0, 1));
}

#[test]
fn a_sink_that_is_disabled_takes_nothing() {
    let sent = sent_with(&[("OTEL_SDK_DISABLED", "TRUE")], || {
        isohub::start_span!("work").in_scope(|| isohub::capture_error(&NO_ROW));
    });
    assert_eq!((sent.spans.len(), sent.logs.len()), (0, 0));
}

#[test]
fn what_found_no_room_is_counted_by_the_receiver_too() {
    let sent = sent_by(|| {
        isohub::start_span!("work").in_scope(|| {
            for number in 0..200 {
                isohub::current_span().record(format!("k{number}"), number);
            }
        });
    });
    let span = sent.span("work");
    assert_eq!(span.dropped_attributes_count, 200 - 127);
    assert_eq!(get(&span.attributes, "isohub.cut"), None);
}

#[test]
fn the_resource_says_what_the_program_is() {
    let kept = Kept::default();
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()).resource("host.name", "machine-7"));
    recorder.run_sync(|| isohub::start_span!("work").in_scope(|| {}));
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, all_done);
    let sent = kept.sent();
    let of = |key| get(&sent.resources[0].attributes, key).cloned();
    assert_eq!(of("telemetry.sdk.name"), Some(text("isohub")));
    assert_eq!(of("telemetry.sdk.language"), Some(text("rust")));
    assert_eq!(of("telemetry.sdk.version"), Some(text(env!("CARGO_PKG_VERSION"))));
    assert_eq!(of("host.name"), Some(text("machine-7")));
    assert!(
        matches!(of("service.name"), Some(Value::StringValue(name)) if name.starts_with("unknown_service:it-"))
    );
    assert_eq!(of("process.pid"), Some(Value::IntValue(std::process::id().into())));
    assert_eq!(of("service.version"), None);
}

#[test]
fn the_program_goes_before_the_environment_and_that_before_what_is_found() {
    let kept = Kept::default();
    let look = |name: &str| {
        let value = match name {
            "OTEL_SERVICE_NAME" => "of its variable",
            "OTEL_RESOURCE_ATTRIBUTES" => {
                "service.name=of all, a=1%202 ,b=2,b=3,host.name=other,telemetry.sdk.name=x"
            }
            _ => return None,
        };
        Some(value.to_owned())
    };
    let otlp = Otlp::of_variables(look).transport(kept.clone()).resource("b", "4").resource("b", "5");
    let (recorder, accounts) = recorder(otlp);
    recorder.run_sync(|| isohub::capture_message("here", Level::Info));
    recorder.settled(LONG).expect("a flush");
    wait_for(&accounts, |counts| counts.logs.sent == 1);
    let sent = kept.sent();
    let of = |key| get(&sent.resources[0].attributes, key).cloned();
    let expected = [("service.name", "of its variable"), ("a", "1 2"), ("b", "5"), ("host.name", "other")];
    for (key, value) in expected.into_iter().chain([("telemetry.sdk.name", "isohub")]) {
        assert_eq!(of(key), Some(text(value)), "{key}");
    }
}

#[test]
fn the_same_hub_has_the_same_trace_at_the_receiver() {
    let kept = Kept::default();
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()));
    let mut hub: Hub = recorder.hub();
    hub.run(|| {
        isohub::start_span!("root").in_scope(|| {
            let children: Vec<_> = (0..3).map(|_| isohub::isolated!(|| drop(unit(false)))).collect();
            std::thread::scope(|scope| children.into_iter().for_each(|child| drop(scope.spawn(child))));
        });
    });
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, all_done);
    let sent = kept.sent();
    let root = sent.span("root").clone();
    assert!(sent.spans.iter().all(|(_, it)| it.trace_id == root.trace_id));
    let children = sent.spans.iter().filter(|(_, it)| it.parent_span_id == root.span_id);
    assert_eq!(children.count(), 3);
    assert!(kept.bodies().iter().all(|(signal, _)| *signal == Signal::Traces));
}
