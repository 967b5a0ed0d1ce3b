//! Errors that have kept a stack are captured with it, and not with that of their capture.

use crate::child;

#[track_caller]
fn printed(env: &[(&str, &str)]) -> Vec<String> {
    let ended = child::run(&["errors"], env);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    ended.out.lines().map(str::to_owned).collect()
}

const CHAIN: &str = "[\"no number\", \"invalid digit found in string\"] in errors.rs";

#[test]
fn a_stack_is_that_of_where_an_error_was_made() {
    assert_eq!(
        printed(&[("RUST_LIB_BACKTRACE", "1")]),
        [
            format!("anyhow {CHAIN} Some(\"made_by_anyhow\")"),
            format!("eyre {CHAIN} Some(\"made_by_eyre\")"),
            "own [\"no number\"] in errors.rs Some(\"made_by_itself\")".to_owned(),
            format!("attribute {CHAIN} Some(\"made_by_anyhow\")"),
            format!("attribute {CHAIN} Some(\"made_by_eyre\")"),
            format!("block {CHAIN} Some(\"made_by_anyhow\")"),
            format!("block {CHAIN} Some(\"made_by_eyre\")"),
        ]
    );
}

#[test]
fn an_error_that_kept_no_stack_has_none() {
    let printed = printed(&[]);
    assert_eq!(printed.len(), 7);
    assert!(printed.iter().all(|line| line.ends_with(" None")), "{printed:#?}");
}
