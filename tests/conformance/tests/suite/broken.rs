//! The suite itself: units that are wrong in one way or another, and what it finds. Each behaviour is seen to fail.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use isohub::{Hub, HubFutureExt as _};
use isohub_conformance::{
    Ability, Adapter, BEHAVIOURS, Behaviour, Body, Boxed, Creator, Ended, Ending, Probe, Scene, Verdict, caught, caught_call,
    drive, run,
};

use crate::one_task::{self, Calls, Unit};
use crate::tokio_tasks::{self, unit};

/// The behaviours that an adapter does not show.
fn found(adapter: impl Adapter + 'static) -> BTreeSet<&'static str> {
    let adapter: Arc<dyn Adapter> = Arc::new(adapter);
    let is_broken = |it: &'static Behaviour| matches!(run(it, Arc::clone(&adapter)), Verdict::Broken(_));
    BEHAVIOURS.iter().filter(|it| is_broken(it)).map(|it| it.name).collect()
}

fn all_found() -> Vec<(&'static str, BTreeSet<&'static str>)> {
    vec![
        ("shared", found(shared())),
        ("bare tasks", found(tokio_tasks::multi_thread(|body| tokio::spawn(body)))),
        ("late", found(late())),
        ("forgetful", found(wrapped(Wrong::Forgets))),
        ("dropped outside", found(wrapped(Wrong::DropsOutside))),
        ("no outcome", found(no_outcome())),
        ("leaky pool", found(LeakyPool)),
    ]
}

#[test]
fn print() {
    for (name, found) in all_found() {
        println!("{name}: {found:#?}");
    }
}

/// A join of futures that have no hub, which is what `#[span]` is not for.
fn shared() -> Calls {
    fn make(body: Body) -> Unit {
        #[isohub::span("unit")]
        async fn shared(body: Body) -> Ending {
            body.await
        }
        Box::pin(caught(shared(body)))
    }
    Calls { make, merge: make, ..one_task::join_all() }
}

/// The hub is taken when the unit is first polled.
fn late() -> Calls {
    fn make(body: Body) -> Unit {
        Box::pin(caught(async { unit(body).await }))
    }
    Calls { make, merge: make, ..one_task::join_all() }
}

#[derive(Clone, Copy, PartialEq)]
enum Wrong {
    /// Each poll starts anew.
    Forgets,
    /// The hub is there while the unit is polled, and not while it is dropped.
    DropsOutside,
}

struct Wrapped {
    body: Body,
    hub: Hub,
    wrong: Wrong,
}

impl Future for Wrapped {
    type Output = Ending;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ending> {
        let Wrapped { body, hub, wrong } = &mut *self;
        let poll = || body.as_mut().poll(cx);
        if *wrong == Wrong::Forgets { hub.clone().run(poll) } else { hub.run(poll) }
    }
}

fn wrapped(wrong: Wrong) -> Calls {
    fn make(body: Body, wrong: Wrong) -> Unit {
        Box::pin(caught(Wrapped { body, hub: Hub::current(), wrong }))
    }
    let make = match wrong {
        Wrong::Forgets => |body| make(body, Wrong::Forgets),
        Wrong::DropsOutside => |body| make(body, Wrong::DropsOutside),
    };
    let lacks = &[one_task::HUB_ONLY, (Ability::Reuse, "not looked at"), (Ability::Merge, "not looked at")];
    Calls { make, lacks, ..one_task::join_all() }
}

/// A span by hand knows nothing of what the future returns.
fn no_outcome() -> Calls {
    fn make(body: Body) -> Unit {
        let span = isohub::start_span!("unit");
        Box::pin(caught(body.in_span(span).isolated()))
    }
    Calls { make, ..one_task::join_all() }
}

/// A pool that copies tags to its thread before a job, and leaves them there.
struct LeakyPool;

thread_local! {
    static POOL: threadpool::ThreadPool = threadpool::ThreadPool::new(1);
}

impl Adapter for LeakyPool {
    fn stage(&self, creator: Creator) {
        drive(creator, std::thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let jobs = scene.create(|body| {
                let (tags, (ended, result)) = (Hub::current(), std::sync::mpsc::channel());
                let job = move || {
                    for (key, value) in tags.scope().tags().iter() {
                        isohub::set_tag(key.to_string(), value);
                    }
                    let _ = ended.send(caught_call(|| drive(body, std::thread::yield_now)));
                };
                POOL.with(|pool| pool.execute(job));
                result
            });
            jobs.into_iter().map(|job| job.recv().expect("an ending")).collect()
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        Box::pin(async {
            POOL.with(|pool| {
                pool.execute(|| probe.run());
                pool.join();
            });
        })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        &[
            (Ability::Together, "one thread"),
            (Ability::Nest, "one thread"),
            (Ability::Span, "a bare job"),
            (Ability::Cancel, "not looked at"),
            (Ability::Unrun, "not looked at"),
            (Ability::Merge, "not looked at"),
        ]
    }
}
