//! Shapes that compilers refuse or warn of: they say the same, at the same places.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::compiler::{Build, Diagnostic, EDITIONS};
use crate::differences;
use crate::differences::{Known, Seen};

/// Compares what a compiler says of each of these files plain and with each attribute.
struct Judged {
    shapes: &'static str,
    compiler: &'static str,
    arguments: &'static [&'static str],
    /// What a difference is called: the name of the shape, or which lint was lost.
    named: fn(&Judged, Build, &Diagnostic, &str) -> String,
}

impl Judged {
    /// In one edition; gives how many shapes the compiler spoke of.
    fn same_as_plain(&self, edition: &'static str, files: &[String], seen: &mut Seen) -> usize {
        let (plain, annotated) = Build::all(edition);
        let expected = self.said(plain, files);
        for build in annotated {
            let said = self.said(build, files);
            for missing in expected.difference(&said) {
                self.differs(build, missing, "is lost", seen);
            }
            for extra in said.difference(&expected) {
                self.differs(build, extra, "is added", seen);
            }
        }
        let named: BTreeSet<String> = expected.iter().map(|one| self.shape(plain, one)).collect();
        named.len()
    }

    fn said(&self, build: Build, files: &[String]) -> BTreeSet<Diagnostic> {
        let copy = build.copy(self.shapes);
        let out = copy.join("out");
        let arguments =
            [self.arguments, &["--emit=metadata", "-o", out.to_str().unwrap_or_default()]].concat();
        files.iter().flat_map(|file| build.diagnose(self.compiler, &copy.join(file), &arguments).1).collect()
    }

    fn differs(&self, build: Build, one: &Diagnostic, how: &str, seen: &mut Seen) {
        let Diagnostic { file, place: [line, column], level, code, again } = one;
        let what = format!(
            "#[{}] in {}: {level} {code} {how}, {file}:{line}:{column}{}",
            build.variant,
            build.edition,
            if *again > 0 { ", said again" } else { "" }
        );
        seen.differs(&(self.named)(self, build, one, how), what);
    }

    /// A file's shapes are its modules; this is the one in which something stands.
    fn shape(&self, build: Build, one: &Diagnostic) -> String {
        let text = fs::read_to_string(build.directory(self.shapes).join(&one.file)).unwrap_or_default();
        let until = usize::try_from(one.place[0]).unwrap_or_default();
        let lines: Vec<&str> = text.lines().take(until).collect();
        let begins = |line: &&&str| line.starts_with("mod ") || line.starts_with("pub mod ");
        let begin = lines.iter().rev().find(begins).map_or("", |line| line.trim_end_matches(" {"));
        let name = begin.rsplit(' ').next().unwrap_or_default();
        format!("{}::{name}", one.file.trim_end_matches(".rs"))
    }
}

/// The files of a directory of shapes, and the names of the modules in them.
fn files(shapes: &str) -> (Vec<String>, usize) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(shapes);
    let entries = fs::read_dir(&directory).expect("shapes exist");
    let names = entries.map(|entry| entry.expect("shapes are readable").file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let text = |name: &String| fs::read_to_string(directory.join(name)).expect("shapes are text");
    let modules = names.iter().map(|name| text(name).lines().filter(|line| line.starts_with("mod ")).count());
    let count = modules.sum();
    (names, count)
}

/// Judges every module of a directory, each of which must be spoken of without any attribute.
fn judge_all(shapes: &'static str, compiler: &'static str, edition: &'static str, known: Known) {
    let (files, count) = files(shapes);
    let judged =
        Judged { shapes, compiler, arguments: &[], named: |judged, build, one, _| judged.shape(build, one) };
    let mut seen = Seen::default();
    let spoken_of = judged.same_as_plain(edition, &files, &mut seen);
    assert_eq!(spoken_of, count, "{compiler} says nothing of some shape in {shapes}");
    seen.are(known);
}

#[test]
fn what_is_refused_is_refused_in_2018() {
    judge_all("rejected", "rustc", "2018", differences::REFUSED);
}

#[test]
fn what_is_refused_is_refused_in_2021() {
    judge_all("rejected", "rustc", "2021", differences::REFUSED);
}

#[test]
fn what_is_refused_is_refused_in_2024() {
    judge_all("rejected", "rustc", "2024", differences::REFUSED);
}

#[test]
fn what_is_linted_is_linted() {
    for edition in EDITIONS {
        judge_all("linted", "rustc", edition, differences::LINTED);
    }
}

/// No lint comes that the plain function did not have, and none is lost, not even one of clippy's.
#[test]
fn what_is_accepted_is_linted_the_same() {
    let named = |_: &Judged, _, one: &Diagnostic, how: &str| format!("{} {how}", one.code);
    let main = ["main.rs".to_owned()];
    let rustc = Judged { shapes: "accepted", compiler: "rustc", arguments: &[], named };
    let pedantic = &["-Wclippy::all", "-Wclippy::pedantic"];
    let clippy = Judged { compiler: "clippy-driver", arguments: pedantic, ..rustc };
    let mut seen = Seen::default();
    for edition in EDITIONS {
        rustc.same_as_plain(edition, &main, &mut seen);
    }
    clippy.same_as_plain("2024", &main, &mut seen);
    seen.are(differences::LINTED_IN_ACCEPTED);
}
