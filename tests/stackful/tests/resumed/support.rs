//! Threads to resume coroutines on, and coroutines that may be taken there.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;

use corosensei::{Coroutine, Yielder};
use isohub::stackful::Isolated;

type Job = Box<dyn FnOnce() + Send>;

/// Two threads that run one job after another.
pub(crate) struct Threads([mpsc::Sender<Job>; 2]);

impl Threads {
    pub(crate) fn new() -> Self {
        Threads([(); 2].map(|()| {
            let (sender, jobs) = mpsc::channel::<Job>();
            std::thread::spawn(move || jobs.into_iter().for_each(|job| job()));
            sender
        }))
    }

    /// Runs `job` on the first or the second thread, `n` being even or odd, and waits for it.
    pub(crate) fn run<T: Send + 'static>(&self, n: usize, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, told) = mpsc::channel();
        let job = move || {
            let _ = tell.send(catch_unwind(AssertUnwindSafe(job)));
        };
        self.0[n % 2].send(Box::new(job)).expect("the thread runs");
        told.recv().expect("the job ends").unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Resumes a coroutine on these threads in turn until it ends.
    pub(crate) fn run_to_end(&self, mut coroutine: Isolated<Movable>) {
        for n in 0.. {
            let is_done;
            (coroutine, is_done) = self.resume(n, coroutine);
            if is_done {
                return;
            }
        }
    }

    /// Resumes a coroutine on one of these threads, and says whether it has ended.
    pub(crate) fn resume(&self, n: usize, mut coroutine: Isolated<Movable>) -> (Isolated<Movable>, bool) {
        self.run(n, move || {
            let is_done = resume(&mut coroutine);
            (coroutine, is_done)
        })
    }
}

/// A coroutine that may be resumed on another thread.
pub(crate) struct Movable(Coroutine<(), (), ()>);

// SAFETY: a coroutine is `Send` if all that is on its stack when it is suspended is. So it is with the bodies
// in these tests: each captures what is `Send`, which `coroutine` demands, and what isohub keeps on the
// stack, in futures that are `Send`, it keeps everywhere.
unsafe impl Send for Movable {}

impl Movable {
    pub(crate) fn new(body: impl FnOnce(&Yielder<(), ()>) + Send + 'static) -> Self {
        Movable(Coroutine::new(move |yielder, ()| body(yielder)))
    }

    pub(crate) fn resume(&mut self) -> bool {
        self.0.resume(()).as_return().is_some()
    }
}

/// A coroutine in a clone of the current hub.
#[track_caller]
pub(crate) fn coroutine(body: impl FnOnce(&Yielder<(), ()>) + Send + 'static) -> Isolated<Movable> {
    Isolated::new(Movable::new(body))
}

/// Resumes a coroutine on this thread, and says whether it has ended.
pub(crate) fn resume(coroutine: &mut Isolated<Movable>) -> bool {
    coroutine.resume_with(Movable::resume)
}
