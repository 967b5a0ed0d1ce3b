//! Threads: one for each unit.

use std::thread::{self, JoinHandle};

use isohub::spawn_isolated;
use isohub_conformance::{Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Scene, drive};

pub(crate) const OF_THREADS: &[(Ability, &str)] = &[
    (Ability::Cancel, "a thread cannot be cancelled"),
    (Ability::Unrun, "a thread that was started runs"),
    (Ability::Reuse, "a thread runs one unit"),
    (Ability::Merge, "a thread ends with its hub"),
    (Ability::Move, "a unit is the whole thread"),
];

/// `std::thread::spawn`.
pub(crate) struct Spawned(fn(Body) -> JoinHandle<Ending>);

impl Spawned {
    pub(crate) fn by_macro() -> Self {
        Spawned(|body| spawn_isolated!("unit", thread, move || drive(body, thread::yield_now)))
    }

    /// A closure that is annotated, or made by `parallel!`, in a plain call.
    pub(crate) fn by_call() -> Self {
        Spawned(|body| thread::spawn(isohub::parallel!("unit", move || drive(body, thread::yield_now))))
    }

    pub(crate) fn by_builder() -> Self {
        Spawned(|body| {
            let job = isohub::parallel!("unit", move || drive(body, thread::yield_now));
            thread::Builder::new().name("unit".to_owned()).spawn(job).expect("a thread")
        })
    }
}

impl Adapter for Spawned {
    fn stage(&self, creator: Creator) {
        drive(creator, thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let spawn = self.0;
        Box::pin(async move {
            let threads = scene.create(spawn);
            threads.into_iter().map(|it| it.join().map_or(Ended::Panicked, Ended::from)).collect()
        })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        OF_THREADS
    }
}

/// `std::thread::scope`.
pub(crate) struct Scoped;

impl Adapter for Scoped {
    fn stage(&self, creator: Creator) {
        drive(creator, thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            thread::scope(|s| {
                let threads = scene
                    .create(|body| spawn_isolated!("unit", in s, move || drive(body, thread::yield_now)));
                threads.into_iter().map(|it| it.join().map_or(Ended::Panicked, Ended::from)).collect()
            })
        })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        OF_THREADS
    }
}
