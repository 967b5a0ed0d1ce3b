//! Law 8: telemetry never hurts. Nothing that goes wrong in it, or in what it calls, reaches the
//! program, and everything is counted.

mod of_sinks;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{Breadcrumb, Hub, Level, Outcome, Rate, Root, Value, parallel_span, span};

use crate::child;

const LONG: Duration = Duration::from_secs(30);

/// Panics whatever is asked of it.
struct Bad;

impl fmt::Display for Bad {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic_any("display")
    }
}

impl fmt::Debug for Bad {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic_any("debug")
    }
}

impl std::error::Error for Bad {}

fn bad() -> u32 {
    panic_any("expression")
}

#[span(fields(%shown, ?debugged, computed = bad(), fine = 1))]
fn with_bad_fields(shown: Bad, debugged: Bad) -> u32 {
    let _ = (shown, debugged);
    7
}

#[span(ret(n = bad()))]
fn with_bad_result() {}

#[span(error_if = |_| bad() == 0)]
fn with_bad_predicate() {}

#[span(err)]
fn with_bad_error() -> Result<(), Bad> {
    Err(Bad)
}

#[span(err(Debug))]
fn with_bad_debug() -> Result<(), Bad> {
    Err(Bad)
}

#[span(err(capture))]
fn with_bad_capture() -> Result<(), Bad> {
    Err(Bad)
}

fn panicked() -> Value {
    Value::text("(panicked)")
}

#[test]
fn fields_that_panic_are_marked_and_counted() {
    let recorder = Recorder::new();
    assert_eq!(recorder.run_sync(|| with_bad_fields(Bad, Bad)), 7);
    let span = recorder.span("with_bad_fields");
    for key in ["shown", "debugged", "computed"] {
        assert_eq!(span.attribute(key), Some(&panicked()), "{key}");
    }
    assert_eq!(span.attribute("fine"), Some(&Value::I64(1)));
    assert_eq!(span.outcome, Outcome::Ok);
    assert_eq!(recorder.stats().panics, 3);
}

#[test]
fn results_that_panic_are_marked_and_counted() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        with_bad_result();
        with_bad_predicate();
        assert!(with_bad_error().is_err());
        assert!(with_bad_debug().is_err());
    });
    assert_eq!(recorder.span("with_bad_result").attribute("n"), Some(&panicked()));
    assert_eq!(recorder.span("with_bad_predicate").outcome, Outcome::Ok);
    for name in ["with_bad_error", "with_bad_debug"] {
        let span = recorder.span(name);
        assert_eq!((span.outcome, span.attribute("error")), (Outcome::Error, Some(&panicked())), "{name}");
    }
    assert_eq!(recorder.stats().panics, 4);
}

#[test]
fn an_error_that_cannot_be_captured_is_an_error_all_the_same() {
    let recorder = Recorder::new();
    assert!(recorder.run_sync(with_bad_capture).is_err());
    assert_eq!(recorder.span("with_bad_capture").outcome, Outcome::Error);
    assert!(recorder.stats().panics >= 1);
}

#[test]
fn macros_catch_what_they_evaluate() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("span", a = bad(), %Bad).in_scope(|| {
            isohub::record!(b = bad(), c = ?Bad);
            isohub::breadcrumb!("category", Bad, d = bad());
        });
        let hub = Hub::current();
        let breadcrumbs = hub.scope().breadcrumbs();
        assert_eq!(breadcrumbs[0].message.as_deref(), Some("(panicked)"));
        assert_eq!(breadcrumbs[0].data[0].value, panicked());
    });
    assert_eq!(
        recorder.tree(),
        "span a=(panicked) Bad=(panicked) b=(panicked) c=(panicked) {}\n".replace(" {}", "")
    );
    assert_eq!(recorder.stats().panics, 6, "those of a breadcrumb's texts too");
}

impl isohub::ToValue for Bad {
    fn to_value(&self) -> Option<Value> {
        panic_any("to_value")
    }
}

#[test]
fn functions_catch_what_they_convert() {
    let recorder = Recorder::new();
    let calls: [(&str, fn()); 10] = [
        ("set_tag", || isohub::set_tag("bad", Bad)),
        ("set_tags", || isohub::set_tags([("bad", Bad)])),
        ("set_extra", || isohub::set_extra("bad", Bad)),
        ("set_context", || isohub::set_context("bad", [("key", Bad)])),
        ("record", || isohub::current_span().record("bad", Bad)),
        ("add_event", || isohub::current_span().add_event("bad", [("key", Bad)])),
        ("capture_error", || {
            isohub::capture_error(&Bad);
        }),
        ("Event::attribute", || drop(isohub::Event::message("event").attribute("bad", Bad))),
        ("Breadcrumb::data", || drop(isohub::Breadcrumb::new("crumb").data("bad", Bad))),
        ("Hub::with_tag", || drop(Hub::current().with_tag("bad", Bad))),
    ];
    recorder.run_sync(|| {
        isohub::start_span!("span").in_scope(|| {
            let reached = calls.iter().filter(|(_, call)| catch_unwind(call).is_err());
            let reached: Vec<_> = reached.map(|(name, _)| *name).collect();
            assert!(reached.is_empty(), "the panic reached the program from {reached:?}");
        });
    });
    assert_eq!(recorder.span("span").outcome, Outcome::Ok);
}

#[parallel_span(tags(bad = Bad, fine = 1))]
fn with_bad_tag() -> u32 {
    3
}

#[test]
fn tags_that_panic_are_left_out_and_counted() {
    let recorder = Recorder::new();
    let result = catch_unwind(AssertUnwindSafe(|| recorder.run_sync(with_bad_tag)));
    assert_eq!(result.ok(), Some(3), "the panic reached the program");
    assert_eq!(recorder.tree(), "with_bad_tag {fine=1}\n");
    assert_eq!(recorder.stats().panics, 1);
}

#[span(links = links())]
fn with_bad_links() -> u32 {
    4
}

fn links() -> Option<isohub::SpanContext> {
    panic_any("links")
}

#[test]
fn links_that_panic_are_left_out_and_counted() {
    let recorder = Recorder::new();
    let result = catch_unwind(AssertUnwindSafe(|| recorder.run_sync(with_bad_links)));
    assert_eq!(result.ok(), Some(4), "the panic reached the program");
    assert_eq!(recorder.stats().panics, 1);
}

#[test]
fn a_sampler_that_panics_records() {
    let recorder = Recorder::builder().sample(|_: &Root<'_>| panic_any("sampler")).build();
    recorder.run_sync(|| isohub::start_span!("work").in_scope(|| ()));
    recorder.run_sync(|| with_bad_fields(Bad, Bad));
    assert_eq!(recorder.spans().len(), 2);
    assert_eq!(recorder.stats().panics, 2 + 3);
}

#[test]
fn before_send_that_panics_loses_the_event_and_no_other() {
    let recorder = Recorder::builder()
        .before_send(|event| match event.message.as_deref() {
            Some("secret") => panic_any("before_send"),
            _ => Some(event),
        })
        .build();
    recorder.run_sync(|| {
        isohub::capture_message("secret", Level::Info);
        isohub::capture_message("fine", Level::Info);
    });
    assert_eq!(recorder.event().message.as_deref(), Some("fine"));
    let stats = recorder.stats();
    assert_eq!((stats.events, stats.lost_events, stats.panics), (1, 1, 1));
}

#[test]
fn before_breadcrumb_that_panics_loses_the_breadcrumb() {
    let recorder = Recorder::builder()
        .before_breadcrumb(|breadcrumb| match breadcrumb.message.as_deref() {
            Some("secret") => panic_any("before_breadcrumb"),
            Some("dropped") => None,
            _ => Some(breadcrumb.category("seen")),
        })
        .build();
    recorder.run_sync(|| {
        for message in ["secret", "dropped", "fine"] {
            isohub::add_breadcrumb(Breadcrumb::new(message));
        }
        isohub::capture_message("event", Level::Info);
    });
    let event = recorder.event();
    let breadcrumbs = event.scope.breadcrumbs();
    assert_eq!(breadcrumbs.len(), 1);
    assert_eq!(breadcrumbs[0].category.as_deref(), Some("seen"));
    assert_eq!(recorder.stats().panics, 1);
}

#[test]
fn an_event_processor_that_panics_loses_the_event() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::with_scope(
            |scope| scope.add_event_processor(|_| panic_any("processor")),
            || isohub::capture_message("lost", Level::Info),
        );
        isohub::capture_message("fine", Level::Info);
    });
    assert_eq!(recorder.event().message.as_deref(), Some("fine"));
    let stats = recorder.stats();
    assert_eq!((stats.events, stats.lost_events, stats.panics), (1, 1, 1));
}

#[test]
fn the_payload_of_a_panic_that_was_caught_is_not_dropped() {
    assert_eq!(child::prints("bomb-in-field"), "reached the program=false\nflush=Ok(()) panics=1\n");
    assert_eq!(
        child::prints("bomb-in-before-send").lines().collect::<Vec<_>>(),
        [
            "flush=Ok(())",
            "flush=Ok(())",
            "started=1 delivered=1 dropped=0 open=0 adds_up=true",
            "panics=1 lost_events=1",
        ]
    );
    let out = child::prints("bomb-in-sink");
    assert!(out.ends_with("panics=3 lost=5\n"), "{out}");
}

#[test]
fn a_destructor_that_crashes_on_the_collectors_thread_does_not_end_it() {
    assert_eq!(
        child::prints("bomb-in-processor"),
        "flush=Ok(())\nstarted=3 delivered=3 dropped=0 open=0 adds_up=true\n"
    );
}

#[test]
fn a_flush_may_be_given_any_time() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("work").in_scope(|| ());
        let flushed = catch_unwind(|| isohub::flush(Duration::MAX));
        assert_eq!(flushed.ok(), Some(Ok(())), "the longest time there is");
        let _ = isohub::flush(Duration::ZERO);
    });
    let settled = catch_unwind(AssertUnwindSafe(|| recorder.settled(Duration::MAX).is_ok()));
    assert_eq!(settled.ok(), Some(true));
}

#[test]
fn an_unsampled_trace_is_as_safe() {
    let recorder = Recorder::builder().sample(Rate(0.0)).build();
    assert_eq!(recorder.run_sync(|| with_bad_fields(Bad, Bad)), 7);
    recorder.run_sync(|| {
        with_bad_result();
        assert!(with_bad_error().is_err());
        assert!(with_bad_debug().is_err());
    });
    assert!(recorder.spans().is_empty());
    assert_eq!(recorder.stats().panics, 0, "nothing is evaluated that is not recorded");
}
