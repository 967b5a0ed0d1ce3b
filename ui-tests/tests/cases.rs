//! The cases in `reject/`, read from its files: each paragraph of a file in which the compiler finds an error is
//! one case, named by its first item.
//!
//! That each case has one message, and a neighbour of the same name in `mended/` that says it rightly, is what
//! keeps the messages worth reading: whoever adds a case writes what its message tells them to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{files, text};

/// A name, and how many messages the compiler gives there.
type Cases = BTreeMap<String, usize>;

/// The paragraphs of a file, each with the number of its first line.
fn paragraphs(source: &str) -> Vec<(usize, Vec<&str>)> {
    let mut found: Vec<(usize, Vec<&str>)> = vec![(1, Vec::new())];
    for (number, line) in (1..).zip(source.lines()) {
        match found.last_mut() {
            Some((_, lines)) if !line.trim().is_empty() => lines.push(line),
            _ => found.push((number + 1, Vec::new())),
        }
    }
    found.retain(|(_, lines)| !lines.is_empty());
    found
}

/// The name of the first item of a paragraph.
fn name(paragraph: &[&str]) -> Option<String> {
    const KEYWORDS: [&str; 12] = [
        "fn",
        "struct",
        "enum",
        "union",
        "trait",
        "mod",
        "static",
        "const",
        "type",
        "use",
        "macro_rules!",
        "impl",
    ];
    let code = paragraph.iter().map(|line| line.trim());
    let mut code = code.filter(|line| !line.starts_with("//") && !line.starts_with('#'));
    code.find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_fn = words.contains(&"fn");
        let at = words.iter().position(|word| KEYWORDS.contains(word) && !(is_fn && *word == "const"))?;
        if words.get(at) == Some(&"impl") {
            return Some(line.trim_end_matches('{').trim().to_owned());
        }
        words.get(at + 1)?.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned)
    })
}

/// How many messages a paragraph says that it has, in words at the beginning of a comment.
fn announced(paragraph: &[&str]) -> usize {
    let numbers = ["One message", "Two messages", "Three messages", "Four messages", "Five messages"];
    let said =
        |number: &&str| paragraph.iter().any(|line| line.trim().starts_with(&format!("// {number}: ")));
    numbers.iter().position(said).map_or(1, |at| at + 1)
}

/// The cases of a file, in which each has as many messages as it announces.
fn cases(topic: &str) -> Cases {
    let source = text(&format!("reject/{topic}.rs"));
    let paragraphs = paragraphs(&source);
    let mut found = Cases::new();
    for line in message_lines(topic) {
        let (_, paragraph) = paragraphs
            .iter()
            .rfind(|(first, _)| *first <= line)
            .unwrap_or_else(|| panic!("reject/{topic}.rs: line {line} is in no paragraph"));
        let name = name(paragraph).unwrap_or_else(|| {
            panic!("reject/{topic}.rs:{line}: put each case into an item that has a name")
        });
        *found.entry(name).or_default() += 1;
    }
    for (_, paragraph) in &paragraphs {
        let Some((name, count)) = name(paragraph).and_then(|name| found.get_key_value(&name)) else {
            continue;
        };
        let announced = announced(paragraph);
        assert!(
            *count == announced,
            "reject/{topic}.rs: `{name}` gets {count} messages, and should get {announced}: make two cases of it, \
             or say why in a comment on it, `// Two messages: ..`"
        );
    }
    found
}

/// The line of each message of a file.
fn message_lines(topic: &str) -> Vec<usize> {
    let place = format!("--> reject/{topic}.rs:");
    let words = text(&format!("reject/{topic}.stderr"));
    let lines = words.lines().filter_map(|line| line.trim().strip_prefix(&place));
    lines
        .map(|place| place.split(':').next().and_then(|line| line.parse().ok()).unwrap_or_default())
        .collect()
}

/// The items of a mended file.
fn mended(topic: &str) -> BTreeSet<String> {
    let source = text(&format!("mended/{topic}.rs"));
    paragraphs(&source).iter().filter_map(|(_, paragraph)| name(paragraph)).collect()
}

#[test]
fn each_case_has_one_message_and_a_neighbour_that_compiles() {
    let main = text("mended/main.rs");
    let existing = files("mended", ".rs");
    let mut missing = Vec::new();
    for topic in files("reject", ".rs") {
        let cases: Vec<String> = cases(&topic).into_keys().collect();
        if !existing.contains(&topic) {
            missing.push(format!(
                "write mended/{topic}.rs: the items {}, each as its message in reject/{topic}.stderr says, and a \
                 `pub(crate) fn main()` that uses them; and name it in mended/main.rs",
                cases.join(", ")
            ));
            continue;
        }
        if !main.contains(&format!("{topic}.rs")) {
            missing.push(format!("name {topic}.rs in mended/main.rs: it is not compiled"));
        }
        let mended = mended(&topic);
        let lacking: Vec<String> = cases.into_iter().filter(|case| !mended.contains(case)).collect();
        if !lacking.is_empty() {
            missing.push(format!(
                "add to mended/{topic}.rs, each as its message in reject/{topic}.stderr says: {}",
                lacking.join(", ")
            ));
        }
    }
    for topic in existing.difference(&files("reject", ".rs")).filter(|topic| *topic != "main") {
        missing.push(format!("mended/{topic}.rs mends nothing: there is no reject/{topic}.rs"));
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn there_are_many_cases() {
    let counts: Vec<(String, usize)> =
        files("reject", ".rs").into_iter().map(|topic| (topic.clone(), cases(&topic).len())).collect();
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    assert!(all >= 120, "{all} cases: {counts:?}");
}

#[test]
fn there_are_many_oddities_and_each_is_compiled() {
    let main = text("accept/main.rs");
    let mut oddities = files("accept", ".rs");
    oddities.remove("main");
    for oddity in &oddities {
        assert!(main.contains(&format!("\"{oddity}.rs\": ")), "name {oddity}.rs in accept/main.rs");
    }
    oddities.extend(files("accept/alone", ".rs"));
    assert!(oddities.len() >= 40, "{oddities:?}");
}

#[test]
fn paragraphs_are_read_as_cases() {
    let source = "use a::b;\n\n// Two messages: both.\n#[span]\npub const fn one() {}\n\ntrait Work {\n    \
                  fn now(&self);\n\n    #[span]\n    fn later(&self);\n}\n\nunsafe extern \"C\" {\n    fn foreign();\n}\n";
    let names = paragraphs(source)
        .iter()
        .map(|(line, lines)| (*line, name(lines), announced(lines)))
        .collect::<Vec<_>>();
    let expected = [(1, "a", 1), (3, "one", 2), (7, "Work", 1), (10, "later", 1), (14, "foreign", 1)];
    assert_eq!(names, expected.map(|(line, name, count)| (line, Some(name.to_owned()), count)));
}
