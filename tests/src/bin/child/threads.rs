//! Threads, many of them, and those that are left running.

use std::cell::RefCell;
use std::sync::mpsc;

use isohub::sink::Memory;
use isohub::{Carried, Hub, carry, hub_local, parallel_span, span, spawn_isolated};

use crate::LONG;

hub_local! {
    static VALUE: Vec<u8>;
}

/// Calls a function when it is dropped.
struct AtEnd(Option<Box<dyn FnOnce()>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

thread_local! {
    // Registered before what isohub keeps for the thread, and so dropped after it.
    static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
    static KEPT: RefCell<Option<(Hub, Carried<Vec<u8>>)>> = const { RefCell::new(None) };
}

/// Runs `f` at the end of the thread, when what isohub keeps for it is gone. To be called first.
fn at_end(f: impl FnOnce() + 'static) {
    AT_END.set(Some(AtEnd(Some(Box::new(f)))));
}

#[parallel_span(tags(n = n))]
fn work(n: u64) {
    inner();
    isohub::record!(n);
}

#[span]
fn inner() {}

/// What a thread does that uses everything that a thread can keep.
fn uses_all(n: u64) {
    at_end(inner);
    isohub::set_tag("thread", n);
    VALUE.set(vec![1; 1000]);
    work(n);
    if n.is_multiple_of(10) {
        isohub::capture_message("of a thread", isohub::Level::Info);
    }
    KEPT.set(Some((Hub::current(), carry(vec![1; 1000]))));
}

/// How many bytes of memory this process has in use, where that can be told.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let resident = pages.as_deref().and_then(|pages| pages.split(' ').nth(1)?.parse::<u64>().ok());
    resident.unwrap_or_default() * 4096
}

/// Ten thousand threads, one after the other.
pub fn many() {
    let sink = Memory::new();
    let guard = isohub::init().sink(sink.clone()).install().unwrap();
    let threads = |count| {
        for n in 0..count {
            match n % 2 {
                0 => std::thread::spawn(move || uses_all(n)).join().unwrap(),
                _ => spawn_isolated!(thread, move || uses_all(n)).join().unwrap(),
            }
            if n.is_multiple_of(100) {
                // What the sink keeps is not what is asked for.
                guard.flush(LONG).unwrap();
                sink.clear();
            }
        }
        resident()
    };
    let before = threads(1_000);
    let after = threads(10_000);
    // A page for each thread would be ten times as much.
    let grown = after.saturating_sub(before);
    if grown > 4 << 20 {
        println!("grown by {grown} of {before}");
    }
    println!("grown={}", grown > 4 << 20);
    println!("flush={:?}", guard.flush(LONG));
    let stats = guard.stats();
    println!("adds_up={}", stats.started == stats.delivered + stats.dropped + stats.open);
}

/// Threads without a hub, in the global pipeline: after a unit with a span, and with a span that another one began.
pub fn bare() {
    #[span]
    async fn shared() {
        tokio::task::yield_now().await;
        isohub::set_tag("shared", 1);
        inner();
    }
    isohub::doctor::allow(isohub::doctor::Kind::BarePoolJob);
    isohub::doctor::allow(isohub::doctor::Kind::OtherUnit);
    let sink = Memory::new();
    let guard = isohub::init().sink(sink.clone()).install().unwrap();
    let unit = isohub::start_span!("request").in_scope(|| isohub::isolated!(move || work(1)));
    let bare = std::thread::spawn(move || {
        unit();
        isohub::set_tag("bare", 1);
        isohub::start_span!("bare").in_scope(|| ());
    });
    bare.join().unwrap();
    let shared = std::thread::spawn(|| Box::pin(shared())).join().unwrap();
    let last = std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(shared);
        println!("left={}", Hub::current().scope().tag("shared").is_some());
    });
    last.join().unwrap();
    println!("flush={:?}", guard.flush(LONG));
    let roots = sink.spans().into_iter().filter(|span| span.parent.is_none());
    let mut roots: Vec<_> = roots.map(|span| span.name.to_string()).collect();
    roots.sort();
    println!("roots={roots:?}");
}

/// Threads whose thread-locals write when the hub of the thread is gone.
pub fn late_writes() {
    fn write(mut hub: Hub) {
        isohub::set_tag("late", 1);
        let kept = hub.run(|| {
            isohub::set_tag("kept", 1);
            Hub::current().scope().tag("kept").is_some()
        });
        println!("late={} kept={kept}", Hub::current().scope().tag("late").is_some());
    }
    for _ in 0..2 {
        let thread = std::thread::spawn(|| {
            at_end(|| write(Hub::base()));
            isohub::set_tag("thread", 1);
        });
        thread.join().unwrap();
    }
    let _isohub = isohub::init().sink(Memory::new()).install().unwrap();
    println!("lost_writes={}", isohub::stats().lost_writes);
}

/// What a closure captured, as a compiler might drop it that takes another order: the end first.
pub fn reordered() {
    isohub::set_tag("main", "yes");
    let hub = isohub::__private::ClosureHub::of(isohub::__private::Origin::cloned());
    isohub::set_tag("main", "later");
    drop(isohub::__private::ClosureEnd);
    drop(hub);
    println!("tag={:?}", Hub::current().scope().tag("main"));
}

/// Starts threads that go on for ever, each in another thing that isohub does.
fn start() {
    isohub::doctor::allow(isohub::doctor::Kind::OpenSpan);
    let (running, is_running) = mpsc::channel();
    let start = |forever: fn(u64)| {
        let running = running.clone();
        spawn_isolated!(thread, move || {
            for n in 0.. {
                forever(n);
                if n == 10 {
                    let _ = running.send(());
                }
            }
        });
    };
    start(work);
    start(|n| isohub::set_tag("n", n));
    start(|_| {
        isohub::capture_message("again", isohub::Level::Info);
    });
    start(|_| drop(std::thread::spawn(|| uses_all(0)).join()));
    start(|n| {
        Hub::current().run(|| {
            if n > 10 {
                std::thread::park();
            }
        });
    });
    (0..5).for_each(|_| is_running.recv().unwrap());
}

/// `main` returns while they run.
pub fn detached() {
    let _isohub = isohub::init().sink(Memory::new()).install().unwrap();
    start();
    println!("main ends");
}

/// The process is ended while they run.
pub fn detached_exit() {
    let _isohub = isohub::init().sink(Memory::new()).install().unwrap();
    isohub::start_span!("open").in_scope(|| {
        start();
        println!("main ends");
        std::process::exit(0);
    });
}

/// Panics when it is dropped.
struct Crashes;

impl Drop for Crashes {
    fn drop(&mut self) {
        panic!("a destructor");
    }
}

/// What panics when it is dropped is left in the units of threads, and in that of `main`.
pub fn crashing_values() {
    hub_local! {
        static CRASHES: Crashes;
    }
    std::thread::spawn(|| CRASHES.set(Crashes)).join().unwrap();
    let crashes = Crashes;
    let processor = move |event| {
        let _crashes = &crashes;
        Some(event)
    };
    std::thread::spawn(|| isohub::add_event_processor(processor)).join().unwrap();
    CRASHES.set(Crashes);
    println!("main ends");
}
