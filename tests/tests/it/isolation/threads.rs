//! Threads, however they are made.

use std::sync::{Barrier, mpsc};
use std::thread::{self, Builder};

use isohub::testing::Recorder;
use isohub::{Hub, isolated, isolated_hub, parallel, span, spawn_isolated, start_span};

use super::{assert_creator_is_as_before, creator};
use crate::support::{crash, settled_tree, tags};

#[test]
fn a_builder_makes_threads_that_are_isolated_named_and_of_the_stack_that_was_asked_for() {
    creator();
    let builder = Builder::new().name("watcher".to_owned()).stack_size(32 << 20);
    let thread = spawn_isolated!(in builder, || {
        isohub::set_tag("unit", 1);
        // More than a thread has by default.
        let stack = std::hint::black_box([1_u8; 3 << 20]);
        (thread::current().name().map(str::to_owned), tags(), stack.len())
    });
    let seen = thread.expect("a thread").join().expect("no panic");
    assert_eq!(seen, (Some("watcher".to_owned()), "creator=yes removed=no unit=1".to_owned(), 3 << 20));
    assert_creator_is_as_before();
}

#[test]
fn a_builder_gives_its_error_and_what_the_unit_captured_is_dropped() {
    creator();
    let (kept, gone) = mpsc::channel::<()>();
    // No thread is to be had with a stack of an exabyte.
    let refused = spawn_isolated!(in Builder::new().stack_size(1 << 60), "refused", move || drop(kept));
    assert!(refused.is_err());
    assert_eq!(gone.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    assert_creator_is_as_before();
}

#[test]
fn a_builder_makes_scoped_threads_of_isolated_closures() {
    creator();
    let mut borrowed = 0;
    thread::scope(|s| {
        let unit = isolated!(|| {
            borrowed += 1;
            isohub::set_tag("unit", 1);
            tags()
        });
        let thread = Builder::new().name("scoped".to_owned()).spawn_scoped(s, unit).expect("a thread");
        assert_eq!(thread.thread().name(), Some("scoped"));
        assert_eq!(thread.join().expect("no panic"), "creator=yes removed=no unit=1");
    });
    assert_eq!(borrowed, 1);
    assert_creator_is_as_before();
}

#[span]
fn work(n: u32) {
    isohub::record!(n);
}

#[test]
fn threads_of_each_kind_are_children_of_the_span_that_made_them_and_siblings() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        start_span!("around").in_scope(|| {
            let one = spawn_isolated!(thread, || work(1));
            let two = spawn_isolated!(in Builder::new(), "two", || work(2)).expect("a thread");
            let scoped = thread::scope(|s| {
                let three = spawn_isolated!(in s, "three", || work(3));
                let four = Builder::new().spawn_scoped(s, parallel!("four", || work(4))).expect("a thread");
                [three.join(), four.join()]
            });
            assert!(scoped.into_iter().chain([one.join(), two.join()]).all(|ended| ended.is_ok()));
        });
    });
    let expected = "around\n  four\n    work n=4\n  three\n    work n=3\n  two\n    work n=2\n  work n=1\n";
    assert_eq!(settled_tree(&recorder), expected);
}

#[test]
fn a_plain_thread_starts_from_the_base_hub_whatever_is_active_where_it_is_made() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("creator", "yes");
        start_span!("around").in_scope(|| {
            let plain = || {
                let seen = (tags(), isohub::current_span().context(), isohub::last_event_id());
                work(1);
                seen
            };
            isohub::capture_message("before", isohub::Level::Info);
            assert_eq!(thread::spawn(plain).join().expect("no panic"), (String::new(), None, None));
            let scoped = thread::scope(|s| s.spawn(plain).join().expect("no panic"));
            assert_eq!(scoped, (String::new(), None, None));
        });
    });
    assert_eq!(settled_tree(&recorder), "around\n");
}

#[test]
fn an_annotated_function_that_a_plain_thread_calls_starts_from_the_base_hub() {
    #[isolated_hub]
    fn annotated() -> String {
        isohub::set_tag("unit", 1);
        tags()
    }
    creator();
    assert_eq!(thread::spawn(annotated).join().expect("no panic"), "unit=1");
    let isolated = spawn_isolated!(thread, annotated);
    assert_eq!(isolated.join().expect("no panic"), "creator=yes removed=no unit=1");
    assert_creator_is_as_before();
}

#[test]
fn five_threads_begun_in_five_sibling_spans_nest_each_under_its_own() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        start_span!("root").in_scope(|| {
            let all = Barrier::new(5);
            thread::scope(|s| {
                for n in 0..5 {
                    let all = &all;
                    start_span!("sibling", n).in_scope(|| {
                        spawn_isolated!(in s, "thread", move || {
                            all.wait();
                            work(n);
                        });
                    });
                }
            });
        });
    });
    let siblings: String =
        (0..5).map(|n| format!("  sibling n={n}\n    thread\n      work n={n}\n")).collect();
    assert_eq!(settled_tree(&recorder), format!("root\n{siblings}"));
}

#[test]
fn ten_crashing_threads_give_exactly_ten_events_each_with_its_own_tags() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("creator", "yes");
        let threads: Vec<_> = (0..10)
            .map(|n| {
                spawn_isolated!(thread, move || {
                    isohub::set_tag("n", n);
                    isohub::capture_message("crashes", isohub::Level::Error);
                    crash()
                })
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().is_err()));
        assert_eq!(tags(), "creator=yes");
    });
    let mut seen: Vec<_> = recorder.events().iter().map(|event| event.scope.tags().len()).collect();
    seen.dedup();
    assert_eq!((recorder.events().len(), seen), (10, vec![2]));
}

#[test]
fn units_of_many_threads_in_turn_and_within_one_another_end_where_they_began() {
    fn nest(depth: u32) -> String {
        isohub::set_tag("depth", depth);
        if depth > 0 {
            let inner = spawn_isolated!(thread, move || nest(depth - 1));
            let seen = inner.join().expect("no panic");
            assert_eq!(seen, format!("creator=yes depth={} removed=no", depth - 1));
        }
        tags()
    }
    creator();
    assert_eq!(Hub::current().run(|| nest(20)), "creator=yes depth=20 removed=no");
    assert_creator_is_as_before();
}
