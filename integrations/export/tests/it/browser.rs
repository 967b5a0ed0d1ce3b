//! The files in the programs for which they are made, in a real browser.
//!
//! Skipped, with a word on why, where a tool is missing: `browser/install` brings all but the browser. With
//! `ISOHUB_REQUIRE_TOOLS` in the environment, a missing tool is a failure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use isohub::testing::Recorder;
use isohub::{Link, Outcome, SpanEvent, SpanRecord, Trace, span};
use isohub_export::{ChromeTrace, HtmlPage};
use serde_json::{Value, json};

use crate::support::{Directory, LONG, at, context, json as parse, template, trace, written};

fn tools() -> PathBuf {
    let workspace = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/export");
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
        (_, _, Some(missing)) => {
            Some(format!("{missing:?} is missing: run integrations/export/browser/install"))
        }
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
    Some(parse(&String::from_utf8(output.stdout).unwrap()))
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
    spans
        .extend((2..=count).map(|id| {
            (id, id / 3 + (id < 3) as u64, name(id), 1_000 + id / 2, 1_001 + id / 2 + id * 7 % 90)
        }));
    trace(1, &spans)
}

#[test]
fn perfetto_has_every_span_at_its_place() {
    let directory = Directory::new();
    let path = directory.path("trace.json");
    let mut linked = trace(2, &[(20_001, 0, "linked", 500_000, 500_100)]);
    Arc::make_mut(&mut linked.spans[0]).links = vec![Link { context: context(1, 1), attributes: Vec::new() }];
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
            let place =
                (row[2].as_str().unwrap().to_owned(), row[0].as_i64().unwrap(), row[1].as_i64().unwrap());
            (row[5].as_str().unwrap().to_owned(), place)
        })
        .collect();
    assert_eq!(slices.len(), seen["slices"].as_array().unwrap().len());
    assert!(slices == sent, "{:?}", sent.iter().find(|(id, place)| slices.get(*id) != Some(place)));
    assert_eq!(seen["errors"], parse("[]"));
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
    assert_eq!(seen["warnings"], parse("[]"));
    assert!(seen["title"].as_str().unwrap().contains("trace.json"), "{seen}");
}

/// Does these steps on the page; a browser that complains, or asks for anything but the page, fails.
fn page(path: &Path, steps: &Value) -> Option<Vec<Value>> {
    let steps = steps.to_string();
    let seen = browse("page.mjs", &PERFETTO[..1], &[path.as_os_str(), steps.as_ref()])?;
    assert_eq!((&seen["complaints"], &seen["requests"]), (&parse("[]"), &parse("[]")));
    assert_eq!(seen["hacked"], Value::Null);
    Some(seen["looks"].as_array().unwrap().clone())
}

/// Where screenshots go that a person wants to look at.
fn shot(name: &str) -> Value {
    let directory = std::env::var("ISOHUB_EXPORT_SHOTS");
    directory.map_or_else(|_| parse("{}"), |directory| json!({ "shot": format!("{directory}/{name}.png") }))
}

/// Ten spans with something of everything.
fn ten() -> Trace {
    let mut trace = trace(
        1,
        &[
            (1, 0, "GET /orders/{id}", 0, 84_200),
            (2, 1, "authorize", 1_000, 11_400),
            (3, 2, "cache.get", 2_000, 4_000),
            (4, 1, "load order", 12_000, 80_000),
            (5, 4, "db.query", 13_000, 40_000),
            (6, 4, "db.query", 14_000, 64_000),
            (7, 4, "render", 65_000, 79_000),
            (8, 7, "template", 66_000, 70_000),
            (9, 1, "audit", 80_500, 83_000),
            (10, 1, "log", 83_100, 84_000),
        ],
    );
    let (_, event) = template();
    for span in &mut trace.spans {
        let span = Arc::make_mut(span);
        match &*span.name {
            "render" => span.outcome = Outcome::Error,
            "audit" => span.outcome = Outcome::Cancelled,
            "log" => span.links = vec![Link { context: context(2, 20), attributes: Vec::new() }],
            "authorize" => {
                let attribute = isohub::Attribute { key: "rows".into(), value: isohub::Value::I64(12) };
                span.attributes = vec![attribute.clone()];
                let time = at(5_000);
                span.events = vec![SpanEvent { name: "denied".into(), time, attributes: vec![attribute] }];
            }
            _ => {}
        }
    }
    let mut event = event;
    (event.span, event.time) = (Some(context(1, 7)), at(78_000));
    trace.events.push(event.into());
    trace
}

#[test]
fn a_page_is_read_by_keyboard() {
    let directory = Directory::new();
    let path = directory.path("page.html");
    let other = trace(2, &[(20, 0, "job", 0, 5_000)]);
    written(HtmlPage::new(&path), &path, vec![ten(), other]);
    let steps = json!([
        "look", shot("ten-light"), { "theme": "dark" }, shot("ten-dark"), "look", { "theme": "light" },
        { "click": "#tree" }, { "press": "Home" }, { "press": "ArrowDown" }, { "press": "ArrowRight" }, "look",
        { "press": "ArrowLeft" }, { "press": "ArrowLeft" }, "look",
        { "press": "End" }, "look", { "click": "#details button" }, "look",
        { "hash": format!("{:032x}/", 1) }, { "press": "e" }, "look", shot("ten-error"), { "press": "z" }, "look",
        { "press": "0" }, { "press": "/" }, { "type": "template" }, "look", { "press": "Escape" }, "look",
        { "press": "+" }, { "press": "?" }, shot("ten-keys"), { "press": "Escape" },
        { "size": [390, 800] }, { "press": "0" }, "look", shot("ten-narrow"),
    ]);
    let Some(looks) = page(&path, &steps) else { return };
    let [light, dark, child, closed, last, linked, error, zoomed, found, back, narrow] = &looks[..] else {
        panic!("{looks:#?}")
    };
    assert_eq!((&light["rows"], &light["active"]), (&10.into(), &"GET /orders/{id}".into()));
    assert!(light["label"].as_str().unwrap().contains("tenant=acme"));
    assert!(light["summary"].as_str().unwrap().contains("84.2 ms · 10 spans · 1 with errors"), "{light}");
    assert_eq!(light["unnamed"], json!([]));
    assert!((0..2).all(|which| light["colors"][which] != dark["colors"][which]), "{dark}");
    assert_eq!((&child["active"], &child["level"]), (&"cache.get".into(), &"3".into()));
    assert_eq!((&child["focus"], &child["selected"]), (&"tree".into(), &"true".into()));
    assert_eq!((&closed["active"], &closed["expanded"]), (&"authorize".into(), &"false".into()));
    assert_eq!(closed["rows"], 9);
    assert_eq!(closed["outline"], "solid");
    assert!(closed["details"].as_str().unwrap().contains("denied rows=12"), "{closed}");
    assert_eq!(last["active"], "log");
    assert_eq!(linked["active"], "job");
    assert_eq!(error["active"], "render");
    for part in ["a message", "looked up", "key=7", "tenant", "error"] {
        assert!(error["details"].as_str().unwrap().contains(part), "{part}: {error}");
    }
    let bar = |look: &Value| [look["bar"][0].as_f64().unwrap(), look["bar"][1].as_f64().unwrap()];
    let near = |seen: [f64; 2], wanted: [f64; 2]| {
        assert!(seen.iter().zip(wanted).all(|(seen, wanted)| (seen - wanted).abs() < 0.01), "{seen:?}");
    };
    near(bar(error), [65.0 / 84.2, 14.0 / 84.2]);
    near(bar(zoomed), [1.0 / 12.0, 10.0 / 12.0]);
    assert_eq!((&found["found"], &found["active"]), (&"1 of 10 spans".into(), &"template".into()));
    assert_eq!((&found["focus"], &back["focus"]), (&"search".into(), &"tree".into()));
    assert_eq!(narrow["sideways"], false);
}

#[test]
fn a_page_of_ten_thousand_spans_draws_what_is_in_view() {
    let directory = Directory::new();
    let path = directory.path("page.html");
    let siblings: Vec<_> = (20_000..25_000).map(|id| (id, 1, "row", id / 2, id / 2 + 3)).collect();
    let mut crowd = crowd(5_000);
    crowd.spans.extend(trace(1, &siblings).spans);
    let mut crowd = Trace::new(crowd.spans, Vec::new());
    Arc::make_mut(&mut crowd.spans[4_000]).outcome = Outcome::Error;
    let failed = crowd.spans[4_000].context.span_id();
    written(HtmlPage::new(&path), &path, vec![crowd]);
    let steps = json!([
        "look", shot("many-light"), { "theme": "dark" }, shot("many-dark"),
        { "click": "#tree" }, { "press": "End" }, "look", shot("many-group"),
        { "press": "Home" }, { "press": "*" }, "look", { "press": "End" }, "look", shot("many-open"),
        { "press": "Home" }, { "press": "e" }, "look", { "click": "#search" }, { "type": failed.to_string() }, "look",
        { "press": "Escape" }, { "press": "Home" }, { "press": "PageDown" }, "look",
    ]);
    let Some(looks) = page(&path, &steps) else { return };
    let [first, group, open, last, error, found, paged] = &looks[..] else { panic!("{looks:#?}") };
    let rows = |look: &Value| look["rows"].as_u64().unwrap();
    assert!((20..400).contains(&rows(first)), "{}", rows(first));
    assert!(group["label"].as_str().unwrap().contains("× 5000"), "{group}");
    assert!(group["details"].as_str().unwrap().contains("15.0 ms"), "{group}");
    assert!(rows(open) >= 10_000, "{}", rows(open));
    assert!(looks.iter().all(|look| look["drawn"].as_u64().unwrap() < 100 && look["is_in_view"] == true));
    assert_eq!(last["focus"], "tree");
    assert!(error["details"].as_str().unwrap().contains(&failed.to_string()));
    assert!(
        found["found"].as_str().unwrap().starts_with(|digit: char| digit.is_ascii_digit() && digit != '0')
    );
    assert_ne!(paged["active"], Value::Null);
}

#[test]
fn a_page_runs_nothing_that_comes_from_the_program() {
    let directory = Directory::new();
    let path = directory.path("page.html");
    let hostile =
        "</script><script>hacked = 1</script><img src=x onerror='hacked = 2'><!--\u{202e}\u{1b}[31m";
    // What could reorder or hide what stands beside it is shown as what it is.
    let shown = &*hostile.replace('\u{202e}', "\\u{202e}").replace('\u{1b}', "\\u{1b}");
    let mut trace = ten();
    for span in &mut trace.spans {
        let span = Arc::make_mut(span);
        let attribute = isohub::Attribute { key: hostile.into(), value: isohub::Value::text(hostile) };
        (span.name, span.attributes) = (hostile.into(), vec![attribute]);
        if let Some(scope) = &mut span.scope {
            scope.set_tag(hostile, hostile);
        }
    }
    let event = Arc::make_mut(&mut trace.events[0]);
    event.message = Some(hostile.into());
    event.scope.add_breadcrumb(isohub::Breadcrumb::new(hostile).category(hostile));
    written(HtmlPage::new(&path), &path, vec![trace]);
    let steps = json!(["look", { "press": "e" }, { "click": "#search" }, { "type": "script" }, "look"]);
    let Some(looks) = page(&path, &steps) else { return };
    assert_eq!(looks[0]["active"], shown);
    assert_eq!(looks[1]["found"], "10 of 10 spans");
    assert!(looks[1]["details"].as_str().unwrap().contains(shown));
    assert!(!looks[1]["details"].as_str().unwrap().contains(['\u{202e}', '\u{1b}']));
}
