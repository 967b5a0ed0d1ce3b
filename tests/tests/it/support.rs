//! What the tests share.

use std::fmt::Display;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use isohub::Hub;
use isohub::testing::Recorder;
use tokio::runtime::Runtime;

/// The tags of the unit that runs, in the order of their keys.
pub(crate) fn tags() -> String {
    tags_of(&Hub::current())
}

pub(crate) fn tags_of(hub: &Hub) -> String {
    let tags: Vec<_> = hub.scope().tags().iter().map(|(key, value)| format!("{key}={value}")).collect();
    tags.join(" ")
}

/// The tree with siblings in the order of their text and no line between traces: for spans that begin
/// in an order that is not known.
pub(crate) fn sorted_tree(recorder: &Recorder) -> String {
    fn sorted(lines: &[&str]) -> String {
        let depth = |line: &str| line.len() - line.trim_start().len();
        let Some(first) = lines.first() else { return String::new() };
        let mut siblings: Vec<_> = lines
            .chunk_by(|_, next| depth(next) > depth(first))
            .map(|family| format!("{}\n{}", family[0], sorted(&family[1..])))
            .collect();
        siblings.sort();
        siblings.concat()
    }
    let tree = recorder.tree();
    sorted(&tree.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>())
}

/// Waits until all spans have ended, and gives the tree as [`sorted_tree`] does.
pub(crate) fn settled_tree(recorder: &Recorder) -> String {
    recorder.settled(Duration::from_secs(20)).expect("every span ends");
    sorted_tree(recorder)
}

pub(crate) fn workers(count: usize) -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(count).enable_all().build().expect("a runtime")
}

pub(crate) fn current_thread() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// Is pending once.
pub(crate) async fn pause() {
    let mut waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(crate) async fn pauses(count: usize) {
    for _ in 0..count {
        pause().await;
    }
}

/// One poll by nobody who would wake it.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls what never waits for anybody else.
pub(crate) fn poll_to_end<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = poll_once(future.as_mut()) {
            return output;
        }
        std::thread::yield_now();
    }
}

/// A panic that no hook prints.
pub(crate) fn crash() -> ! {
    resume_unwind(Box::new("a crash on purpose"))
}

/// What tokio calls [`tokio::spawn`], of something that is not a unit.
pub(crate) fn spawn_bare<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future)
}

type Job = Box<dyn FnOnce() + Send>;

/// A thread that runs what it is given, as those of pools do.
pub(crate) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(crate) fn new() -> Self {
        let (jobs, received) = mpsc::channel::<Job>();
        let thread = std::thread::spawn(move || received.into_iter().for_each(|job| job()));
        Worker { jobs: Some(jobs), thread: Some(thread) }
    }

    /// Runs a job and gives what it returns, its panic included.
    pub(crate) fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (sender, result) = mpsc::channel();
        let job = move || {
            let _ = sender.send(catch_unwind(AssertUnwindSafe(job)));
        };
        self.jobs.as_ref().expect("open").send(Box::new(job)).expect("the worker runs");
        result.recv().expect("the worker answers").unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.jobs.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|it| it.is_ok()) || std::thread::panicking(), "a worker crashed");
    }
}

/// Polls on two threads in turn, and sees to it that no poll leaves anything on either.
pub(crate) fn poll_on_two_threads<F>(future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let threads = [Worker::new(), Worker::new()];
    for (name, thread) in ["one", "two"].into_iter().zip(&threads) {
        thread.run(move || isohub::set_tag("thread", name));
    }
    let mut future = Box::pin(future);
    for (name, thread) in ["one", "two"].into_iter().zip(&threads).cycle() {
        let (polled, output, left) = thread.run(move || {
            let output = poll_once(future.as_mut());
            (future, output, tags())
        });
        assert_eq!(left, format!("thread={name}"));
        future = polled;
        if let Poll::Ready(output) = output {
            // What is left of the future is dropped by a thread that did not poll it last.
            return output;
        }
    }
    unreachable!("the threads take turns for ever")
}

/// Lines that are written anywhere, and read at the end.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn note(&self, line: impl Display) {
        self.0.lock().expect("no panic in here").push(line.to_string());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("no panic in here").clone()
    }

    pub(crate) fn sorted(&self) -> Vec<String> {
        let mut lines = self.lines();
        lines.sort();
        lines
    }

    /// Something that tells, when it is dropped, in which unit that was: the log learns the tags, and
    /// the active span an event.
    pub(crate) fn witness(&self, name: &'static str) -> Witness {
        Witness { name, log: self.clone() }
    }
}

pub(crate) struct Witness {
    name: &'static str,
    log: Log,
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.log.note(format!("{}: {}", self.name, tags()));
        isohub::current_span().add_event(format!("drop {}", self.name), [("n", 1); 0]);
    }
}

/// Whether this process runs but one test; if not, it runs `test` in such a process. For what is
/// counted or set for the whole process.
#[track_caller]
pub(crate) fn alone(test: &str) -> bool {
    const ALONE: &str = "ISOHUB_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let program = std::env::current_exe().expect("this program has a path");
    let ended = std::process::Command::new(program).args(["--exact", test]).env(ALONE, "1").output();
    let ended = ended.expect("this program can be started");
    let out = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && out.contains("1 passed"), "{out}");
    false
}
