//! Law 6: every span that began ends in exactly one record with an outcome, and at any time
//! started = delivered + dropped + open.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::FutureExt;
use isohub::testing::Recorder;
use isohub::{HubFutureExt, Outcome, Value, isolated_hub, parallel_span, span};

use crate::child;

const LONG: Duration = Duration::from_secs(30);

/// The number that stands after `key=` in what a program printed.
#[track_caller]
fn number(out: &str, key: &str) -> u64 {
    let found = out.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
    found.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {key} in {out}"))
}

#[test]
fn a_storm_of_spans_is_accounted_for() {
    let spans = 1_000_000;
    let ended = child::run(&["accounts", &spans.to_string()], &[]);
    let out = &ended.out;
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(out.contains("flush=Ok(())"), "{out}");
    assert!(out.contains("adds_up=true"), "{out}");
    assert!(out.contains("wrong=0 sampled=true"), "at some moment it did not add up: {out}");
    let [started, delivered, dropped] = ["started", "delivered", "dropped"].map(|key| number(out, key));
    assert_eq!(started, spans);
    // What still is open was forgotten, and nothing else.
    assert_eq!(number(out, "open"), number(out, "forgotten"));
    assert_eq!(delivered + dropped, spans - number(out, "forgotten"));
    // The sink saw each once.
    assert_eq!(number(out, "seen"), number(out, "received"));
    assert_eq!(number(out, "received") + number(out, "lost"), delivered);
    assert_eq!(number(out, "twice"), 0);
}

#[test]
fn payload_that_is_held_back_for_too_long_is_evicted_and_counted() {
    let out = child::prints("evicted");
    assert!(out.contains("delivered=1 dropped=0 open=0 adds_up=true"), "{out}");
    assert!(out.contains("evicted=true all=10000 lost=0"), "{out}");
}

#[test]
fn evicted_payload_is_counted_where_it_was_recorded() {
    assert_eq!(child::prints("evicted-of-another"), "old=true new=false\n");
}

#[test]
fn what_finds_no_room_is_counted() {
    let out = child::prints("lost");
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(
        lines,
        [
            "started=1053577 delivered=0 dropped=5000 open=1048577 adds_up=true",
            "lost_payloads=1000 lost_events=1",
            "flush=Ok(())",
            "started=1053577 delivered=1048576 dropped=5000 open=1 adds_up=true",
            "flush=Ok(())",
            "started=1053577 delivered=1048577 dropped=5000 open=0 adds_up=true",
            "sink adds_up=true",
            // The newest were lost, as nobody waits.
            "last n=Some(I64(65535))",
        ]
    );
}

#[test]
fn destructors_of_thread_locals_record_and_are_accounted_for() {
    let out = child::prints("thread-end");
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(
        lines,
        [
            "flush=Ok(())",
            "started=220 delivered=220 dropped=0 open=0 adds_up=true",
            "with_fields=60 at_end=40 plain=120",
            "events=40 lost_events=0",
        ]
    );
}

#[test]
fn payload_that_comes_after_its_span_was_delivered_is_counted() {
    let recorder = Recorder::new();
    let late = recorder.run_sync(|| isohub::start_span!("work").in_scope(isohub::current_span));
    recorder.settled(LONG).unwrap();
    late.record("late", 1);
    late.add_event("late", [("n", 1)]);
    late.set_name("late");
    assert_eq!(recorder.tree(), "work\n");
    let stats = recorder.stats();
    assert_eq!((stats.late_payloads, stats.lost_payloads, stats.evicted_payloads), (3, 0, 0));
}

#[test]
fn forgotten_spans_stay_open_and_hold_nothing_up() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("outer").in_scope(|| {
            std::mem::forget(isohub::start_span!("forgotten"));
            isohub::start_span!("after").in_scope(|| ());
        });
    });
    assert_eq!(recorder.tree(), "outer\n  forgotten open\n  after\n");
    let stats = recorder.stats();
    assert_eq!((stats.started, stats.delivered, stats.dropped, stats.open), (3, 2, 0, 1));
    let unsettled = recorder.settled(Duration::from_millis(10)).unwrap_err();
    assert_eq!(unsettled.to_string(), "1 spans are still open:\nouter\n  forgotten open\n  after\n");
}

// How a span ends.

type Fallible<T> = Result<T, std::num::ParseIntError>;

#[span]
fn parses(text: &str) -> Fallible<i32> {
    let number = text.parse::<i32>()?;
    if number < 0 {
        return "early".parse();
    }
    Ok(number)
}

#[parallel_span]
async fn parses_later(text: &str) -> Fallible<i32> {
    let number = text.parse::<i32>()?;
    if number < 0 {
        return "early".parse();
    }
    Ok(number)
}

#[span(error_if = |found| found.is_none())]
fn finds(what: Option<i32>) -> Option<i32> {
    what
}

#[span]
fn returns_an_option(what: Option<i32>) -> Option<i32> {
    what
}

#[test]
fn a_returned_error_is_the_outcome() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("all").in_scope(|| {
            for text in ["1", "x", "-1"] {
                let _ = parses(text);
                let _ = futures::executor::block_on(parses_later(text));
            }
            finds(None);
            finds(Some(1));
            returns_an_option(None);
        });
    });
    assert_eq!(
        recorder.tree(),
        "all\n  parses\n  parses_later\n  parses error\n  parses_later error\n  parses error\n  \
         parses_later error\n  finds error\n  finds\n  returns_an_option\n"
    );
    assert!(recorder.spans().iter().all(|span| span.attributes.is_empty()), "no text unless asked for");
}

#[span(err)]
fn tells() -> Result<(), String> {
    Err("told".to_owned())
}

#[span(err(Debug))]
fn tells_more() -> Result<(), String> {
    Err("told".to_owned())
}

#[test]
fn the_text_of_an_error_is_recorded_if_asked_for() {
    let recorder = Recorder::new();
    let _ = recorder.run_sync(tells);
    let _ = recorder.run_sync(tells_more);
    let told = |name| recorder.span(name).attribute("error").cloned();
    assert_eq!(told("tells"), Some(Value::text("told")));
    assert_eq!(told("tells_more"), Some(Value::text("\"told\"")));
}

#[span]
async fn waits() {
    std::future::pending().await
}

#[span]
async fn panics() -> u8 {
    panic_any("on purpose")
}

#[isolated_hub]
async fn caught_inside() {
    let caught = AssertUnwindSafe(panics()).catch_unwind().await;
    assert!(caught.is_err());
    isohub::start_span!("goes on").in_scope(|| ());
}

#[test]
fn a_panic_is_the_outcome_even_if_it_is_caught() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            futures::executor::block_on(caught_inside());
            let caught = catch_unwind(|| isohub::start_span!("closure").in_scope(|| panic_any(1)));
            assert!(caught.is_err());
            let within = panic_later().in_span(isohub::start_span!("within"));
            assert!(catch_unwind(AssertUnwindSafe(|| futures::executor::block_on(within))).is_err());
        });
    });
    assert_eq!(
        recorder.tree(),
        "root\n  panics panicked\n  goes on\n  closure panicked\n  within panicked\n"
    );
}

async fn panic_later() {
    std::future::ready(()).await;
    panic_any(1)
}

/// Polls a future once, which has to wait.
fn poll(future: std::pin::Pin<&mut impl Future>) {
    assert!(matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

#[test]
fn what_is_dropped_before_its_end_is_cancelled() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            poll(pin!(waits()));
            poll(pin!(waits().isolated()));
            poll(pin!(async { waits().await }.in_span(isohub::start_span!("within"))));
            // Never polled: no span.
            drop(waits());
        });
    });
    assert_eq!(
        recorder.tree(),
        "root\n  waits cancelled\n  waits cancelled\n  within cancelled\n    waits cancelled\n"
    );
    assert_eq!(recorder.stats().open, 0);
}

/// Unwinds with a value alive.
fn unwind_with(value: impl Sized) {
    let caught = catch_unwind(AssertUnwindSafe(move || {
        let _alive = value;
        panic_any("unrelated")
    }));
    assert!(caught.is_err());
}

#[test]
fn what_is_dropped_by_an_unrelated_panic_did_not_panic() {
    struct RunsAtDrop;
    impl Drop for RunsAtDrop {
        fn drop(&mut self) {
            let _ = parses("1");
            isohub::start_span!("by hand").in_scope(|| ());
            let _ = futures::executor::block_on(parses_later("1"));
        }
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let waiting = &mut Box::pin(waits());
        poll(waiting.as_mut());
        let mut other = Box::pin(waits());
        poll(other.as_mut());
        unwind_with(other);
        unwind_with(isohub::start_span!("kept"));
        unwind_with(RunsAtDrop);
    });
    assert_eq!(
        recorder.tree().replace("\n\n", "\n"),
        "waits cancelled\nwaits cancelled\nkept\nparses\nby hand\nparses_later\n"
    );
}

#[test]
fn an_outcome_that_is_said_replaces_what_was_returned_but_no_panic() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("said").in_scope(|| isohub::current_span().set_outcome(Outcome::Error));
        let caught = catch_unwind(|| {
            isohub::start_span!("panicked").in_scope(|| {
                isohub::current_span().set_outcome(Outcome::Ok);
                panic_any(1)
            })
        });
        assert!(caught.is_err());
        poll(pin!(waits_and_says()));
    });
    assert_eq!(
        recorder.tree().replace("\n\n", "\n"),
        "said error\npanicked panicked\nwaits_and_says cancelled\n"
    );
}

#[span]
async fn waits_and_says() {
    isohub::current_span().set_outcome(Outcome::Ok);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn aborted_tasks_and_lost_races_are_cancelled() {
    let recorder = Recorder::new();
    let root = async {
        let task = isohub::spawn_isolated!("task", async { waits().await });
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        let late = tokio::time::timeout(Duration::from_millis(1), waits()).await;
        assert!(late.is_err());
        tokio::select! {
            biased;
            () = waits() => unreachable!(),
            () = async {} => {}
        }
    };
    recorder.run(root.in_span(recorder.run_sync(|| isohub::start_span!("root")))).await;
    assert_eq!(
        recorder.tree(),
        "root\n  task cancelled\n    waits cancelled\n  waits cancelled\n  waits cancelled\n"
    );
    recorder.settled(LONG).unwrap();
}
