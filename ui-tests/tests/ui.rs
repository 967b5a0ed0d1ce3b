//! What the macros refuse, in which words and at which place, and what they accept.
//!
//! - `reject/` holds our own messages, which are the same on every compiler, and with and without the
//!   feature `enabled`: a file an argument, a file any other topic, a paragraph a case. The items are used,
//!   so that a lost one would be reported too.
//! - `mended/` holds each case of `reject/` as its message says it should be; it compiles without a warning
//!   and runs.
//! - `rustc/` holds the compiler's messages about programs that use isohub, and those that our types
//!   give it; they are compared on one version of the compiler.
//! - `accept/` holds what one would not expect to work: one program that compiles without a warning and runs,
//!   and in `accept/alone/` those that need attributes of a crate, or that forbid or allow what no other does.
//!
//! After a change of words: run with `TRYBUILD=overwrite`, then read the difference.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use trybuild::TestCases;

mod cases;

/// The compiler whose words `rustc/` holds.
const PINNED: &str = "rustc 1.95.";

#[test]
fn reject() {
    TestCases::new().compile_fail("reject/*.rs");
}

#[test]
fn accept() {
    TestCases::new().pass("accept/alone/*.rs");
}

#[test]
fn rustc() {
    let version = Command::new("rustc").arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    // Without recording there are no types of ours that could be missed, but for those that mark futures.
    let cases = if cfg!(feature = "enabled") { "*" } else { "forgotten_isolation_*" };
    if version.starts_with(PINNED) {
        TestCases::new().compile_fail(format!("rustc/{cases}.rs"));
    } else {
        eprintln!("skipped: the words are those of {PINNED}, and this is {version}");
    }
}

/// The names, without their ending, of the files that have this ending.
fn files(directory: &str, ending: &str) -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.iter().filter_map(|name| name.strip_suffix(ending)).map(str::to_owned).collect()
}

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_case_has_its_words_and_all_words_have_a_case() {
    for directory in ["reject", "rustc"] {
        assert_eq!(files(directory, ".rs"), files(directory, ".stderr"), "{directory}");
    }
}

/// Every argument has a file of its name, in which each attribute is given it in a wrong way, or is one
/// that does not take it.
#[test]
fn every_argument_of_every_attribute_is_refused_in_some_way() {
    let unknown = text("reject/unknown_argument.stderr");
    for attribute in ["span", "isolated_hub", "parallel_span"] {
        let takes = format!("`#[{attribute}]` takes ");
        let line = unknown.lines().find_map(|line| line.split_once(&takes));
        let (_, arguments) = line.unwrap_or_else(|| panic!("no message lists the arguments of {attribute}"));
        for argument in arguments.split(", ") {
            let case = text(&format!("reject/{argument}.rs"));
            let given = [format!("#[{attribute}("), format!("#[isohub::{attribute}(")];
            assert!(
                given.iter().any(|given| case.contains(given)),
                "reject/{argument}.rs has no #[{attribute}(..)]"
            );
        }
    }
}

/// Of our own messages each line is lower case, and none is a message of the compiler beside ours.
#[test]
fn our_messages_are_ours() {
    for name in files("reject", ".stderr") {
        let words = text(&format!("reject/{name}.stderr"));
        for message in words.lines().filter(|line| line.starts_with("error") || line.starts_with("warning")) {
            let said = message.strip_prefix("error: ");
            let said = said.unwrap_or_else(|| panic!("reject/{name}: not ours: {message}"));
            let first = said.chars().next();
            assert!(first.is_some_and(|it| it == '`' || it.is_lowercase()), "reject/{name}: {message}");
            assert!(!said.ends_with('.'), "reject/{name}: {message}");
        }
    }
}
