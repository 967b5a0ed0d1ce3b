//! Pipelines of a whole process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use isohub::sink::{Batch, Memory, Sink};
use isohub::testing::Recorder;
use isohub::{HubFutureExt, InstallError, Level, parallel_span, span};

use crate::{LONG, print_spans};

#[span]
fn work() {}

#[span(level = debug, fields(n))]
fn detail(n: u32) {
    work();
}

/// Whoever comes second is told so, and the first goes on.
pub fn second_install() {
    let memory = Memory::new();
    let guard = isohub::init().sink(memory.clone()).tag("from", "first").install().unwrap();
    work();
    let other = Memory::new();
    let error = isohub::init().sink(other.clone()).tag("from", "second").install().unwrap_err();
    println!("installed={} {error}", matches!(error, InstallError::Installed));
    work();
    isohub::capture_message("after", Level::Info);
    println!("flush={:?}", guard.flush(LONG));
    print_spans(&guard.stats());
    println!("first={} second={}", memory.spans().len(), other.spans().len() + other.events().len());
    println!("tag={:?}", memory.events()[0].scope.tag("from"));

    // The end of the guard is not the end of the pipeline.
    drop(guard);
    work();
    println!("flush={:?}", isohub::flush(LONG));
    println!("after the guard={}", memory.spans().len());
    println!("third={}", isohub::init().install().is_err());
}

fn evaluated() -> u32 {
    std::panic::panic_any("evaluated")
}

/// Holds its installation up until those of the others have come as far.
struct Together(Memory, Arc<AtomicU32>);

impl Sink for Together {
    fn name(&self) -> &str {
        "together"
    }

    fn wants_starts(&self) -> bool {
        let began = Instant::now();
        self.1.fetch_add(1, Ordering::SeqCst);
        while self.1.load(Ordering::SeqCst) < 8 && began.elapsed() < Duration::from_secs(5) {
            std::thread::yield_now();
        }
        false
    }

    fn receive(&mut self, batch: &Batch) {
        self.0.receive(batch);
    }
}

/// Of several that come at once one is the first.
pub fn install_race() {
    let memories: Vec<_> = (0..8).map(|_| Memory::new()).collect();
    let come = Arc::new(AtomicU32::new(0));
    let guards: Vec<_> = std::thread::scope(|scope| {
        let sinks = memories.iter().map(|memory| Together(memory.clone(), Arc::clone(&come)));
        let threads: Vec<_> = sinks.map(|sink| scope.spawn(|| isohub::init().sink(sink).install())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    work();
    println!("flush={:?}", isohub::flush(LONG));
    print_spans(&isohub::stats());
    let received = memories.iter().map(|memory| memory.spans().len());
    let ok: Vec<_> = guards.iter().map(|guard| usize::from(guard.is_ok())).collect();
    println!("installed={} fits={}", ok.iter().sum::<usize>(), received.eq(ok));
}

/// With nothing installed nothing is recorded and nothing waits, but hubs are isolated all the same.
pub fn not_installed() {
    let began = Instant::now();
    println!("flush={:?}", isohub::flush(LONG));
    println!("at once={}", began.elapsed() < Duration::from_secs(5));
    isohub::set_tag("tenant", "a");
    let span = isohub::start_span!("none", n = evaluated());
    span.in_scope(|| isohub::record!(n = evaluated()));
    println!("recorded={} context={:?}", span.is_recorded(), span.context());
    isohub::breadcrumb!("category", evaluated().to_string());
    let tag = isohub::isolated!(|| {
        isohub::set_tag("tenant", "b");
        detail(1);
        isohub::Hub::current().scope().tag("tenant").map(str::to_owned)
    })();
    println!("inner={tag:?} outer={:?}", isohub::Hub::current().scope().tag("tenant"));
    isohub::capture_message("nowhere", Level::Info);
    println!("last event={}", isohub::last_event_id().is_some());
    let stats = isohub::stats();
    println!("zero={}", stats == isohub::Stats::default());
}

/// The test starts this one with `RUST_MIN_STACK` so large that no thread can be made.
pub fn no_thread() {
    let error = isohub::init().sink(Memory::new()).install().unwrap_err();
    println!("no thread={} {error}", matches!(error, InstallError::NoThread(_)));
    println!("source={}", std::error::Error::source(&error).is_some());
    isohub::set_tag("tenant", "a");
    isohub::start_span!("work").in_scope(work);
    isohub::capture_message("nowhere", Level::Info);
    let began = Instant::now();
    println!("flush={:?} at once={}", isohub::flush(LONG), began.elapsed() < Duration::from_secs(5));
    let stats = isohub::stats();
    println!("started={} delivered={} open={}", stats.started, stats.delivered, stats.open);
    println!("again={}", isohub::init().install().is_err());
    println!("tag={:?}", isohub::Hub::current().scope().tag("tenant"));
}

/// A recorder receives what the global pipeline records.
pub fn global_recorder() {
    let recorder = Recorder::new();
    let guard = isohub::init().sink(recorder.sink()).install().unwrap();
    isohub::start_span!("global").in_scope(work);
    recorder.run_sync(|| isohub::start_span!("its own").in_scope(work));
    println!("flush={:?}", guard.flush(LONG));
    let names = |spans: Vec<std::sync::Arc<isohub::SpanRecord>>| {
        let mut names: Vec<_> = spans.iter().map(|span| span.name.clone()).collect();
        names.sort();
        names
    };
    println!("{:?}", names(recorder.spans()));
    println!("own started={} global started={}", recorder.stats().started, guard.stats().started);
}

/// The filter is exchanged while the program runs.
pub fn filter_reload() {
    let memory = Memory::new();
    let filter = "info".parse().unwrap();
    let guard = isohub::init().sink(memory.clone()).filter(filter).install().unwrap();
    let names = || {
        guard.flush(LONG).unwrap();
        let names: Vec<_> = memory.spans().iter().map(|span| span.name.clone()).collect();
        memory.clear();
        names
    };
    detail(1);
    println!("info: {:?}", names());
    guard.set_filter("debug".parse().unwrap());
    detail(2);
    println!("debug: {:?}", names());
    guard.set_filter("off, child::pipelines=debug".parse().unwrap());
    detail(3);
    println!("module: {:?}", names());
    guard.set_filter("off".parse().unwrap());
    detail(4);
    println!("off: {:?}", names());
    let span = isohub::start_span!("while off");
    guard.set_filter(isohub::Filter::default());
    span.in_scope(|| detail(5));
    drop(span);
    println!("all: {:?}", names());
    print_spans(&guard.stats());
}

/// What is known of the whole process lies under every hub.
pub fn global_scope() {
    let memory = Memory::new();
    let guard = isohub::init()
        .sink(memory.clone())
        .tag("region", "eu")
        .tag("tenant", "nobody")
        .release("1.2.3")
        .environment("test")
        .install()
        .unwrap();
    isohub::set_tag("tenant", "acme");
    isohub::configure_global(|scope| {
        scope.set_tag("shard", 7);
        scope.add_event_processor(|event| Some(event.attribute("global", 1)));
        isohub::configure_global(|scope| scope.set_tag("nested", 1));
    });
    isohub::add_event_processor(|event| Some(event.attribute("unit", 2)));
    let failed = std::panic::catch_unwind(|| {
        isohub::configure_global(|scope| {
            scope.set_tag("half", "done");
            std::panic::panic_any("in the middle");
        });
    });
    println!("panicked={}", failed.is_err());
    isohub::remove_tag("region");
    let written = isohub::Hub::current();
    println!("unit: {:?}", written.scope().tags());
    isohub::capture_message("event", Level::Info);
    isohub::configure_global(|scope| scope.set_tag("shard", 8));
    println!("flush={:?}", guard.flush(LONG));
    let event = &memory.events()[0];
    println!("{:?}", event.scope.tags());
    println!("{:?}", event.attributes.iter().map(|it| (&*it.key, it.value.to_string())).collect::<Vec<_>>());
}

#[parallel_span(fields(n))]
async fn bound(n: u32) {
    isohub::set_tag("n", n);
}

#[span(fields(n))]
async fn unbound(n: u32) {
    tokio::task::yield_now().await;
    work();
}

/// Spans of tasks that have no hub.
#[tokio::main(flavor = "current_thread")]
pub async fn orphans() {
    let memory = Memory::new();
    let with_function = std::env::args().nth(2).is_some();
    let init = isohub::init().sink(memory.clone());
    let guard = match with_function {
        true => init.sample(|_: &isohub::Root<'_>| true).install().unwrap(),
        false => init.install().unwrap(),
    };
    isohub::start_span!("request").in_scope(|| ());
    async {
        for n in 0..3 {
            tokio::spawn(bound(n)).await.unwrap();
            // Called inside the task, so that there is nothing to inherit.
            #[allow(clippy::async_yields_async)]
            tokio::spawn(async move { unbound(n).await }).await.unwrap();
        }
        tokio::spawn(async {
            isohub::set_tag("lost", 1);
            isohub::set_tag("lost", 2);
        })
        .await
        .unwrap();
    }
    .isolated()
    .await;
    println!("flush={:?}", guard.flush(LONG));
    let spans = memory.spans();
    let orphans = spans.iter().filter(|span| span.is_orphan).map(|span| span.name.clone());
    println!("{:?}", orphans.collect::<Vec<_>>());
    let stats = guard.stats();
    println!("orphans={} lost_writes={}", stats.orphans, stats.lost_writes);
    print_spans(&stats);
}

/// A test fails while a recorder lives.
pub fn recorder_panics() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("outer", n = 1).in_scope(work);
        std::mem::forget(isohub::start_span!("never ends"));
    });
    std::panic::panic_any("the test fails");
}

/// As many recorders as there can be, and one more.
pub fn many_recorders() {
    std::panic::set_hook(Box::new(|_| {}));
    let recorders: Vec<_> = (0..1023).map(|_| Recorder::new()).collect();
    let refused = std::panic::catch_unwind(Recorder::new);
    let message = refused.err().and_then(|payload| payload.downcast::<String>().ok());
    println!("refused: {}", message.as_deref().map_or("", String::as_str));
    recorders[0].run_sync(work);
    recorders[1022].run_sync(work);
    println!("{:?} {:?}", recorders[0].tree(), recorders[1022].tree());
    println!("{:?}", recorders[500].tree());
    drop(recorders);
    let again = Recorder::new();
    again.run_sync(work);
    println!("{:?}", again.tree());
}
