//! Code of the program that isohub calls, and that misbehaves.

use std::panic::panic_any;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use isohub::sink::{Batch, Memory, Sink};
use isohub::{Breadcrumb, Event, Guard, Level, SinkStats, span};

use crate::{LONG, print_spans};

#[span]
fn work() {}

/// Stands still at its first batch until it is told to go on, and counts.
struct Gate {
    entered: Sender<()>,
    open: Receiver<()>,
    wants_traces: bool,
    spans: Arc<Mutex<u64>>,
    traces: Arc<Mutex<u64>>,
}

impl Sink for Gate {
    fn name(&self) -> &str {
        "gate"
    }

    fn wants_traces(&self) -> bool {
        self.wants_traces
    }

    fn receive(&mut self, batch: &Batch) {
        let _ = self.entered.send(());
        // Once it is open, this returns at once: the sender is gone.
        let _ = self.open.recv();
        *self.spans.lock().unwrap() += batch.spans.len() as u64;
        *self.traces.lock().unwrap() += batch.traces.len() as u64;
    }
}

struct Blocked {
    guard: Guard,
    memory: Counter,
    open: Sender<()>,
    spans: Arc<Mutex<u64>>,
    traces: Arc<Mutex<u64>>,
}

/// Counts the spans that it receives.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<u64>>);

impl Sink for Counter {
    fn name(&self) -> &str {
        "counter"
    }

    fn receive(&mut self, batch: &Batch) {
        *self.0.lock().unwrap() += batch.spans.len() as u64;
    }
}

/// A pipeline with one sink that stands still and one that works.
fn block(wants_traces: bool) -> Blocked {
    let (entered, is_entered) = channel();
    let (open, is_open) = channel();
    let (spans, traces) = (Arc::default(), Arc::default());
    let memory = Counter::default();
    let gate =
        Gate { entered, open: is_open, wants_traces, spans: Arc::clone(&spans), traces: Arc::clone(&traces) };
    let guard = isohub::init().sink(gate).sink(memory.clone()).install().unwrap();
    work();
    is_entered.recv().unwrap();
    Blocked { guard, memory, open, spans, traces }
}

/// Waits until the working sink has `count` spans.
fn wait(memory: &Counter, count: u64) {
    let began = Instant::now();
    while *memory.0.lock().unwrap() < count && began.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A sink that stands still loses its own data, and nobody else's.
pub fn blocked() {
    const SPANS: u64 = 300_000;
    let Blocked { guard, memory, open, spans, .. } = block(false);
    for n in 0..SPANS {
        work();
        // So that the working sink keeps up.
        if n % 50_000 == 0 {
            wait(&memory, n + 1);
        }
    }
    wait(&memory, SPANS + 1);
    let began = Instant::now();
    let flushed = guard.flush(Duration::from_millis(200));
    println!("flush={flushed:?} in_time={}", began.elapsed() < Duration::from_secs(5));
    let stats = guard.stats();
    print_spans(&stats);
    println!("other received={} lost={}", stats.sinks[1].received, stats.sinks[1].lost);
    println!("blocked lost={}", stats.sinks[0].lost > 0);

    drop(open);
    println!("flush={:?}", guard.flush(LONG));
    let stats = guard.stats();
    println!("blocked adds_up={}", stats.sinks[0].received + stats.sinks[0].lost == SPANS + 1);
    println!("blocked seen={}", *spans.lock().unwrap() == stats.sinks[0].received);
    work();
    println!("flush={:?}", guard.flush(LONG));
    println!("goes on={}", guard.stats().sinks[0].received == stats.sinks[0].received + 1);
}

/// The queue of a sink that wants whole traces is bounded too.
pub fn blocked_traces() {
    let Blocked { guard, memory, open, traces, .. } = block(true);
    let mut spans = 1;
    // Records as many traces, and says whether the blocked sink lost some.
    let mut record = |count: u64| {
        let before = guard.stats().sinks[0].lost;
        for _ in 0..count {
            work();
        }
        spans += count;
        // Wakes the collector; what the blocked sink does is not waited for.
        let _ = guard.flush(Duration::from_millis(1));
        wait(&memory, spans);
        guard.stats().sinks[0].lost > before
    };
    // Until there is no room for a single one.
    for count in [20_000, 500, 20, 1] {
        while !record(count) {}
    }
    println!("full={}", (0..3).all(|_| record(1)));
    for _ in 0..100 {
        record(1);
    }
    let _ = guard.flush(Duration::from_millis(50));
    let received = Arc::clone(&traces);
    drop(open);
    println!("flush={:?}", guard.flush(LONG));
    let stats = guard.stats();
    println!("within the bound={}", *received.lock().unwrap() + stats.sinks[0].received <= 262_144 + 2);
    // A trace that is lost counts beside its spans, which come by themselves.
    let (SinkStats { received: took, lost, .. }, all) = (&stats.sinks[0], stats.delivered);
    println!("all counted={}", *took < all && (all..=2 * all).contains(&(took + lost)));
}

/// A console that cannot be written to.
pub fn full_console() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let guard = isohub::init().sink(isohub::Console::to(full)).install().unwrap();
    for _ in 0..3 {
        isohub::start_span!("work").in_scope(|| isohub::capture_message("in it", Level::Error));
        isohub::capture_message("alone", Level::Error);
        guard.flush(LONG).unwrap();
    }
    let SinkStats { received, lost, undelivered, panics, .. } = &guard.stats().sinks[0];
    println!("received={received} lost={lost} undelivered={undelivered} panics={panics}");
}

/// A panic hook that captures, as those of most programs do.
pub fn panic_hook() {
    let memory = Memory::new();
    std::panic::set_hook(Box::new(|info| {
        isohub::set_tag("panicked", true);
        isohub::capture_message(
            format!("panic: {}", info.payload().downcast_ref::<&str>().unwrap_or(&"?")),
            Level::Fatal,
        );
    }));
    let guard = isohub::init().sink(memory.clone()).sink(Faulty).install().unwrap();
    let caught = std::panic::catch_unwind(|| {
        isohub::start_span!("fails").in_scope(|| {
            isohub::record!(field = fails("in a field"));
            panic_any("in the body");
        });
    });
    println!("caught={}", caught.is_err());
    println!("flush={:?}", guard.flush(LONG));
    let mut messages: Vec<_> = memory.events().iter().filter_map(|event| event.message.clone()).collect();
    messages.sort();
    println!("{messages:?}");
    let in_span = memory.events().iter().all(|event| {
        event.span.map(|span| span.span_id()) == memory.spans().first().map(|span| span.context.span_id())
    });
    println!("in_span={in_span}");
}

fn fails(payload: impl Send + 'static) -> u32 {
    panic_any(payload)
}

struct Faulty;

impl Sink for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }

    fn receive(&mut self, _: &Batch) {
        panic_any("in a sink");
    }
}

/// Panics when it is dropped: what is caught must not be dropped carelessly.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        // While unwinding this would abort, which is nobody's fault but the bomb's.
        if !std::thread::panicking() {
            panic_any("the payload of a panic was dropped");
        }
    }
}

/// The payload of a field's panic panics itself.
pub fn bomb_in_field() {
    let guard = isohub::init().sink(Memory::new()).install().unwrap();
    let reached = std::panic::catch_unwind(|| {
        isohub::start_span!("fails").in_scope(|| isohub::record!(field = fails(Bomb)));
    });
    println!("reached the program={}", reached.is_err());
    std::mem::forget(reached);
    println!("flush={:?} panics={}", guard.flush(LONG), guard.stats().panics);
}

/// The payload of the panic of `before_send` panics itself, on the collector's thread.
pub fn bomb_in_before_send() {
    let guard = isohub::init().sink(Memory::new()).before_send(|_| panic_any(Bomb)).install().unwrap();
    isohub::capture_message("first", Level::Info);
    println!("flush={:?}", guard.flush(Duration::from_secs(10)));
    work();
    println!("flush={:?}", guard.flush(Duration::from_secs(10)));
    print_spans(&guard.stats());
    println!("panics={} lost_events={}", guard.stats().panics, guard.stats().lost_events);
}

/// What event processors of three units hold panics when it is dropped, on the collector's thread.
pub fn bomb_in_processor() {
    struct Crashes;
    impl Drop for Crashes {
        fn drop(&mut self) {
            panic!("a destructor");
        }
    }
    struct KeepsNothing;
    impl Sink for KeepsNothing {
        fn name(&self) -> &str {
            "keeps nothing"
        }

        fn receive(&mut self, _: &Batch) {}
    }
    let guard = isohub::init().sink(KeepsNothing).install().unwrap();
    for _ in 0..3 {
        isohub::parallel!("unit", || {
            let crashes = Crashes;
            isohub::add_event_processor(move |event| {
                let _crashes = &crashes;
                Some(event)
            });
        })();
    }
    println!("flush={:?}", guard.flush(Duration::from_secs(10)));
    print_spans(&guard.stats());
}

struct Bombing;

impl Sink for Bombing {
    fn name(&self) -> &str {
        "bombing"
    }

    fn receive(&mut self, _: &Batch) {
        panic_any(Bomb);
    }
}

/// The payload of a sink's panic panics itself.
pub fn bomb_in_sink() {
    let guard = isohub::init().sink(Bombing).install().unwrap();
    for _ in 0..5 {
        work();
        println!("flush={:?}", guard.flush(Duration::from_secs(10)));
    }
    let sink = &guard.stats().sinks[0];
    println!("panics={} lost={}", sink.panics, sink.lost);
}

/// An event processor captures an event, each time.
pub fn processor_captures() {
    let memory = Memory::new();
    let guard = isohub::init().sink(memory.clone()).install().unwrap();
    isohub::add_event_processor(|event: Event| {
        isohub::capture_message("from the processor", Level::Info);
        Some(event)
    });
    isohub::capture_message("first", Level::Info);
    println!("flush={:?}", guard.flush(LONG));
    let first = memory.events().iter().filter(|event| event.message.as_deref() == Some("first")).count();
    println!("first={first} few={}", memory.events().len() < 10);
}

/// `before_breadcrumb` adds a breadcrumb, each time.
pub fn before_breadcrumb_adds() {
    let guard = isohub::init()
        .sink(Memory::new())
        .before_breadcrumb(|breadcrumb| {
            isohub::add_breadcrumb(Breadcrumb::new("from the hook"));
            Some(breadcrumb)
        })
        .install()
        .unwrap();
    isohub::add_breadcrumb(Breadcrumb::new("first"));
    let scope = isohub::Hub::current();
    let breadcrumbs = scope.scope().breadcrumbs();
    let first = breadcrumbs.iter().filter(|it| it.message.as_deref() == Some("first")).count();
    println!("first={first} few={}", breadcrumbs.len() < 10);
    drop(guard);
}
