//! Spans of isohub attach to those that another library holds active.

use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use isohub::foreign::active_span;
use isohub::sink::{Batch, Sink};
use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, Level, SpanContext, SpanId, Text, TraceId, spawn_isolated};

use crate::support::{ASKED, PANICS, attach, held};

#[isohub::span]
fn sync() {}

#[isohub::span]
async fn future() {}

#[isohub::parallel_span]
async fn unit() {}

#[isohub::parallel_span]
fn unit_call() {}

/// Runs `f` in a span of which isohub is told that another library holds it active.
fn in_library<T>(name: &'static str, f: impl FnOnce() -> T) -> T {
    let span = isohub::start_span!("library");
    span.handle().set_name(name);
    held(span.handle().context().unwrap(), f)
}

#[test]
fn all_sorts_of_spans_are_children_of_it() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| {
            in_library("query", || {
                sync();
                block_on(future());
                block_on(unit());
                unit_call();
                drop(isohub::start_span!("by hand"));
                spawn_isolated!(thread, sync).join().unwrap();
                isohub::isolated!(sync)();
            });
            sync();
        });
    });
    assert_eq!(
        recorder.tree(),
        "request\n  query\n    sync\n    future\n    unit\n    unit_call\n    by hand\n    sync\n    sync\n  sync\n"
    );
}

#[test]
fn of_two_that_are_active_the_one_further_in_counts() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("a").in_scope(|| {
            in_library("b", || {
                isohub::start_span!("c").in_scope(|| {
                    sync();
                    in_library("d", || in_library("e", sync));
                    sync();
                });
                sync();
            });
        });
    });
    assert_eq!(
        recorder.tree(),
        "a\n  b\n    c\n      sync\n      d\n        e\n          sync\n      sync\n    sync\n"
    );
}

#[test]
fn after_it_all_is_as_before() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("a").in_scope(|| {
            let before = active_span();
            in_library("b", || {
                sync();
                assert_eq!(active_span(), before, "isohub's own is what it was");
                assert_ne!(isohub::current_span().context(), before);
            });
            assert_eq!(isohub::current_span().context(), before);
        });
        assert_eq!(active_span(), None);
    });
}

fn foreign_span() -> SpanContext {
    let trace = TraceId::from_bytes([7; 16]).unwrap();
    SpanContext::new(trace, SpanId::from_bytes([8; 8]).unwrap(), true)
}

#[test]
fn a_trace_that_the_library_has_begun_goes_on() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        held(foreign_span(), || {
            sync();
            block_on(future());
            block_on(unit());
            unit_call();
            Hub::current().run(sync);
            isohub::capture_message("in its trace", Level::Error);
        });
        sync();
    });
    let spans = recorder.spans();
    assert_eq!(spans.len(), 6);
    for span in &spans[..5] {
        assert_eq!(span.context.trace_id(), foreign_span().trace_id(), "{}", span.name);
        assert_eq!(span.parent, Some(foreign_span().span_id()), "{}", span.name);
    }
    assert_ne!(spans[5].context.trace_id(), foreign_span().trace_id());
    assert_eq!(recorder.events()[0].span, Some(foreign_span()));
}

#[test]
fn a_span_of_another_trace_counts_for_nothing() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| isohub::start_span!("ours").in_scope(|| held(foreign_span(), sync)));
    assert_eq!(recorder.tree(), "ours\n  sync\n");
}

#[test]
fn one_that_isohub_does_not_record_may_lie_between() {
    attach();
    let recorder = Recorder::new();
    let between = SpanId::from_bytes([8; 8]).unwrap();
    recorder.run_sync(|| {
        isohub::start_span!("ours").in_scope(|| {
            let trace = active_span().unwrap().trace_id();
            held(SpanContext::new(trace, between, true), outer);
        });
    });
    assert_eq!(recorder.span("outer").parent, Some(between));
    assert_eq!(recorder.span("sync").parent, Some(recorder.span("outer").context.span_id()));
    assert_eq!(recorder.span("outer").context.trace_id(), recorder.span("ours").context.trace_id());
}

#[isohub::span]
fn outer() {
    sync();
}

#[test]
fn a_unit_without_a_trace_takes_part_in_that_of_the_span() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        in_library("query", outer);
        outer();
    });
    assert_eq!(recorder.tree(), "query\n  outer\n    sync\n\nouter\n  sync\n");
}

#[test]
fn where_a_span_is_filtered_out_those_inside_attach_to_it() {
    attach();
    let recorder = Recorder::builder().filter("it::spans::quiet=off".parse().unwrap()).build();
    recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| in_library("query", || quiet::quiet(sync)));
    });
    assert_eq!(recorder.tree(), "request\n  query\n    sync\n");
}

mod quiet {
    #[isohub::span]
    pub(super) fn quiet(f: impl FnOnce()) {
        f();
    }
}

#[test]
fn pipelines_that_are_opened_later_ask_too() {
    /// A span with its parent, and whether it is an orphan; or an event with its span.
    type Parent = (Text, Option<SpanId>, bool);
    struct Parents(Arc<Mutex<Vec<Parent>>>);
    impl Sink for Parents {
        fn name(&self) -> &str {
            "parents"
        }

        fn receive(&mut self, batch: &Batch) {
            let spans = batch.spans.iter().map(|span| (span.name.clone(), span.parent, span.is_orphan));
            let events = batch.events.iter();
            let events = events.map(|it| ("event".into(), it.span.map(|span| span.span_id()), false));
            self.0.lock().unwrap().extend(spans.chain(events));
        }
    }
    attach();
    let parents = Arc::new(Mutex::new(Vec::new()));
    let guard = isohub::init().sink(Parents(Arc::clone(&parents))).install().unwrap();
    let library = isohub::start_span!("ours").in_scope(|| {
        let span = isohub::start_span!("library");
        held(span.handle().context().unwrap(), sync);
        span.handle().context().unwrap()
    });
    // In a task without a hub it is a parent all the same.
    let task = async move {
        held(library, || {
            isohub::start_span!("in a task").in_scope(|| {});
            isohub::capture_message("in a task", Level::Error);
        });
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { tokio::spawn(task).await }).unwrap();
    drop(guard);
    let parents = parents.lock().unwrap();
    for name in ["sync", "in a task", "event"] {
        assert!(parents.contains(&(name.into(), Some(library.span_id()), false)), "{name} in {parents:?}");
    }
}

#[test]
fn events_and_requests_name_it() {
    attach();
    let recorder = Recorder::new();
    let (library, headers) = recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| {
            in_library("query", || {
                isohub::capture_message("slow", Level::Warning);
                let mut headers = Vec::new();
                isohub::inject(|name, value| headers.push((name, value.to_owned())));
                (isohub::current_span().context().unwrap(), headers)
            })
        })
    });
    assert_eq!(recorder.events()[0].span, Some(library));
    assert_eq!(headers, [("traceparent", library.to_string())]);
}

#[test]
fn it_is_taken_when_a_future_is_called() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| {
            let (called, bound) = in_library("query", || (future(), async { sync() }.isolated()));
            block_on(called);
            block_on(bound);
        });
    });
    assert_eq!(recorder.tree(), "request\n  query\n    future\n    sync\n");
}

#[test]
fn it_is_asked_where_a_future_begins_too() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| {
            let called = future();
            ASKED.set(0);
            block_on(called);
            assert_eq!(ASKED.get(), 1);
        });
    });
}

#[test]
fn filtered_and_unsampled_spans_record_nothing() {
    attach();
    let filtered = Recorder::builder().filter("it::spans=off".parse().unwrap()).build();
    filtered.run_sync(|| isohub::start_span!("request").in_scope(|| held(foreign_span(), sync)));
    assert_eq!(filtered.tree(), "");
    let unsampled = Recorder::builder().sample(isohub::Rate(0.0)).build();
    unsampled.run_sync(|| {
        isohub::start_span!("request").in_scope(|| in_library("query", sync));
    });
    assert_eq!(unsampled.tree(), "");
}

#[test]
fn a_library_that_panics_has_no_span() {
    attach();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| {
            in_library("query", || {
                PANICS.set("active");
                sync();
                PANICS.set("");
                sync();
            });
        });
    });
    assert_eq!(recorder.tree(), "request\n  query\n    sync\n  sync\n");
}
