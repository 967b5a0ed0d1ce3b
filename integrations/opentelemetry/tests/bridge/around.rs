//! Beside the program's own SDK.

use std::collections::HashSet;

use isohub::testing::Recorder;
use isohub::{Rate, spawn_isolated};
use isohub_opentelemetry::bridge::{self, Tracers};
use opentelemetry::Context;
use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};

use crate::support::{WAIT, isolate};

fn sdk() -> (InMemorySpanExporter, SdkTracerProvider) {
    sampled(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
}

fn sampled(sampler: Sampler) -> (InMemorySpanExporter, SdkTracerProvider) {
    isolate();
    let exporter = InMemorySpanExporter::default();
    let sdk = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).with_sampler(sampler);
    (exporter, sdk.build())
}

fn of_sdk(exporter: &InMemorySpanExporter, name: &str) -> SpanData {
    exporter.get_finished_spans().unwrap().into_iter().find(|it| it.name == name).unwrap()
}

/// All spans of both as `child < parent`, and how many traces they are.
fn pairs(recorder: &Recorder, exporter: &InMemorySpanExporter) -> (Vec<String>, usize) {
    recorder.settled(WAIT).unwrap();
    let ours = recorder.spans().into_iter().map(|it| {
        let parent = it.parent.map(|it| it.to_bytes()).unwrap_or_default();
        (it.name.to_string(), it.context.span_id().to_bytes(), parent, it.context.trace_id().to_bytes())
    });
    let theirs = exporter.get_finished_spans().unwrap().into_iter().map(|it| {
        let context = it.span_context;
        (
            it.name.to_string(),
            context.span_id().to_bytes(),
            it.parent_span_id.to_bytes(),
            context.trace_id().to_bytes(),
        )
    });
    let spans: Vec<_> = ours.chain(theirs).collect();
    let name_of = |id| spans.iter().find(|it| it.1 == id).map_or("-", |it| &it.0);
    let mut pairs: Vec<_> = spans.iter().map(|it| format!("{} < {}", it.0, name_of(it.2))).collect();
    pairs.sort();
    (pairs, spans.iter().map(|it| it.3).collect::<HashSet<_>>().len())
}

#[test]
fn spans_of_both_are_one_trace() {
    let (exporter, sdk) = sdk();
    let tracer = Tracers::around(sdk).tracer("library");
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("a").in_scope(|| {
            tracer.in_span("b", |_| {
                isohub::start_span!("c").in_scope(|| {
                    tracer.in_span("d", |_| {
                        drop(isohub::start_span!("e"));
                    });
                    tracer.in_span("f", |_| ());
                });
                spawn_isolated!("g", thread, || drop(isohub::start_span!("h"))).join().unwrap();
            });
            drop(isohub::start_span!("i"));
        });
    });
    let expected = ["a < -", "b < a", "c < b", "d < c", "e < d", "f < c", "g < b", "h < g", "i < a"];
    assert_eq!(pairs(&recorder, &exporter), (expected.map(str::to_owned).to_vec(), 1));
}

#[test]
fn the_sdk_first() {
    let (exporter, sdk) = sdk();
    let tracer = Tracers::around(sdk).tracer("library");
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        tracer.in_span("a", |_| {
            isohub::start_span!("b").in_scope(|| tracer.in_span("c", |_| ()));
            tracer.in_span("d", |_| ());
        });
    });
    let expected = ["a < -", "b < a", "c < b", "d < a"];
    assert_eq!(pairs(&recorder, &exporter), (expected.map(str::to_owned).to_vec(), 1));
}

#[test]
fn a_provider_of_which_nothing_is_known_counts_where_isohub_has_no_trace() {
    let (exporter, sdk) = sdk();
    bridge::attach();
    let tracer = sdk.tracer("library");
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        tracer.in_span("a", |_| {
            isohub::start_span!("b").in_scope(|| tracer.in_span("c", |_| drop(isohub::start_span!("d"))));
        });
    });
    let expected = ["a < -", "b < a", "c < a", "d < b"];
    assert_eq!(pairs(&recorder, &exporter), (expected.map(str::to_owned).to_vec(), 1));
}

#[test]
fn without_a_sink_the_sdk_has_what_it_always_had() {
    let (exporter, sdk) = sdk();
    let tracer = Tracers::around(sdk).tracer("library");
    isohub::start_span!("a").in_scope(|| {
        tracer.in_span("b", |_| isohub::start_span!("c").in_scope(|| tracer.in_span("d", |_| ())));
    });
    let (b, d) = (of_sdk(&exporter, "b"), of_sdk(&exporter, "d"));
    assert_eq!(d.parent_span_id, b.span_context.span_id());
    assert_eq!(b.parent_span_id, opentelemetry::trace::SpanId::INVALID);
}

#[test]
fn who_is_asked_first_decides_for_both() {
    let (exporter, sdk) = sdk();
    let tracer = Tracers::around(sdk).tracer("library");
    let recorder = Recorder::builder().sample(Rate(0.0)).build();
    recorder.run_sync(|| isohub::start_span!("a").in_scope(|| tracer.in_span("b", |_| ())));
    assert_eq!(pairs(&recorder, &exporter), (Vec::new(), 0));

    let (exporter, sdk) = sampled(Sampler::AlwaysOff);
    let tracer = Tracers::around(sdk).tracer("library");
    let recorder = Recorder::new();
    recorder.run_sync(|| tracer.in_span("a", |_| drop(isohub::start_span!("b"))));
    assert_eq!(pairs(&recorder, &exporter), (Vec::new(), 0));
}

#[test]
fn what_the_sdk_leaves_out_cuts_nothing_off() {
    let (exporter, sdk) = sampled(Sampler::AlwaysOff);
    let tracer = Tracers::around(sdk).tracer("library");
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("a").in_scope(|| tracer.in_span("b", |_| drop(isohub::start_span!("c"))));
    });
    assert_eq!(pairs(&recorder, &exporter), (vec!["a < -".to_owned(), "c < a".to_owned()], 1));
}

#[test]
fn around_a_provider_that_does_nothing() {
    isolate();
    let tracer = Tracers::around(opentelemetry::trace::noop::NoopTracerProvider::new()).tracer("library");
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("a").in_scope(|| tracer.in_span("b", |_| drop(isohub::start_span!("c"))));
    });
    assert_eq!(crate::support::tree(&recorder), "a\n  c\n");
}

#[test]
fn all_that_is_said_reaches_the_sdk() {
    let (exporter, sdk) = sdk();
    let tracer = Tracers::around(sdk).tracer("library");
    let mut span = tracer.start("before");
    span.update_name("after");
    span.set_attribute(opentelemetry::KeyValue::new("n", 1));
    span.add_event("event", Vec::new());
    span.set_status(opentelemetry::trace::Status::Ok);
    span.add_link(crate::support::remote(), Vec::new());
    assert!(span.is_recording());
    span.end_with_timestamp(std::time::SystemTime::UNIX_EPOCH);
    drop(Context::current_with_span(span));
    let span = of_sdk(&exporter, "after");
    assert_eq!((span.attributes.len(), span.events.len(), span.links.len()), (1, 1, 1));
    assert_eq!(span.status, opentelemetry::trace::Status::Ok);
    assert_eq!(span.end_time, std::time::SystemTime::UNIX_EPOCH);
}
