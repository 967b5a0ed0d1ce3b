//! Pools of threads: each job given through an `IsolatedPool` is a unit with its submitter's hub, and the
//! pool's threads keep nothing of it.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier, LazyLock, Mutex, OnceLock};

use isohub::testing::Recorder;
use isohub::{
    IsolatedPool, Job, hub_local, isolated, parallel, parallel_span, span, spawn_isolated, start_span,
};
use threadpool::ThreadPool;

use crate::support::{Log, crash, settled_tree, tags};

/// What a job tells the test.
fn said<T>() -> (Sender<T>, impl Fn() -> T) {
    let (sender, received): (_, Receiver<T>) = mpsc::channel();
    (sender, move || received.recv().expect("the job says something"))
}

/// Each kind of pool, with one thread: what it takes, and what a bare job on that thread sees.
fn each_pool(test: impl Fn(&dyn Fn(Job), &dyn Fn() -> String)) {
    // A crate's.
    let threads = ThreadPool::new(1);
    let pool = IsolatedPool::new(|job| threads.execute(job));
    test(&|job| pool.execute(job), &|| {
        let (say, hear) = said();
        threads.execute(move || say.send(tags()).expect("the test waits"));
        hear()
    });
    // A worker behind a channel, which survives a job that crashes.
    let (jobs, received) = mpsc::channel::<Job>();
    let worker = std::thread::spawn(move || {
        for job in received {
            drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)));
        }
    });
    let bare = jobs.clone();
    let pool = IsolatedPool::new(move |job| jobs.send(job));
    test(&|job| pool.execute(job).expect("the worker runs"), &|| {
        let (say, hear) = said();
        bare.send(Box::new(move || say.send(tags()).expect("the test waits"))).expect("the worker runs");
        hear()
    });
    drop((pool, bare));
    worker.join().expect("no panic");
}

#[test]
fn a_job_starts_with_the_hub_of_its_submitter_as_it_was_then() {
    each_pool(|execute, _| {
        isohub::set_tag("submitter", "then");
        let (say, hear) = said();
        let (go, gone) = mpsc::channel::<()>();
        execute(Box::new(move || {
            gone.recv().expect("the test goes on");
            isohub::set_tag("job", 1);
            say.send(tags()).expect("the test waits");
        }));
        isohub::set_tag("submitter", "now");
        go.send(()).expect("the job waits");
        assert_eq!(hear(), "job=1 submitter=then");
        assert_eq!(tags(), "submitter=now");
    });
}

#[test]
fn the_thread_keeps_nothing_of_a_job_also_of_one_that_crashes() {
    hub_local! {
        static OF_JOB: u32;
    }
    each_pool(|execute, bare| {
        for n in 0..3_u32 {
            let (say, hear) = said();
            execute(Box::new(move || {
                say.send((tags(), OF_JOB.get())).expect("the test waits");
                isohub::set_tag("job", n);
                OF_JOB.set(n);
                if n == 1 {
                    crash();
                }
            }));
            assert_eq!(hear(), (String::new(), None));
            assert_eq!(bare(), "");
        }
    });
}

#[test]
fn jobs_that_run_at_the_same_time_see_nothing_of_each_other() {
    let threads = ThreadPool::new(4);
    let pool = IsolatedPool::new(|job| threads.execute(job));
    let (say, hear) = said();
    let meet = Arc::new(Barrier::new(4));
    for n in 0..100 {
        isohub::set_tag("request", n);
        let (say, meet) = (say.clone(), Arc::clone(&meet));
        pool.execute(move || {
            isohub::set_tag(format!("job{n}"), n);
            meet.wait();
            say.send((n, tags())).expect("the test waits");
        });
    }
    for _ in 0..100 {
        let (n, seen) = hear();
        assert_eq!(seen, format!("job{n}={n} request={n}"));
    }
}

#[span]
fn work(n: u32) {
    isohub::record!(n);
}

#[test]
fn spans_of_jobs_are_children_of_the_submitters_and_a_used_thread_keeps_no_parent() {
    let recorder = Recorder::new();
    let threads = ThreadPool::new(1);
    let pool = IsolatedPool::new(|job| threads.execute(job));
    recorder.run_sync(|| {
        for n in 1..3 {
            start_span!("request", n).in_scope(|| {
                pool.execute(move || work(n));
                pool.execute(parallel!("wrapped", move || work(n)));
                spawn_isolated!(in pool, "spawned", tags(n = n), move || work(n));
                #[parallel_span]
                fn annotated() {
                    work(0);
                }
                pool.execute(annotated);
            });
        }
        pool.execute(|| work(9));
    });
    threads.join();
    let of_request = |n| {
        format!(
            "request n={n}\n  annotated\n    work n=0\n  spawned {{n={n}}}\n    work n={n}\n  work n={n}\n  \
             wrapped\n    work n={n}\n"
        )
    };
    assert_eq!(settled_tree(&recorder), format!("{}{}work n=9\n", of_request(1), of_request(2)));
}

#[test]
fn a_job_that_never_runs_drops_what_it_captured_in_its_own_hub() {
    let log = Log::default();
    let pool = IsolatedPool::new(drop::<Job>);
    let refusing = IsolatedPool::new(Err::<(), Job>);
    isohub::set_tag("submitter", "then");
    let witness = log.witness("dropped");
    pool.execute(move || drop(witness));
    let witness = log.witness("refused");
    let refused = refusing.execute(move || drop(witness));
    isohub::set_tag("submitter", "now");
    drop(refused);
    assert_eq!(log.lines(), ["dropped: submitter=then", "refused: submitter=then"]);
}

#[test]
fn a_job_that_its_submitter_runs_itself_leaves_nothing() {
    let pool = IsolatedPool::new(|job: Job| job());
    isohub::set_tag("submitter", "yes");
    let (say, hear) = said();
    pool.execute(move || {
        isohub::set_tag("job", 1);
        say.send(tags()).expect("the test waits");
    });
    assert_eq!((hear().as_str(), tags().as_str()), ("job=1 submitter=yes", "submitter=yes"));
}

#[test]
fn a_job_gives_jobs_in_turn_which_start_from_its_hub() {
    static THREADS: LazyLock<Mutex<ThreadPool>> = LazyLock::new(|| Mutex::new(ThreadPool::new(2)));
    static POOL: IsolatedPool<fn(Job)> =
        IsolatedPool::new(|job| THREADS.lock().expect("no panic").execute(job));
    let (say, hear) = said();
    isohub::set_tag("submitter", "yes");
    POOL.execute(move || {
        isohub::set_tag("outer", 1);
        POOL.execute(move || {
            isohub::set_tag("inner", 2);
            say.send(tags()).expect("the test waits");
        });
    });
    assert_eq!(hear(), "inner=2 outer=1 submitter=yes");
}

#[test]
fn a_pool_that_is_built_for_its_first_job_keeps_nothing_of_the_submitters() {
    static JOBS: OnceLock<Sender<Job>> = OnceLock::new();
    /// Would go on in the hub of the one who builds it.
    fn worker() -> &'static Sender<Job> {
        JOBS.get_or_init(|| {
            let (jobs, received) = mpsc::channel::<Job>();
            spawn_isolated!(thread, move || {
                isohub::set_tag("worker", "yes");
                received.into_iter().for_each(|job| job());
            });
            jobs
        })
    }
    let pool = IsolatedPool::new(|job| worker().send(job));
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("request", 1);
        start_span!("request").in_scope(|| {
            let (say, hear) = said();
            pool.execute(move || say.send(tags()).expect("the test waits")).expect("the worker runs");
            assert_eq!(hear(), "request=1");
            let (say, hear) = said();
            let bare = move || say.send((tags(), isohub::current_span().context())).expect("the test waits");
            worker().send(Box::new(bare)).expect("the worker runs");
            assert_eq!(hear(), ("worker=yes".to_owned(), None));
        });
    });
}

#[test]
fn a_bare_job_beside_them_has_no_hub_of_anybodys() {
    each_pool(|execute, bare| {
        isohub::set_tag("submitter", "yes");
        execute(Box::new(isolated!(|| isohub::set_tag("job", 1))));
        assert_eq!(bare(), "");
    });
}
