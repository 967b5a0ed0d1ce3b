//! Jobs without a hub: what they write goes nowhere, and that is counted and named.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use isohub::rayon::HubParallelIterator as _;
use isohub::sink::Memory;
use isohub::testing::Recorder;
use isohub::{Hub, span};
use rayon::prelude::*;

use super::{SIZES, assert_nothing_left, in_unit_on, pool};
use crate::support::{alone, current_thread, spawn_bare, tags};

#[span]
fn helper() {
    isohub::set_tag("helper", "kept here");
}

/// Loses one write, and has one orphan.
fn bare() {
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    isohub::doctor::allow(isohub::doctor::Kind::Orphan);
    assert_eq!((tags(), Hub::current().span_context()), (String::new(), None));
    isohub::set_tag("bare", "lost");
    helper();
    assert_eq!(tags(), "");
}

#[test]
fn what_a_bare_job_writes_reaches_nobody_and_is_counted() {
    if !alone("isolation::rayon::without::what_a_bare_job_writes_reaches_nobody_and_is_counted") {
        return;
    }
    let recorder = Recorder::new();
    let pool = pool(2);
    recorder.run_sync(|| {
        isohub::set_tag("creator", "yes");
        pool.install(bare);
        pool.join(bare, bare);
        pool.scope(|scope| scope.spawn(|_| bare()));
        pool.broadcast(|_| bare());
        pool.install(|| (0..10).into_par_iter().for_each(|_| bare()));
        assert_eq!(tags(), "creator=yes");
    });
    assert_nothing_left(&pool);
    assert_eq!((isohub::stats().lost_writes, recorder.spans().len()), (16, 0));
}

#[test]
fn a_bare_job_never_sees_the_hub_of_who_waits() {
    for threads in SIZES {
        let done = AtomicUsize::new(0);
        let bare = || {
            // First, so that nobody waits for one that fails.
            done.fetch_add(1, Ordering::Relaxed);
            bare();
        };
        in_unit_on(&pool(threads), || {
            isohub::set_tag("thief", "yes");
            rayon::in_place_scope(|raw| {
                for _ in 0..20 {
                    raw.spawn(|_| bare());
                    // While the thread yields, while it waits for what was stolen or for jobs on top of the other
                    // closure, at the end of a scope, and between items.
                    isohub::rayon::yield_now();
                    isohub::rayon::yield_local();
                    isohub::rayon::join(|| raw.spawn(|_| bare()), || raw.spawn(|_| bare()));
                    isohub::rayon::scope(|scope| scope.spawn(|_| bare()));
                    isohub::rayon::scope_fifo(|scope| scope.spawn_fifo(|_| bare()));
                    isohub::rayon::in_place_scope(|scope| scope.spawn(|_| bare()));
                    isohub::rayon::in_place_scope_fifo(|scope| scope.spawn_fifo(|_| bare()));
                    isohub::rayon::broadcast(|_| raw.spawn(|_| bare()));
                    (0..4).into_par_iter().isolated().for_each(|_| raw.spawn(|_| bare()));
                    assert_eq!(tags(), "thief=yes");
                }
                while done.load(Ordering::Relaxed) < 20 * (11 + threads) {
                    isohub::rayon::yield_now();
                }
            });
            assert_eq!(tags(), "thief=yes");
        });
    }
}

#[test]
fn closures_before_the_items_are_units_have_no_hub() {
    for threads in SIZES {
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            let before = (0..100).into_par_iter().map(|_| tags());
            assert!(before.isolated().all(|seen| seen.is_empty() && tags() == "creator=yes"));
        });
    }
}

#[test]
fn spans_of_bare_jobs_are_orphans_and_counted() {
    if !alone("isolation::rayon::without::spans_of_bare_jobs_are_orphans_and_counted") {
        return;
    }
    isohub::doctor::allow(isohub::doctor::Kind::Orphan);
    let memory = Memory::new();
    let guard = isohub::init().sink(memory.clone()).install().expect("the first");
    in_unit_on(&pool(1), || {
        isohub::start_span!("root").in_scope(|| {
            isohub::rayon::scope(|scope| (0..3).for_each(|_| scope.spawn(|_| helper())));
        });
    });
    guard.flush(Duration::from_secs(20)).expect("in time");
    let mut spans: Vec<_> =
        memory.spans().iter().map(|span| (span.name.clone(), span.is_orphan, span.parent)).collect();
    spans.sort_by_key(|(_, is_orphan, _)| *is_orphan);
    let orphan = ("helper".into(), true, None);
    assert_eq!(spans, [("root".into(), false, None), orphan.clone(), orphan.clone(), orphan]);
    assert_eq!(guard.stats().orphans, 3);
}

#[test]
fn a_bare_task_that_joins_lends_its_jobs_no_hub_and_takes_none_away() {
    Hub::base().with_tag("unit", "around").run(|| {
        current_thread().block_on(async {
            let bare = spawn_bare(async {
                let both = isohub::rayon::join(tags, tags);
                let installed = isohub::rayon::install(&pool(1), tags);
                isohub::rayon::in_place_scope(|_| (both, installed, tags()))
            });
            assert_eq!(bare.await.expect("no panic"), Default::default());
            assert_eq!(tags(), "unit=around");
        });
        assert_eq!(tags(), "unit=around");
    });
}

#[test]
fn a_lost_write_of_a_job_is_named_once() {
    const ALONE: &str = "ISOHUB_TEST_ALONE";
    let name = "isolation::rayon::without::a_lost_write_of_a_job_is_named_once";
    if std::env::var_os(ALONE).is_some() {
        return pool(2).install(|| (0..10).into_par_iter().for_each(|_| bare()));
    }
    let program = std::env::current_exe().expect("this program has a path");
    let ended = std::process::Command::new(program)
        .args(["--exact", name])
        .env(ALONE, "1")
        .env("ISOHUB_DOCTOR", "off")
        .output();
    let said = String::from_utf8(ended.expect("this program can be started").stderr).expect("UTF-8");
    assert_eq!(said.matches("isolation/rayon/without.rs").count(), 1, "{said}");
}
