//! The behaviours of tests/conformance, run over tasks that get their hub without a macro.

use std::future::Future;

use isohub::Hub;
use isohub::tokio::isolate_tasks;
use isohub_conformance::{
    Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Held, Plan, Probe, Scene, conform,
};
use tokio::runtime::{Builder, Handle};
use tokio::task::{JoinError, JoinHandle};

conform! {
    automatic_task => Tasks { stage: on_two_threads, spawn: |body| tokio::spawn(body), workers: 2, lacks: ON_TWO_THREADS },
    automatic_task_on_one_thread => Tasks { stage: on_one_thread, spawn: |body| tokio::spawn(body), workers: 1, lacks: ON_ONE_THREAD },
    automatic_local_task => Tasks { stage: on_a_local_runtime, spawn: spawn_local, workers: 1, lacks: ON_ONE_THREAD },
}

#[test]
fn the_table_says_what_is_shown_here() {
    isohub_conformance::table::check("tokio-unstable", SORTS);
}

const SPAN: (Ability, &str) = (Ability::Span, "a hub, and no span");
const MERGE: (Ability, &str) = (Ability::Merge, "no macro, no place to ask for it: `returning_hub`");
const ON_ONE_THREAD: &[(Ability, &str)] = &[SPAN, MERGE, (Ability::Move, "one thread")];
const ON_TWO_THREADS: &[(Ability, &str)] = &[SPAN, MERGE];

struct Tasks {
    stage: fn(Creator),
    spawn: fn(Body) -> JoinHandle<Ending>,
    workers: usize,
    lacks: &'static [(Ability, &'static str)],
}

fn on_two_threads(creator: Creator) {
    let mut builder = Builder::new_multi_thread();
    isolate_tasks(&mut builder);
    let runtime = builder.worker_threads(2).build().expect("a runtime");
    runtime.block_on(async { tokio::spawn(creator).await.expect("no panic") });
}

fn on_one_thread(creator: Creator) {
    let mut builder = Builder::new_current_thread();
    isolate_tasks(&mut builder);
    builder.build().expect("a runtime").block_on(creator);
}

fn on_a_local_runtime(creator: Creator) {
    let mut builder = Builder::new_current_thread();
    isolate_tasks(&mut builder);
    builder.build_local(Default::default()).expect("a runtime").block_on(creator);
}

fn spawn_local(body: Body) -> JoinHandle<Ending> {
    tokio::task::spawn_local(body)
}

fn ended(result: Result<Ending, JoinError>) -> Ended {
    match result {
        Ok(ending) => ending.into(),
        Err(error) if error.is_cancelled() => Ended::Cancelled,
        Err(_) => Ended::Panicked,
    }
}

/// Sees to it that nobody runs what the creator spawns, who is on the first of `workers`, before it waits.
fn held(workers: usize) -> Held {
    let runtime = Handle::current();
    // From another thread, because what a worker spawns may wait for that same worker.
    let spawn = |probe: Probe| drop(runtime.spawn(async { probe.run() }));
    Held::threads(workers - 1, |probe| std::thread::scope(|s| drop(s.spawn(|| spawn(probe)))))
}

/// Spawns into the base hub: who looks there has inherited nothing.
fn spawn_in_base<F: Future<Output = ()> + Send + 'static>(future: F) -> JoinHandle<()> {
    Hub::base().run(|| tokio::spawn(future))
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
            let tasks = scene.create(spawn);
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
            all
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        Box::pin(async { spawn_in_base(async { probe.run() }).await.expect("no panic") })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        self.lacks
    }
}
