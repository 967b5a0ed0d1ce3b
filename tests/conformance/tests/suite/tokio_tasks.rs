//! Tasks of tokio.

use std::future::Future;

use isohub::{Hub, HubFutureExt as _, parallel_span, spawn_isolated};
use isohub_conformance::{
    Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Held, Plan, Probe, Scene, caught, drive,
};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};

use crate::one_task::{HUB_ONLY, merging};

/// The unit itself, where it is a future.
#[parallel_span("unit")]
pub(crate) async fn unit(body: Body) -> Ending {
    body.await
}

const WORKERS: usize = 2;

/// As many blocking jobs as there are at a time: twenty units, or some with units of their own.
const BLOCKING: usize = 20;

fn workers() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(WORKERS).max_blocking_threads(BLOCKING).build().expect("a runtime")
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

pub(crate) fn ended(result: Result<Ending, JoinError>) -> Ended {
    match result {
        Ok(ending) => ending.into(),
        Err(error) if error.is_cancelled() => Ended::Cancelled,
        Err(_) => Ended::Panicked,
    }
}

/// Tasks that have a handle.
pub(crate) struct Tasks {
    stage: fn(Creator),
    spawn: fn(Body) -> JoinHandle<Ending>,
    workers: usize,
    /// A task without a hub, where those that `spawn` makes have run.
    bare: fn(Probe) -> JoinHandle<()>,
    lacks: &'static [(Ability, &'static str)],
}

pub(crate) const ONE_THREAD: &[(Ability, &str)] = &[(Ability::Move, "one thread")];

/// Sees to it that nobody runs what the creator spawns, who is on the first of `workers`, before it waits.
fn held(workers: usize) -> Held {
    let runtime = Handle::current();
    // From another thread, because what a worker spawns may wait for that same worker.
    let spawn = |probe: Probe| drop(runtime.spawn(async { probe.run() }));
    Held::threads(workers - 1, |probe| std::thread::scope(|s| drop(s.spawn(|| spawn(probe)))))
}

fn bare_task(probe: Probe) -> JoinHandle<()> {
    tokio::spawn(async { probe.run() })
}

fn bare_local_task(probe: Probe) -> JoinHandle<()> {
    tokio::task::spawn_local(async { probe.run() })
}

pub(crate) fn multi_thread(spawn: fn(Body) -> JoinHandle<Ending>) -> Tasks {
    let stage = |creator| workers().block_on(async { tokio::spawn(creator).await.expect("no panic") });
    Tasks { stage, spawn, bare: bare_task, workers: WORKERS, lacks: &[] }
}

pub(crate) fn hub_only(spawn: fn(Body) -> JoinHandle<Ending>) -> Tasks {
    Tasks { lacks: &[HUB_ONLY], ..multi_thread(spawn) }
}

pub(crate) fn current_thread(spawn: fn(Body) -> JoinHandle<Ending>) -> Tasks {
    let stage = |creator| one_thread().block_on(creator);
    Tasks { stage, spawn, bare: bare_task, workers: 1, lacks: ONE_THREAD }
}

pub(crate) fn local_set() -> Tasks {
    let stage = |creator| tokio::task::LocalSet::new().block_on(&one_thread(), creator);
    local(stage)
}

fn local(stage: fn(Creator)) -> Tasks {
    Tasks {
        stage,
        spawn: |body| spawn_isolated!("unit", local, body),
        bare: bare_local_task,
        workers: 1,
        lacks: ONE_THREAD,
    }
}

pub(crate) fn local_runtime() -> Tasks {
    let stage = |creator| {
        let runtime = Builder::new_current_thread().build_local(Default::default()).expect("a runtime");
        runtime.block_on(creator);
    };
    local(stage)
}

pub(crate) fn spawned(body: Body) -> JoinHandle<Ending> {
    tokio::spawn(unit(body))
}

pub(crate) fn by_macro(body: Body) -> JoinHandle<Ending> {
    spawn_isolated!("unit", body)
}

pub(crate) fn isolated(body: Body) -> JoinHandle<Ending> {
    tokio::spawn(body.isolated())
}

pub(crate) fn by_handle(body: Body) -> JoinHandle<Ending> {
    let handle = Handle::current();
    spawn_isolated!("unit", in handle, body)
}

impl Adapter for Tasks {
    fn stage(&self, creator: Creator) {
        (self.stage)(creator);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let (spawn, workers) = (self.spawn, self.workers);
        Box::pin(async move {
            let (plan, started) = (scene.plan(), scene.started());
            let held = (plan == Plan::Drop).then(|| held(workers));
            let mut hubs = Vec::new();
            let tasks = scene.create(|mut body| {
                if plan == Plan::Merge {
                    let hub;
                    (body, hub) = giving_back(body);
                    hubs.push(hub);
                }
                spawn(body)
            });
            if plan == Plan::Cancel {
                started.all().await;
            }
            if matches!(plan, Plan::Cancel | Plan::Drop) {
                tasks.iter().for_each(JoinHandle::abort);
            }
            drop(held);
            let mut all = Vec::new();
            for task in tasks {
                all.push(ended(task.await));
            }
            merge_back(hubs).await;
            all
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        let bare = self.bare;
        Box::pin(async move { bare(probe).await.expect("no panic") })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        self.lacks
    }
}

/// A body that gives its hub back when it has ended, and where that will be found.
pub(crate) fn giving_back(body: Body) -> (Body, oneshot::Receiver<Hub>) {
    let (sender, hub) = oneshot::channel();
    let work = body.returning_hub();
    let work = async move {
        let (ending, hub) = work.await;
        let _ = sender.send(hub);
        ending
    };
    (Box::pin(work), hub)
}

/// Merges what tasks wrote that have ended, in the order in which they were made.
pub(crate) async fn merge_back(hubs: Vec<oneshot::Receiver<Hub>>) {
    for hub in hubs {
        isohub::merge(hub.await.expect("the task has ended"));
    }
}

/// `JoinSet`.
pub(crate) struct JoinSet;

impl Adapter for JoinSet {
    fn stage(&self, creator: Creator) {
        workers().block_on(async { tokio::spawn(creator).await.expect("no panic") });
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let (plan, started) = (scene.plan(), scene.started());
            let held = (plan == Plan::Drop).then(|| held(WORKERS));
            let (mut set, mut hubs) = (tokio::task::JoinSet::new(), Vec::new());
            let tasks = scene.create(|mut body| {
                if plan == Plan::Merge {
                    let hub;
                    (body, hub) = giving_back(body);
                    hubs.push(hub);
                }
                spawn_isolated!("unit", in set, body)
            });
            if plan == Plan::Cancel {
                started.all().await;
            }
            if matches!(plan, Plan::Cancel | Plan::Drop) {
                set.abort_all();
            }
            drop(held);
            // In the order of their creation, whichever ends first.
            let mut all = vec![Ended::Cancelled; tasks.len()];
            while let Some(result) = set.join_next_with_id().await {
                let (id, result) = match result {
                    Ok((id, ending)) => (id, Ok(ending)),
                    Err(error) => (error.id(), Err(error)),
                };
                let place = tasks.iter().position(|task| task.id() == id).expect("one of these");
                all[place] = ended(result);
            }
            merge_back(hubs).await;
            all
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        Box::pin(async { tokio::spawn(async { probe.run() }).await.expect("no panic") })
    }
}

/// `spawn_blocking`.
pub(crate) struct Blocking;

impl Adapter for Blocking {
    fn stage(&self, creator: Creator) {
        workers().block_on(async { tokio::spawn(creator).await.expect("no panic") });
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let run_elsewhere = |probe: Probe| drop(tokio::task::spawn_blocking(|| probe.run()));
            let held = (scene.plan() == Plan::Drop).then(|| Held::threads(BLOCKING, run_elsewhere));
            let jobs = scene.create(|body| {
                spawn_isolated!("unit", blocking, move || drive(body, std::thread::yield_now))
            });
            if held.is_some() {
                jobs.iter().for_each(JoinHandle::abort);
            }
            drop(held);
            let mut all = Vec::new();
            for job in jobs {
                all.push(ended(job.await));
            }
            all
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        Box::pin(async { tokio::task::spawn_blocking(|| probe.run()).await.expect("no panic") })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        &[
            (Ability::Cancel, "a job that runs cannot be cancelled"),
            (Ability::Merge, "a job ends with its hub"),
            (Ability::Move, "a job has its thread to itself"),
        ]
    }
}

/// `block_on` in a worker, by `block_in_place`: a unit that its creator waits for.
pub(crate) struct BlockOn;

impl Adapter for BlockOn {
    fn stage(&self, creator: Creator) {
        workers().block_on(async { tokio::spawn(creator).await.expect("no panic") });
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            fn block_on<T>(unit: impl Future<Output = T>) -> T {
                tokio::task::block_in_place(|| Handle::current().block_on(unit))
            }
            match scene.plan() {
                Plan::Merge => scene.create(|body| block_on(merging(body))),
                _ => scene.create(|body| block_on(caught(unit(body)))),
            }
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        Box::pin(async { tokio::spawn(async { probe.run() }).await.expect("no panic") })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        &[
            (Ability::Meanwhile, "the creator waits for it"),
            (Ability::Together, "the creator waits for each"),
            (Ability::Cancel, "the creator waits for it"),
            (Ability::Unrun, "it runs where it is made"),
            (Ability::Move, "it has the thread of whoever waits for it"),
        ]
    }
}
