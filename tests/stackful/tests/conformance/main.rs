//! The behaviours of tests/conformance, run over coroutines that have stacks of their own.
#![forbid(unsafe_code)]

use std::sync::Once;

use corosensei::{Coroutine, CoroutineResult};
use isohub::isolated;
use isohub::stackful::Isolated;
use isohub_conformance::{
    Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Plan, Probe, Scene, caught_call, conform, drive,
};
use may::{coroutine, go};

conform! {
    resumed_coroutine => Resumed,
    may_coroutine => Green,
}

#[test]
fn the_table_says_what_is_shown_here() {
    isohub_conformance::table::check("stackful", SORTS);
}

/// Coroutines of corosensei, which their creator resumes in turn.
struct Resumed;

type Unit = Isolated<Coroutine<(), (), Ending>>;

fn unit(body: Body) -> Unit {
    #[isohub::span("unit")]
    fn work(body: Body, suspend: impl FnMut()) -> Ending {
        drive(body, suspend)
    }
    Isolated::new(Coroutine::new(|yielder, ()| work(body, || yielder.suspend(()))))
}

/// Resumes it once; what it returned, if it has ended.
fn resume(unit: &mut Unit) -> Option<Ended> {
    let mut is_suspended = false;
    let ended = caught_call(|| match unit.resume_with(|coroutine| coroutine.resume(())) {
        CoroutineResult::Yield(()) => {
            is_suspended = true;
            Ok(())
        }
        CoroutineResult::Return(ending) => ending,
    });
    (!is_suspended).then_some(ended)
}

impl Adapter for Resumed {
    fn stage(&self, creator: Creator) {
        drive(creator, std::thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let (plan, started) = (scene.plan(), scene.started());
            let mut units = scene.create(unit);
            let mut ended = vec![None; units.len()];
            while plan != Plan::Drop
                && !(plan == Plan::Cancel && started.is_complete())
                && ended.contains(&None)
            {
                for (unit, ended) in units.iter_mut().zip(&mut ended).filter(|(_, ended)| ended.is_none()) {
                    *ended = resume(unit);
                }
            }
            ended.into_iter().map(|it| it.unwrap_or(Ended::Cancelled)).collect()
        })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        &[
            (Ability::Move, "its creator resumes it on one thread"),
            (Ability::Reuse, "runs on the thread of its creator"),
            (Ability::Merge, "a coroutine ends with its hub"),
        ]
    }
}

/// Coroutines of may, which its threads steal from one another.
struct Green;

fn three_workers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        may::config().set_workers(3).set_stack_size(0x10000);
    });
}

impl Adapter for Green {
    fn stage(&self, creator: Creator) {
        three_workers();
        go!(move || drive(creator, coroutine::yield_now)).join().expect("no panic");
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        #[isohub::span("unit")]
        fn work(body: Body) -> Ending {
            drive(body, coroutine::yield_now)
        }
        Box::pin(async move {
            let units = scene.create(|body| go!(isolated!(move || work(body))));
            units.into_iter().map(|it| it.join().map_or(Ended::Panicked, Ended::from)).collect()
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        Box::pin(async { go!(move || probe.run()).join().expect("no panic") })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        &[
            // Nor do they sleep here: `coroutine::sleep` of may 0.3.51 writes to memory that it has freed.
            (Ability::Together, "coroutines that only yield may keep another from its start"),
            (Ability::Move, "coroutines that only yield may stay on a thread: `of_may` moves them"),
            (Ability::Cancel, "to cancel a coroutine is unsafe; it is a panic in it"),
            (Ability::Unrun, "a coroutine that was started runs"),
            (Ability::Merge, "a coroutine ends with its hub"),
            (Ability::Foreign, "a coroutine changes threads where nothing of isohub's runs"),
        ]
    }
}
