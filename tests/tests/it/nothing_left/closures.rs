//! What a closure captured, and its body leaves where it is, is dropped with the closure: in the hub of that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use isohub::testing::Recorder;
use isohub::{isolated, isolated_hub, parallel, start_span};
use threadpool::ThreadPool;

use crate::support::{Log, Witness, crash, poll_to_end, settled_tree, tags, workers};

/// Uses a witness, and does not consume it.
fn look(_: &Witness) {
    isohub::set_tag("unit", "yes");
    // Looked at, since the doctor finds what nobody reads.
    assert!(tags().contains("unit=yes"));
}

/// Drops `closure` later, in another unit, and says in which hub its witness was dropped.
fn dropped_later<F>(log: &Log, closure: F, drop: impl FnOnce(F)) -> String {
    isohub::set_tag("main", "later");
    isolated!(tags(other = "yes"), || {
        drop(closure);
        assert_eq!(tags(), "main=later other=yes");
    })();
    assert_eq!(tags(), "main=later");
    log.lines().join("; ")
}

/// A witness whose hub has the tag `main=yes`.
fn witnessed() -> (Log, Witness) {
    let log = Log::default();
    isohub::set_tag("main", "yes");
    let witness = log.witness("captured");
    (log, witness)
}

const IN_ITS_HUB: &str = "captured: main=yes";

#[test]
fn a_closure_that_is_never_called_drops_in_its_hub() {
    let (log, witness) = witnessed();
    assert_eq!(dropped_later(&log, isolated!(move || look(&witness)), drop), IN_ITS_HUB);
    let (log, witness) = witnessed();
    assert_eq!(dropped_later(&log, parallel!("unit", queued, move |_: u8| look(&witness)), drop), IN_ITS_HUB);
    let (log, witness) = witnessed();
    let unit = isolated!(tags(unit = "never"), async move |_: u8| look(&witness));
    assert_eq!(dropped_later(&log, unit, drop), IN_ITS_HUB);
}

#[test]
fn what_a_closure_captured_with_a_hub_of_its_own_leaves_that_of_the_closure_in_place() {
    let (log, witness) = witnessed();
    let other = log.witness("carried");
    // A thread that has written nothing gives them nothing.
    let on_a_thread = thread::spawn(|| {
        let carried = isohub::carry(other);
        isolated!(move || look(carried.value()))
    });
    let inner = on_a_thread.join().unwrap();
    let unit = isolated!(move || (inner(), look(&witness)));
    let dropped = dropped_later(&log, unit, drop);
    assert_eq!(dropped, format!("carried: ; {IN_ITS_HUB}"));
}

#[test]
fn a_compiler_that_drops_captures_in_another_order_leaves_no_hub_behind() {
    assert_eq!(crate::child::prints("reordered"), "tag=Some(\"later\")\n");
}

#[test]
fn a_closure_drops_in_its_hub_when_it_was_called_whatever_its_kind() {
    let (log, witness) = witnessed();
    assert_eq!(dropped_later(&log, isolated!(move || look(&witness)), |call| call()), IN_ITS_HUB);
    let (log, mut witness) = witnessed();
    let unit = isolated!(move || {
        witness = std::mem::replace(&mut witness, Log::default().witness("another"));
        look(&witness);
    });
    assert_eq!(dropped_later(&log, unit, |mut call| (call(), call()).0), IN_ITS_HUB);
    let (log, witness) = witnessed();
    let (consumed, its) = (log.witness("consumed"), witness);
    let unit = isolated!(move || {
        look(&its);
        drop(consumed);
    });
    let expected = format!("consumed: main=yes unit=yes; {IN_ITS_HUB}");
    assert_eq!(dropped_later(&log, unit, |call| call()), expected);
    let (log, witness) = witnessed();
    let unit = isolated!(async move |_: u8| look(&witness));
    assert_eq!(dropped_later(&log, unit, |call| poll_to_end(call(1))), IN_ITS_HUB);
}

#[test]
fn a_closure_in_an_annotated_function_drops_in_its_hub() {
    #[isolated_hub]
    fn makes(witness: Witness) -> impl Fn() {
        #[isolated_hub]
        move || look(&witness)
    }
    let (log, witness) = witnessed();
    assert_eq!(dropped_later(&log, makes(witness), |call| call()), IN_ITS_HUB);
}

#[test]
fn a_closure_within_a_closure_and_its_clone_drop_each_in_its_hub() {
    let (log, outer) = witnessed();
    isohub::set_tag("main", "inner");
    let inner = log.witness("inner");
    let inner = isolated!(move || look(&inner));
    isohub::set_tag("main", "yes");
    let after = log.witness("after");
    let unit = isolated!(move || {
        look(&outer);
        inner();
        look(&after);
    });
    let expected = format!("{IN_ITS_HUB}; inner: main=inner; after: main=yes");
    assert_eq!(dropped_later(&log, unit, drop), expected);

    let log = Log::default();
    isohub::set_tag("main", "yes");
    let witness = std::rc::Rc::new(log.witness("captured"));
    let unit = isolated!(move || look(&witness));
    drop(unit.clone());
    assert_eq!(dropped_later(&log, unit, |call| call()), IN_ITS_HUB);
}

#[test]
fn a_closure_or_a_destructor_that_crashes_leaves_nothing() {
    struct Crashes;
    impl Drop for Crashes {
        fn drop(&mut self) {
            crash();
        }
    }
    let crashes = |f: &mut dyn FnMut()| assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
    let (log, witness) = witnessed();
    let unit = isolated!(move || {
        look(&witness);
        crash()
    });
    let mut unit = Some(unit);
    isohub::set_tag("main", "later");
    crashes(&mut || unit.take().expect("it is called once")());
    assert_eq!((log.lines().join("; ").as_str(), tags().as_str()), (IN_ITS_HUB, "main=later"));

    let (log, witness) = witnessed();
    let first = Crashes;
    let mut unit = Some(isolated!(move || {
        let _ = &first;
        look(&witness);
    }));
    isohub::set_tag("main", "later");
    crashes(&mut || drop(unit.take()));
    assert_eq!((log.lines().join("; ").as_str(), tags().as_str()), (IN_ITS_HUB, "main=later"));
}

/// What is dropped begins a span.
struct Closes(Witness);

impl Drop for Closes {
    fn drop(&mut self) {
        start_span!("closes").in_scope(|| ());
    }
}

#[test]
fn what_threads_and_pools_are_given_drops_in_its_hub_and_the_doctor_finds_nothing() {
    let (recorder, log) = (Recorder::new(), Log::default());
    let job = |name| {
        let closes = Closes(log.witness(name));
        isolated!(move || look(&closes.0))
    };
    recorder.run_sync(|| {
        isohub::set_tag("main", "yes");
        start_span!("around").in_scope(|| {
            thread::spawn(job("thread")).join().expect("no panic");
            thread::scope(|s| s.spawn(job("scoped")).join().expect("no panic"));
            let pool = ThreadPool::new(1);
            pool.execute(job("pool"));
            pool.execute(job("the same thread"));
            pool.join();
            workers(1).block_on(async {
                let mut set = tokio::task::JoinSet::new();
                set.spawn_blocking(job("blocking"));
                set.join_all().await;
            });
        });
    });
    let names = ["blocking", "pool", "scoped", "the same thread", "thread"];
    assert_eq!(log.sorted(), names.map(|name| format!("{name}: main=yes")));
    let dropped = names.map(|name| format!("  - drop {name}\n")).concat();
    assert_eq!(settled_tree(&recorder), format!("around\n{dropped}{}", "  closes\n".repeat(5)));
    assert_eq!(recorder.findings(), []);
}
