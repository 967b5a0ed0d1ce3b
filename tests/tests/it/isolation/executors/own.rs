//! An executor of a few lines: a queue of tasks, two threads that poll them in turn, and wakers.

use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Wake};

use isohub::spawn_isolated;
use isohub::testing::Recorder;

use super::super::{SEEN, assert_creator_is_as_before, creator, plain, unit};
use super::{job, two_that_meet};
use crate::support::{Worker, pauses, settled_tree, tags};

type Queue = mpsc::Sender<Arc<Task>>;

struct Task {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    queue: Queue,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let queue = self.queue.clone();
        // Nobody runs what is woken when the executor is gone.
        let _ = queue.send(self);
    }
}

impl Task {
    fn poll(self: &Arc<Self>) {
        let waker = Arc::clone(self).into();
        let mut future = self.future.lock().expect("no panic");
        let done =
            future.as_mut().is_none_or(|it| it.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
        if done {
            *future = None;
        }
    }
}

struct Executor {
    queue: Queue,
    woken: mpsc::Receiver<Arc<Task>>,
    threads: [Worker; 2],
}

impl Executor {
    fn new() -> Self {
        let (queue, woken) = mpsc::channel();
        let threads = [Worker::new(), Worker::new()];
        for (name, thread) in ["one", "two"].into_iter().zip(&threads) {
            thread.run(move || isohub::set_tag("thread", name));
        }
        Executor { queue, woken, threads }
    }

    /// What the task returns comes out of the channel.
    fn spawn<F>(&self, future: F) -> mpsc::Receiver<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (sender, output) = mpsc::channel();
        let future = Box::pin(async move {
            let _ = sender.send(future.await);
        });
        let task = Task { future: Mutex::new(Some(future)), queue: self.queue.clone() };
        self.queue.send(Arc::new(task)).expect("it runs");
        output
    }

    /// Polls what is woken, each time on the other thread, and sees to it that nothing is left there.
    fn run_until_stalled(&self) {
        for (task, (name, thread)) in
            self.woken.try_iter().zip(["one", "two"].into_iter().zip(&self.threads).cycle())
        {
            let left = thread.run(move || {
                task.poll();
                tags()
            });
            assert_eq!(left, format!("thread={name}"));
        }
    }
}

#[test]
fn tasks_of_an_executor_that_nobody_knows_are_isolated() {
    let executor = Executor::new();
    creator();
    let (first, second) = two_that_meet();
    let outputs = [spawn_isolated!(in executor, plain(1, first)), executor.spawn(unit(2, second))];
    executor.run_until_stalled();
    assert_eq!(outputs.map(|output| output.recv().expect("it ended")), SEEN);
    assert_creator_is_as_before();
}

#[test]
fn tasks_keep_their_hub_over_a_hundred_polls_on_alternating_threads() {
    let executor = Executor::new();
    creator();
    let outputs: Vec<_> = (0..5)
        .map(|n| {
            spawn_isolated!(in executor, tags(unit = n), async move {
                for step in 0..100 {
                    isohub::set_tag("step", step);
                    pauses(1).await;
                    assert_eq!(tags(), format!("creator=yes removed=no step={step} unit={n}"));
                }
                tags()
            })
        })
        .collect();
    executor.run_until_stalled();
    for (n, output) in outputs.into_iter().enumerate() {
        assert_eq!(output.recv().expect("it ended"), format!("creator=yes removed=no step=99 unit={n}"));
    }
    assert_creator_is_as_before();
}

#[test]
fn its_tasks_are_siblings_below_the_span_that_was_active_at_the_spawn() {
    let (recorder, executor) = (Recorder::new(), Executor::new());
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            drop(executor.spawn(job()));
            drop(spawn_isolated!("job", in executor, async { isohub::start_span!("inner").in_scope(|| ()) }));
        });
    });
    executor.run_until_stalled();
    assert_eq!(settled_tree(&recorder), "root\n  job\n    inner\n  job\n    inner\n");
}
