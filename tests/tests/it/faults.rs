//! Law 8: telemetry never hurts. Nothing that goes wrong in it, or in what it calls, reaches the
//! program, and everything is counted.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use isohub::sink::Batch;
use isohub::testing::Recorder;
use isohub::{Breadcrumb, FlushError, Hub, Level, Outcome, Rate, Root, Value, parallel_span, span};

use crate::child;
use crate::probe::Probe;

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
fn a_sink_that_panics_loses_that_batch_and_goes_on() {
    let (mut batches, seen) = (0, Arc::new(Mutex::new(Vec::new())));
    let its = Arc::clone(&seen);
    let sink = Probe::new("at times", move |batch: &Batch| {
        // The recorder's own sink asks for the starts of spans, which come in batches of their own.
        batches += batch.spans.len();
        if !batch.spans.is_empty() && batches % 2 == 1 {
            panic_any("sink");
        }
        its.lock().unwrap().extend(batch.spans.iter().map(|span| span.name.clone()));
    });
    let recorder = Recorder::builder().sink(sink).build();
    for name in ["one", "two", "three", "four", "five", "six"] {
        recorder.run_sync(|| {
            isohub::start_span!("work").in_scope(|| isohub::current_span().set_name(name));
        });
        recorder.spans();
    }
    assert_eq!(*seen.lock().unwrap(), ["two", "four", "six"], "three panics, but not in a row");
    let [memory, sink] = &recorder.stats().sinks[..] else { panic!("two sinks") };
    assert_eq!((memory.received, memory.lost, memory.panics), (6, 0, 0));
    assert_eq!((sink.received, sink.lost, sink.panics), (3, 3, 3));
}

#[test]
fn a_sink_that_panics_three_times_in_a_row_gets_no_more() {
    let calls = Arc::new(AtomicU32::new(0));
    let (receives, flushes) = (Arc::clone(&calls), Arc::new(AtomicU32::new(0)));
    let its_flushes = Arc::clone(&flushes);
    let sink = Probe::new("broken", move |batch: &Batch| {
        if batch.spans.is_empty() {
            return;
        }
        receives.fetch_add(1, Ordering::Relaxed);
        panic_any("sink");
    })
    .flush(move || {
        its_flushes.fetch_add(1, Ordering::Relaxed);
        panic_any("flush");
    });
    let recorder = Recorder::builder().sink(sink).build();
    let spans: Vec<_> = recorder.run_sync(|| (0..6).map(|_| isohub::start_span!("work")).collect());
    recorder.spans();
    flushes.store(0, Ordering::Relaxed);
    for span in spans {
        drop(span);
        recorder.spans();
    }
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    assert_eq!(flushes.load(Ordering::Relaxed), 2, "after the third panic it is not asked to flush either");
    let [memory, sink] = &recorder.stats().sinks[..] else { panic!("two sinks") };
    assert_eq!((memory.received, memory.lost), (6, 0));
    assert_eq!((sink.received, sink.lost, sink.panics), (0, 6, 3 + 1 + 2));
    assert!(recorder.settled(LONG).is_ok(), "it holds no flush up");
}

#[test]
fn a_sink_that_panics_when_it_is_asked_who_it_is_works_all_the_same() {
    struct Nameless(Arc<AtomicU32>);

    impl isohub::sink::Sink for Nameless {
        fn name(&self) -> &str {
            panic_any("name")
        }

        fn wants_traces(&self) -> bool {
            panic_any("wants_traces")
        }

        fn wants_starts(&self) -> bool {
            panic_any("wants_starts")
        }

        fn receive(&mut self, batch: &Batch) {
            self.0.fetch_add(batch.spans.len() as u32, Ordering::Relaxed);
        }
    }

    let received = Arc::new(AtomicU32::new(0));
    let recorder = Recorder::builder().sink(Nameless(Arc::clone(&received))).build();
    recorder.run_sync(|| isohub::start_span!("work").in_scope(|| ()));
    recorder.settled(LONG).expect("every span ends");
    assert_eq!(received.load(Ordering::Relaxed), 1);
    let sink = &recorder.stats().sinks[1];
    assert_eq!((&*sink.name, sink.received, sink.lost, sink.panics), ("(panicked)", 1, 0, 3));
}

#[test]
fn a_console_on_a_full_disk_counts_what_is_lost() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        eprintln!("skipped: there is no /dev/full");
        return;
    };
    let recorder = Recorder::builder().sink(isohub::Console::to(full)).build();
    recorder.run_sync(|| {
        isohub::start_span!("work").in_scope(|| isohub::capture_message("in it", Level::Error));
        isohub::capture_message("alone", Level::Error);
    });
    recorder.settled(LONG).expect("every span ends");
    let console = &recorder.stats().sinks[1];
    assert_eq!((console.received, console.lost, console.undelivered, console.panics), (3, 0, 3, 0));
}

#[test]
fn a_trace_that_is_lost_counts_for_whoever_wants_traces() {
    let sink = |name| {
        Probe::new(name, |batch: &Batch| {
            if !batch.traces.is_empty() {
                panic_any("sink");
            }
        })
    };
    let recorder = Recorder::builder().sink(sink("of traces").traces()).sink(sink("of spans")).build();
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            for _ in 0..3 {
                isohub::start_span!("child").in_scope(|| ());
            }
            // They are received one by one, before their trace is there.
            assert_eq!(recorder.spans().len(), 3);
        });
    });
    recorder.settled(LONG).expect("every span ends");
    let stats = recorder.stats();
    let counts = |at: usize| (stats.sinks[at].received, stats.sinks[at].lost);
    assert_eq!((counts(1), counts(2)), ((4, 4), (4, 0)));
}

#[test]
fn a_sink_that_blocks_holds_up_neither_the_program_nor_other_sinks() {
    let (open, is_open) = channel::<()>();
    let sink = Probe::new("blocked", move |_: &Batch| {
        let _ = is_open.recv();
    });
    let recorder = Recorder::builder().sink(sink).build();
    let other = Recorder::new();
    let work = || {
        isohub::start_span!("work").in_scope(|| ());
        isohub::flush(Duration::from_millis(50))
    };
    let began = Instant::now();
    assert_eq!(recorder.run_sync(work), Err(FlushError::TimedOut));
    assert_eq!(recorder.run_sync(work), Err(FlushError::TimedOut));
    assert!(began.elapsed() < Duration::from_secs(10), "a flush takes no longer than it is given");
    while recorder.stats().sinks[0].received < 2 {
        assert!(began.elapsed() < LONG, "the other sink receives");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(recorder.settled(Duration::from_millis(50)).is_err());
    assert!(other.settled(LONG).is_ok(), "the flush of another pipeline");
    drop(open);
    assert!(recorder.settled(LONG).is_ok());
    assert_eq!(recorder.stats().sinks[1].received, 2);
}

#[test]
fn a_sink_that_blocks_loses_only_its_own_data() {
    let out = child::prints("blocked");
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        [
            "flush=Err(TimedOut) in_time=true",
            "started=300001 delivered=300001 dropped=0 open=0 adds_up=true",
            "other received=300001 lost=0",
            "blocked lost=true",
            "flush=Ok(())",
            "blocked adds_up=true",
            "blocked seen=true",
            "flush=Ok(())",
            "goes on=true",
        ]
    );
}

#[test]
fn traces_do_not_pile_up_before_a_sink_that_blocks() {
    let ended = child::run(&["blocked-traces"], &[]);
    assert_eq!(ended.err.matches("the sink \"gate\" does not keep up").count(), 1, "{}", ended.err);
    assert_eq!(ended.out, "full=true\nflush=Ok(())\nwithin the bound=true\nall counted=true\n");
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
