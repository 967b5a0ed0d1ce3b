//! The end of threads: thread-local destructors may use all of isohub.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;

use isohub::testing::Recorder;
use isohub::{
    Carried, Hub, HubFutureExt as _, IsolatedPool, Job, Level, carry, hub_local, isolated, parallel_span,
    span,
};

use crate::support::{Log, Witness, pause, poll_once, poll_to_end, tags};

#[parallel_span]
fn unit(hub: &Hub) -> String {
    isohub::set_tag("unit", "yes");
    isohub::capture_message("at the end", Level::Info);
    let mut hub = hub.clone();
    hub.run(|| poll_to_end(helper()));
    tags()
}

#[span]
async fn helper() {
    pause().await;
}

/// Uses everything when it is dropped.
struct UsesAll {
    hub: Hub,
    log: Log,
}

impl Drop for UsesAll {
    fn drop(&mut self) {
        isohub::set_tag("thread", "ends");
        isohub::configure_scope(|scope| scope.set_tag("configured", "yes"));
        let seen = self.hub.clone().run(|| unit(&self.hub));
        self.log.note(format!("unit: {seen}"));
        let hub = self.hub.clone();
        poll_to_end(async { helper().await }.bind_hub(hub));
        self.log.note(format!("outside: {}", tags().replace("configured=yes thread=ends", "")));
    }
}

thread_local! {
    static EARLY: RefCell<Option<UsesAll>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<UsesAll>> = const { RefCell::new(None) };
}

#[test]
fn thread_local_destructors_can_use_all_and_do_not_abort() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let hub = recorder.hub().with_tag("given", "yes");
    let thread = {
        let uses = |hub: &Hub| UsesAll { hub: hub.clone(), log: log.clone() };
        let (early, late) = (uses(&hub), uses(&hub));
        std::thread::spawn(move || {
            // One is registered before anything of isohub is, the other after that.
            EARLY.set(Some(early));
            isohub::set_tag("thread", "runs");
            let mut hub = hub;
            hub.run(|| poll_to_end(helper()));
            LATE.set(Some(late));
        })
    };
    thread.join().expect("no panic");
    let expected = ["outside: ", "outside: ", "unit: given=yes unit=yes", "unit: given=yes unit=yes"];
    assert_eq!(log.sorted(), expected);
    let stats = recorder.stats();
    assert_eq!(recorder.events().len(), 2);
    assert_eq!((recorder.spans().len(), stats.dropped), (7, 0));
}

thread_local! {
    static KEPT: RefCell<Vec<Pin<Box<dyn Future<Output = ()>>>>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn a_future_that_a_thread_local_keeps_drops_in_its_unit_at_the_end_of_the_thread() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let (mut hub, kept) = (recorder.hub(), log.clone());
    let thread = std::thread::spawn(move || {
        hub.run(|| {
            isohub::set_tag("hub", "yes");
            let witness = kept.witness("kept");
            let mut future = Box::pin(isohub::parallel!("kept", async move {
                isohub::set_tag("unit", "yes");
                let _witness = witness;
                std::future::pending::<()>().await
            }));
            assert!(poll_once(future.as_mut()).is_pending());
            KEPT.with_borrow_mut(|kept| kept.push(future));
        });
    });
    thread.join().expect("no panic");
    assert_eq!(log.lines(), ["kept: hub=yes unit=yes"]);
    assert_eq!(recorder.tree(), "kept cancelled {hub=yes unit=yes}\n  - drop kept\n");
}

#[test]
fn the_scope_of_a_thread_ends_with_it() {
    isohub::hub_local! {
        static OF_THREAD: Arc<Witness>;
    }
    let log = Log::default();
    let witness = Arc::new(log.witness("local"));
    let weak = Arc::downgrade(&witness);
    let thread = std::thread::spawn(move || {
        isohub::set_tag("thread", "yes");
        OF_THREAD.set(witness);
    });
    thread.join().expect("no panic");
    assert!(weak.upgrade().is_none());
    assert_eq!(log.lines().len(), 1);
}

#[test]
fn a_thread_that_ends_by_a_crash_cleans_up_as_well() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub();
    let thread = std::thread::spawn(move || {
        isohub::set_tag("thread", "crashes");
        hub.run(isolated!(|| { isohub::start_span!("crashing").in_scope(|| crate::support::crash()) }))
    });
    assert!(thread.join().is_err());
    assert_eq!(recorder.tree(), "");
    assert_eq!(tags(), "");
}

hub_local! {
    static OF_HUB: Witness;
}

thread_local! {
    // Dropped after all that is isohub's, as they are used first.
    static HUB: RefCell<Option<Hub>> = const { RefCell::new(None) };
    static CARRIED: RefCell<Option<Carried<Witness>>> = const { RefCell::new(None) };
    static SCOPED: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>> = const { RefCell::new(None) };
}

#[test]
fn what_a_thread_local_keeps_of_isohubs_is_dropped_in_its_hub_when_that_of_the_thread_is_gone() {
    hub_local! {
        static SCOPE: u32;
    }
    let log = Log::default();
    let its = log.clone();
    std::thread::spawn(move || {
        HUB.set(None);
        CARRIED.set(None);
        SCOPED.set(None);
        isohub::set_tag("thread", "yes");
        let mut hub = Hub::base().with_tag("hub", "yes");
        hub.run(|| {
            let witness = its.witness("carried");
            CARRIED.set(Some(carry(witness)));
            let witness = its.witness("scoped");
            let scoped = SCOPE.scope_async(1, async move {
                let _witness = witness;
                std::future::pending().await
            });
            SCOPED.set(Some(Box::pin(scoped.isolated())));
            OF_HUB.set(its.witness("local of a hub"));
        });
        HUB.set(Some(hub));
    })
    .join()
    .expect("no panic");
    // A hub that is dropped is not current, and there is no other any more.
    assert_eq!(log.sorted(), ["carried: hub=yes", "local of a hub: ", "scoped: hub=yes"]);
}

thread_local! {
    static RUNTIME: RefCell<Option<tokio::runtime::Runtime>> = const { RefCell::new(None) };
}

#[test]
fn a_runtime_that_a_thread_local_keeps_drops_its_tasks_each_in_its_own_hub() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let (mut hub, its) = (recorder.hub(), log.clone());
    let thread = std::thread::spawn(move || {
        // Dropped when what tokio and isohub keep for the thread is gone.
        RUNTIME.set(None);
        let runtime = crate::support::current_thread();
        runtime.block_on(async {
            hub.run(|| {
                for n in 0..3 {
                    let witness = its.witness("task");
                    isohub::spawn_isolated!("task", tags(n = n), async move {
                        let _witness = witness;
                        helper().await;
                        std::future::pending::<()>().await
                    });
                }
            });
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        });
        RUNTIME.set(Some(runtime));
    });
    thread.join().expect("no panic");
    assert_eq!(log.sorted(), ["task: n=0", "task: n=1", "task: n=2"]);
    let task = |n| format!("task cancelled {{n={n}}}\n  - drop task\n  helper\n");
    assert_eq!(crate::support::settled_tree(&recorder), format!("{}{}{}", task(0), task(1), task(2)));
}

#[test]
fn what_a_thread_local_starts_at_the_end_of_its_thread_is_a_unit_as_ever() {
    struct Starts(Log);
    impl Drop for Starts {
        fn drop(&mut self) {
            let log = self.0.clone();
            isohub::suppress(|| isohub::set_tag("suppressed", 1));
            let unit = isolated!(tags(from = "the end"), move || log.note(tags()));
            isohub::spawn_isolated!(thread, unit).join().expect("no panic");
            let log = self.0.clone();
            IsolatedPool::new(|job: Job| job()).execute(move || log.note(format!("pool: {}", tags())));
            self.0.note(OF_HUB.scope(self.0.witness("scope"), || OF_HUB.get().is_some()));
        }
    }
    thread_local! {
        static STARTS: RefCell<Option<Starts>> = const { RefCell::new(None) };
    }
    let log = Log::default();
    let starts = Starts(log.clone());
    let thread = std::thread::spawn(move || {
        STARTS.set(Some(starts));
        isohub::set_tag("thread", "yes");
    });
    thread.join().expect("no panic");
    // The thread has no hub any more, so that it keeps no value.
    assert_eq!(log.sorted(), ["false", "from=the end", "pool: ", "scope: "]);
}

#[test]
fn a_thread_may_end_while_it_unwinds_out_of_a_hub_with_things_left_in_it() {
    struct Writes;
    impl Drop for Writes {
        fn drop(&mut self) {
            isohub::set_tag("while it unwinds", 1);
            isohub::capture_message("while it unwinds", Level::Error);
        }
    }
    let recorder = Recorder::new();
    let mut hub = recorder.hub();
    let thread = std::thread::spawn(move || {
        HUB.set(Some(hub.clone()));
        let _outside = Writes;
        hub.run(|| {
            let _inside = Writes;
            unit(&Hub::current());
            let carried = carry(Writes);
            isohub::start_span!("crashing").in_scope(|| carried.handle(|_writes| crate::support::crash()))
        })
    });
    assert!(thread.join().is_err());
    assert_eq!(recorder.events().len(), 3, "of the unit, of what was carried and of what was in the hub");
    let stats = recorder.stats();
    assert_eq!((stats.open, stats.dropped), (0, 0));
}

#[test]
fn what_is_written_when_the_hub_of_a_thread_is_gone_is_named_as_what_it_is() {
    for doctor in ["log", "off"] {
        let ended = crate::child::run(&["late-writes"], &[("ISOHUB_DOCTOR", doctor)]);
        assert_eq!(ended.out, "late=false kept=true\nlate=false kept=true\nlost_writes=2\n", "{ended:#?}");
        let [line] = ended.err.lines().collect::<Vec<_>>()[..] else { panic!("one line, not {}", ended.err) };
        assert!(line.starts_with("isohub: what is written to the scope at "), "{line}");
        assert!(line.contains("because the thread has ended") && line.contains("`hub.run(..)`"), "{line}");
    }
}

#[test]
fn threads_in_turn_leave_no_memory() {
    let out = crate::child::prints("many-threads");
    assert_eq!(out, "grown=false\nflush=Ok(())\nadds_up=true\n");
}

#[test]
fn threads_that_nobody_waits_for_do_not_keep_or_abort_the_process() {
    for case in ["detached-threads", "detached-threads-exit"] {
        let ended = crate::child::run(&[case], &[]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), "main ends\n"), "{case}: {ended:#?}");
    }
}

#[test]
fn a_destructor_that_crashes_at_the_end_of_a_thread_does_not_abort_the_process() {
    let ended = crate::child::run(&["crashing-values"], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), "main ends\n"), "{ended:#?}");
    assert_eq!(ended.err.matches("a destructor").count(), 3, "{ended:#?}");
}
