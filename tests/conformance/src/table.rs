//! The table of units in the documentation, compared with the suite.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::adapter::{Ability, Sort};
use crate::behaviour::BEHAVIOURS;

/// A row of a table of units: `| unit | how | what to write | also | refused or found | limits | tests |`.
struct Row {
    line: String,
    also: String,
    /// Packages, and names of adapters.
    tests: BTreeSet<(String, String)>,
}

const COLUMNS: usize = 7;
const BY: usize = 1;
const WRITE: usize = 2;
const ALSO: usize = 3;
const REFUSED: usize = 4;

fn page() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "runtime", "docs", "units.md"].iter().collect()
}

/// Compares the page with the adapters of a package, in both directions: each has its row, each row names what is
/// there and says which abilities it has; and for those that it lacks the page says why.
///
/// What is lacking is written into the page where `UPDATE_EXPECT` is set.
///
/// # Panics
/// The page says something else.
pub fn check(package: &str, sorts: &[Sort]) {
    let text = text();
    let mut seen = BTreeSet::new();
    for row in rows(&text) {
        for (_, name) in row.tests.iter().filter(|(of, _)| of == package) {
            let sort = sorts.iter().find(|sort| sort.name == name);
            let sort = sort.unwrap_or_else(|| panic!("there is no adapter `{name}`, named in\n{}", row.line));
            assert_eq!(row.also, words(sort), "the fourth column, of `{name}`, in\n{}", row.line);
            assert!(seen.insert(name.clone()), "`{name}` is in two rows");
        }
    }
    for sort in sorts {
        assert!(seen.contains(sort.name), "the adapter `{}` has no row in {}", sort.name, page().display());
    }
    check_lacking(package, sorts, &text);
}

/// The tests of a package that the page names.
pub fn tests_of(package: &str) -> BTreeSet<String> {
    all_tests().into_iter().filter(|(of, _)| of == package).map(|(_, name)| name).collect()
}

/// The packages whose tests the page names.
pub fn packages() -> BTreeSet<String> {
    all_tests().into_iter().map(|(package, _)| package).collect()
}

/// All tests that the page names, with their packages.
fn all_tests() -> BTreeSet<(String, String)> {
    rows(&text()).into_iter().flat_map(|row| row.tests).collect()
}

fn text() -> String {
    std::fs::read_to_string(page()).expect("the page is there")
}

fn rows(text: &str) -> Vec<Row> {
    let mut is_table = false;
    let mut rows = Vec::new();
    for line in text.lines() {
        is_table = line.starts_with('|') && (is_table || line.starts_with("| unit |"));
        if !is_table || line.starts_with("| unit |") || line.starts_with("| ---") {
            continue;
        }
        // A bar in code is written `\|`.
        let line = line.trim_matches('|').replace("\\|", "\u{0}");
        let cells: Vec<_> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
        assert_eq!(cells.len(), COLUMNS, "cells of the row\n{line}");
        let tests = cells[COLUMNS - 1].split(", ").map(|test| {
            let test = test.trim_matches('`');
            assert!(!test.is_empty(), "no test is named in the row\n{line}");
            let (package, name) = test.split_once("::").unwrap_or(("conformance", test));
            (package.to_owned(), name.to_owned())
        });
        check_words(&cells);
        let (also, tests) = (cells[ALSO].clone(), tests.collect());
        rows.push(Row { also, tests, line });
    }
    rows
}

/// How the hub comes into the unit follows from what is written; and the rest is said in the words of the page.
fn check_words(cells: &[String]) {
    let write = &cells[WRITE];
    let by = match write {
        _ if write.contains("isolate_tasks") => "automatic",
        _ if ["!", "#[", "annotated"].iter().any(|it| write.contains(it)) => "one macro",
        _ => "one call",
    };
    assert_eq!(cells[BY], by, "the second column of the row that says to write {write}");
    assert!(write.contains('`'), "nothing to write is shown for {}", cells[0]);
    let refused = &cells[REFUSED];
    let is_said = ["refused: ", "found: ", "the same"].iter().any(|it| refused.starts_with(it));
    assert!(is_said || refused.is_empty(), "{refused}: is it refused or found?");
}

/// The abilities that an adapter has, of those that not all have.
fn words(sort: &Sort) -> String {
    let adapter = (sort.adapter)();
    let needed = BEHAVIOURS.iter().flat_map(|it| it.needs).copied().collect::<BTreeSet<_>>();
    let has = |ability: &Ability| adapter.lacks().iter().all(|(lacking, _)| lacking != ability);
    let words: Vec<_> = needed.into_iter().filter(has).filter_map(Ability::word).collect();
    words.join(", ")
}

/// What is lacking, and why, as a list that stands in the page between two comments.
fn check_lacking(package: &str, sorts: &[Sort], text: &str) {
    let mut reasons: BTreeMap<(Ability, &str), Vec<&str>> = BTreeMap::new();
    for sort in sorts {
        for &(ability, why) in (sort.adapter)().lacks() {
            assert!(!why.is_empty(), "`{}` does not say why it lacks {ability:?}", sort.name);
            reasons.entry((ability, why)).or_default().push(sort.name);
        }
    }
    let lines = reasons.into_iter().filter_map(|((ability, why), names)| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        Some(format!("| {} | {why} | {} |\n", ability.word()?, names.join(", ")))
    });
    let expected = format!("| lacking | because | of |\n| --- | --- | --- |\n{}", lines.collect::<String>());
    let (begin, end) = (format!("<!-- lacking in {package} -->\n"), format!("<!-- end of {package} -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("the page has no {begin}"));
    let (found, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the page has no {end}"));
    if found != expected && std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page(), format!("{before}{begin}{expected}{end}{after}")).expect("it can be written");
        return;
    }
    assert_eq!(found, expected, "what is lacking in {package}: `UPDATE_EXPECT=1 cargo test` writes it");
}
