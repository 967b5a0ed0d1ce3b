//! What becomes of very many spans, and of what is recorded about them.

use std::collections::HashSet;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Waker};

use isohub::sink::{Batch, Memory, Sink};
use isohub::{SpanId, Value, parallel_span, span};

use crate::{LONG, print_spans};

/// Remembers which spans it saw, and how many of them twice.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<(HashSet<SpanId>, u64)>>);

impl Sink for Seen {
    fn name(&self) -> &str {
        "seen"
    }

    fn receive(&mut self, batch: &Batch) {
        let mut seen = self.0.lock().unwrap();
        for span in &batch.spans {
            if !seen.0.insert(span.context.span_id()) {
                seen.1 += 1;
            }
        }
    }
}

#[span]
fn plain() {}

#[parallel_span(fields(n))]
fn with_fields(n: u64) {
    isohub::set_tag("n", n);
}

#[span]
fn panics() -> u64 {
    std::panic::panic_any("on purpose")
}

#[span]
async fn never() {
    std::future::pending::<()>().await;
}

/// Polls a future once.
fn poll(future: std::pin::Pin<&mut impl Future>) {
    let _ = future.poll(&mut Context::from_waker(Waker::noop()));
}

/// Eight threads at a time begin `spans` spans in all, and end them in every way there is.
pub fn storm(spans: u64) {
    // The default hook would print each panic.
    std::panic::set_hook(Box::new(|_| {}));
    isohub::doctor::allow(isohub::doctor::Kind::OpenSpan);
    let seen = Seen::default();
    let guard = isohub::init().sink(seen.clone()).install().unwrap();

    let (left, forgotten, running) = (AtomicU64::new(spans), AtomicU64::new(0), AtomicBool::new(true));
    let mut wrong = 0;
    let mut samples = 0;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                let (left, forgotten) = (&left, &forgotten);
                scope.spawn(move || {
                    // Each portion on a thread of its own, which ends.
                    while left.load(Ordering::Relaxed) > 0 {
                        std::thread::scope(|scope| scope.spawn(|| portion(worker, left, forgotten)).join())
                            .unwrap();
                    }
                })
            })
            .collect();
        let watcher = scope.spawn(|| {
            let (mut wrong, mut samples) = (0, 0);
            while running.load(Ordering::Relaxed) {
                let stats = isohub::stats();
                wrong += u64::from(stats.started != stats.delivered + stats.dropped + stats.open);
                samples += 1;
                std::thread::sleep(std::time::Duration::from_micros(500 + samples * 37 % 1000));
            }
            (wrong, samples)
        });
        for worker in workers {
            worker.join().unwrap();
        }
        running.store(false, Ordering::Relaxed);
        (wrong, samples) = watcher.join().unwrap();
    });

    println!("flush={:?}", guard.flush(LONG));
    let stats = guard.stats();
    print_spans(&stats);
    let seen = seen.0.lock().unwrap();
    println!("seen={} twice={}", seen.0.len(), seen.1);
    println!("forgotten={}", forgotten.load(Ordering::Relaxed));
    println!("wrong={wrong} sampled={}", samples > 10);
    println!("sink received={} lost={}", stats.sinks[0].received, stats.sinks[0].lost);
}

/// One thread's life.
fn portion(worker: u64, left: &AtomicU64, forgotten: &AtomicU64) {
    for round in 0..2_000 {
        if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            return;
        }
        match (worker + round) % 50 {
            0..=9 => with_fields(round),
            10..=11 => drop(catch_unwind(panics)),
            // Cancelled where it waits.
            12..=15 => poll(pin!(never())),
            16 => {
                let mut future = Box::pin(never());
                poll(future.as_mut());
                std::mem::forget(future);
                forgotten.fetch_add(1, Ordering::Relaxed);
            }
            // Began on this thread, ends on another.
            17 if round % 10 == 0 => {
                let mut future = Box::pin(never());
                poll(future.as_mut());
                std::thread::scope(|scope| drop(scope.spawn(move || drop(future))));
            }
            18 => drop(isohub::start_span!("by hand", round)),
            _ => plain(),
        }
    }
}

/// More is recorded about a span than may wait for its end.
pub fn evicted() {
    let memory = Memory::new();
    let guard = isohub::init().sink(memory.clone()).install().unwrap();
    let span = isohub::start_span!("endless");
    let text = "x".repeat(8000);
    for index in 0..10_000 {
        span.add_event("step", [("text", text.as_str())]);
        if index % 1000 == 0 {
            guard.flush(LONG).unwrap();
        }
    }
    guard.flush(LONG).unwrap();
    let evicted = guard.stats().evicted_payloads;
    drop(span);
    guard.flush(LONG).unwrap();
    let stats = guard.stats();
    print_spans(&stats);
    let kept = memory.spans()[0].events.len() as u64;
    println!("evicted={} all={} lost={}", evicted > 0, kept + stats.evicted_payloads, stats.lost_payloads);
}

/// What one pipeline has waiting is evicted by what another one records.
pub fn evicted_of_another() {
    let (old, new) = (isohub::testing::Recorder::new(), isohub::testing::Recorder::new());
    let text = "x".repeat(8000);
    let fill = |recorder: &isohub::testing::Recorder, name: &'static str, count: usize| {
        recorder.run_sync(|| {
            let span = isohub::start_span!("filled");
            span.set_name(name);
            for _ in 0..count {
                span.add_event("step", [("text", text.as_str())]);
            }
            recorder.stats();
            span
        })
    };
    let first = fill(&old, "old", 4000);
    old.spans();
    let second = fill(&new, "new", 6000);
    new.spans();
    drop((first, second));
    old.spans();
    new.spans();
    println!("old={} new={}", old.stats().evicted_payloads > 0, new.stats().evicted_payloads > 0);
}

/// The collector stands still, so that buffers fill.
pub fn lost() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let (entered, is_entered) = std::sync::mpsc::channel();
    let inside = Arc::clone(&gate);
    let last = LastNumber::default();
    let guard = isohub::init()
        .sink(last.clone())
        .before_send(move |event| {
            // It runs on the thread of the collector.
            let _ = entered.send(());
            drop(inside.1.wait_while(inside.0.lock().unwrap(), |open| !*open));
            Some(event)
        })
        .install()
        .unwrap();
    let span = isohub::start_span!("told of");
    isohub::capture_message("stop", isohub::Level::Info);
    is_entered.recv().unwrap();

    for n in 0..65_536 + 1000 {
        span.record("n", n);
    }
    isohub::capture_message("no room", isohub::Level::Info);
    for _ in 0..16_384 * 64 + 5000 {
        plain();
    }
    let stats = guard.stats();
    print_spans(&stats);
    println!("lost_payloads={} lost_events={}", stats.lost_payloads, stats.lost_events);

    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    println!("flush={:?}", guard.flush(LONG));
    print_spans(&guard.stats());
    drop(span);
    println!("flush={:?}", guard.flush(LONG));
    let stats = guard.stats();
    print_spans(&stats);
    let sink = &stats.sinks[0];
    println!("sink adds_up={}", sink.received + sink.lost == stats.delivered + stats.events);
    println!("last n={:?}", last.0.lock().unwrap());
}

/// Keeps the attribute `n` of the last span that has one.
#[derive(Clone, Default)]
struct LastNumber(Arc<Mutex<Option<Value>>>);

impl Sink for LastNumber {
    fn name(&self) -> &str {
        "last number"
    }

    fn receive(&mut self, batch: &Batch) {
        for span in &batch.spans {
            if let Some(n) = span.attribute("n") {
                *self.0.lock().unwrap() = Some(n.clone());
            }
        }
    }
}

/// Records when it is dropped.
struct AtEnd(&'static str);

impl Drop for AtEnd {
    fn drop(&mut self) {
        isohub::set_tag("end", self.0);
        isohub::add_breadcrumb(isohub::Breadcrumb::new("end"));
        let _ = catch_unwind(AssertUnwindSafe(|| with_fields(1)));
        let span = isohub::start_span!("at end", of = self.0);
        span.in_scope(|| {
            plain();
            isohub::record!(inside = true);
        });
        drop(span);
        isohub::configure_scope(|scope| scope.set_tag("late", 1));
        isohub::with_scope(|scope| scope.set_tag("inner", 1), plain);
        isohub::capture_message("ends", isohub::Level::Info);
        let _ = isohub::last_event_id();
        let _ = isohub::flush(std::time::Duration::from_millis(1));
        poll(pin!(isohub::isolated!(async { plain() })));
    }
}

thread_local! {
    // Destructors run in the reverse order of first use, so that one runs before isohub's own, and
    // one after.
    static BEFORE: AtEnd = const { AtEnd("first used") };
    static AFTER: AtEnd = const { AtEnd("last used") };
}

/// The destructors of a thread's locals record, after isohub's own have run.
pub fn thread_end() {
    let memory = Memory::new();
    let guard = isohub::init().sink(memory.clone()).install().unwrap();
    for _ in 0..20 {
        std::thread::spawn(|| {
            BEFORE.with(|_| ());
            with_fields(0);
            isohub::set_tag("thread", 1);
            AFTER.with(|_| ());
        })
        .join()
        .unwrap();
    }
    println!("flush={:?}", guard.flush(LONG));
    let stats = guard.stats();
    print_spans(&stats);
    let count = |name: &str| memory.spans().iter().filter(|span| span.name == name).count();
    println!("with_fields={} at_end={} plain={}", count("with_fields"), count("at end"), count("plain"));
    println!("events={} lost_events={}", stats.events, stats.lost_events);
}
