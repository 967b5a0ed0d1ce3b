//! Executors that isohub does not know: by annotated calls and `spawn_isolated!(in ..)` alone.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures::channel::oneshot;
use futures::executor::{LocalPool, LocalSpawner, ThreadPool, block_on};
use futures::task::{LocalSpawnExt as _, SpawnExt as _};
use isohub::{parallel, spawn_isolated};
use isohub_conformance::{
    Ability, Adapter, Body, Boxed, Creator, Ended, Held, Plan, Probe, Scene, caught, drive,
};

use crate::tokio_tasks::{ONE_THREAD, giving_back, merge_back, unit};

/// Tasks that are cancelled when their handle is dropped.
pub(crate) struct Handles {
    stage: Box<dyn Fn(Creator) + Send + Sync>,
    spawn: Arc<dyn Fn(Body) -> Boxed<Ended> + Send + Sync>,
    bare: Arc<dyn Fn(Probe) -> Boxed<()> + Send + Sync>,
    threads: usize,
    lacks: &'static [(Ability, &'static str)],
}

impl Adapter for Handles {
    fn stage(&self, creator: Creator) {
        (self.stage)(creator);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let (spawn, bare, threads) = (Arc::clone(&self.spawn), Arc::clone(&self.bare), self.threads);
        Box::pin(async move {
            let (plan, started) = (scene.plan(), scene.started());
            // Nobody runs what the creator spawns, who is on one of the threads, before it waits.
            let mut busy = Vec::new();
            let others = if plan == Plan::Drop { threads - 1 } else { 0 };
            let _held = Held::threads(others, |probe| busy.push(bare(probe)));
            let mut hubs = Vec::new();
            let handles = scene.create(|mut body| {
                if plan == Plan::Merge {
                    let hub;
                    (body, hub) = giving_back(body);
                    hubs.push(hub);
                }
                spawn(body)
            });
            match plan {
                Plan::Finish | Plan::Merge => {
                    let all = futures::future::join_all(handles).await;
                    merge_back(hubs).await;
                    return all;
                }
                Plan::Cancel => started.all().await,
                Plan::Drop => {}
            }
            handles.into_iter().map(|_dropped| Ended::Cancelled).collect()
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        (self.bare)(probe)
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        self.lacks
    }
}

/// Runs an executor's `run` on two threads while `creator` is run.
fn with_two_threads(run: impl Fn(&AtomicBool) + Sync, creator: impl FnOnce()) {
    struct Ended<'a>(&'a AtomicBool);
    impl Drop for Ended<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let has_ended = AtomicBool::new(false);
    std::thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| run(&has_ended));
        }
        let _ended = Ended(&has_ended);
        creator();
    });
}

pub(crate) fn smol() -> Handles {
    Handles {
        stage: Box::new(|creator| smol::block_on(smol::spawn(creator))),
        spawn: Arc::new(|body| Box::pin(caught(smol::spawn(unit(body))))),
        bare: Arc::new(|probe| Box::pin(smol::spawn(async { probe.run() }))),
        threads: 1,
        lacks: &[(Ability::Move, "one thread, unless `SMOL_THREADS` asks for more")],
    }
}

/// Jobs on threads that may block.
pub(crate) fn unblock() -> Handles {
    const LACKS: &[(Ability, &str)] = &[
        (Ability::Cancel, "a job that runs cannot be cancelled"),
        (Ability::Unrun, "a thread may run it before its handle is dropped"),
        (Ability::Merge, "a job ends with its hub"),
        (Ability::Move, "a job has its thread to itself"),
    ];
    Handles {
        stage: Box::new(|creator| smol::block_on(smol::spawn(creator))),
        spawn: Arc::new(|body| {
            let job = parallel!("unit", move || drive(body, std::thread::yield_now));
            Box::pin(caught(smol::unblock(job)))
        }),
        bare: Arc::new(|probe| Box::pin(smol::unblock(|| probe.run()))),
        threads: 1,
        lacks: LACKS,
    }
}

pub(crate) fn async_executor() -> Handles {
    let executor = Arc::new(async_executor::Executor::new());
    let (ours, theirs, of_probe) = (Arc::clone(&executor), Arc::clone(&executor), executor);
    let stage = move |creator| {
        let run = |has_ended: &AtomicBool| {
            // What was cancelled is dropped by whoever runs it next: until nothing is left.
            while ours.try_tick() || !has_ended.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        };
        with_two_threads(run, || block_on(ours.spawn(creator)));
    };
    Handles {
        stage: Box::new(stage),
        spawn: Arc::new(move |body| Box::pin(caught(spawn_isolated!("unit", in theirs, body)))),
        bare: Arc::new(move |probe| Box::pin(of_probe.spawn(async { probe.run() }))),
        threads: 2,
        lacks: &[],
    }
}

pub(crate) fn thread_pool() -> Handles {
    let pool = ThreadPool::builder().pool_size(3).create().expect("a pool");
    let (ours, theirs, of_probe) = (pool.clone(), pool.clone(), pool);
    Handles {
        stage: Box::new(move |creator| block_on(ours.spawn_with_handle(creator).expect("a pool that runs"))),
        spawn: Arc::new(move |body| {
            Box::pin(caught(theirs.spawn_with_handle(unit(body)).expect("a pool that runs")))
        }),
        bare: Arc::new(move |probe| {
            Box::pin(of_probe.spawn_with_handle(async { probe.run() }).expect("a pool that runs"))
        }),
        threads: 3,
        lacks: &[],
    }
}

thread_local! {
    /// That of the pool which runs on this thread: what spawns into it cannot leave the thread.
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

fn spawner() -> LocalSpawner {
    SPAWNER.with_borrow(Clone::clone).expect("a pool runs on this thread")
}

pub(crate) fn local_pool() -> Handles {
    let stage = |creator| {
        let mut pool = LocalPool::new();
        SPAWNER.set(Some(pool.spawner()));
        pool.run_until(creator);
        // What was cancelled is dropped when its turn comes.
        pool.run();
        SPAWNER.set(None);
    };
    Handles {
        stage: Box::new(stage),
        spawn: Arc::new(|body| {
            Box::pin(caught(spawner().spawn_local_with_handle(unit(body)).expect("it runs")))
        }),
        bare: Arc::new(|probe| {
            Box::pin(spawner().spawn_local_with_handle(async { probe.run() }).expect("it runs"))
        }),
        threads: 1,
        lacks: ONE_THREAD,
    }
}

type Task = (Boxed<()>, Arc<AtomicBool>);

/// An executor of thirty lines: who comes next is polled once, and put at the end.
#[derive(Default)]
struct Own(Mutex<VecDeque<Task>>);

impl Own {
    fn spawn<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> OwnHandle<T> {
        let (sender, output) = oneshot::channel();
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let task = Box::pin(async move {
            let _ = sender.send(future.await);
        });
        self.0.lock().expect("no panic in here").push_back((task, Arc::clone(&is_cancelled)));
        OwnHandle { output, is_cancelled }
    }

    fn run(&self, has_ended: &AtomicBool) {
        loop {
            let next = self.0.lock().expect("no panic in here").pop_front();
            match next {
                Some((task, is_cancelled)) if is_cancelled.load(Ordering::SeqCst) => drop(task),
                Some((mut task, is_cancelled)) => {
                    let polled = catch_unwind(AssertUnwindSafe(|| {
                        task.as_mut().poll(&mut Context::from_waker(Waker::noop()))
                    }));
                    if let Ok(Poll::Pending) = polled {
                        self.0.lock().expect("no panic in here").push_back((task, is_cancelled));
                    }
                }
                None if has_ended.load(Ordering::SeqCst) => return,
                None => std::thread::yield_now(),
            }
        }
    }
}

struct OwnHandle<T> {
    output: oneshot::Receiver<T>,
    is_cancelled: Arc<AtomicBool>,
}

impl<T> Drop for OwnHandle<T> {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::SeqCst);
    }
}

pub(crate) fn own() -> Handles {
    let executor = Arc::new(Own::default());
    let (ours, theirs, of_probe) = (Arc::clone(&executor), Arc::clone(&executor), executor);
    Handles {
        stage: Box::new(move |creator| {
            with_two_threads(
                |has_ended| ours.run(has_ended),
                || {
                    let mut handle = ours.spawn(creator);
                    block_on(&mut handle.output).expect("the creator does not panic");
                },
            );
        }),
        spawn: Arc::new(move |body| {
            let mut handle = theirs.spawn(unit(body));
            // Nothing comes of a task that panicked.
            Box::pin(async move { (&mut handle.output).await.map_or(Ended::Panicked, Ended::from) })
        }),
        bare: Arc::new(move |probe| {
            let mut handle = of_probe.spawn(async { probe.run() });
            Box::pin(async move { (&mut handle.output).await.expect("no panic") })
        }),
        threads: 2,
        lacks: &[],
    }
}
