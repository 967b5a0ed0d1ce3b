//! The suite itself: units that are wrong in one way or another, and what it finds. Each behaviour is seen to fail.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};

use isohub::{Hub, HubFutureExt as _};
use isohub_conformance::{
    Ability, Adapter, BEHAVIOURS, Behaviour, Body, Boxed, Creator, Ended, Ending, Probe, Scene, Verdict,
    caught, caught_call, drive, run,
};

use crate::one_task::{self, Calls, Unit};
use crate::tokio_tasks::{self, unit};

/// The behaviours that an adapter does not show.
fn found(adapter: impl Adapter + 'static) -> BTreeSet<&'static str> {
    let adapter: Arc<dyn Adapter> = Arc::new(adapter);
    let is_broken = |it: &'static Behaviour| matches!(run(it, Arc::clone(&adapter)), Verdict::Broken(_));
    BEHAVIOURS.iter().filter(|it| is_broken(it)).map(|it| it.name).collect()
}

/// For each way to be wrong, what is found. In the first two, which have no hub, nearly everything.
fn all_found() -> Vec<(BTreeSet<&'static str>, Vec<&'static str>)> {
    vec![
        (found(shared()), all_but(HOLDS_IN_A_SHARED_HUB)),
        // On one thread, which ran the creator: so the doctor knows to whose recorder its findings belong.
        (found(tokio_tasks::current_thread(|body| tokio::spawn(body))), all_but(HOLDS_IN_A_BARE_TASK)),
        (found(late()), OF_LATE.to_vec()),
        (found(wrapped(Wrong::Forgets)), OF_FORGETFUL.to_vec()),
        (found(wrapped(Wrong::DropsOutside)), OF_DROPPED_OUTSIDE.to_vec()),
        // By chance a short scene is on one thread alone.
        (
            &found(wrapped(Wrong::StaysOnThread))
                & &BTreeSet::from_iter(OF_STAYING_ON_THREAD.iter().copied()),
            OF_STAYING_ON_THREAD.to_vec(),
        ),
        (found(wrapped(Wrong::Leaks(Ended::Refused))), OF_LEAKING_ERRORS.to_vec()),
        (found(wrapped(Wrong::Leaks(Ended::Panicked))), OF_LEAKING_PANICS.to_vec()),
        (found(wrapped(Wrong::Leaks(Ended::Cancelled))), OF_LEAKING_WHEN_CANCELLED.to_vec()),
        (found(no_outcome()), OF_NO_OUTCOME.to_vec()),
        (found(BarePool), OF_BARE_POOL.to_vec()),
    ]
}

fn all_but(holds: &[&str]) -> Vec<&'static str> {
    BEHAVIOURS.iter().map(|it| it.name).filter(|name| !holds.contains(name)).collect()
}

/// What the creator holds is there, and spans have their parents at the call whatever they share.
const HOLDS_IN_A_SHARED_HUB: &[&str] = &[
    "starts_with_what_its_creator_holds",
    "spans_of_units_are_siblings",
    "each_lies_below_the_span_that_was_active_at_its_creation",
    "inner_spans_stay_in_their_unit",
    "every_span_has_its_outcome",
    "what_runs_there_afterwards_finds_nothing",
    "what_is_merged_is_there_afterwards",
    "leaves_nothing_in_another_library",
];
/// What is written there is lost, which the doctor finds; what is merged has a hub, whatever it is merged into.
const HOLDS_IN_A_BARE_TASK: &[&str] = &["what_is_merged_is_there_afterwards"];
const OF_LATE: &[&str] = &[
    "starts_with_nothing_that_its_creator_wrote_later",
    "each_starts_with_what_its_creator_held_at_its_creation",
    "does_not_see_what_its_creator_writes",
    "each_lies_below_the_span_that_was_active_at_its_creation",
    "a_unit_that_never_ran_leaves_no_span",
    "what_is_merged_is_there_afterwards",
];
const OF_FORGETFUL: &[&str] = &[
    "values_follow_their_policy",
    "keeps_what_it_writes_from_its_creator",
    "keeps_what_it_writes_from_its_siblings",
    "keeps_user_and_breadcrumbs_apart",
    "keeps_its_hub_over_100_switches",
    "twenty_units_each_keep_their_own_over_100_switches",
    "a_scope_for_a_while_holds_over_switches",
    // In the tree nothing is wrong, but the doctor sees spans polled in other units.
    "inner_spans_stay_in_their_unit",
    "nested_units_are_units",
    "a_panic_stays_in_its_unit",
    "a_cancelled_unit_leaves_nothing",
    "a_unit_that_never_ran_leaves_no_span",
    "destructors_run_in_the_hub_of_their_unit",
    "an_event_has_scope_and_trace_of_its_unit",
    "ten_crashing_units_give_ten_events",
    "keeps_what_another_library_has_to_itself",
];
const OF_DROPPED_OUTSIDE: &[&str] =
    &["a_cancelled_unit_leaves_nothing", "a_unit_that_never_ran_leaves_no_span"];
const OF_STAYING_ON_THREAD: &[&str] =
    &["keeps_its_hub_over_100_switches", "twenty_units_each_keep_their_own_over_100_switches"];
const OF_LEAKING_ERRORS: &[&str] = &["what_a_failing_unit_wrote_is_gone"];
const OF_LEAKING_PANICS: &[&str] = &["a_panic_stays_in_its_unit", "ten_crashing_units_give_ten_events"];
const OF_LEAKING_WHEN_CANCELLED: &[&str] = &["a_cancelled_unit_leaves_nothing"];
const OF_NO_OUTCOME: &[&str] = &["every_span_has_its_outcome", "a_unit_that_never_ran_leaves_no_span"];
const OF_BARE_POOL: &[&str] = &[
    "starts_with_what_its_creator_holds",
    "starts_with_nothing_that_its_creator_wrote_later",
    "each_starts_with_what_its_creator_held_at_its_creation",
    "values_follow_their_policy",
    "keeps_user_and_breadcrumbs_apart",
    "what_a_failing_unit_wrote_is_gone",
    "spans_of_units_are_siblings",
    "each_lies_below_the_span_that_was_active_at_its_creation",
    "inner_spans_stay_in_their_unit",
    "a_panic_stays_in_its_unit",
    "destructors_run_in_the_hub_of_their_unit",
    "what_runs_there_afterwards_finds_nothing",
    "an_event_has_scope_and_trace_of_its_unit",
    "ten_crashing_units_give_ten_events",
    "keeps_what_another_library_has_to_itself",
    "leaves_nothing_in_another_library",
];

#[test]
fn what_is_wrong_is_found_and_each_behaviour_is_seen_to_fail() {
    let mut seen = BTreeSet::new();
    for (n, (found, expected)) in all_found().into_iter().enumerate() {
        assert_eq!(found, BTreeSet::from_iter(expected), "way {n}");
        seen.extend(found);
    }
    assert_eq!(seen, BTreeSet::from_iter(all_but(&[])));
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
    /// Each thread that polls it has a hub of its own for it.
    StaysOnThread,
    /// What it wrote is its creator's when it has ended so, and only then.
    Leaks(Ended),
}

struct Wrapped {
    body: Option<Body>,
    hub: Hub,
    by_thread: HashMap<ThreadId, Hub>,
    wrong: Wrong,
}

impl Future for Wrapped {
    type Output = Ending;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ending> {
        let Wrapped { body, hub, by_thread, wrong } = &mut *self;
        let Some(unit) = body else { unreachable!("it is not polled again") };
        let poll = || unit.as_mut().poll(cx);
        let polled = catch_unwind(AssertUnwindSafe(|| match wrong {
            Wrong::Forgets => hub.clone().run(poll),
            Wrong::StaysOnThread => {
                by_thread.entry(thread::current().id()).or_insert_with(|| hub.clone()).run(poll)
            }
            Wrong::DropsOutside | Wrong::Leaks(_) => hub.run(poll),
        }));
        let ended = match &polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(ending)) => Ended::from(*ending),
            Err(_) => Ended::Panicked,
        };
        self.end(ended);
        polled.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl Wrapped {
    /// Drops the body, in the hub unless it is that which is wrong.
    fn end(&mut self, ended: Ended) {
        let Some(body) = self.body.take() else { return };
        match self.wrong {
            Wrong::DropsOutside | Wrong::Forgets => drop(body),
            Wrong::StaysOnThread | Wrong::Leaks(_) => self.hub.run(|| drop(body)),
        }
        if self.wrong == Wrong::Leaks(ended) {
            isohub::merge(self.hub.clone());
        }
    }
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        self.end(Ended::Cancelled);
    }
}

fn wrapped(wrong: Wrong) -> Calls {
    fn make(body: Body, wrong: Wrong) -> Unit {
        let by_thread = HashMap::new();
        Box::pin(caught(Wrapped { body: Some(body), hub: Hub::current(), by_thread, wrong }))
    }
    let make = match wrong {
        Wrong::Forgets => |body| make(body, Wrong::Forgets),
        Wrong::DropsOutside => |body| make(body, Wrong::DropsOutside),
        Wrong::StaysOnThread => |body| make(body, Wrong::StaysOnThread),
        Wrong::Leaks(Ended::Refused) => |body| make(body, Wrong::Leaks(Ended::Refused)),
        Wrong::Leaks(Ended::Panicked) => |body| make(body, Wrong::Leaks(Ended::Panicked)),
        Wrong::Leaks(_) => |body| make(body, Wrong::Leaks(Ended::Cancelled)),
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

/// A pool without a wrapper: its jobs inherit nothing, and leave on its thread what they write.
struct BarePool;

thread_local! {
    static POOL: threadpool::ThreadPool = threadpool::ThreadPool::new(1);
}

impl Adapter for BarePool {
    fn stage(&self, creator: Creator) {
        drive(creator, std::thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        Box::pin(async move {
            let jobs = scene.create(|body| {
                let (ended, result) = std::sync::mpsc::channel();
                let job = move || {
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
            (Ability::Move, "one thread"),
            (Ability::Nest, "one thread"),
            (Ability::Span, "a bare job"),
            (Ability::Cancel, "not looked at"),
            (Ability::Unrun, "not looked at"),
            (Ability::Merge, "not looked at"),
        ]
    }
}
