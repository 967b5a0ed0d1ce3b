//! How a program ends, and what of its spans still arrives.

use std::io::Write;
use std::time::Duration;

use isohub::sink::{Batch, Sink};
use isohub::{parallel_span, span};

/// Prints each span, so that the parent process sees what arrived before this one ended.
struct Printer;

impl Sink for Printer {
    fn name(&self) -> &str {
        "printer"
    }

    fn receive(&mut self, batch: &Batch) {
        for span in &batch.spans {
            let _ = writeln!(std::io::stdout(), "{} {}", span.name, span.outcome);
        }
        for event in &batch.events {
            let _ = writeln!(std::io::stdout(), "event {}", event.message.as_deref().unwrap_or_default());
        }
    }
}

#[parallel_span]
async fn in_flight(ready: tokio::sync::mpsc::Sender<()>) {
    let _ = ready.send(()).await;
    inner().await;
}

#[span]
async fn inner() {
    std::future::pending::<()>().await;
}

#[span]
fn done() {}

/// Starts three tasks that will never end, and waits until they run.
async fn start_tasks() {
    let (ready, mut are_ready) = tokio::sync::mpsc::channel(3);
    for _ in 0..3 {
        tokio::spawn(in_flight(ready.clone()));
    }
    for _ in 0..3 {
        are_ready.recv().await;
    }
    done();
}

/// The shape of most programs: the guard is dropped before the runtime cancels its tasks.
#[tokio::main(worker_threads = 2)]
pub async fn guard_inside() {
    let _isohub = isohub::init().sink(Printer).install().unwrap();
    start_tasks().await;
}

/// The guard outlives the runtime.
pub fn guard_outside() {
    let _isohub = isohub::init().sink(Printer).install().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(start_tasks());
}

/// The process is ended in the middle of things.
pub fn process_exit() {
    let _isohub = isohub::init().sink(Printer).install().unwrap();
    isohub::start_span!("outer").in_scope(|| {
        for _ in 0..1000 {
            done();
        }
        isohub::capture_message("leaving", isohub::Level::Info);
        std::process::exit(7);
    });
}

/// A thread is still recording when `main` returns.
pub fn outlives() {
    let _isohub = isohub::init().sink(Printer).install().unwrap();
    let (running, is_running) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        loop {
            done();
            let _ = running.send(());
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    is_running.recv().unwrap();
    isohub::start_span!("main ends").in_scope(|| ());
}

/// Never takes what it is given.
struct Stuck;

impl Sink for Stuck {
    fn name(&self) -> &str {
        "stuck"
    }

    fn receive(&mut self, _: &Batch) {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// A sink is stuck when the process ends.
pub fn blocked_at_exit() {
    let _isohub = isohub::init().sink(Stuck).sink(Printer).install().unwrap();
    done();
}
