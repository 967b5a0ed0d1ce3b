//! Processes that fork.

use std::os::unix::process::CommandExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fork::{Fork, waitpid};
use isohub::sink::{Batch, Memory, Sink};
use isohub::testing::Recorder;
use isohub::{Guard, Level, SpanId, Stats, parallel_span, span};

use crate::{LONG, print_spans};

#[span]
fn work() {}

#[parallel_span(fields(n))]
fn unit(n: u64) {
    isohub::set_tag("n", n);
}

/// Runs `in_child` in a forked process, and waits for its end. What the child prints comes first.
fn forked(in_child: impl FnOnce()) {
    match fork::fork().unwrap() {
        Fork::Parent(child) => println!("child status={:?}", waitpid(child)),
        Fork::Child => {
            in_child();
            std::process::exit(0);
        }
    }
}

/// A child is off until it installs anew.
pub fn fork() {
    let memory = Memory::new();
    let guard = isohub::init().sink(memory.clone()).install().unwrap();
    for n in 0..100 {
        unit(n);
    }
    guard.flush(LONG).unwrap();
    let ids = |memory: &Memory| memory.spans().iter().map(|span| span.context.span_id()).collect::<Vec<_>>();
    let before = ids(&memory);
    work();

    let seen = memory.clone();
    forked(|| {
        let began = Instant::now();
        println!("in child: stats zero={}", isohub::stats() == Stats::default());
        for n in 0..1000 {
            unit(n);
        }
        isohub::set_tag("child", 1);
        isohub::capture_message("in child", Level::Info);
        println!("in child: tag={:?}", isohub::Hub::current().scope().tag("child"));
        println!("in child: flush={:?}", isohub::flush(LONG));
        println!("in child: guard flush={:?}", guard.flush(LONG));
        println!("in child: stats zero={}", isohub::stats() == Stats::default());
        println!("in child: at once={}", began.elapsed() < Duration::from_secs(5));

        let memory = Memory::new();
        let again = isohub::init().sink(memory.clone()).install().unwrap();
        for n in 0..100 {
            unit(n);
        }
        println!("in child: flush={:?}", again.flush(LONG));
        print_spans(&again.stats());
        let ids = ids(&memory);
        println!("in child: new ids={}", ids.len() == 100 && ids.iter().all(|id| !before.contains(id)));
        println!("in child: ids={}", written(&ids));
    });

    // Many, as both may have gone on from the same state; `work` takes fewer ids than `unit`, so that the
    // parent comes by at every step.
    guard.flush(LONG).unwrap();
    seen.clear();
    for n in 0..5000 {
        unit(n);
        if n % 2 == 0 {
            work();
        }
    }
    guard.flush(LONG).unwrap();
    print_spans(&guard.stats());
    println!("in parent: ids={}", written(&ids(&seen)));
}

fn written(ids: &[SpanId]) -> String {
    ids.iter().map(SpanId::to_string).collect::<Vec<_>>().join(" ")
}

/// A child that was forked in the middle of a span, and installs anew, does not report that span.
pub fn fork_in_span() {
    let memory = Memory::new();
    let guard = isohub::init().sink(memory.clone()).install().unwrap();
    let mut of_child = None;
    let in_child = isohub::start_span!("outer").in_scope(|| match fork::fork().unwrap() {
        Fork::Parent(child) => {
            println!("child status={:?}", waitpid(child));
            None
        }
        Fork::Child => {
            let memory = Memory::new();
            of_child = Some(isohub::init().sink(memory.clone()).install().unwrap());
            work();
            Some(memory)
        }
    });
    if let (Some(memory), Some(guard)) = (in_child, of_child) {
        println!("in child: flush={:?}", guard.flush(LONG));
        let names: Vec<_> = memory.spans().iter().map(|span| span.name.clone()).collect();
        println!("in child: {names:?}");
        print_spans(&guard.stats());
        std::process::exit(0);
    }
    guard.flush(LONG).unwrap();
    let names: Vec<_> = memory.spans().iter().map(|span| span.name.clone()).collect();
    println!("in parent: {names:?}");
    print_spans(&guard.stats());
}

/// Does one of the things that take a lock inside isohub, over and over.
fn busy(kind: usize, ends: &AtomicBool) {
    while !ends.load(Ordering::Relaxed) {
        match kind {
            0 => isohub::configure_global(|scope| scope.set_tag("busy", kind)),
            1 => {
                let _ = isohub::stats();
                let _ = isohub::flush(Duration::ZERO);
            }
            _ => {
                unit(1);
                isohub::capture_message("busy", Level::Info);
                // Memory that fills makes each fork slower.
                std::thread::sleep(Duration::from_micros(100));
            }
        }
    }
}

/// Forks again and again while other threads are in the middle of everything, so that whatever they
/// have locked stays locked in the child.
pub fn fork_busy() {
    let guard = isohub::init().sink(Counting).install().unwrap();
    let recorder = Recorder::new();
    let ends = AtomicBool::new(false);
    let hung = std::thread::scope(|scope| {
        for kind in 0..3 {
            let ends = &ends;
            scope.spawn(move || busy(kind, ends));
        }
        let mut hung = Vec::new();
        for turn in 0..120 {
            if hung.len() > 1 {
                break;
            }
            match fork::fork().unwrap() {
                Fork::Parent(child) if !ends_in_time(child) => hung.push(turn % 6),
                Fork::Parent(_) => {}
                Fork::Child => {
                    in_busy_child(turn % 6, &guard);
                    if turn % 6 == 5 {
                        drop(recorder);
                    }
                    // Not `exit`, which asks for locks of the C library that a thread may have held.
                    let _ = std::process::Command::new("true").exec();
                    std::process::abort();
                }
            }
        }
        ends.store(true, Ordering::Relaxed);
        hung
    });
    println!("hung={hung:?}");
}

/// What the child of a busy process does first, one thing in each child.
fn in_busy_child(thing: usize, guard: &Guard) {
    match thing {
        0 => isohub::configure_global(|scope| scope.set_tag("child", 1)),
        1 => drop((isohub::stats(), guard.stats())),
        2 => guard.set_filter(isohub::Filter::default()),
        3 => {
            isohub::capture_message("in child", Level::Info);
        }
        4 => {
            let _ = isohub::flush(LONG);
        }
        _ => {}
    }
    unit(9);
}

/// Waits for the end of a child, but not for ever.
fn ends_in_time(child: i32) -> bool {
    let began = Instant::now();
    while let Ok(None) = fork::waitpid_nohang(child) {
        if began.elapsed() > Duration::from_secs(5) {
            let _ = std::process::Command::new("kill").args(["-9", &child.to_string()]).status();
            let _ = waitpid(child);
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    true
}

/// Keeps nothing.
struct Counting;

impl Sink for Counting {
    fn name(&self) -> &str {
        "counting"
    }

    fn receive(&mut self, _: &Batch) {}
}
