//! Tasks of tokio-util.

use std::sync::LazyLock;

use isohub::{isolated, spawn_isolated};
use isohub_conformance::{Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Probe, Scene};
use tokio::task::JoinHandle;
use tokio_util::task::{LocalPoolHandle, TaskTracker};

use crate::one_task::HUB_ONLY;
use crate::tokio_tasks::{Tasks, multi_thread};

pub(crate) fn tracked(body: Body) -> JoinHandle<Ending> {
    let tracker = TaskTracker::new();
    spawn_isolated!("unit", in tracker, body)
}

/// Futures that stay on the thread which made them, so that it is a closure that is sent there.
pub(crate) struct Pinned(Tasks);

static POOL: LazyLock<LocalPoolHandle> = LazyLock::new(|| isohub::suppress(|| LocalPoolHandle::new(2)));

pub(crate) fn pinned() -> Pinned {
    Pinned(multi_thread(|body| POOL.spawn_pinned(isolated!(move || async { body.await }))))
}

impl Adapter for Pinned {
    fn stage(&self, creator: Creator) {
        self.0.stage(creator);
    }

    fn play(&self, scene: Scene) -> Boxed<Vec<Ended>> {
        self.0.play(scene)
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        Box::pin(async { POOL.spawn_pinned(|| async { probe.run() }).await.expect("no panic") })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        &[
            HUB_ONLY,
            (Ability::Unrun, "its thread may run it before it is aborted"),
            (Ability::Move, "one thread"),
        ]
    }
}
