//! The page by its structure; `browser.rs` has a real browser show it.

use std::fs;
use std::sync::Arc;

use isohub::sink::{Batch, Sink};
use isohub::testing::Recorder;
use isohub::{Level, Outcome, Trace};
use isohub_export::HtmlPage;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Directory, LONG, batch, context, json, template, trace, written};

/// The data of a page. Its element is found as a browser finds it: it ends at the first `</script`.
pub(crate) fn data(page: &str) -> Value {
    let begin = "<script type=\"application/json\" id=\"data\">";
    let (before, data) = page.split_once(begin).unwrap();
    assert!(!before.to_lowercase().contains("<script"));
    let (data, rest) = data.split_once("</script>").unwrap();
    assert!(!data.contains(['<', '>', '&']), "{data}");
    // Behind it there is the page's own script, and nothing else.
    assert_eq!(rest.matches("<script").count(), 1);
    assert!(rest.starts_with("\n<script>\n\"use strict\";\n"));
    json(data)
}

fn names(page: &str) -> Vec<String> {
    let data = data(page);
    let traces = data["traces"].as_array().unwrap().iter();
    traces.map(|trace| trace["spans"][0]["name"].as_str().unwrap().to_owned()).collect()
}

fn one(id: u128, name: &str, micros: u64) -> Trace {
    trace(id, &[(id as u64, 0, name, 0, micros)])
}

#[test]
fn the_newest_the_failed_and_the_slowest_are_kept() {
    let directory = Directory::new();
    let path = directory.path("page.html");
    let mut failed = one(1, "failed", 1);
    Arc::make_mut(&mut failed.spans[0]).outcome = Outcome::Error;
    let mut traces = vec![failed, one(2, "slow", 1_000)];
    traces.extend((3..=50).map(|id| one(id, "fast", 10)));
    traces.extend([one(51, "new", 1), one(52, "newest", 1)]);
    let page = written(HtmlPage::new(&path).max_traces(4), &path, traces);
    assert_eq!(names(&page), ["failed", "slow", "new", "newest"]);
    assert_eq!(data(&page)["gone"], 48);
}

#[test]
fn spans_are_bounded_within_a_trace_and_over_all() {
    let directory = Directory::new();
    let path = directory.path("page.html");
    let spans: Vec<_> = (1..=500).map(|id| (id, 0, "one of many", id, id + 1)).collect();
    let huge = trace(1, &spans);
    let shown = data(&written(HtmlPage::new(&path).max_spans(100), &path, vec![huge.clone()]));
    assert_eq!(shown["traces"][0]["spans"].as_array().unwrap().len(), 100);
    assert_eq!(shown["traces"][0]["cut"], 400);
    let page =
        written(HtmlPage::new(&path).max_spans(100), &path, vec![one(2, "a", 1), huge, one(3, "b", 1)]);
    let kept: usize = data(&page)["traces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["spans"].as_array().unwrap().len())
        .sum();
    assert!(kept <= 100);
}

#[test]
fn parts_of_a_trace_become_one() {
    let directory = Directory::new();
    let path = directory.path("page.html");
    let mut early = trace(1, &[(2, 1, "child", 5, 6)]);
    early.is_partial = true;
    let mut late = trace(1, &[(1, 0, "root", 0, 10)]);
    late.is_partial = true;
    let page = data(&written(HtmlPage::new(&path), &path, vec![early, late]));
    assert_eq!(page["traces"].as_array().unwrap().len(), 1);
    assert_eq!(page["traces"][0]["spans"][0]["name"], "root");
    assert_eq!(page["traces"][0]["length"], 10_000);
}

#[test]
fn an_event_without_a_trace_is_shown_too() {
    let directory = Directory::new();
    let path = directory.path("page.html");
    let mut sink = HtmlPage::new(&path);
    let (_, mut event) = template();
    event.span = None;
    let mut batch = Batch::default();
    batch.events = vec![event.into(); 150];
    sink.receive(&batch);
    drop(sink);
    let page = data(&fs::read_to_string(&path).unwrap());
    let events = page["traces"][0]["events"].as_array().unwrap();
    assert_eq!(events.len(), 100);
    assert_eq!(events[0]["message"], "a message");
    assert_eq!(events[0]["crumbs"][0]["message"], "looked up");
}

#[test]
fn the_page_is_there_after_a_flush_and_changes_with_the_next() {
    let directory = Directory::new();
    let path = directory.path("page.html");
    let mut sink = HtmlPage::new(&path);
    for count in 1..=2 {
        sink.receive(&batch(vec![one(count, "work", 1)]));
        sink.flush();
        assert_eq!(names(&fs::read_to_string(&path).unwrap()).len(), count as usize);
    }
    assert_eq!(fs::read_dir(directory.path("")).unwrap().count(), 1);
}

#[test]
fn one_trace_is_rendered_without_a_sink() {
    let mut trace = one(1, "work", 1);
    Arc::make_mut(&mut trace.spans[0]).context = context(1, 7);
    assert_eq!(data(&HtmlPage::render(&trace))["traces"][0]["spans"][0]["id"], "0000000000000007");
}

/// Text that a page must not take for markup.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "</script>",
        "<script>",
        "<!--",
        "-->",
        "]]>",
        "&lt;",
        "\"",
        "'",
        "\\",
        "\u{2028}",
        "\0",
        "é",
        "</SCRIPT\t",
    ]);
    prop_oneof![proptest::collection::vec(pieces, 1..5).prop_map(|pieces| pieces.concat()), "(?s).+"]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_text_is_data_and_comes_back_as_it_was(name in hostile(), key in hostile(), value in hostile()) {
        let directory = Directory::new();
        let path = directory.path("page.html");
        let recorder = Recorder::builder().sink(HtmlPage::new(&path)).build();
        recorder.run_sync(|| isohub::start_span!("work").in_scope(|| {
            isohub::current_span().set_name(name.clone());
            isohub::current_span().record("attribute", value.clone());
            isohub::set_tag(key.clone(), value.clone());
            isohub::add_breadcrumb(isohub::Breadcrumb::new(value.clone()).category(key.clone()));
            isohub::capture_message(value.clone(), Level::Error);
        }));
        recorder.settled(LONG).unwrap();
        let page = data(&fs::read_to_string(&path).unwrap());
        let span = &page["traces"][0]["spans"][0];
        prop_assert_eq!(&span["name"], &name);
        prop_assert_eq!(&span["attrs"][0][1], &value);
        let event = &page["traces"][0]["events"][0];
        prop_assert_eq!(&event["message"], &value);
        prop_assert_eq!(&event["crumbs"][0]["category"], &key);
    }
}
