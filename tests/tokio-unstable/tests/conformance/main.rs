//! The behaviours of tests/conformance, run over tasks that get their hub without a macro.

use std::future::Future;

use isohub::Hub;
use isohub::tokio::isolate_tasks;
use isohub_conformance::{
    Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Plan, Probe, Scene, conform,
};
use tokio::runtime::Builder;
use tokio::task::{JoinError, JoinHandle};

conform! {
    automatic_task => Tasks { stage: on_two_threads, spawn: |body| tokio::spawn(body), lacks: ON_TWO_THREADS },
    automatic_task_on_one_thread => Tasks { stage: on_one_thread, spawn: |body| tokio::spawn(body), lacks: ON_ONE_THREAD },
    automatic_local_task => Tasks { stage: on_a_local_runtime, spawn: spawn_local, lacks: ON_ONE_THREAD },
}

#[test]
fn the_table_says_what_is_shown_here() {
    isohub_conformance::table::check("tokio-unstable", SORTS);
}

const SPAN: (Ability, &str) = (Ability::Span, "a hub, and no span");
const MERGE: (Ability, &str) = (Ability::Merge, "no macro, no place to ask for it: `returning_hub`");
const ON_ONE_THREAD: &[(Ability, &str)] = &[SPAN, MERGE, (Ability::Move, "one thread")];
const ON_TWO_THREADS: &[(Ability, &str)] =
    &[SPAN, MERGE, (Ability::Unrun, "a worker may run a task before it is aborted: shown on one thread")];

struct Tasks {
    stage: fn(Creator),
    spawn: fn(Body) -> JoinHandle<Ending>,
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

/// Spawns into the base hub: who looks there has inherited nothing.
fn spawn_in_base<F: Future<Output = ()> + Send + 'static>(future: F) -> JoinHandle<()> {
    Hub::base().run(|| tokio::spawn(future))
}

impl Adapter for Tasks {
    fn stage(&self, creator: Creator) {
        (self.stage)(creator);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let spawn = self.spawn;
        Box::pin(async move {
            let (plan, started) = (scene.plan(), scene.started());
            let tasks = scene.create(spawn);
            if plan == Plan::Cancel {
                started.all().await;
            }
            if matches!(plan, Plan::Cancel | Plan::Drop) {
                tasks.iter().for_each(JoinHandle::abort);
            }
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
