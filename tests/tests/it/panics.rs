//! Panics that are captured: each once, with what its unit knows, and in time.

use std::time::Duration;

use crate::child;

#[track_caller]
fn prints(case: &str, expected: &[&str]) {
    assert_eq!(child::prints(case).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_panic_has_the_scope_the_span_and_the_stack_of_its_unit() {
    prints(
        "panics-units",
        &[
            "task panicked=true",
            "fatal Some(\"panic\") \"in a branch\" [(\"branch\", \"2\"), (\"late\", \"2\"), (\"request\", \"7\")] crumbs=1 at panics.rs",
            "span=true outcome=panicked",
            "last=1",
            "stack=true",
            "[Attribute { key: \"thread.name\", value: Str(\"main\") }] true",
        ],
    );
}

#[test]
fn a_panic_is_captured_once_and_says_what_it_says() {
    prints(
        "panics-messages",
        &[
            "caught=true",
            "caught=true",
            "caught=true",
            "caught=true",
            "caught=true",
            "fatal Some(\"panic\") \"Box<dyn Any>\" [] crumbs=0 at panics.rs",
            "fatal Some(\"panic\") \"called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }\" [] crumbs=0 at panics.rs",
            "fatal Some(\"panic\") \"constant\" [] crumbs=0 at panics.rs",
            "fatal Some(\"panic\") \"made\" [] crumbs=0 at panics.rs",
            "fatal Some(\"panic\") \"once\" [] crumbs=0 at panics.rs",
            "last=5",
        ],
    );
}

#[test]
fn panics_of_what_telemetry_calls_do_no_harm_in_a_hook() {
    prints(
        "panics-nested",
        &[
            "within=true",
            "caught=true",
            "caught=true",
            "caught=true",
            "caught=true",
            "caught=true",
            "fatal Some(\"panic\") \"first\" [(\"tenant\", \"acme\")] crumbs=0 at panics.rs",
            "fatal Some(\"panic\") \"in a destructor\" [(\"tenant\", \"acme\")] crumbs=0 at panics.rs",
            "fatal Some(\"panic\") \"in a field\" [(\"tenant\", \"acme\")] crumbs=0 at panics.rs",
            "fatal Some(\"panic\") \"processed\" [(\"tenant\", \"acme\")] crumbs=0 at panics.rs",
            "seen=1 lost=2 panics=3",
        ],
    );
}

#[test]
fn a_panic_where_there_is_no_unit_has_what_there_is() {
    prints(
        "panics-without-unit",
        &[
            "caught=true",
            "flush=Ok(())",
            "fatal Some(\"panic\") \"on a thread\" [(\"of\", \"thread\"), (\"region\", \"eu\")] crumbs=0 at panics.rs None [Attribute { key: \"thread.name\", value: Str(\"worker\") }]",
            "fatal Some(\"panic\") \"in a bare task\" [(\"region\", \"eu\")] crumbs=0 at panics.rs None [Attribute { key: \"thread.name\", value: Str(\"main\") }]",
        ],
    );
}

/// What is printed by a process that a panic ends, and its code; `None` if it aborts.
#[track_caller]
fn ends(case: &str, code: Option<i32>, expected: &[&str]) {
    let ended = child::run(&[case], &[]);
    assert_eq!((ended.out.lines().collect::<Vec<_>>(), ended.code), (expected.to_vec(), code), "{ended:#?}");
    assert!(ended.took < Duration::from_secs(20), "2 s for each flush, not {:?}", ended.took);
}

#[test]
fn a_panic_that_ends_the_process_is_sent_before() {
    let of_work = |message: &str| {
        format!("fatal Some(\"panic\") {message:?} [(\"tenant\", \"acme\")] crumbs=0 at panics.rs")
    };
    ends("panics-main-ends", Some(101), &[&of_work("the end"), "work panicked"]);
    ends("panics-border", None, &[&of_work("across a border")]);
    ends("panics-twice", None, &[&of_work("first"), &of_work("second")]);
    ends("panics-thread-local", None, &["fatal Some(\"panic\") \"second\" [] crumbs=0 at panics.rs"]);
    ends("panics-own-hook", Some(7), &[&of_work("the end"), "flush=Ok(())"]);
    let before = "info None \"\" [] crumbs=0 at panics.rs";
    ends("panics-stuck", None, &[before, &of_work("across a border")]);
}
