//! Pools of threads whose jobs are units.

use std::fmt;

use crate::carry::carry;
use crate::hub::suppress;

/// What a thread of a pool runs.
pub type Job = Box<dyn FnOnce() + Send>;

/// Any pool of threads, so that each job is a unit with a clone of its submitter's hub.
///
/// The threads of a pool outlive what they are given, and know nothing of who gave it: a job that is given
/// to the pool itself has no tag and no parent of its submitter's, and what it writes is still there for
/// the next one on that thread. Given to this, it starts with what its submitter's hub holds now, its spans
/// are children of the span that is active now, and nothing that it writes is left on the thread, also if
/// it panics. A job that never runs drops what it captured in its own hub.
///
/// It works with whatever takes closures: it is made of a function that hands a job on.
///
/// ```
/// use isohub::{Hub, IsolatedPool};
///
/// let threads = threadpool::ThreadPool::new(2);
/// let pool = IsolatedPool::new(|job| threads.execute(job));
///
/// for tenant in ["acme", "umbrella"] {
///     isohub::set_tag("tenant", tenant);
///     pool.execute(move || assert_eq!(Hub::current().scope().tag("tenant"), Some(tenant)));
///     # threads.join();
///     # assert_eq!(threads.panic_count(), 0);
/// }
/// ```
///
/// A span for each job, or other options, are written as ever: `pool.execute(parallel!("resize", job))`,
/// or `spawn_isolated!(in pool, "resize", job)`.
///
/// The function runs in the base hub, as by [`suppress`], so that a pool which is built for its first job,
/// or a thread which is started for one, keeps nothing of the submitter's. As a `static`:
///
/// ```
/// use std::sync::LazyLock;
/// use isohub::{IsolatedPool, Job};
/// use threadpool::ThreadPool;
///
/// static THREADS: LazyLock<ThreadPool> = LazyLock::new(|| ThreadPool::new(2));
/// static POOL: IsolatedPool<fn(Job)> = IsolatedPool::new(|job| THREADS.execute(job));
/// # POOL.execute(|| ());
/// # THREADS.join();
/// ```
///
/// A job costs a clone of the hub, an empty hub and a box. For rayon, whose threads run one job in the
/// midst of another, see the module `rayon`.
#[derive(Clone, Copy)]
pub struct IsolatedPool<E> {
    execute: E,
}

impl<E, R> IsolatedPool<E>
where
    E: Fn(Job) -> R,
{
    /// A pool to which `execute` hands a job on.
    ///
    /// A worker behind a channel:
    ///
    /// ```
    /// use isohub::{IsolatedPool, Job};
    ///
    /// let (jobs, received) = std::sync::mpsc::channel::<Job>();
    /// let worker = std::thread::spawn(|| received.into_iter().for_each(|job| job()));
    /// let pool = IsolatedPool::new(move |job| jobs.send(job));
    /// pool.execute(|| isohub::set_tag("of this job", "alone")).expect("the worker runs");
    /// # drop(pool);
    /// # worker.join().unwrap();
    /// ```
    pub const fn new(execute: E) -> Self {
        IsolatedPool { execute }
    }

    /// Gives the pool a job, with a clone of the current hub, and returns what the pool's function
    /// returns. It panics if that does.
    ///
    /// ```
    /// # let pool = isohub::IsolatedPool::new(|job: isohub::Job| job());
    /// pool.execute(|| isohub::set_tag("of this job", "alone"));
    /// assert_eq!(isohub::Hub::current().scope().tag("of this job"), None);
    /// ```
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn execute(&self, job: impl FnOnce() + Send + 'static) -> R {
        let job = carry(job);
        // Not by `handle`, which says of a thread that it has a hub beside those of what it received: a pool's has not.
        let run = move || {
            let (job, mut hub) = job.into_parts();
            hub.run(job);
        };
        suppress(|| (self.execute)(Box::new(run)))
    }

    /// The same as [`execute`](IsolatedPool::execute), by the name that `spawn_isolated!(in pool, ..)`
    /// calls. In an annotated body a closure that is written as the argument of a method of this name is
    /// refused, since most such methods give no hub: use `execute`.
    ///
    /// ```
    /// use isohub::{IsolatedPool, Job, spawn_isolated};
    ///
    /// let pool = IsolatedPool::new(|job: Job| job()); // runs each job at once
    /// spawn_isolated!(in pool, "resize", tags(size = "small"), || { /* .. */ });
    /// ```
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn spawn(&self, job: impl FnOnce() + Send + 'static) -> R {
        self.execute(job)
    }
}

impl<E> fmt::Debug for IsolatedPool<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IsolatedPool")
    }
}
