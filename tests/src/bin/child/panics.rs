//! Panics that are captured: the hook is one of the process.

use std::cell::Cell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind, set_hook};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use isohub::sink::{Batch, Memory, Sink};
use isohub::testing::Recorder;
use isohub::{Event, Guard, Level, parallel_span, span};

use crate::LONG;

/// How often the hook ran that was there before.
static BEFORE: AtomicU32 = AtomicU32::new(0);

fn capture() {
    set_hook(Box::new(|_| {
        BEFORE.fetch_add(1, Ordering::Relaxed);
    }));
    isohub::capture_panics();
    isohub::capture_panics();
}

fn fails(payload: impl Send + 'static) -> u32 {
    panic_any(payload)
}

fn caught<T>(f: impl FnOnce() -> T) {
    let result = catch_unwind(AssertUnwindSafe(f));
    println!("caught={}", result.is_err());
}

/// What there is to say of an event, in a line.
fn shown(event: &Event) -> String {
    let (first, tags) = (event.exceptions.first(), event.scope.tags());
    let (ty, message) = first.map_or((None, ""), |it| (it.ty.as_deref(), &*it.message));
    let crumbs = event.scope.breadcrumbs().len();
    let place = event.location.file().rsplit('/').next().unwrap_or_default();
    format!("{} {ty:?} {message:?} {tags:?} crumbs={crumbs} at {place}", event.level)
}

fn print(recorder: &Recorder) {
    recorder.settled(LONG).unwrap();
    let mut lines: Vec<_> = recorder.events().iter().map(|event| shown(event)).collect();
    lines.sort();
    lines.iter().for_each(|line| println!("{line}"));
}

#[parallel_span(tags(branch = n))]
async fn branch(n: u32) {
    isohub::add_breadcrumb(isohub::Breadcrumb::new("begun"));
    tokio::task::yield_now().await;
    isohub::set_tag("late", n);
    if n == 2 {
        deep().await;
    }
}

#[span]
async fn deep() {
    tokio::task::yield_now().await;
    fails("in a branch");
}

/// Each panic has the scope and the span of its unit.
#[tokio::main(flavor = "current_thread")]
pub async fn units() {
    capture();
    let recorder = Recorder::new();
    let whole = async {
        isohub::set_tag("request", 7);
        let task = tokio::spawn(isohub::HubFutureExt::isolated(async {
            isohub::join!(branch(1), branch(2), branch(3));
        }));
        println!("task panicked={}", task.await.is_err_and(|error| error.is_panic()));
    };
    recorder.run(whole).await;
    print(&recorder);
    let (event, span) = (recorder.event(), recorder.span("deep"));
    println!("span={} outcome={}", event.span == Some(span.context), span.outcome);
    println!("last={}", BEFORE.load(Ordering::Relaxed));
    let text = event.backtrace.as_ref().map(ToString::to_string).unwrap_or_default();
    println!("stack={}", text.contains("panics::deep") && text.contains("panics::fails"));
    println!("{:?} {}", event.attributes, event.is_panic());
}

/// What panics say.
pub fn messages() {
    capture();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        caught(|| fails("constant"));
        caught(|| fails("made".to_owned()));
        caught(|| fails(7));
        caught(|| "x".parse::<u8>().unwrap());
        // What goes on was captured where it began.
        caught(|| resume_unwind(catch_unwind(|| fails("once")).unwrap_err()));
    });
    print(&recorder);
    println!("last={}", BEFORE.load(Ordering::Relaxed));
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        println!("within={}", catch_unwind(|| fails("in a destructor")).is_err());
    }
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

/// A function of the program that telemetry calls panics; and one panics while another unwinds.
pub fn nested() {
    capture();
    let recorder = Recorder::builder()
        .sink(Faulty)
        .before_send(|event| match event.exceptions.first().is_some_and(|it| it.message == "hidden") {
            true => panic_any("in before_send"),
            false => Some(event),
        })
        .build();
    recorder.run_sync(|| {
        isohub::set_tag("tenant", "acme");
        isohub::start_span!("span", field = fails("in a field")).in_scope(|| ());
        caught(|| {
            let _bomb = Bomb;
            fails("first");
        });
        caught(|| fails("hidden"));
        isohub::with_scope(
            |scope| {
                scope.add_event_processor(|_: Event| panic_any("in a processor"));
            },
            // Neither this nor what its processor then says arrives, and nothing goes on for ever.
            || caught(|| fails("lost")),
        );
        isohub::with_scope(
            |scope| {
                scope.add_event_processor(|event: Event| {
                    (event.exceptions[0].message != "dropped").then(|| event.attribute("seen", true))
                });
            },
            || {
                caught(|| fails("dropped"));
                caught(|| fails("processed"));
            },
        );
    });
    print(&recorder);
    let seen = recorder.events().iter().filter(|it| it.attributes.iter().any(|it| it.key == "seen")).count();
    let stats = recorder.stats();
    println!("seen={seen} lost={} panics={}", stats.lost_events, stats.panics);
}

/// Where there is no unit.
#[tokio::main(flavor = "current_thread")]
pub async fn without_unit() {
    capture();
    let memory = Memory::new();
    caught(|| fails("before there is a pipeline"));
    let guard = isohub::init().sink(memory.clone()).tag("region", "eu").install().unwrap();
    std::thread::Builder::new()
        .name("worker".into())
        .spawn(|| {
            isohub::set_tag("of", "thread");
            fails("on a thread");
        })
        .unwrap()
        .join()
        .unwrap_err();
    tokio::spawn(async { fails("in a bare task") }).await.unwrap_err();
    println!("flush={:?}", guard.flush(LONG));
    for event in memory.events() {
        println!("{} {:?} {:?}", shown(&event), event.span, event.attributes);
    }
}

/// Prints each event, so that the parent process sees what arrived before this one ended.
struct Printer;

impl Sink for Printer {
    fn name(&self) -> &str {
        "printer"
    }

    fn receive(&mut self, batch: &Batch) {
        for event in &batch.events {
            let _ = writeln!(std::io::stdout(), "{}", shown(event));
        }
        for span in &batch.spans {
            let _ = writeln!(std::io::stdout(), "{} {}", span.name, span.outcome);
        }
    }
}

fn installed() -> Guard {
    capture();
    isohub::init().sink(Printer).install().unwrap()
}

#[parallel_span(tags(tenant = "acme"))]
fn work<T>(f: impl FnOnce() -> T) {
    f();
}

/// `main` is left by a panic; in a build that aborts at panics, nothing is unwound.
pub fn main_ends() {
    let _isohub = installed();
    work(|| fails("the end"));
}

extern "C" fn cannot_unwind() {
    fails("across a border");
}

/// A panic reaches a function that cannot unwind.
pub fn border() {
    let _isohub = installed();
    work(|| cannot_unwind());
}

struct Careless;

impl Drop for Careless {
    fn drop(&mut self) {
        fails("second");
    }
}

/// A destructor panics while another panic unwinds.
pub fn twice() {
    let _isohub = installed();
    work(|| {
        let _careless = Careless;
        fails("first");
    });
}

thread_local! {
    static LAST: Cell<Option<Careless>> = const { Cell::new(None) };
}

/// A destructor of a thread-local panics.
pub fn thread_local() {
    let _isohub = installed();
    let thread = std::thread::spawn(|| {
        // It is there before what isohub keeps, and so dropped after it.
        LAST.set(Some(Careless));
        isohub::set_tag("of", "thread");
    });
    let _ = thread.join();
}

/// A hook of the program's own ends the process.
pub fn own_hook() {
    let _isohub = isohub::init().sink(Printer).install().unwrap();
    set_hook(Box::new(|info| {
        isohub::capture_panic(info);
        println!("flush={:?}", isohub::flush(LONG));
        std::process::exit(7);
    }));
    work(|| fails("the end"));
}

struct Stuck;

impl Sink for Stuck {
    fn name(&self) -> &str {
        "stuck"
    }

    fn receive(&mut self, _: &Batch) {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// A sink is stuck when a panic ends the process.
pub fn stuck() {
    let _isohub = isohub::init().sink(Stuck).sink(Printer).install().unwrap();
    capture();
    isohub::capture_message("before", Level::Info);
    work(|| cannot_unwind());
}
