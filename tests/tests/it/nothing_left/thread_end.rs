//! The end of threads: thread-local destructors may use all of isohub.

use std::cell::RefCell;
use std::sync::Arc;

use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, Level, isolated, parallel_span, span};

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
    static KEPT: RefCell<Vec<std::pin::Pin<Box<dyn Future<Output = ()>>>>> = const { RefCell::new(Vec::new()) };
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
