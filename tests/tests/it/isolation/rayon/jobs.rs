//! Jobs that have a hub: `join`, scopes, spawned jobs, broadcasts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use isohub::{Hub, isolated, span, spawn_isolated};

use super::{SIZES, assert_nothing_left, below_root, in_unit_on, pool};
use crate::support::{Log, crash, current_thread, pause, settled_tree, tags, workers};

/// Each node sets one tag and knows from its way down which ones it is to see. The number of leaves.
fn tree(depth: usize, way: &str) -> usize {
    let node = |side: &str| {
        let way = format!("{way} {depth:02}={side}");
        isohub::set_tag(format!("{depth:02}"), side);
        assert_eq!(tags(), way.trim());
        let leaves = if depth == 10 { 1 } else { tree(depth + 1, &way) };
        assert_eq!(tags(), way.trim());
        leaves
    };
    let (left, right) = isohub::rayon::join(|| node("left"), || node("right"));
    assert_eq!(tags(), way.trim());
    left + right
}

#[test]
fn each_node_of_a_tree_of_joins_sees_what_is_on_its_way_and_nothing_else() {
    for threads in SIZES {
        assert_eq!(in_unit_on(&pool(threads), || tree(1, "")), 1024);
    }
}

/// The same with rayon's own `join` and scopes.
fn plain_tree(depth: usize, way: &str) -> usize {
    let node = move |side: &str| {
        let way = format!("{way} {depth:02}={side}");
        isohub::set_tag(format!("{depth:02}"), side);
        rayon::yield_now();
        assert_eq!(tags(), way.trim());
        if depth == 6 { 1 } else { plain_tree(depth + 1, &way) }
    };
    let counted = AtomicUsize::new(0);
    let (left, right) = rayon::join(isolated!(|| node("left")), isolated!(|| node("right")));
    rayon::scope(|scope| {
        let counted = &counted;
        spawn_isolated!(in scope, move |_| { counted.fetch_add(node("l"), Ordering::Relaxed); });
        scope.spawn(isolated!(move |_| {
            counted.fetch_add(node("r"), Ordering::Relaxed);
        }));
    });
    assert_eq!(tags(), way.trim());
    left + right + counted.into_inner()
}

#[test]
fn isolated_closures_are_units_in_rayons_own_functions_too() {
    for threads in SIZES {
        assert_eq!(in_unit_on(&pool(threads), || plain_tree(1, "")), 4096);
    }
}

#[test]
fn a_job_that_runs_while_another_yields_sees_its_own_hub() {
    for threads in SIZES {
        let inside = AtomicUsize::new(0);
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            isohub::rayon::scope(|scope| {
                for n in 0..20 {
                    let inside = &inside;
                    spawn_isolated!(in scope, move |_| {
                        isohub::set_tag("job", n);
                        isohub::rayon::yield_now();
                        assert_eq!(tags(), format!("creator=yes job={n}"));
                        inside.fetch_add(1, Ordering::Relaxed);
                    });
                }
                isohub::set_tag("thief", "yes");
                while inside.load(Ordering::Relaxed) < 20 {
                    isohub::rayon::yield_now();
                    assert_eq!(tags(), "creator=yes thief=yes");
                }
            });
            assert_eq!(tags(), "creator=yes thief=yes");
        });
    }
}

#[test]
fn spans_of_stolen_jobs_are_siblings() {
    for threads in SIZES {
        let (recorder, ()) = below_root(&pool(threads), || {
            isohub::rayon::scope(|scope| {
                for n in 0..50 {
                    spawn_isolated!(in scope, "job", tags(n = n), move |_| {
                        isohub::rayon::join(|| (), isohub::rayon::yield_now);
                        rayon::yield_now();
                        isohub::start_span!("inner", n = n).in_scope(|| ());
                    });
                }
            });
        });
        let mut jobs: Vec<_> = (0..50).map(|n| format!("  job {{n={n}}}\n    inner n={n}\n")).collect();
        jobs.sort();
        assert_eq!(settled_tree(&recorder), format!("root\n{}", jobs.concat()));
    }
}

#[test]
fn what_the_closure_of_a_scope_writes_stays_in_the_callers_unit() {
    fn written() {
        isohub::rayon::scope(|_| isohub::set_tag("a", 1));
        isohub::rayon::scope_fifo(|scope| {
            scope.spawn_fifo(isolated!(|_| isohub::set_tag("job", 1)));
            isohub::set_tag("b", 1);
        });
        isohub::rayon::in_place_scope(|scope| {
            spawn_isolated!(in scope, |_| isohub::set_tag("job", 1));
            isohub::set_tag("c", 1);
        });
        isohub::rayon::in_place_scope_fifo(|scope| {
            scope.spawn_fifo(isolated!(|_| isohub::set_tag("job", 1)));
            isohub::set_tag("d", 1);
        });
        assert_eq!(tags(), "a=1 b=1 c=1 d=1");
    }
    let task = async {
        written();
        pause().await;
        isohub::set_tag("e", 1);
        tags()
    };
    // A plain thread, a thread of the pool, and tasks.
    std::thread::spawn(written).join().expect("no panic");
    in_unit_on(&pool(2), written);
    assert_eq!(current_thread().block_on(isolated!(task)), "a=1 b=1 c=1 d=1 e=1");
    let tokio = workers(1);
    let task = tokio.block_on(async {
        spawn_isolated!(async {
            written();
            pause().await;
            tags()
        })
        .await
    });
    assert_eq!(task.expect("no panic"), "a=1 b=1 c=1 d=1");
}

#[test]
fn a_span_goes_on_in_what_is_installed_and_in_the_closure_of_a_scope() {
    #[span]
    fn outer(pool: &rayon::ThreadPool) {
        isohub::rayon::install(pool, || {
            isohub::start_span!("installed").in_scope(|| {
                isohub::rayon::scope(|_| isohub::start_span!("in scope").in_scope(|| ()));
            });
        });
        isohub::start_span!("after").in_scope(|| ());
    }
    let recorder = isohub::testing::Recorder::new();
    recorder.run_sync(|| outer(&pool(2)));
    assert_eq!(settled_tree(&recorder), "outer\n  after\n  installed\n    in scope\n");
}

#[test]
fn spawned_jobs_start_from_the_hub_that_spawned_them() {
    for threads in SIZES {
        let pool = pool(threads);
        let (sender, seen) = channel();
        let job = |name: &'static str| {
            let sender = sender.clone();
            move || {
                isohub::set_tag("job", name);
                let _ = sender.send(tags());
            }
        };
        in_unit_on(&pool, || {
            isohub::set_tag("creator", "yes");
            isohub::rayon::spawn(job("spawn"));
            isohub::rayon::spawn_fifo(job("fifo"));
            spawn_isolated!(in pool, job("pool"));
            pool.spawn_fifo(isolated!(job("pool fifo")));
            isohub::set_tag("creator", "later");
        });
        drop(sender);
        let mut seen: Vec<_> = seen.iter().collect();
        seen.sort();
        let expected = ["fifo", "pool", "pool fifo", "spawn"].map(|job| format!("creator=yes job={job}"));
        assert_eq!(seen, expected);
        assert_nothing_left(&pool);
    }
}

#[test]
fn each_call_of_a_broadcast_is_a_unit() {
    for threads in SIZES {
        let pool = pool(threads);
        let (sender, spawned) = channel();
        let called = in_unit_on(&pool, || {
            isohub::set_tag("creator", "yes");
            let call = |thread: rayon::BroadcastContext<'_>| {
                isohub::set_tag(format!("call {}", thread.index()), "");
                rayon::yield_now();
                tags()
            };
            isohub::rayon::spawn_broadcast(move |thread| {
                let _ = sender.send(call(thread));
            });
            let called = isohub::rayon::broadcast(call);
            assert_eq!(tags(), "creator=yes");
            called
        });
        let expected: Vec<_> = (0..threads).map(|n| format!("call {n}= creator=yes")).collect();
        assert_eq!(called, expected);
        let mut spawned: Vec<_> = spawned.iter().collect();
        spawned.sort();
        assert_eq!(spawned, expected);
    }
}

#[test]
fn a_panic_goes_on_and_leaves_every_hub_as_it_was() {
    fn crashing() {
        isohub::set_tag("crashing", "yes");
        isohub::rayon::join(|| (), isohub::rayon::yield_now);
        crash();
    }
    let ways: [fn(); 7] = [
        || {
            isohub::rayon::join(crashing, || isohub::set_tag("b", 1));
        },
        || {
            isohub::rayon::join(|| isohub::set_tag("a", 1), crashing);
        },
        || isohub::rayon::scope(|scope| spawn_isolated!(in scope, |_| crashing())),
        || isohub::rayon::in_place_scope(|scope| scope.spawn(isolated!(|_| crashing()))),
        || drop(isohub::rayon::broadcast(|_| crashing())),
        || isohub::rayon::scope(|_| crash()),
        || isohub::rayon::in_place_scope_fifo(|_| crash()),
    ];
    for threads in SIZES {
        let pool = pool(threads);
        in_unit_on(&pool, || {
            isohub::set_tag("creator", "yes");
            for (number, way) in ways.iter().enumerate() {
                assert!(catch_unwind(way).is_err(), "{number}");
                assert_eq!(tags(), "creator=yes", "{number}");
                assert!(Hub::current().run(|| catch_unwind(way)).is_err(), "{number}");
            }
        });
        // From a thread that is not the pool's, of which the unit was elsewhere.
        Hub::base().with_tag("creator", "yes").run(|| {
            let installed = || isohub::rayon::install(&pool, || ways[0]());
            assert!(catch_unwind(AssertUnwindSafe(installed)).is_err());
            assert_eq!(tags(), "creator=yes");
        });
        assert_nothing_left(&pool);
    }
}

#[test]
fn what_a_job_captured_is_dropped_in_its_hub() {
    for threads in SIZES {
        let log = Log::default();
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            let [a, b, c] = ["a", "b", "c"].map(|name| log.witness(name));
            let crashed = catch_unwind(AssertUnwindSafe(|| {
                isohub::rayon::join(
                    move || {
                        isohub::set_tag("job", "a");
                        let _held = a;
                        crash()
                    },
                    move || {
                        isohub::set_tag("job", "b");
                        drop(b);
                    },
                )
            }));
            assert!(crashed.is_err());
            isohub::rayon::scope(|scope| {
                spawn_isolated!(in scope, tags(job = "c"), move |_| {
                    let _held = &c;
                    isohub::rayon::yield_now();
                });
            });
        });
        let expected = ["a", "b", "c"].map(|name| format!("{name}: creator=yes job={name}"));
        assert_eq!(log.sorted(), expected);
    }
}

#[test]
fn a_hub_may_be_dropped_and_run_on_any_thread() {
    isohub::hub_local! {
        static HELD: Option<crate::support::Witness>;
    }
    let log = Log::default();
    let pool = pool(2);
    in_unit_on(&pool, || {
        isohub::set_tag("creator", "yes");
        let hubs: Vec<_> = (0..100).map(|n| Hub::current().with_tag("hub", n)).collect();
        let hubs = Mutex::new(hubs);
        isohub::rayon::broadcast(|_| {
            while let Some(mut hub) = { hubs.lock().expect("no panic").pop() } {
                assert!(hub.run(tags).starts_with("creator=yes hub="));
                let held = log.witness("held");
                hub.run(|| HELD.set(Some(held)));
                isohub::rayon::join(move || drop(hub), || isohub::set_tag("other", 1));
            }
            assert_eq!(tags(), "creator=yes");
        });
    });
    // Its values are dropped with the hub, by the job that has it.
    assert_eq!(log.lines(), vec!["held: creator=yes"; 100]);
}

#[test]
fn units_inside_a_job_work_as_they_do_anywhere() {
    for threads in SIZES {
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            let job = |name: &'static str| {
                isohub::set_tag("job", name);
                isolated!(|| isohub::set_tag("nested", 1))();
                let mut hub = Hub::current();
                hub.run(|| {
                    isohub::set_tag("inside", 1);
                    isohub::rayon::join(|| isohub::set_tag("deep", 1), tags).1
                })
            };
            let (a, b) = isohub::rayon::join(|| job("a"), || job("b"));
            assert_eq!(
                (a.as_str(), b.as_str()),
                ("creator=yes inside=1 job=a", "creator=yes inside=1 job=b")
            );
            let other = pool(1);
            isohub::rayon::install(&other, || {
                isohub::set_tag("installed", 1);
                isohub::rayon::join(|| isohub::set_tag("deep", 1), || ());
                assert_eq!(tags(), "creator=yes installed=1");
            });
            assert_eq!(tags(), "creator=yes installed=1");
        });
    }
}

#[test]
fn a_task_that_a_job_runs_has_the_hub_that_it_was_given() {
    in_unit_on(&pool(1), || {
        isohub::set_tag("creator", "yes");
        current_thread().block_on(async {
            let unit = spawn_isolated!(async {
                pause().await;
                isohub::rayon::join(|| isohub::set_tag("deep", 1), tags).1
            });
            assert_eq!(unit.await.expect("no panic"), "creator=yes");
            let bare = crate::support::spawn_bare(async { tags() });
            assert_eq!(bare.await.expect("no panic"), "");
        });
        assert_eq!(tags(), "creator=yes");
    });
}
