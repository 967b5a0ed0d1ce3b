//! Sinks: each has its own thread and sees everything once; recorders live side by side.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use isohub::sink::{Batch, Memory};
use isohub::testing::Recorder;
use isohub::{Console, FlushError, Level, Outcome, Trace, parallel_span, span};

use crate::child;
use crate::probe::Probe;

const LONG: Duration = Duration::from_secs(30);

#[span]
fn work() {}

#[parallel_span(fields(n))]
fn unit(n: u64) {
    work();
}

#[test]
fn each_sink_has_a_thread_of_its_own() {
    type Seen = Arc<Mutex<Vec<(ThreadId, Option<String>, u64)>>>;
    let seen = Seen::default();
    let probe = |name: &'static str| {
        let seen = Arc::clone(&seen);
        Probe::new(name, move |batch: &Batch| {
            let thread = std::thread::current();
            let its_name = thread.name().map(str::to_owned);
            seen.lock().unwrap().push((thread.id(), its_name, batch.spans.len() as u64));
        })
    };
    let recorder = Recorder::builder().sink(probe("a")).sink(probe("b")).build();
    recorder.run_sync(|| (0..100).for_each(unit));
    recorder.settled(LONG).unwrap();
    let seen = seen.lock().unwrap();
    for name in ["isohub-a", "isohub-b"] {
        let its: Vec<_> = seen.iter().filter(|(_, thread, _)| thread.as_deref() == Some(name)).collect();
        assert!(its.iter().all(|(id, _, _)| *id == its[0].0 && *id != std::thread::current().id()));
        assert_eq!(its.iter().map(|(_, _, spans)| spans).sum::<u64>(), 200, "{name}");
    }
    let names: Vec<_> = recorder.stats().sinks.iter().map(|sink| sink.name.clone()).collect();
    assert_eq!(names, ["memory", "a", "b"]);
    assert!(recorder.stats().sinks.iter().all(|sink| (sink.received, sink.lost) == (200, 0)));
}

#[test]
fn a_flush_reaches_every_sink() {
    let flushed = Arc::new(Mutex::new(Vec::new()));
    let probe = |name: &'static str| {
        let flushed = Arc::clone(&flushed);
        Probe::new(name, |_| ()).flush(move || flushed.lock().unwrap().push(name))
    };
    let recorder = Recorder::builder().sink(probe("a")).sink(probe("b")).build();
    assert_eq!(recorder.run_sync(|| isohub::flush(LONG)), Ok(()));
    let mut flushed = flushed.lock().unwrap();
    flushed.sort_unstable();
    assert_eq!(*flushed, ["a", "b"]);
}

#[test]
fn a_memory_keeps_until_it_is_cleared() {
    let memory = Memory::new();
    let recorder = Recorder::builder().sink(memory.clone()).build();
    let open = recorder.run_sync(|| {
        work();
        isohub::capture_message("event", Level::Info);
        isohub::start_span!("open")
    });
    recorder.spans();
    assert_eq!((memory.spans().len(), memory.events().len()), (1, 1));
    assert_eq!(memory.open_spans()[0].callsite.name(), "open");
    memory.clear();
    assert_eq!((memory.spans().len(), memory.events().len(), memory.open_spans().len()), (0, 0, 1));
    drop(open);
    recorder.spans();
    assert_eq!((memory.spans().len(), memory.open_spans().len()), (1, 0));
    assert_eq!(recorder.spans().len(), 2, "another memory is not cleared with it");
}

#[test]
fn starts_come_before_ends_if_asked_for() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let its = Arc::clone(&told);
    let sink = Probe::new("starts", move |batch: &Batch| {
        let mut told = its.lock().unwrap();
        told.extend(batch.started.iter().map(|span| (span.context.span_id(), "started")));
        told.extend(batch.spans.iter().map(|span| (span.context.span_id(), "ended")));
    })
    .starts();
    let recorder = Recorder::builder().sink(sink).build();
    recorder.run_sync(|| {
        std::thread::scope(|scope| {
            for n in 0..4 {
                scope.spawn(isohub::isolated!(move || (0..200).for_each(|at| unit(n * 1000 + at))));
            }
        });
    });
    recorder.settled(LONG).unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 2 * 4 * 200 * 2);
    let mut open = std::collections::HashSet::new();
    for (span, what) in told.iter() {
        let in_order = if *what == "started" { open.insert(*span) } else { open.remove(span) };
        assert!(in_order, "{span} {what}");
    }
}

#[test]
fn recorders_side_by_side_see_only_their_own() {
    let recorders: Vec<_> = (0..4).map(|_| Recorder::new()).collect();
    std::thread::scope(|scope| {
        for (at, recorder) in recorders.iter().enumerate() {
            scope.spawn(move || {
                for n in 0..500 {
                    recorder.run_sync(|| unit(at as u64 * 1000 + n));
                }
                recorder.run_sync(|| isohub::capture_message(at.to_string(), Level::Info));
            });
        }
    });
    let nested = recorders[0].run_sync(|| recorders[1].run_sync(|| isohub::start_span!("of the inner")));
    drop(nested);
    for (at, recorder) in recorders.iter().enumerate() {
        recorder.settled(LONG).unwrap();
        assert_eq!(recorder.event().message.as_deref(), Some(at.to_string().as_str()));
        let spans = recorder.spans();
        let units = spans.iter().filter(|span| span.name == "unit").map(|span| {
            let n = span.attribute("n").map(ToString::to_string).unwrap_or_default();
            n.parse::<usize>().unwrap() / 1000
        });
        assert_eq!(units.collect::<Vec<_>>(), vec![at; 500]);
        assert_eq!(recorder.stats().started, if at == 1 { 1001 } else { 1000 });
    }
}

#[test]
fn recorders_come_and_go_without_end() {
    // More than there can be at once: 1,600 one after the other, on four threads.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..400 {
                    let recorder = Recorder::new();
                    recorder.run_sync(|| unit(round));
                    // Most are dropped with everything on its way.
                    if round % 20 == 0 {
                        assert_eq!(recorder.tree(), format!("unit n={round}\n  work\n"));
                        assert_eq!(recorder.stats().started, 2);
                    }
                }
            });
        }
    });
    let all: Vec<_> = (0..200).map(|_| Recorder::new()).collect();
    assert!(all.iter().all(|recorder| recorder.stats().started == 0), "a new one starts from zero");
}

#[test]
fn there_are_at_most_1023_recorders_at_once() {
    assert_eq!(
        child::prints("many-recorders").lines().collect::<Vec<_>>(),
        ["refused: more than 1023 recorders live at once", r#""work\n" "work\n""#, r#""""#, r#""work\n""#,]
    );
}

#[test]
fn what_outlives_its_recorder_goes_nowhere() {
    let recorder = Recorder::new();
    let (mut hub, span) = recorder.run_sync(|| (isohub::Hub::current(), isohub::start_span!("left over")));
    let reference = span.handle();
    drop(recorder);
    let others: Vec<_> = (0..8).map(|_| Recorder::new()).collect();
    assert!(!reference.is_recorded());
    reference.record("late", 1);
    drop(span);
    hub.run(|| {
        unit(1);
        isohub::set_tag("still", "isolated");
        isohub::capture_message("nowhere", Level::Info);
        assert_eq!(isohub::flush(LONG), Err(FlushError::Stopped));
        assert_eq!(isohub::stats().started, 0);
    });
    assert_eq!(hub.scope().tag("still"), Some("isolated"));
    for other in others {
        assert_eq!((other.tree().as_str(), other.events().len(), other.stats().started), ("", 0, 0));
    }
}

#[test]
fn a_recorder_waits_for_what_is_still_running() {
    let recorder = Recorder::new();
    let (go, going) = channel::<()>();
    let thread = recorder.run_sync(|| {
        let unit = isohub::parallel!("thread", move || {
            let _ = going.recv();
            isohub::record!(done = true);
        });
        std::thread::spawn(unit)
    });
    while recorder.tree() != "thread open\n" {
        std::thread::yield_now();
    }
    let error = recorder.settled(Duration::from_millis(20)).unwrap_err();
    assert_eq!(error.to_string(), "1 spans are still open:\nthread open\n");
    drop(go);
    recorder.settled(LONG).unwrap();
    assert_eq!(recorder.tree(), "thread done=true\n");
    thread.join().unwrap();
}

#[test]
fn a_recorder_prints_its_tree_if_the_test_panics() {
    let ended = child::run(&["recorder-panics"], &[]);
    assert_eq!(ended.code, Some(101), "{ended:#?}");
    let tree = "recorded until the panic:\nouter n=1\n  work\n\nnever ends open\n";
    assert!(ended.err.contains(tree), "{}", ended.err);
}

#[test]
fn a_recorder_is_a_global_sink_too() {
    assert_eq!(
        child::prints("global-recorder").lines().collect::<Vec<_>>(),
        ["flush=Ok(())", r#"["global", "its own", "work", "work"]"#, "own started=2 global started=2",]
    );
}

#[test]
#[should_panic(expected = "expected exactly one, but 2 spans are called `work`")]
fn a_span_that_is_not_the_only_one_is_named() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        work();
        work();
    });
    recorder.span("work");
}

#[test]
#[should_panic(expected = "expected exactly one, but 0 events were captured")]
fn an_event_that_is_missing_is_named() {
    Recorder::new().event();
}

/// A writer whose text can be read.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_console_writes_a_trace_when_it_is_complete() {
    let written = Written::default();
    let text = || String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let recorder = Recorder::builder().sink(Console::to(written.clone()).width(80)).build();
    let span = recorder.run_sync(|| {
        let span = isohub::start_span!("request", route = "/orders");
        span.in_scope(|| unit(7));
        span
    });
    recorder.spans();
    assert_eq!(text(), "", "its root has not ended");
    drop(span);
    recorder.spans();
    let lines: Vec<_> = text().lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("request · ") && lines[0].contains("3 spans"), "{lines:#?}");
    assert!(lines[1].starts_with("request route=/orders"), "{lines:#?}");
    assert!(lines[2].trim_start_matches(['└', '├', ' ']).starts_with("unit n=7"), "{lines:#?}");
    recorder.run_sync(|| isohub::capture_message("on its own", Level::Warning));
    recorder.events();
    assert!(text().contains("on its own"));
}

/// A recorder, and the traces that one of its sinks received.
fn with_traces() -> (Recorder, Arc<Mutex<Vec<Arc<Trace>>>>) {
    let traces = Arc::new(Mutex::new(Vec::new()));
    let its = Arc::clone(&traces);
    let sink = Probe::new("traces", move |batch: &Batch| its.lock().unwrap().extend(batch.traces.clone()));
    (Recorder::builder().sink(sink.traces()).build(), traces)
}

fn shape(trace: &Trace) -> (Vec<&str>, bool) {
    (trace.spans.iter().map(|span| &*span.name).collect(), trace.is_partial)
}

#[test]
fn a_trace_comes_whole_with_its_events() {
    let (recorder, traces) = with_traces();
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            unit(1);
            isohub::capture_message("inside", Level::Info);
            std::thread::scope(|scope| drop(scope.spawn(isohub::isolated!(|| unit(2)))));
        });
        isohub::capture_message("outside", Level::Info);
    });
    recorder.spans();
    let traces = traces.lock().unwrap();
    assert_eq!(traces.len(), 1);
    assert_eq!(shape(&traces[0]), (vec!["root", "unit", "work", "unit", "work"], false));
    let events: Vec<_> = traces[0].events.iter().filter_map(|event| event.message.as_deref()).collect();
    assert_eq!(events, ["inside"]);
    for span in &traces[0].spans {
        let parent = traces[0].spans.iter().find(|it| Some(it.context.span_id()) == span.parent);
        assert!(parent.is_none_or(|parent| parent.start <= span.start), "no child begins before its parent");
    }
}

#[test]
fn what_ends_after_the_root_continues_its_trace() {
    let (recorder, traces) = with_traces();
    let late = recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            work();
            isohub::start_span!("late")
        })
    });
    recorder.spans();
    assert_eq!(shape(&traces.lock().unwrap()[0]), (vec!["root", "work"], false));
    drop(late);
    recorder.spans();
    assert_eq!(recorder.spans().len(), 3);
    let traces = traces.lock().unwrap();
    assert_eq!(traces.len(), 2);
    assert_eq!(shape(&traces[1]), (vec!["late"], true));
    assert_eq!(traces[0].spans[0].context.trace_id(), traces[1].spans[0].context.trace_id());
}

#[test]
fn a_root_that_never_ends_holds_nothing_back() {
    let (recorder, traces) = with_traces();
    let root = recorder.run_sync(|| {
        let root = isohub::start_span!("endless");
        root.in_scope(|| (0..10_500).for_each(|_| work()));
        root
    });
    assert_eq!(recorder.spans().len(), 10_500);
    let first = traces.lock().unwrap().clone();
    assert!(!first.is_empty() && first.iter().all(|trace| trace.is_partial), "{}", first.len());
    root.in_scope(|| root.set_outcome(Outcome::Error));
    drop(root);
    recorder.spans();
    let all = traces.lock().unwrap();
    let last = all.last().unwrap();
    assert!(last.is_partial, "what was delivered before is missing");
    assert_eq!(last.spans.iter().filter(|span| span.name == "endless").count(), 1);
    assert_eq!(all.iter().map(|trace| trace.spans.len()).sum::<usize>(), 10_501, "each once");
}
