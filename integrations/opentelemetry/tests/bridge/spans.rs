//! Spans of OpenTelemetry's as spans of isohub.

use std::time::SystemTime;

use isohub::testing::Recorder;
use isohub::{Outcome, Rate, Root, SpanKind, Value};
use isohub_opentelemetry::bridge::Tracers;
use opentelemetry::trace::{
    Event, Link, Span as _, SpanContext, SpanKind as TheirKind, Status, TraceContextExt as _, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Array, Context, KeyValue, StringValue};

use crate::support::{isolate, remote, remote_of, tracer, tree};

#[test]
fn all_that_is_said_of_a_span_arrives() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let mut span = tracer
            .span_builder("begun")
            .with_kind(TheirKind::Client)
            .with_attributes([
                KeyValue::new("text", "a"),
                KeyValue::new("number", 3),
                KeyValue::new("real", 1.5),
            ])
            .with_links(vec![Link::with_context(remote())])
            .with_events(vec![Event::with_name("first")])
            .start(&tracer);
        let list = |array| opentelemetry::Value::Array(array);
        span.set_attributes([
            KeyValue::new("yes", true),
            KeyValue::new("bools", list(Array::Bool(vec![true, false]))),
            KeyValue::new("numbers", list(Array::I64(vec![1, 2]))),
            KeyValue::new("reals", list(Array::F64(vec![0.5]))),
            KeyValue::new("texts", list(Array::String(vec![StringValue::from("b")]))),
            KeyValue::new("number", 4),
            KeyValue::new("", "no key"),
        ]);
        span.add_event("second", vec![KeyValue::new("attempt", 2)]);
        span.add_event_with_timestamp("third", SystemTime::UNIX_EPOCH, Vec::new());
        span.record_error(&std::io::Error::other("broken"));
        span.add_link(remote(), vec![KeyValue::new("why", "retry")]);
        span.update_name(format!("query {}", 7));
        span.set_status(Status::error("no route"));
        assert!(span.is_recording());
        span.end();
        assert!(!span.is_recording());
        span.set_attribute(KeyValue::new("late", true));
    });
    let span = recorder.span("query 7");
    let text = |text: &'static str| Value::text(text);
    let expected = [
        ("text", text("a")),
        ("number", Value::I64(4)),
        ("real", Value::F64(1.5)),
        ("yes", Value::Bool(true)),
        ("bools", Value::List(vec![Value::Bool(true), Value::Bool(false)])),
        ("numbers", Value::List(vec![Value::I64(1), Value::I64(2)])),
        ("reals", Value::List(vec![Value::F64(0.5)])),
        ("texts", Value::List(vec![text("b")])),
        ("error", text("no route")),
    ];
    let attributes: Vec<_> = span.attributes.iter().map(|it| (&*it.key, it.value.clone())).collect();
    assert_eq!(attributes, expected);
    assert_eq!((span.kind(), span.outcome), (SpanKind::Client, Outcome::Error));
    assert_eq!(span.callsite.module_path(), "library");
    let events: Vec<_> = span.events.iter().map(|it| (&*it.name, it.attributes.len())).collect();
    assert_eq!(events, [("first", 0), ("second", 1), ("third", 0), ("exception", 1)]);
    assert!(span.events[2].time >= span.start, "not the time that was given");
    assert_eq!(span.links.len(), 2);
    assert_eq!(span.links[1].context.span_id().to_bytes(), remote().span_id().to_bytes());
    assert_eq!(span.links[1].attributes[0].key, "why");
}

#[test]
fn ids_are_the_same() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        tracer.in_span("query", |context| {
            let theirs = context.span().span_context().clone();
            let ours = isohub::current_span().context().unwrap();
            assert_eq!(theirs.trace_id().to_bytes(), ours.trace_id().to_bytes());
            assert_eq!(theirs.span_id().to_bytes(), ours.span_id().to_bytes());
            assert!(theirs.is_sampled() && !theirs.is_remote());
        });
    });
    assert_eq!(tree(&recorder), "query\n");
}

#[test]
fn a_status_that_is_ok_stays() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        for statuses in
            [["error", "ok", "error"].as_slice(), ["error", "unset"].as_slice(), ["unset"].as_slice()]
        {
            let mut span = tracer.start(statuses.join(" "));
            for status in statuses {
                span.set_status(match *status {
                    "ok" => Status::Ok,
                    "error" => Status::error(""),
                    _ => Status::Unset,
                });
            }
        }
    });
    let outcomes = ["error ok error", "error unset", "unset"].map(|name| recorder.span(name).outcome);
    assert_eq!(outcomes, [Outcome::Ok, Outcome::Error, Outcome::Ok]);
}

#[test]
fn a_panic_that_leaves_it_is_its_outcome() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            tracer.in_span("query", |_| {
                struct Cleans<'a>(&'a isohub_opentelemetry::bridge::IsohubTracer);
                impl Drop for Cleans<'_> {
                    fn drop(&mut self) {
                        self.0.in_span("roll back", |_| ());
                    }
                }
                let _cleans = Cleans(&tracer);
                std::panic::resume_unwind(Box::new("on purpose"));
            });
        }));
        assert!(unwound.is_err());
    });
    assert_eq!(tree(&recorder), "query panicked\n  roll back\n");
}

#[test]
fn a_remote_parent_that_a_propagator_extracted() {
    let tracer = tracer();
    let recorder = Recorder::new();
    let propagator = opentelemetry_sdk::propagation::TraceContextPropagator::new();
    let headers = std::collections::HashMap::from([
        ("traceparent".to_owned(), "00-00000000000000000000000000000007-0000000000000008-01".to_owned()),
        ("tracestate".to_owned(), "vendor=1".to_owned()),
    ]);
    let mut sent = std::collections::HashMap::new();
    recorder.run_sync(|| {
        use opentelemetry::propagation::TextMapPropagator as _;
        let context = propagator.extract_with_context(&Context::new(), &headers);
        let span = tracer.start_with_context("serve", &context);
        let _guard = context.with_span(span).attach();
        isohub::start_span!("ours").in_scope(|| {
            tracer.in_span("call", |context| propagator.inject_context(&context, &mut sent));
            propagator.inject_context(&isohub_opentelemetry::bridge::current_context(), &mut sent);
        });
    });
    assert_eq!(tree(&recorder), "serve\n  ours\n    call\n");
    assert_eq!(recorder.span("serve").parent.unwrap().to_bytes(), remote().span_id().to_bytes());
    assert!(recorder.span("serve").is_local_root);
    let ours = recorder.span("ours").context;
    assert_eq!(sent["traceparent"], format!("00-{}-{}-01", ours.trace_id(), ours.span_id()));
}

#[test]
fn the_tracestate_of_a_remote_parent_goes_on() {
    let tracer = tracer();
    let state = "vendor=1".parse::<opentelemetry::trace::TraceState>().unwrap();
    let it = remote();
    let remote = SpanContext::new(it.trace_id(), it.span_id(), it.trace_flags(), true, state.clone());
    Recorder::new().run_sync(|| {
        let context = Context::new().with_remote_span_context(remote);
        let context = context.with_span(tracer.start_with_context("serve", &context));
        let below = tracer.start_with_context("below", &context);
        assert_eq!(below.span_context().trace_state(), &state);
    });
}

#[test]
fn the_first_span_of_a_trace_carries_the_scope_of_its_unit() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        tracer.in_span("serve", |_| {
            isohub::set_tag("user", "ann");
            tracer.in_span("inner", |_| ());
        });
        isohub::clear_scope();
        let context = Context::current_with_span(tracer.start("elsewhere"));
        let guard = context.attach();
        let hub = isohub::Hub::current().with_tag("of", "the other unit");
        drop(guard);
        // The last to have the context is another unit.
        drop(hub);
    });
    recorder.settled(crate::support::WAIT).unwrap();
    assert_eq!(recorder.span("serve").scope.clone().unwrap().tag("user"), Some("ann"));
    assert!(recorder.span("inner").scope.is_none());
    assert_eq!(recorder.span("elsewhere").scope.clone().and_then(|it| it.tag("of").map(str::to_owned)), None);
}

#[test]
fn what_is_not_recorded_says_so_and_passes_its_trace_on() {
    let tracer = tracer();
    let recorder = Recorder::builder().sample(Rate(0.0)).build();
    recorder.run_sync(|| {
        tracer.in_span("a", |context| {
            let a = context.span().span_context().clone();
            assert!(a.is_valid() && !a.is_sampled() && !context.span().is_recording());
            let ours = isohub::start_span!("b");
            assert_eq!(ours.context().unwrap().trace_id().to_bytes(), a.trace_id().to_bytes());
            ours.in_scope(|| {
                tracer.in_span("c", |context| {
                    let c = context.span().span_context().clone();
                    assert_eq!((c.trace_id(), c.is_sampled()), (a.trace_id(), false));
                    isohub::start_span!("d").in_scope(|| assert!(!isohub::current_span().is_recorded()));
                });
            });
            let moved = isohub::spawn_isolated!(thread, || isohub::current_span().context().unwrap());
            assert_eq!(moved.join().unwrap().trace_id().to_bytes(), a.trace_id().to_bytes());
        });
    });
    assert_eq!(tree(&recorder), "");
}

#[test]
fn a_sampler_is_asked_once_for_a_trace_and_sees_name_and_attributes() {
    let tracer = tracer();
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = asked.clone();
    let sampler = move |root: &Root<'_>| {
        let attributes: Vec<_> = root.attributes.iter().map(|it| it.to_string_pair()).collect();
        seen.lock().unwrap().push((root.callsite.name(), root.parent.is_some(), attributes));
        false
    };
    let recorder = Recorder::builder().sample(sampler).build();
    recorder.run_sync(|| {
        let span = tracer.span_builder("health").with_attributes([KeyValue::new("n", 1)]).start(&tracer);
        let _guard = Context::current_with_span(span).attach();
        tracer.in_span("inner", |_| isohub::start_span!("ours").in_scope(|| tracer.in_span("x", |_| ())));
        drop(isohub::start_span!("more"));
        isohub::spawn_isolated!(thread, || drop(isohub::start_span!("moved"))).join().unwrap();
    });
    assert_eq!(*asked.lock().unwrap(), [("health", false, vec!["n=1".to_owned()])]);
    assert_eq!(tree(&recorder), "");
}

trait Pair {
    fn to_string_pair(&self) -> String;
}

impl Pair for isohub::Attribute {
    fn to_string_pair(&self) -> String {
        format!("{}={}", self.key, self.value)
    }
}

#[test]
fn an_unsampled_remote_parent_is_heeded() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let context = Context::new().with_remote_span_context(remote_of(false));
        assert!(!tracer.start_with_context("serve", &context).is_recording());
    });
    assert_eq!(tree(&recorder), "");
}

#[test]
fn below_a_span_of_this_process_that_is_not_recorded_nobody_is_asked() {
    let tracer = tracer();
    let recorder = Recorder::builder().sample(|_: &Root<'_>| panic!("asked")).build();
    recorder.run_sync(|| {
        let it = remote_of(false);
        let here = SpanContext::new(it.trace_id(), it.span_id(), it.trace_flags(), false, Default::default());
        let context = Context::new().with_remote_span_context(here.clone());
        assert_eq!(tracer.start_with_context("below", &context).span_context(), &here);
    });
    assert_eq!(tree(&recorder), "");
}

#[test]
fn a_remote_parent_that_isohub_has_taken_already_is_around_its_span() {
    let tracer = tracer();
    let recorder = Recorder::new();
    #[isohub::parallel_span(parent = "00-00000000000000000000000000000007-0000000000000008-01".parse::<isohub::SpanContext>().ok())]
    fn serve(context: Context, tracer: &isohub_opentelemetry::bridge::IsohubTracer) {
        tracer.start_with_context("given", &context).end();
        let _guard = context.attach();
        tracer.start("current").end();
        drop(isohub::start_span!("ours"));
    }
    recorder.run_sync(|| serve(Context::new().with_remote_span_context(remote()), &tracer));
    assert_eq!(tree(&recorder), "serve\n  given\n  current\n  ours\n");
}

#[test]
fn filtered_by_the_instrumentation_scope() {
    isolate();
    let recorder = Recorder::builder().filter("noisy=off".parse().unwrap()).build();
    recorder.run_sync(|| {
        isohub::start_span!("a").in_scope(|| {
            Tracers::new().tracer("noisy").in_span("left out", |context| {
                assert!(!context.span().is_recording());
                Tracers::new().tracer("wanted").in_span("b", |_| drop(isohub::start_span!("c")));
            });
        });
    });
    assert_eq!(tree(&recorder), "a\n  b\n    c\n");
}

#[test]
fn in_a_context_that_is_suppressed_nothing_is_recorded() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        tracer.in_span("a", |_| {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            tracer.in_span("b", |_| ());
        });
    });
    assert_eq!(tree(&recorder), "a\n");
}

#[test]
fn where_nothing_is_installed_a_parent_is_passed_on() {
    let tracer = tracer();
    let span = tracer.start_with_context("serve", &Context::new().with_remote_span_context(remote()));
    assert_eq!((span.span_context(), span.is_recording()), (&remote(), false));
    assert_eq!(tracer.start("alone").span_context(), &SpanContext::NONE);
}

#[test]
fn names_beyond_count_are_given_one_by_one() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        for n in 0..3000 {
            let literal: &'static str = format!("name {n}").leak();
            drop(tracer.start(literal));
        }
    });
    let spans = recorder.spans();
    assert!(spans.iter().enumerate().all(|(n, span)| span.name == format!("name {n}")));
    let callsites: std::collections::HashSet<_> =
        spans.iter().map(|it| std::ptr::from_ref(it.callsite)).collect();
    assert!(callsites.len() <= 1025, "{}", callsites.len());
}
