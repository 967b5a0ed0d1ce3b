//! Pools that are built, or first used, inside a unit have nothing of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use isohub::{Hub, rayon::HubParallelIterator as _};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::{assert_nothing_left, below_root, in_unit_on, pool};
use crate::support::{alone, crash, tags};

fn request() -> Hub {
    Hub::base().with_tag("request", "first")
}

#[test]
fn a_pool_that_a_request_builds_has_nothing_of_it() {
    let pool = request().run(|| {
        let pool = pool(2);
        isohub::rayon::install(&pool, || {
            (0..100).into_par_iter().isolated().for_each(|n| isohub::set_tag("n", n))
        });
        assert_nothing_left(&pool);
        pool
    });
    assert_nothing_left(&pool);
    Hub::base().run(|| assert_eq!(isohub::rayon::install(&pool, tags), ""));
    in_unit_on(&pool, || assert_eq!(isohub::rayon::join(tags, tags), Default::default()));
}

#[test]
fn a_pool_that_is_built_in_a_span_has_no_parent_for_other_requests() {
    let (recorder, pool) = below_root(&pool(1), || pool(2));
    let other = isohub::testing::Recorder::new();
    other.run_sync(|| isohub::rayon::install(&pool, || isohub::start_span!("other").in_scope(|| ())));
    assert_eq!((recorder.tree().as_str(), other.tree().as_str()), ("root\n", "other\n"));
    assert_nothing_left(&pool);
}

#[test]
fn the_global_pool_started_by_a_request_has_nothing_of_it() {
    if !alone("isolation::rayon::pools::the_global_pool_started_by_a_request_has_nothing_of_it") {
        return;
    }
    request().run(|| {
        isohub::rayon::join(|| isohub::set_tag("a", 1), || isohub::set_tag("b", 1));
        rayon::spawn_broadcast(|_| assert_eq!(tags(), ""));
    });
    let left = rayon::broadcast(|_| tags());
    assert!(left.iter().all(String::is_empty), "{left:?}");
}

#[test]
fn what_the_handlers_of_a_pool_write_is_seen_by_no_job() {
    static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    fn handler(name: &str) {
        isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
        isohub::set_tag("handler", name);
        SEEN.lock().expect("no panic").push(format!("{name}: {}", tags()));
    }
    let pool = request().run(|| {
        ThreadPoolBuilder::new()
            .num_threads(2)
            .start_handler(|_| handler("start"))
            .exit_handler(|_| handler("exit"))
            .panic_handler(|_| handler("panic"))
            .spawn_handler(|thread| {
                std::thread::spawn(|| {
                    // Not yet one of the pool's: a plain thread, which is a unit.
                    isohub::set_tag("thread", "mine");
                    thread.run();
                    assert_eq!(tags(), "handler=exit thread=mine");
                });
                Ok(())
            })
            .build()
            .expect("a pool")
    });
    assert_nothing_left(&pool);
    pool.spawn(|| crash());
    Hub::base().run(|| assert_eq!(isohub::rayon::install(&pool, tags), ""));
    assert_nothing_left(&pool);
    let crashed = catch_unwind(AssertUnwindSafe(|| pool.install(|| crash())));
    assert!(crashed.is_err());
    assert_nothing_left(&pool);
    drop(pool);
}

#[test]
fn a_thread_that_joined_a_pool_is_a_worker() {
    let joined = std::thread::spawn(|| {
        isohub::set_tag("thread", "before");
        let pool = ThreadPoolBuilder::new().num_threads(2).use_current_thread().build().expect("a pool");
        assert_eq!(tags(), "");
        in_unit_on(&pool, || isohub::rayon::join(|| isohub::set_tag("a", 1), tags)).1
    });
    assert_eq!(joined.join().expect("no panic"), "");
}
