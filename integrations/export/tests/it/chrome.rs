//! The trace-event format, by its structure; `browser.rs` has Perfetto itself read it.

use std::collections::HashMap;
use std::fs;

use isohub::sink::{Batch, Sink};
use isohub::testing::Recorder;
use isohub::{Level, Link, Outcome, SpanEvent, Trace, parallel_span, span};
use isohub_export::ChromeTrace;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Directory, LONG, at, batch, context, json, template, trace, written};

/// The entries of a kind.
fn of_phase<'a>(entries: &'a Value, phase: &str) -> Vec<&'a Value> {
    entries.as_array().unwrap().iter().filter(|entry| entry["ph"] == phase).collect()
}

fn nanos(micros: &Value) -> u64 {
    (micros.as_f64().unwrap() * 1000.0).round() as u64
}

/// For each complete entry its name, its track, and the entry below which it stands on it. Fails where two
/// overlap.
fn nesting(entries: &Value) -> Vec<(String, u64, Option<String>)> {
    let mut stacks: HashMap<u64, Vec<(u64, String)>> = HashMap::new();
    let mut complete = of_phase(entries, "X");
    complete.sort_by_key(|entry| nanos(&entry["ts"]));
    let place = |entry: &&Value| {
        let (start, track) = (nanos(&entry["ts"]), entry["tid"].as_u64().unwrap());
        let (end, name) = (start + nanos(&entry["dur"]), entry["name"].as_str().unwrap().to_owned());
        let stack = stacks.entry(track).or_default();
        while stack.pop_if(|(above, _)| *above <= start).is_some() {}
        if let Some((above, other)) = stack.last() {
            assert!(end <= *above, "{name} overlaps {other} on track {track}");
        }
        let parent = stack.last().map(|(_, name)| name.clone());
        stack.push((end, name.clone()));
        (name, track, parent)
    };
    complete.iter().map(place).collect()
}

fn shown(traces: Vec<Trace>) -> Value {
    let directory = Directory::new();
    let path = directory.path("trace.json");
    json(&written(ChromeTrace::new(&path), &path, traces))
}

#[test]
fn siblings_that_overlap_stand_on_tracks_of_their_own() {
    let spans = [
        (1, 0, "root", 0, 100),
        (2, 1, "a", 10, 50),
        (3, 1, "b", 20, 60),
        (4, 3, "in b", 30, 40),
        (5, 1, "after", 60, 100),
        (6, 1, "outlives", 90, 150),
    ];
    let entries = shown(vec![trace(1, &spans)]);
    let places = nesting(&entries);
    let place = |name: &str| places.iter().find(|place| place.0 == name).unwrap();
    let below = |name: &str| place(name).2.as_deref();
    assert_eq!((below("a"), below("after"), below("in b")), (Some("root"), Some("root"), Some("b")));
    assert_eq!((below("b"), below("outlives")), (None, None));
    assert_ne!(place("b").1, place("root").1);
    // Its parent is still seen: arrows lead to the two that stand elsewhere.
    let arrows = of_phase(&entries, "s").into_iter().filter(|entry| entry["cat"] == "child").count();
    assert_eq!(arrows, 2);
    assert_eq!(of_phase(&entries, "f").len(), 2);
}

#[test]
fn a_child_as_long_as_its_parent_stands_below_it() {
    let entries =
        shown(vec![trace(1, &[(3, 2, "inner", 5, 9), (2, 1, "child", 5, 9), (1, 0, "root", 5, 9)])]);
    let names: Vec<_> = nesting(&entries).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["root", "child", "inner"]);
    assert!(of_phase(&entries, "X").iter().all(|entry| entry["tid"] == 1));
    assert!(of_phase(&entries, "s").is_empty());
}

#[test]
fn tracks_are_used_again() {
    let traces =
        (1..=100).map(|id| trace(id, &[(id as u64, 0, "request", id as u64 * 10, id as u64 * 10 + 9)]));
    let entries = shown(traces.collect());
    assert!(of_phase(&entries, "X").iter().all(|entry| entry["tid"] == 1));
    assert_eq!(of_phase(&entries, "X").len(), 100);
}

#[test]
fn a_huge_trace_is_bounded() {
    // All at once: each needs a track, and after them the first is free again.
    let spans: Vec<_> = (1..=10_000).map(|id| (id, 0, "one of many", 0, id)).collect();
    let entries = shown(vec![trace(1, &spans), trace(2, &[(20_000, 0, "after", 10_000, 10_001)])]);
    assert_eq!(nesting(&entries).len(), 10_001);
    assert_eq!(of_phase(&entries, "X").last().unwrap()["tid"], 1);
}

#[test]
fn times_are_exact_to_the_nanosecond() {
    let mut late = trace(1, &[(1, 0, "late", 86_399_999_999, 86_399_999_999)]);
    let span = std::sync::Arc::make_mut(&mut late.spans[0]);
    span.start += std::time::Duration::from_nanos(7);
    span.duration = std::time::Duration::from_nanos(1_234_567);
    let directory = Directory::new();
    let path = directory.path("trace.json");
    let text = written(ChromeTrace::new(&path), &path, vec![late]);
    assert!(text.contains(r#""ts":86399999999.007,"#), "{text}");
    assert!(text.contains(r#""dur":1234.567,"#), "{text}");
}

#[test]
fn what_is_known_of_a_span_is_in_its_arguments() {
    let (_, event) = template();
    let mut trace = trace(1, &[(1, 0, "first", 0, 10), (2, 0, "second", 20, 30)]);
    let second = std::sync::Arc::make_mut(&mut trace.spans[1]);
    second.outcome = Outcome::Panicked;
    second.links = vec![Link { context: context(1, 1), attributes: Vec::new() }];
    second.events = vec![SpanEvent { name: "retried".into(), time: at(25), attributes: Vec::new() }];
    let mut event = event;
    (event.span, event.time) = (Some(context(1, 2)), at(26));
    trace.events.push(event.into());
    let entries = shown(vec![trace]);
    let second = of_phase(&entries, "X")[1];
    assert_eq!(second["cat"], "internal,panicked");
    assert_eq!(second["args"]["outcome"], "panicked");
    assert_eq!(second["args"]["span_id"], "0000000000000002");
    assert_eq!(second["args"]["scope"]["tags"]["tenant"], "acme");
    let instants: Vec<_> =
        of_phase(&entries, "i").iter().map(|entry| (&entry["name"], nanos(&entry["ts"]))).collect();
    assert_eq!(instants, [(&"retried".into(), 25_000), (&"a message".into(), 26_000)]);
    let arrow = |phase| of_phase(&entries, phase)[0].clone();
    assert_eq!((&arrow("s")["ts"], &arrow("f")["ts"]), (&0.0.into(), &20.0.into()));
    assert_eq!(arrow("s")["id"], arrow("f")["id"]);
}

#[span]
fn inner() {}

#[parallel_span]
fn outer(while_open: impl FnOnce()) {
    inner();
    while_open();
}

#[test]
fn what_is_open_is_shown_until_it_ends() {
    let directory = Directory::new();
    let path = directory.path("trace.json");
    let recorder = Recorder::builder().sink(ChromeTrace::new(&path)).build();
    let read = || json(&fs::read_to_string(&path).unwrap());
    let names = |phase: &str| -> Vec<String> {
        of_phase(&read(), phase).iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    recorder.run_sync(|| {
        outer(|| {
            isohub::flush(LONG).unwrap();
            assert_eq!((names("B"), names("X")), (vec!["outer".to_owned()], vec![]));
        });
    });
    recorder.settled(LONG).unwrap();
    assert_eq!((names("B"), names("X")), (vec![], vec!["outer".to_owned(), "inner".to_owned()]));
}

fn nested(depth: u32, at_the_bottom: &dyn Fn()) {
    match depth {
        0 => at_the_bottom(),
        _ => isohub::start_span!("nested").in_scope(|| nested(depth - 1, at_the_bottom)),
    }
}

#[test]
fn a_file_that_gets_shorter_is_still_whole() {
    let directory = Directory::new();
    let path = directory.path("trace.json");
    let recorder = Recorder::builder().sink(ChromeTrace::new(&path)).build();
    let open = || {
        isohub::flush(LONG).unwrap();
        of_phase(&json(&fs::read_to_string(&path).unwrap()), "B").len()
    };
    recorder.run_sync(|| {
        // The spans that end here are not written before their root ends.
        outer(|| {
            nested(50, &|| assert_eq!(open(), 51));
            assert_eq!(open(), 1);
        });
    });
}

#[test]
fn an_event_without_a_trace_is_one_of_the_process() {
    let directory = Directory::new();
    let path = directory.path("trace.json");
    let mut sink = ChromeTrace::new(&path);
    let (_, mut event) = template();
    event.span = None;
    let mut batch = Batch::default();
    batch.events.push(event.into());
    sink.receive(&batch);
    let entries = json(&fs::read_to_string(&path).unwrap());
    assert_eq!(of_phase(&entries, "i")[0]["s"], "p");
}

#[test]
fn a_file_has_a_greatest_size() {
    let directory = Directory::new();
    let path = directory.path("trace.json");
    let mut sink = ChromeTrace::new(&path).max_size(3_000);
    for id in 1..=20 {
        sink.receive(&batch(vec![trace(id, &[(id as u64, 0, "work", 0, 5)])]));
    }
    let text = fs::read_to_string(&path).unwrap();
    let kept = of_phase(&json(&text), "X").len() as u64;
    assert!(text.len() <= 3_000);
    assert!(kept > 2);
    assert_eq!(kept + sink.losses().count(), 20);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn no_two_spans_overlap_on_a_track(
        spans in proptest::collection::vec((0_u64..40, 0_u64..200, 0_u64..50), 1..40),
    ) {
        // A parent is any span, itself and those that come later too: forged ids make circles.
        let names: Vec<_> = (1..=spans.len()).map(|id| format!("{id}")).collect();
        let spans: Vec<_> = spans
            .iter()
            .enumerate()
            .map(|(at, &(parent, start, length))| (at as u64 + 1, parent, &*names[at], start, start + length))
            .collect();
        let (one, two) = spans.split_at(spans.len() / 2);
        let entries = shown(vec![trace(1, one), trace(2, two)]);
        prop_assert_eq!(nesting(&entries).len(), spans.len());
    }

    #[test]
    fn any_text_comes_back_as_it_was(name in "(?s).+", key in "(?s).+", value: String) {
        let directory = Directory::new();
        let path = directory.path("trace.json");
        let recorder = Recorder::builder().sink(ChromeTrace::new(&path)).build();
        recorder.run_sync(|| isohub::start_span!("work").in_scope(|| {
            isohub::current_span().set_name(name.clone());
            isohub::current_span().record("attribute", value.clone());
            isohub::current_span().record(key.clone(), 1);
            isohub::current_span().add_event(value.clone(), [(key, value.clone())]);
            isohub::capture_message(value.clone(), Level::Info);
        }));
        recorder.settled(LONG).unwrap();
        let entries = json(&fs::read_to_string(&path).unwrap());
        let span = of_phase(&entries, "X")[0];
        prop_assert_eq!(&span["name"], &name);
        prop_assert_eq!(&span["args"]["attributes"]["attribute"], &value);
        prop_assert!(of_phase(&entries, "i").iter().all(|event| event["name"] == *value));
        prop_assert_eq!(of_phase(&entries, "i").len(), 2);
    }
}
