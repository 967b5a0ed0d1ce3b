//! Pools of threads: each job is a unit, on a thread that outlives it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use isohub::rayon::HubParallelIterator as _;
use isohub::{IsolatedPool, Job, spawn_isolated};
use isohub_conformance::{
    Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Plan, Probe, Scene, caught_call, drive,
};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use threadpool::ThreadPool;

const CANCEL: (Ability, &str) = (Ability::Cancel, "a job that runs cannot be cancelled");
const UNRUN: (Ability, &str) = (Ability::Unrun, "rayon runs what it was given");
const MERGE: (Ability, &str) = (Ability::Merge, "a job ends with its hub");
const MOVE: (Ability, &str) = (Ability::Move, "a job ends on the thread on which it began");
const IN_STEP: (Ability, &str) =
    (Ability::InStep, "a job that waits has others on top of it, which would wait for it");

/// The work of a job: a span in whatever hub the job has.
#[isohub::span("unit")]
pub(crate) fn work(body: Body) -> Ending {
    drive(body, thread::yield_now)
}

/// What became of a job: nothing is sent by one that panics.
fn ended(job: Receiver<Ending>) -> Ended {
    job.recv().map_or(Ended::Panicked, Ended::from)
}

type Execute = Box<dyn Fn(Job) + Send + Sync>;

/// A pool that is wrapped.
pub(crate) struct Pool {
    pool: Arc<IsolatedPool<Execute>>,
    /// What waits in a pool that is about to be shut down.
    waiting: Arc<Mutex<Option<Vec<Job>>>>,
    bare: ThreadPool,
    lacks: &'static [(Ability, &'static str)],
}

impl Pool {
    fn of(threads: usize, lacks: &'static [(Ability, &'static str)]) -> Self {
        let bare = ThreadPool::new(threads);
        let threads = Mutex::new(bare.clone());
        let waiting = Arc::<Mutex<Option<Vec<Job>>>>::default();
        let queue = Arc::clone(&waiting);
        let execute = move |job| match &mut *queue.lock().expect("no panic in here") {
            Some(waiting) => waiting.push(job),
            None => threads.lock().expect("no panic in here").execute(job),
        };
        Pool { pool: Arc::new(IsolatedPool::new(Box::new(execute))), waiting, bare, lacks }
    }

    /// As many threads as there are units at a time.
    pub(crate) fn of_many() -> Self {
        Pool::of(21, &[CANCEL, MERGE, MOVE])
    }

    /// One thread, on which all jobs run.
    pub(crate) fn of_one() -> Self {
        const ONE: &str = "one thread";
        Pool::of(1, &[CANCEL, MERGE, MOVE, (Ability::Together, ONE), (Ability::Nest, ONE)])
    }
}

impl Adapter for Pool {
    fn stage(&self, creator: Creator) {
        drive(creator, thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let (pool, waiting) = (Arc::clone(&self.pool), Arc::clone(&self.waiting));
        Box::pin(async move {
            let is_shut_down = scene.plan() == Plan::Drop;
            *waiting.lock().expect("no panic in here") = is_shut_down.then(Vec::new);
            let jobs = scene.create(|body| {
                let (sender, result) = channel();
                pool.execute(move || {
                    let _ = sender.send(work(body));
                });
                result
            });
            if is_shut_down {
                drop(waiting.lock().expect("no panic in here").take());
                return vec![Ended::Cancelled; jobs.len()];
            }
            jobs.into_iter().map(ended).collect()
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        self.bare.execute(|| probe.run());
        let threads = self.bare.clone();
        Box::pin(async move { threads.join() })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        self.lacks
    }
}

/// How the jobs of a scene are made.
type Play = fn(&mut Scene) -> Vec<Ended>;

/// Jobs of rayon, which run on whichever thread has time, in the midst of a job that waits.
pub(crate) struct Rayon {
    pool: Arc<rayon::ThreadPool>,
    play: Play,
    lacks: &'static [(Ability, &'static str)],
}

impl Rayon {
    fn new(play: Play, lacks: &'static [(Ability, &'static str)]) -> Self {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("a pool");
        Rayon { pool: Arc::new(pool), play, lacks }
    }
}

impl Adapter for Rayon {
    fn stage(&self, creator: Creator) {
        drive(creator, thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let (pool, play) = (Arc::clone(&self.pool), self.play);
        Box::pin(async move { isohub::rayon::install(&pool, || play(&mut scene)) })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        let (sender, done) = channel();
        self.pool.spawn(move || {
            probe.run();
            let _ = sender.send(());
        });
        Box::pin(async move { done.recv().expect("it looked") })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        self.lacks
    }
}

/// The switch of a job of rayon: a job of somebody else is run on top of it, or on top of one of its siblings; and then
/// one that waits, if there is one.
fn run_others() {
    let (sender, stranger) = channel();
    isohub::rayon::spawn(move || {
        isohub::set_tag("stranger", "yes");
        let _ = sender.send(isohub_conformance::tags().contains("stranger=yes"));
    });
    let is_itself = loop {
        let _ = isohub::rayon::yield_now();
        if let Ok(is_itself) = stranger.try_recv() {
            break is_itself;
        }
    };
    assert!(is_itself, "a stranger lost its own");
    let _ = isohub::rayon::yield_now();
}

#[isohub::span("unit")]
fn rayon_work(body: Body) -> Ending {
    drive(body, run_others)
}

const AT_ONE_PLACE: &[(Ability, &str)] = &[
    (Ability::InTurn, "all jobs are made at one place"),
    (Ability::Meanwhile, "the creator waits for them"),
    CANCEL,
    UNRUN,
    MERGE,
    MOVE,
    IN_STEP,
];
const IN_TURN: &[(Ability, &str)] = &[CANCEL, UNRUN, MERGE, MOVE, IN_STEP];

pub(crate) fn rayon_join() -> Rayon {
    fn join(mut bodies: Vec<Body>) -> Vec<Ended> {
        let Some(last) = bodies.pop() else { return Vec::new() };
        // A panic ends the job, and is there again where the creator waits.
        let mut ending = None;
        let caught = |ending: &mut Option<Ending>| {
            let mut all = Vec::new();
            let rest = || all = join(bodies);
            let joined = || isohub::rayon::join(rest, || *ending = Some(rayon_work(last)));
            let _ = catch_unwind(AssertUnwindSafe(joined));
            all
        };
        let mut all = caught(&mut ending);
        all.push(ending.map_or(Ended::Panicked, Ended::from));
        all
    }
    Rayon::new(|scene| join(scene.bodies()), AT_ONE_PLACE)
}

/// rayon's own, of closures that are units.
pub(crate) fn rayon_join_by_call() -> Rayon {
    fn join<U: FnOnce() -> Ending + Send>(mut units: Vec<U>) -> Vec<Ended> {
        let Some(last) = units.pop() else { return Vec::new() };
        let (mut all, last) = rayon::join(|| join(units), || caught_call(last));
        all.push(last);
        all
    }
    let yielding = |scene: &mut Scene| {
        let units = scene.create(|body| isohub::parallel!("unit", move || drive(body, run_others)));
        join(units)
    };
    Rayon::new(yielding, IN_TURN)
}

pub(crate) fn rayon_scope() -> Rayon {
    let play = |scene: &mut Scene| {
        let mut jobs = Vec::new();
        let scoped = || {
            isohub::rayon::scope(|s| {
                jobs = scene.create(|body| {
                    let (sender, result) = channel();
                    spawn_isolated!(in s, move |_| {
                        let _ = sender.send(rayon_work(body));
                    });
                    result
                });
            });
        };
        // A panic of a job is there again at the end of the scope.
        let _ = catch_unwind(AssertUnwindSafe(scoped));
        jobs.into_iter().map(ended).collect()
    };
    Rayon::new(play, IN_TURN)
}

pub(crate) fn rayon_spawn() -> Rayon {
    let play = |scene: &mut Scene| {
        let jobs = scene.create(|body| {
            let (sender, result): (Sender<Ended>, _) = channel();
            // A panic that leaves such a job ends the process.
            isohub::rayon::spawn(move || {
                let _ = sender.send(caught_call(|| rayon_work(body)));
            });
            result
        });
        jobs.into_iter().map(waited).collect()
    };
    Rayon::new(play, IN_TURN)
}

/// Waits as a job has to, which may be the one on whose thread the other is to run.
fn waited(job: Receiver<Ended>) -> Ended {
    loop {
        match job.try_recv() {
            Ok(ended) => return ended,
            Err(TryRecvError::Disconnected) => return Ended::Panicked,
            Err(TryRecvError::Empty) => run_others(),
        }
    }
}

pub(crate) fn rayon_items() -> Rayon {
    let play = |scene: &mut Scene| {
        // Each item is a job of its own, so that all can be under way.
        let items = scene.bodies().into_par_iter().with_max_len(1).isolated();
        items.map(|body| caught_call(|| rayon_work(body))).collect()
    };
    Rayon::new(play, AT_ONE_PLACE)
}

pub(crate) fn rayon_closure() -> Rayon {
    let play = |scene: &mut Scene| {
        let items = scene.bodies().into_par_iter().with_max_len(1);
        let endings = items.map(isohub::parallel!("unit", move |body| { drive(body, run_others) }));
        endings.map(Ended::from).collect()
    };
    const LACKS: &[(Ability, &str)] = &[
        (Ability::InTurn, "all jobs are made at one place"),
        (Ability::Meanwhile, "the creator waits for them"),
        (Ability::Panic, "a panic of one ends all"),
        CANCEL,
        UNRUN,
        MERGE,
        MOVE,
        IN_STEP,
    ];
    Rayon::new(play, LACKS)
}
