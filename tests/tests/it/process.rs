//! What there is one of in a process: the install guard, the collector's thread, and the process's end;
//! and what becomes of it in a forked child.

use std::collections::HashSet;
use std::time::Duration;

use crate::child;

#[test]
fn a_second_install_is_an_error_and_the_first_goes_on() {
    let out = child::prints("second-install");
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with("installed=true isohub is already installed in this process"), "{out}");
    assert_eq!(
        lines[1..],
        [
            "flush=Ok(())",
            "started=2 delivered=2 dropped=0 open=0 adds_up=true",
            "first=2 second=0",
            "tag=Some(\"first\")",
            "flush=Ok(())",
            "after the guard=3",
            "third=true",
        ]
    );
}

#[test]
fn of_several_installs_at_once_one_is_the_first() {
    assert_eq!(
        child::prints("install-race").lines().collect::<Vec<_>>(),
        ["flush=Ok(())", "started=1 delivered=1 dropped=0 open=0 adds_up=true", "installed=1 fits=true"]
    );
}

#[test]
fn with_nothing_installed_nothing_is_recorded_and_hubs_are_isolated() {
    assert_eq!(
        child::prints("not-installed").lines().collect::<Vec<_>>(),
        [
            "flush=Err(Stopped)",
            "at once=true",
            "recorded=false context=None",
            "inner=Some(\"b\") outer=Some(\"a\")",
            "last event=true",
            "zero=true",
        ]
    );
}

#[test]
fn without_a_thread_for_the_collector_the_program_goes_on() {
    // No thread is to be had with a stack of an exabyte.
    let ended = child::run(&["no-thread"], &[("RUST_MIN_STACK", "1152921504606846976")]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(
        ended.out.lines().collect::<Vec<_>>(),
        [
            "no thread=true no thread was to be had for isohub: nothing is recorded",
            "source=true",
            "flush=Err(Stopped) at once=true",
            "started=0 delivered=0 open=0",
            "again=true",
            "tag=Some(\"a\")",
        ]
    );
}

/// The lines, in the order of their text.
fn sorted(out: &str) -> Vec<&str> {
    let mut lines: Vec<_> = out.lines().collect();
    lines.sort_unstable();
    lines
}

const TASKS: [&str; 7] = [
    "done ok",
    "in_flight cancelled",
    "in_flight cancelled",
    "in_flight cancelled",
    "inner cancelled",
    "inner cancelled",
    "inner cancelled",
];

#[test]
fn tasks_that_a_runtime_cancels_arrive_though_the_guard_was_dropped_before() {
    assert_eq!(sorted(&child::prints("guard-inside")), TASKS);
}

#[test]
fn tasks_that_a_runtime_cancels_arrive_before_the_guard_is_dropped() {
    assert_eq!(sorted(&child::prints("guard-outside")), TASKS);
}

#[test]
fn process_exit_does_not_hang() {
    let ended = child::run(&["process-exit"], &[]);
    assert_eq!(ended.code, Some(7), "{ended:#?}");
    assert!(ended.took < Duration::from_secs(20), "{:?}", ended.took);
}

#[test]
fn a_thread_may_outlive_main() {
    let out = child::prints("outlives");
    assert!(out.lines().any(|line| line == "main ends ok"), "{out}");
}

#[test]
fn a_sink_that_is_stuck_does_not_keep_the_process() {
    let ended = child::run(&["blocked-at-exit"], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), "done ok\n"));
    assert!(ended.took < Duration::from_secs(20), "two flushes of 2 s each, not {:?}", ended.took);
}

#[test]
fn a_forked_child_is_off_until_it_installs_anew() {
    let out = child::prints("fork");
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(
        lines[..10],
        [
            "in child: stats zero=true",
            "in child: tag=Some(\"1\")",
            "in child: flush=Err(Stopped)",
            "in child: guard flush=Err(Stopped)",
            "in child: stats zero=true",
            "in child: at once=true",
            "in child: flush=Ok(())",
            "started=100 delivered=100 dropped=0 open=0 adds_up=true",
            "in child: new ids=true",
            lines[9],
        ]
    );
    assert_eq!(lines[10], "child status=Ok(0)");
    assert_eq!(lines[11], "started=7601 delivered=7601 dropped=0 open=0 adds_up=true", "the parent");
    let ids = |line: &str| {
        let ids = line.rsplit('=').next().unwrap_or_default();
        ids.split(' ').map(str::to_owned).collect::<HashSet<_>>()
    };
    let (of_child, of_parent) = (ids(lines[9]), ids(lines[12]));
    assert_eq!((of_child.len(), of_parent.len()), (100, 7500));
    assert!(of_child.is_disjoint(&of_parent), "both go on from one state, and yet make other ids");
}

#[test]
fn a_span_in_which_a_process_forks_is_reported_by_the_parent_alone() {
    assert_eq!(
        child::prints("fork-in-span").lines().collect::<Vec<_>>(),
        [
            "in child: flush=Ok(())",
            "in child: [\"work\"]",
            "started=1 delivered=1 dropped=0 open=0 adds_up=true",
            "child status=Ok(0)",
            "in parent: [\"outer\"]",
            "started=1 delivered=1 dropped=0 open=0 adds_up=true",
        ]
    );
}

#[test]
fn a_forked_child_never_waits_for_what_another_thread_had_locked() {
    assert_eq!(child::prints("fork-busy"), "hung=[]\n");
}

#[test]
fn orphans_are_counted_and_named_once() {
    // By the doctor, and without it.
    for doctor in ["log", "off"] {
        for args in [&["orphans"][..], &["orphans", "with a sampler that is a function"]] {
            let ended = child::run(args, &[("ISOHUB_DOCTOR", doctor)]);
            assert_eq!(
                ended.out.lines().collect::<Vec<_>>(),
                [
                    "flush=Ok(())",
                    "[\"unbound\", \"unbound\", \"unbound\"]",
                    "orphans=3 lost_writes=2",
                    "started=10 delivered=10 dropped=0 open=0 adds_up=true",
                ],
                "{args:?}"
            );
            assert_eq!(ended.err.matches("span `unbound` at").count(), 1, "{args:?} {}", ended.err);
            assert_eq!(ended.err.matches("is lost, because the task has no hub").count(), 2, "{}", ended.err);
        }
    }
}
