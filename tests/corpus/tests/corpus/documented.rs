//! Documentation shows the functions that the user wrote: it is that of the plain ones, page by page.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::compiler::Build;

/// The pages of a crate, by their path.
fn pages(build: Build) -> BTreeMap<String, String> {
    let copy = build.copy("documented");
    let out = copy.join("doc");
    let to = ["--crate-name", "documented", "-o", out.to_str().unwrap_or_default()];
    let said = build.call("rustdoc", &copy.join("lib.rs"), &to);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let mut pages = BTreeMap::new();
    collect(&out.join("documented"), &mut pages);
    pages
}

fn collect(directory: &Path, pages: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).expect("there is documentation") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|it| it == "html") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a page is text");
            // The macro's page shows its source, in which the attribute stands.
            let text = ["#[isohub::span]", "#[isohub::isolated_hub]", "#[isohub::parallel_span]"]
                .iter()
                .fold(text, |text, attribute| text.replace(attribute, ""));
            pages.insert(name, text);
        }
    }
}

fn same_as_plain(edition: &'static str) {
    let (plain, annotated) = Build::all(edition);
    let expected = pages(plain);
    assert!(expected["fn.later.html"].contains("async fn"), "{}", expected["fn.later.html"]);
    assert!(expected.len() > 15, "{:?}", expected.keys());
    for build in annotated {
        let pages = pages(build);
        assert!(pages.keys().eq(expected.keys()), "{}: {:?}", build.variant, pages.keys());
        for (name, page) in &pages {
            let differs = page.lines().zip(expected[name].lines()).find(|(one, other)| one != other);
            assert_eq!(differs, None, "{} in {edition}: {name}", build.variant);
        }
    }
}

#[test]
fn documentation_is_the_same_in_2018() {
    same_as_plain("2018");
}

#[test]
fn documentation_is_the_same_in_2024() {
    same_as_plain("2024");
}
