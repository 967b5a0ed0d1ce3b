//! To whom findings are told, each in a process of its own.

use crate::child::{Ended, run};

fn doctor(case: &str, environment: &str) -> Ended {
    run(&[case], &[("ISOHUB_DOCTOR", environment)])
}

fn told(ended: &Ended) -> usize {
    ended.err.matches("isohub: dead write: ").count()
}

#[test]
fn by_the_log_each_in_one_line() {
    for environment in ["", "log"] {
        let ended = doctor("doctor", environment);
        assert_eq!((ended.code, &*ended.out, told(&ended)), (Some(0), "done\n", 1), "{ended:#?}");
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        assert!(ended.err.contains("tests/src/bin/child/doctor.rs:"), "{}", ended.err);
        assert!(ended.err.trim_end().ends_with("(see TROUBLESHOOTING.md#dead-write)"), "{}", ended.err);
    }
}

#[test]
fn not_what_is_allowed() {
    for environment in ["log", "panic"] {
        let ended = doctor("doctor-allowed", environment);
        assert_eq!((ended.code, &*ended.out, &*ended.err), (Some(0), "done\n", ""));
    }
}

#[test]
fn not_at_all() {
    let ended = doctor("doctor", "off");
    assert_eq!((ended.code, &*ended.out, &*ended.err), (Some(0), "done\n", ""));
}

#[test]
fn by_a_panic_where_it_happens() {
    let ended = doctor("doctor", "panic");
    assert_eq!((ended.code, &*ended.out), (Some(101), ""), "{ended:#?}");
    assert!(ended.err.contains("isohub: dead write: "), "{}", ended.err);
    // Every span is accounted for, and the thread is as it was.
    let ended = doctor("doctor-panics", "panic");
    assert_eq!((ended.code, &*ended.out), (Some(0), "panics=5 tags=[] open=0\n"), "{ended:#?}");
}

#[test]
fn by_no_panic_while_the_thread_unwinds() {
    let ended = doctor("doctor-unwinding", "panic");
    assert_eq!((ended.code, &*ended.out, told(&ended)), (Some(0), "survived\n", 1), "{ended:#?}");
}

#[test]
fn by_a_function_of_the_program() {
    let ended = doctor("doctor-call", "off");
    assert_eq!(
        (ended.code, &*ended.out, &*ended.err),
        (Some(0), "dead write\ntags=[]\ndone\n", ""),
        "{ended:#?}"
    );
    // Which may panic, record, and make the same mistake.
    let ended = doctor("doctor-call-badly", "off");
    assert_eq!((ended.code, &*ended.out), (Some(0), "calls=1 panics=1 tags=[] events=1\n"), "{ended:#?}");
}

#[test]
fn by_a_file() {
    let path = std::env::temp_dir().join(format!("isohub-doctor-{}", std::process::id()));
    let ended = doctor("doctor", &format!("file:{}", path.display()));
    let lines = std::fs::read_to_string(&path).unwrap();
    let _ = std::fs::remove_file(&path);
    assert_eq!((ended.code, &*ended.out, &*ended.err), (Some(0), "done\n", ""));
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.starts_with("main: dead write: "), "{lines}");
    // A file that cannot be written to hurts nobody.
    assert_eq!(doctor("doctor", "file:/nowhere/at/all").code, Some(0));
}

#[test]
fn by_the_recorder_that_nobody_asked() {
    let ended = doctor("doctor-recorder", "panic");
    assert_eq!((ended.code, &*ended.out), (Some(0), "panicked=true allowed=false\n"), "{ended:#?}");
    let ended = doctor("doctor-recorder", "log");
    assert_eq!((&*ended.out, &*ended.err), ("panicked=false allowed=false\n", ""));
}

#[test]
fn a_forked_child_does_not_answer_for_the_spans_of_its_parent() {
    let ended = run(&["fork-in-span"], &[("ISOHUB_DOCTOR", "log")]);
    assert!(!ended.err.contains("open span"), "{}", ended.err);
}
