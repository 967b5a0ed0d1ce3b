//! The files in the programs for which they are made, in a real browser.
//!
//! Skipped, with a word on why, where a tool is missing: `browser/install` brings all but the browser. With
//! `ISOHUB_REQUIRE_TOOLS` in the environment, a missing tool is a failure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use isohub::testing::Recorder;
use isohub::{Link, SpanRecord, Trace, span};
use isohub_export::ChromeTrace;
use serde_json::Value;

use crate::support::{Directory, LONG, at, context, json, trace, written};

fn tools() -> PathBuf {
    let workspace = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/export-tools");
    std::env::var_os("ISOHUB_EXPORT_TOOLS").map_or_else(workspace, PathBuf::from)
}

fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let directories: Vec<_> = std::env::split_paths(&path).collect();
    names.iter().flat_map(|name| directories.iter().map(move |it| it.join(name))).find(|it| it.is_file())
}

/// What the script prints, or `None` where something that it needs is missing.
fn browse(script: &str, needed: &[&str], args: &[&std::ffi::OsStr]) -> Option<Value> {
    let tools = tools();
    let browser = program(&["chromium", "chromium-browser", "google-chrome"]);
    let missing = needed.iter().map(|file| tools.join(file)).find(|file| !file.exists());
    let reason = match (&browser, program(&["node"]), missing) {
        (Some(_), Some(_), None) => None,
        (_, _, Some(missing)) => Some(format!("{missing:?} is missing: run integrations/export/browser/install")),
        _ => Some("chromium or node is missing".to_owned()),
    };
    if let Some(reason) = reason {
        assert!(std::env::var_os("ISOHUB_REQUIRE_TOOLS").is_none(), "{reason}");
        eprintln!("skipped: {reason}");
        return None;
    }
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("browser").join(script))
        .args(args)
        .env("CHROMIUM", browser.unwrap())
        .env("VIZVIEWER", tools.join("venv/bin/vizviewer"))
        .env("TOOLS", &tools)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(json(&String::from_utf8(output.stdout).unwrap()))
}

const PERFETTO: [&str; 2] = ["node_modules/playwright-core", "venv/bin/vizviewer"];

#[span(kind = client)]
fn call() {}

#[span(kind = server)]
fn serve() {}

/// Two traces, as two processes see them: a client, and the server that it called.
fn client_and_server() -> [Trace; 2] {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        call();
        serve();
    });
    recorder.settled(LONG).unwrap();
    let record = |name: &str, id: u64, start: u64, end: u64| {
        let mut span = SpanRecord::clone(&recorder.span(name));
        (span.context, span.start) = (context(9, id), at(start));
        span.duration = std::time::Duration::from_micros(end - start);
        span
    };
    let client = record("call", 30_001, 5_000, 6_000);
    let mut server = record("serve", 30_002, 5_200, 5_800);
    server.parent = Some(client.context.span_id());
    [Trace::new(vec![Arc::new(client)], vec![]), Trace::new(vec![Arc::new(server)], vec![])]
}

/// A trace whose spans overlap in every way, and as many as are asked for.
fn crowd(count: u64) -> Trace {
    // A line feed is not among them: Perfetto shows it as the two characters of its escape.
    // Of several spans of one name that end at one moment, each in the other, speedscope takes the wrong one
    // for the innermost: so the names go by the depth.
    let name = |id: u64| ["query", "encode \"it\"", "</script>", "ünïcode\u{2028}"][id.ilog(3) as usize % 4];
    let mut spans = vec![(1, 0, "crowd", 1_000, 1_000 + count)];
    spans.extend((2..=count).map(|id| (id, id / 3 + (id < 3) as u64, name(id), 1_000 + id / 2, 1_001 + id / 2 + id * 7 % 90)));
    trace(1, &spans)
}

#[test]
fn perfetto_has_every_span_at_its_place() {
    let directory = Directory::new();
    let path = directory.path("trace.json");
    let mut linked = trace(2, &[(20_001, 0, "linked", 500_000, 500_100)]);
    Arc::make_mut(&mut linked.spans[0]).links =
        vec![Link { context: context(1, 1), attributes: Vec::new() }];
    let [client, server] = client_and_server();
    let traces = vec![crowd(3_000), linked, client, server];
    let sent: BTreeMap<_, _> = traces
        .iter()
        .flat_map(|trace| &trace.spans)
        .map(|span| {
            let start = span.start.duration_since(at(0)).unwrap().as_nanos() as i64;
            let place = (span.name.to_string(), start, span.duration.as_nanos() as i64);
            (span.context.span_id().to_string(), place)
        })
        .collect();
    written(ChromeTrace::new(&path), &path, traces);
    let Some(seen) = browse("perfetto.mjs", &PERFETTO, &[path.as_os_str()]) else { return };
    let slices: BTreeMap<_, _> = seen["slices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let place = (row[2].as_str().unwrap().to_owned(), row[0].as_i64().unwrap(), row[1].as_i64().unwrap());
            (row[5].as_str().unwrap().to_owned(), place)
        })
        .collect();
    assert_eq!(slices.len(), seen["slices"].as_array().unwrap().len());
    assert!(slices == sent, "{:?}", sent.iter().find(|(id, place)| slices.get(*id) != Some(place)));
    assert_eq!(seen["errors"], json("[]"));
    // The spans whose parent is not above them on their track have an arrow from it.
    let flows = |from: &str, to: &str| {
        let is_it = |row: &&Value| row[0] == from && row[1] == to;
        seen["flows"].as_array().unwrap().iter().filter(is_it).count()
    };
    assert_eq!((flows("crowd", "linked"), flows("call", "serve")), (1, 1));
    let by_id: BTreeMap<_, _> = slices.iter().map(|(id, place)| (id, &place.0)).collect();
    let stray = |row: &&Value| {
        let id = u64::from_str_radix(row[5].as_str().unwrap(), 16).unwrap();
        let parent = format!("{:016x}", id / 3 + (id < 3) as u64);
        (2..=3_000).contains(&id) && by_id.get(&parent).is_some_and(|name| row[3] != ***name)
    };
    let strays = seen["slices"].as_array().unwrap().iter().filter(stray).count();
    assert!(strays > 100);
    assert_eq!(seen["flows"].as_array().unwrap().len(), strays + 2);
}

#[test]
fn speedscope_warns_of_nothing() {
    let directory = Directory::new();
    let path = directory.path("trace.json");
    let [client, server] = client_and_server();
    written(ChromeTrace::new(&path), &path, vec![crowd(500), client, server]);
    let needed = ["node_modules/playwright-core", "node_modules/speedscope"];
    let Some(seen) = browse("speedscope.mjs", &needed, &[path.as_os_str()]) else { return };
    assert_eq!(seen["warnings"], json("[]"));
    assert!(seen["title"].as_str().unwrap().contains("trace.json"), "{seen}");
}
