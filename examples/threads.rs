//! Plain threads and a pool made by hand: `cargo run --example threads`.
//!
//! No executor is needed. A thread is a unit by itself; what is spawned by `spawn_isolated!` begins with a
//! clone of the hub of whoever spawned it, and a job that goes through a queue takes its hub along.

#![allow(clippy::print_stdout, reason = "what it prints is what the example is for")]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use isohub::{Console, Hub, InstallError, parallel, parallel_span, spawn_isolated};

type Job = Box<dyn FnOnce() + Send>;

/// Some threads that take jobs from one queue. It knows nothing of isohub.
struct Pool {
    queue: Sender<Job>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    fn new(size: usize) -> Self {
        let (queue, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let worker = |_| {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || work(&jobs))
        };
        Pool { queue, workers: (0..size).map(worker).collect() }
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        // The workers are there for as long as the queue is.
        let _ = self.queue.send(Box::new(job));
    }

    fn finish(self) {
        drop(self.queue);
        for worker in self.workers {
            // A job that panicked has said so.
            let _ = worker.join();
        }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { break };
        job();
        // Between two jobs the thread is as it was: nothing of a job is left behind.
        let tags = Hub::current().scope().tags().len();
        if tags > 0 {
            println!("a job left {tags} tags behind");
        }
    }
}

/// Each album is developed on a thread of its own, its pictures by the pool.
#[parallel_span("develop", tags(album = album))]
fn develop(album: &'static str, pictures: u32, pool: &Pool) {
    for picture in 1..=pictures {
        // The job is a unit that begins with the tags of this one. Its span is a child of this one's, though
        // it runs elsewhere and ends later. All that is taken here, where the job is made.
        pool.submit(parallel!("enlarge", tags(picture = picture), move || enlarge(picture)));
    }
    thread::sleep(Duration::from_millis(10));
}

fn enlarge(picture: u32) {
    thread::sleep(Duration::from_millis(15));
    let hub = Hub::current();
    let album = hub.scope().tag("album").unwrap_or("no album");
    println!("enlarged picture {picture} of {album}");
}

fn main() -> Result<(), InstallError> {
    let _isohub = isohub::init().sink(Console::stdout()).install()?;
    let pool = Pool::new(2);
    isohub::start_span!("photo lab").in_scope(|| {
        thread::scope(|lab| {
            spawn_isolated!(in lab, || develop("summer", 3, &pool));
            spawn_isolated!(in lab, || develop("winter", 2, &pool));
        });
        pool.finish();
    });
    println!();
    Ok(())
}
