//! Threads: one for each unit.

use std::io;
use std::thread::{self, Builder, JoinHandle};

use isohub::spawn_isolated;
use isohub_conformance::{Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Plan, Scene, drive};

const CANCEL: (Ability, &str) = (Ability::Cancel, "a thread cannot be cancelled");
const REUSE: (Ability, &str) = (Ability::Reuse, "a thread runs one unit");
const MERGE: (Ability, &str) = (Ability::Merge, "a thread ends with its hub");
const MOVE: (Ability, &str) = (Ability::Move, "a unit is the whole thread");
const OF_THREADS: &[(Ability, &str)] =
    &[(Ability::Unrun, "a thread that was started runs"), CANCEL, REUSE, MERGE, MOVE];

/// A thread for each unit.
pub(crate) struct Spawned {
    spawn: fn(Body) -> JoinHandle<Ending>,
    /// Asks for a thread that is not to be had.
    refused: fn(Body),
    lacks: &'static [(Ability, &'static str)],
}

impl Spawned {
    pub(crate) fn by_macro() -> Self {
        Spawned {
            spawn: |body| spawn_isolated!("unit", thread, move || drive(body, thread::yield_now)),
            refused: drop,
            lacks: OF_THREADS,
        }
    }

    /// A closure that is annotated, or made by `parallel!`, in a plain call.
    pub(crate) fn by_call() -> Self {
        fn unit(body: Body) -> impl FnOnce() -> Ending + Send + 'static {
            isohub::parallel!("unit", move || drive(body, thread::yield_now))
        }
        Spawned {
            spawn: |body| thread::spawn(unit(body)),
            refused: |body| {
                let unit = unit(body);
                isohub::with_scope(|scope| scope.set_tag("creator", "gives it up"), || drop(unit));
            },
            lacks: &[CANCEL, REUSE, MERGE, MOVE],
        }
    }

    pub(crate) fn by_builder() -> Self {
        fn start(builder: impl FnOnce() -> Builder, body: Body) -> io::Result<JoinHandle<Ending>> {
            spawn_isolated!(in builder(), "unit", move || drive(body, thread::yield_now))
        }
        fn impossible() -> Builder {
            // The unit exists: this is what its creator does next.
            isohub::set_tag("creator", "asks for a thread");
            Builder::new().stack_size(1 << 60)
        }
        Spawned {
            spawn: |body| start(|| Builder::new().name("unit".to_owned()), body).expect("a thread"),
            refused: |body| {
                isohub::with_scope(|_| (), || assert!(start(impossible, body).is_err()));
            },
            lacks: &[CANCEL, REUSE, MERGE, MOVE],
        }
    }
}

impl Adapter for Spawned {
    fn stage(&self, creator: Creator) {
        drive(creator, thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let (spawn, refused) = (self.spawn, self.refused);
        Box::pin(async move {
            if scene.plan() == Plan::Drop {
                return scene.create(refused).into_iter().map(|()| Ended::Cancelled).collect();
            }
            let threads = scene.create(spawn);
            threads.into_iter().map(|it| it.join().map_or(Ended::Panicked, Ended::from)).collect()
        })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        self.lacks
    }
}

/// `std::thread::scope`.
pub(crate) enum Scoped {
    ByMacro,
    ByBuilder,
}

impl Adapter for Scoped {
    fn stage(&self, creator: Creator) {
        drive(creator, thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let is_built = matches!(self, Scoped::ByBuilder);
        Box::pin(async move {
            thread::scope(|s| {
                let threads = scene.create(|body| {
                    let work = move || drive(body, thread::yield_now);
                    if is_built {
                        let unit = isohub::parallel!("unit", work);
                        return Builder::new().spawn_scoped(s, unit).expect("a thread");
                    }
                    spawn_isolated!("unit", in s, work)
                });
                threads.into_iter().map(|it| it.join().map_or(Ended::Panicked, Ended::from)).collect()
            })
        })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        OF_THREADS
    }
}
