//! Law 8 again: what isohub calls may itself record, and what it does so is neither lost nor a loop.

use std::fmt;
use std::panic::{catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use isohub::sink::Batch;
use isohub::testing::Recorder;
use isohub::{Event, FlushError, Hub, Level, Root, parallel_span, span};

use crate::child;
use crate::probe::Probe;

const LONG: Duration = Duration::from_secs(30);

#[span]
fn work() {
    isohub::set_tag("from", "a sink");
    isohub::record!(n = 1);
    isohub::capture_message("from a sink", Level::Info);
    isohub::breadcrumb!("sink", "from a sink");
}

#[parallel_span]
fn unit() {
    work();
}

#[test]
fn nothing_that_a_sink_does_is_recorded() {
    let calls = Arc::new(AtomicU32::new(0));
    let (in_receive, in_flush) = (Arc::clone(&calls), Arc::clone(&calls));
    let inside = move |calls: &AtomicU32| {
        calls.fetch_add(1, Ordering::Relaxed);
        unit();
        assert!(!isohub::current_span().is_recorded());
        assert_eq!(isohub::flush(LONG), Err(FlushError::Stopped));
    };
    let sink =
        Probe::new("self-aware", move |_: &Batch| inside(&in_receive)).flush(move || inside(&in_flush));
    let recorder = Recorder::builder()
        .sink(sink)
        .before_send(|event| {
            unit();
            Some(event)
        })
        .sample(|_: &Root<'_>| {
            unit();
            true
        })
        .build();
    recorder.run_sync(|| isohub::start_span!("root").in_scope(unit));
    for _ in 0..5 {
        recorder.settled(LONG).unwrap();
    }
    assert_eq!(recorder.tree(), "root\n  unit {from=\"a sink\"}\n    work n=1\n".replace('"', ""));
    assert_eq!(recorder.events().len(), 1);
    assert_eq!(recorder.stats().sinks[1].panics, 0, "what the sink asserts holds");
    assert!(calls.load(Ordering::Relaxed) >= 6);
    assert_eq!(recorder.stats().started, 3);
}

/// Records while it is being recorded.
struct Records;

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        isohub::set_tag("set by", "display");
        isohub::record!(recorded_by = "display");
        isohub::start_span!("in display", nested = true).in_scope(|| {
            isohub::set_tag("set in", "a span");
            inner(1);
        });
        isohub::capture_message("in display", Level::Info);
        isohub::with_scope(|scope| scope.set_tag("vanishes", 1), || ());
        f.write_str("shown")
    }
}

#[span(fields(n))]
fn inner(n: u32) {}

#[parallel_span(fields(%what), tags(tag = what))]
fn outer(what: Records) {
    isohub::record!(later = %what);
}

#[test]
fn a_display_may_record() {
    let recorder = Recorder::new();
    recorder.run_sync(|| isohub::start_span!("root").in_scope(|| outer(Records)));
    let inside = "    in display nested=true\n      inner n=1\n".repeat(3);
    assert_eq!(
        recorder.tree(),
        format!(
            "root\n  outer recorded_by=display what=shown later=shown \
             {{set by=display set in=a span tag=shown}}\n{inside}"
        )
    );
    assert_eq!(recorder.events().len(), 3);
    let outer = recorder.span("outer").context.span_id();
    assert!(recorder.events().iter().all(|event| event.span.map(|it| it.span_id()) == Some(outer)));
}

#[test]
fn configure_scope_may_be_nested_and_panic() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("before", 1);
        isohub::configure_scope(|scope| {
            scope.set_tag("edit", 1);
            isohub::set_tag("free", 1);
            isohub::configure_scope(|scope| scope.set_tag("nested", 1));
            isohub::remove_tag("before");
            assert_eq!(scope.tag("before"), Some("1"), "the copy does not change under its editor");
        });
        let caught = catch_unwind(|| {
            isohub::configure_scope(|scope| {
                scope.set_tag("dropped", 1);
                scope.clear();
                isohub::set_tag("kept", 1);
                panic_any("in the middle");
            });
        });
        assert!(caught.is_err());
        let caught = catch_unwind(|| {
            isohub::with_scope(|scope| scope.set_tag("a", 1), || panic_any("inside"));
        });
        assert!(caught.is_err());
        let tags: Vec<_> = Hub::current().scope().tags().iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(tags, ["edit", "free", "kept", "nested"]);
    });
}

#[test]
fn an_event_processor_may_capture() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::add_event_processor(|event: Event| {
            if event.message.as_deref() == Some("outer") {
                isohub::set_tag("set by", "the processor");
                isohub::start_span!("in the processor").in_scope(|| ());
                isohub::capture_message("inner", Level::Info);
            }
            Some(event)
        });
        isohub::capture_message("outer", Level::Info);
        assert_eq!(Hub::current().scope().tag("set by"), Some("the processor"));
    });
    let messages: Vec<_> = recorder.events().iter().filter_map(|event| event.message.clone()).collect();
    assert_eq!(messages, ["inner", "outer"]);
    assert_eq!(recorder.tree(), "in the processor\n");
}

#[test]
fn an_event_processor_that_captures_each_time_is_no_loop() {
    assert_eq!(child::prints("processor-captures"), "flush=Ok(())\nfirst=1 few=true\n");
}

#[test]
fn a_before_breadcrumb_that_adds_one_each_time_is_no_loop() {
    assert_eq!(child::prints("before-breadcrumb-adds"), "first=1 few=true\n");
}

#[test]
fn a_panic_hook_may_capture() {
    let out = child::prints("panic-hook");
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        ["caught=true", "flush=Ok(())", r#"["panic: in a field", "panic: in the body"]"#, "in_span=true",]
    );
}
