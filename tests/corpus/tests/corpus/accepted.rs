//! Shapes that compile: they do the same, in each edition, and are linted the same.

use std::collections::BTreeMap;
use std::process::Command;

use crate::compiler::Build;
use crate::differences::{self, Seen};

/// How many shapes there are at least.
const AT_LEAST: usize = 150;

/// What each shape shows, by its name and whether it was recorded.
type Shown = BTreeMap<(String, String), String>;

fn shown(build: Build) -> Shown {
    let file = build.copy("accepted").join("main.rs");
    let program = build.directory("accepted").join("shapes");
    let output = ["-o", program.to_str().expect("the target directory is text")];
    let compiled = build.call("rustc", &file, &[&["-Awarnings", "-Cdebuginfo=0"], &output[..]].concat());
    let said = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{} in {}: {said}", build.variant, build.edition);

    let ran = Command::new(program).output().expect("the shapes run");
    let text = String::from_utf8(ran.stdout).expect("the shapes print text");
    assert!(ran.status.success(), "{text}{}", String::from_utf8_lossy(&ran.stderr));
    let line = |line: &str| {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        let (name, place, shows) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        assert!(!shows.is_empty(), "{line}: shows nothing");
        ((name.unwrap_or_default(), place.unwrap_or_default()), shows)
    };
    let shown: Shown = text.lines().map(line).collect();
    assert_eq!(shown.len(), text.lines().count(), "two shapes have one name");
    shown
}

/// Compiles and runs the shapes plain and with each attribute.
fn same_as_plain(edition: &'static str) {
    let (plain, annotated) = Build::all(edition);
    let expected = shown(plain);
    assert!(expected.len() >= 2 * AT_LEAST, "{} shapes are left", expected.len() / 2);
    let mut seen = Seen::default();
    for build in annotated {
        let shown = shown(build);
        assert!(shown.keys().eq(expected.keys()), "{} lost a shape", build.variant);
        for (key, shows) in &shown {
            if *shows != expected[key] {
                let what = format!("  plain     {}\n  annotated {shows}", expected[key]);
                seen.differs(&key.0, format!("#[{}] in {edition}, {}\n{what}", build.variant, key.1));
            }
        }
    }
    seen.are(differences::SHOWN);
}

#[test]
fn shapes_do_the_same_in_2018() {
    same_as_plain("2018");
}

#[test]
fn shapes_do_the_same_in_2021() {
    same_as_plain("2021");
}

#[test]
fn shapes_do_the_same_in_2024() {
    same_as_plain("2024");
}
