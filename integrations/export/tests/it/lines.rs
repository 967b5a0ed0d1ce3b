//! One record a line.

use std::fs;

use isohub::sink::Sink;
use isohub::testing::Recorder;
use isohub::{Level, parallel_span, span};
use isohub_export::JsonLines;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Directory, LONG, batch, context, json_lines, trace, written};

#[span(fields(rows = 7, ratio = f64::NAN, big = u64::MAX))]
fn query() {
    isohub::current_span().add_event("retried", [("after_ms", 5)]);
    isohub::current_span().add_link(context(7, 9));
}

#[parallel_span(op = "http.server", kind = server)]
fn request() -> Result<(), std::io::Error> {
    isohub::set_tag("tenant", "acme");
    isohub::add_breadcrumb(isohub::Breadcrumb::new("looked up").category("cache"));
    query();
    let error = std::io::Error::other("no more");
    isohub::capture_error(&error);
    Err(error)
}

fn of_type<'a>(lines: &'a [Value], ty: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == ty).collect()
}

#[test]
fn every_field_that_the_schema_names_is_there() {
    let directory = Directory::new();
    let path = directory.path("a.jsonl");
    let recorder = Recorder::builder().sink(JsonLines::new(&path).starts(true)).build();
    recorder.run_sync(|| request().unwrap_err());
    recorder.settled(LONG).unwrap();
    let lines = json_lines(&fs::read_to_string(&path).unwrap());

    assert_eq!(lines[0]["type"], "process");
    assert_eq!(lines[0]["pid"], std::process::id());
    assert_eq!(of_type(&lines, "start").len(), 2);
    let spans = of_type(&lines, "span");
    let [query, request] = spans[..] else { panic!("{lines:#?}") };
    let recorded = recorder.span("request");
    assert_eq!(request["span_id"], recorded.context.span_id().to_string());
    assert_eq!(request["trace_id"], recorded.context.trace_id().to_string());
    assert_eq!(request["duration_ns"], recorded.duration.as_nanos() as u64);
    assert_eq!(request["local_root"], true);
    assert_eq!(
        (&request["outcome"], &request["kind"], &request["op"]),
        (&"error".into(), &"server".into(), &"http.server".into())
    );
    assert_eq!(request["scope"]["tags"]["tenant"], "acme");
    assert_eq!(query["parent_id"], request["span_id"]);
    assert_eq!(query["attributes"].to_string(), r#"{"big":18446744073709551615,"ratio":"NaN","rows":7}"#);
    assert_eq!(query["events"][0]["name"], "retried");
    assert_eq!(query["links"][0]["span_id"], "0000000000000009");
    assert!(query["start"].as_str().unwrap() >= request["start"].as_str().unwrap());
    let event = of_type(&lines, "event")[0];
    assert_eq!(event["span_id"], request["span_id"]);
    assert_eq!(event["level"], Level::Error.as_str());
    assert_eq!(event["exceptions"][0]["message"], "no more");
    assert_eq!(event["scope"]["breadcrumbs"][0]["message"], "looked up");
    assert_eq!(event["scope"]["breadcrumbs"][0]["category"], "cache");
}

fn sizes(directory: &Directory) -> Vec<(String, u64)> {
    let mut files: Vec<_> = fs::read_dir(directory.path(""))
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len()))
        .collect();
    files.sort();
    files
}

#[test]
fn full_files_make_room_and_the_oldest_goes() {
    let directory = Directory::new();
    let path = directory.path("a.jsonl");
    let mut lines = JsonLines::new(&path).max_size(2_000).max_files(4);
    for id in 1..=50 {
        lines.receive(&batch(vec![trace(id, &[(id as u64, 0, "work", 0, 5)])]));
    }
    assert_eq!(lines.losses().count(), 0);
    let files = sizes(&directory);
    let names: Vec<_> = files.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["a.jsonl", "a.jsonl.1", "a.jsonl.2", "a.jsonl.3"]);
    assert!(files.iter().all(|(_, size)| (1..=2_000).contains(size)), "{files:?}");
    // What is kept is the newest, in order, and each file begins by saying whose it is.
    let mut kept = Vec::new();
    for name in ["a.jsonl.3", "a.jsonl.2", "a.jsonl.1", "a.jsonl"] {
        let lines = json_lines(&fs::read_to_string(directory.path(name)).unwrap());
        assert_eq!(lines[0]["type"], "process");
        kept.extend(lines[1..].iter().map(|line| line["span_id"].as_str().unwrap().to_owned()));
    }
    let newest: Vec<_> = (51 - kept.len()..=50).map(|id| format!("{id:016x}")).collect();
    assert!(kept.len() > 2);
    assert_eq!(kept, newest);
}

#[test]
fn one_file_is_a_bound_too() {
    let directory = Directory::new();
    let mut lines = JsonLines::new(directory.path("a.jsonl")).max_size(2_000).max_files(1);
    for id in 1..=50 {
        lines.receive(&batch(vec![trace(id, &[(id as u64, 0, "work", 0, 5)])]));
    }
    assert_eq!(sizes(&directory).len(), 1);
    assert!(sizes(&directory)[0].1 <= 2_000);
}

#[test]
fn a_huge_batch_is_divided_among_files() {
    let directory = Directory::new();
    let spans: Vec<_> = (1..=2_000).map(|id| (id, 0, "work", 0, 5)).collect();
    let mut lines = JsonLines::new(directory.path("a.jsonl")).max_size(50_000).max_files(2);
    lines.receive(&batch(vec![trace(1, &spans)]));
    let files = sizes(&directory);
    assert_eq!(files.len(), 2);
    assert!(files.iter().all(|(_, size)| *size <= 50_000), "{files:?}");
}

#[test]
fn a_run_goes_on_below_the_torn_line_of_the_last_one() {
    let directory = Directory::new();
    let path = directory.path("a.jsonl");
    fs::write(&path, "{\"type\":\"process\"}\n{\"type\":\"sp").unwrap();
    let text = written(JsonLines::new(&path), &path, vec![trace(1, &[(1, 0, "work", 0, 5)])]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[1], "{\"type\":\"sp");
    assert_eq!(json_lines(&lines[2..].join("\n"))[1]["name"], "work");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_text_comes_back_as_it_was(name in "(?s).+", key in "(?s).+", value: String) {
        let directory = Directory::new();
        let path = directory.path("a.jsonl");
        let recorder = Recorder::builder().sink(JsonLines::new(&path)).build();
        recorder.run_sync(|| isohub::start_span!("work").in_scope(|| {
            isohub::current_span().set_name(name.clone());
            isohub::current_span().record("attribute", value.clone());
            isohub::set_tag("tag", value.clone());
            isohub::set_tag(key.clone(), "value");
            isohub::capture_message(value.clone(), Level::Info);
        }));
        recorder.settled(LONG).unwrap();
        let lines = json_lines(&fs::read_to_string(&path).unwrap());
        let span = of_type(&lines, "span")[0];
        prop_assert_eq!(&span["name"], &name);
        prop_assert_eq!(&span["attributes"]["attribute"], &value);
        let event = of_type(&lines, "event")[0];
        prop_assert_eq!(&event["message"], &value);
        let tags = event["scope"]["tags"].as_object().unwrap();
        prop_assert!(tags.values().any(|tag| *tag == *value));
    }
}
