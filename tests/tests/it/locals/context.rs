//! What people know from context variables of other languages: contexts as values that are copied and run
//! in, many variables, threads and tasks that each keep their own.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier, Mutex};

use futures::stream::{FuturesUnordered, StreamExt as _};
use isohub::{Hub, HubFutureExt as _, HubLocal, hub_local, isolated, spawn_isolated};

use crate::support::{crash, pause, pauses, poll_to_end, workers};

hub_local! {
    static VALUE: u64 = 0;
    static OTHER: String;
}

fn value() -> u64 {
    VALUE.get().map_or(u64::MAX, |value| *value)
}

fn other() -> String {
    OTHER.get().map(|other| (*other).clone()).unwrap_or_default()
}

#[test]
fn a_context_keeps_what_runs_in_it_set_for_the_next_run_and_the_outside_sees_none_of_it() {
    VALUE.set(1);
    let mut context = Hub::current();
    assert_eq!(context.run(value), 1);
    assert_eq!(context.run(|| VALUE.replace(Arc::new(2))).as_deref(), Some(&1));
    assert_eq!((context.run(value), value()), (2, 1));
    // What the outside sets afterwards the copy does not see.
    VALUE.set(3);
    assert_eq!((context.run(value), value()), (2, 3));
}

#[test]
fn copies_are_independent_both_ways_however_often_they_are_copied() {
    let mut first = Hub::current();
    first.run(|| VALUE.set(1));
    let mut second = first.clone();
    let mut third = second.clone();
    first.run(|| VALUE.set(10));
    second.run(|| VALUE.set(20));
    assert_eq!([first.run(value), second.run(value), third.run(value)], [10, 20, 1]);
    drop((first, second));
    assert_eq!((third.run(value), value()), (1, 0));
}

#[test]
fn contexts_that_run_inside_one_another_each_keep_their_own() {
    let mut outer = Hub::current();
    let mut inner = Hub::current();
    let seen = outer.run(|| {
        VALUE.set(1);
        let inside = inner.run(|| {
            let before = value();
            VALUE.set(2);
            (before, value(), Hub::current().run(value))
        });
        (inside, value())
    });
    assert_eq!((seen, inner.run(value), outer.run(value), value()), (((0, 2, 2), 1), 2, 1, 0));
}

#[test]
fn what_is_set_in_a_run_that_fails_stays_in_its_context_and_does_not_leak() {
    let mut context = Hub::current();
    let failed = catch_unwind(AssertUnwindSafe(|| {
        context.run(|| {
            VALUE.set(1);
            OTHER.set("set".to_owned());
            crash()
        })
    }));
    assert!(failed.is_err());
    assert_eq!((value(), other().as_str()), (0, ""));
    assert_eq!((context.run(value), context.run(other).as_str()), (1, "set"));
}

#[test]
fn twenty_threads_that_yield_a_hundred_times_each_keep_their_own_value() {
    VALUE.set(1000);
    let all = Arc::new(Barrier::new(20));
    let threads: Vec<_> = (0..20)
        .map(|n| {
            let all = Arc::clone(&all);
            spawn_isolated!(thread, move || {
                assert_eq!(value(), 1000);
                VALUE.set(n);
                all.wait();
                for _ in 0..100 {
                    std::thread::yield_now();
                    assert_eq!(value(), n);
                    VALUE.set(n);
                }
                value()
            })
        })
        .collect();
    let seen: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
    assert_eq!(seen, (0..20).collect::<Vec<_>>());
    assert_eq!(value(), 1000);
}

/// Sets its number, and sees it after each of a hundred awaits.
async fn keeps(n: u64) -> u64 {
    let before = value();
    VALUE.set(n);
    for _ in 0..100 {
        pause().await;
        assert_eq!(value(), n);
        VALUE.set(n);
    }
    before
}

#[test]
fn a_hundred_tasks_on_two_threads_each_keep_their_own_value() {
    workers(2).block_on(async {
        VALUE.set(1000);
        let tasks: Vec<_> = (0..100).map(|n| spawn_isolated!(keeps(n))).collect();
        for task in tasks {
            assert_eq!(task.await.expect("no panic"), 1000);
        }
        assert_eq!(value(), 1000);
    });
}

#[test]
fn a_hundred_units_of_one_task_each_keep_their_own_value() {
    VALUE.set(1000);
    let units: FuturesUnordered<_> = (0..100).map(|n| keeps(n).isolated()).collect();
    let seen: Vec<_> = poll_to_end(units.collect());
    assert_eq!(seen, [1000; 100]);
    assert_eq!(value(), 1000);
}

#[test]
fn a_task_inherits_what_is_set_when_it_is_made_and_its_own_ends_with_it() {
    workers(2).block_on(async {
        async fn inner(n: u64) -> u64 {
            pauses(2).await;
            VALUE.set(value() + n);
            value()
        }
        VALUE.set(1);
        let first = spawn_isolated!(inner(10));
        VALUE.set(2);
        let second = spawn_isolated!(inner(100));
        VALUE.set(3);
        assert_eq!((first.await.expect("no panic"), second.await.expect("no panic")), (11, 102));
        // Awaited without a unit of its own, it writes here.
        assert_eq!((inner(1000).await, value()), (1003, 1003));
    });
}

#[test]
fn a_callback_runs_in_the_context_in_which_it_was_registered() {
    let calls: Mutex<Vec<Box<dyn FnOnce() -> u64>>> = Mutex::default();
    for n in 1..4 {
        VALUE.set(n);
        calls.lock().expect("no panic").push(Box::new(isolated!(value)));
    }
    VALUE.set(9);
    let calls = calls.into_inner().expect("no panic");
    assert_eq!(calls.into_iter().map(|call| call()).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_default_may_ask_for_other_values_and_set_them_and_may_crash() {
    hub_local! {
        static BASE: u64 = 2;
        static DOUBLED: u64 = 2 * *BASE.get().unwrap_or_default();
        static SETS_ITSELF: u64 = { SETS_ITSELF.set(1); SETS_ITSELF.get().map_or(0, |one| *one + 1) };
        static CRASHES: u64 = if value() == 0 { crash() } else { 5 }
    }
    assert_eq!(DOUBLED.get().as_deref(), Some(&4));
    BASE.set(10);
    assert_eq!(DOUBLED.get().as_deref(), Some(&4), "it was made");
    assert_eq!(Hub::base().run(|| BASE.scope(10, || DOUBLED.get())).as_deref(), Some(&20));
    assert_eq!(SETS_ITSELF.get().as_deref(), Some(&2));
    assert_eq!(SETS_ITSELF.get().as_deref(), Some(&2));
    assert!(catch_unwind(|| CRASHES.get()).is_err());
    VALUE.set(1);
    assert_eq!(CRASHES.get().as_deref(), Some(&5));
}

#[test]
fn values_are_not_merged_and_what_a_block_or_a_scope_of_a_unit_sets_vanishes() {
    hub_local! {
        static OWN: u64 = 0, reset;
    }
    #[isohub::isolated_hub(merge)]
    fn merged() {
        VALUE.set(2);
        isohub::set_tag("merged", "yes");
    }
    #[isohub::isolated_hub]
    async fn blocks() -> [u64; 5] {
        let own = || OWN.get().map_or(u64::MAX, |own| *own);
        OWN.set(1);
        let (in_block, in_scope);
        #[isolated_hub]
        {
            in_block = own();
            OWN.set(2);
            pause().await;
            VALUE.set(own());
        }
        in_scope = isohub::with_scope(
            |_| (),
            || {
                let before = own();
                OWN.set(3);
                before
            },
        );
        let later = async {
            pause().await;
            own()
        };
        [in_block, in_scope, later.with_scope(|_| ()).await, own(), value()]
    }
    VALUE.set(1);
    merged();
    assert_eq!((value(), crate::support::tags().as_str()), (1, "merged=yes"));
    assert_eq!(poll_to_end(blocks()), [1, 1, 1, 1, 1]);
}

hub_local! {
    static V0: u64;
    static V1: u64;
    static V2: u64;
    static V3: u64;
    static V4: u64;
    static V5: u64;
    static V6: u64;
    static V7: u64;
}

/// Sets, removes and copies in an order that looks like chance, and compares with a map.
#[test]
fn many_variables_in_many_contexts_are_what_a_map_for_each_would_be() {
    let all: [&'static HubLocal<u64>; 8] = [&V0, &V1, &V2, &V3, &V4, &V5, &V6, &V7];
    let mut contexts = vec![(Hub::base(), HashMap::new())];
    let mut state = 7_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for step in 0..5_000 {
        let (at, key) = (next(contexts.len()), next(all.len()));
        let context = &mut contexts[at];
        match next(10) {
            0..=4 => {
                context.0.run(|| all[key].set(step));
                context.1.insert(key, step);
            }
            5 | 6 => {
                context.0.run(|| all[key].remove());
                context.1.remove(&key);
            }
            7 => {
                let before = context.0.run(|| all[key].replace(Arc::new(step)));
                assert_eq!(before.as_deref().copied(), context.1.insert(key, step));
            }
            8 => {
                let copy = context.clone();
                contexts.push(copy);
            }
            _ if contexts.len() > 20 => drop(contexts.swap_remove(at)),
            _ => {}
        }
        let at = next(contexts.len());
        let (context, expected) = &mut contexts[at];
        for (key, variable) in all.iter().enumerate() {
            assert_eq!(context.run(|| variable.get()).as_deref(), expected.get(&key), "step {step}");
        }
    }
}
