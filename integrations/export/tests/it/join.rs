//! The files of several processes, as one.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use isohub::Trace;
use isohub::sink::Sink;
use isohub_export::{ChromeTrace, HtmlPage};
use serde_json::{Value, json};

use crate::support::{Directory, at, batch, context, json as parse, template, trace};

/// Writes what a process called `service` has to say.
fn write(mut sink: impl Sink, service: &'static str, traces: Vec<Trace>) {
    let mut batch = batch(traces);
    Arc::make_mut(&mut batch.resource).service = Some(service.into());
    sink.receive(&batch);
    sink.flush();
}

/// A shop that asks for the stock, and a trace of its own.
fn of_the_shop() -> Vec<Trace> {
    vec![
        trace(1, &[(1, 0, "order", 1_000, 2_000), (2, 1, "ask", 1_100, 1_900)]),
        trace(2, &[(9, 0, "sweep", 500, 600)]),
    ]
}

/// What the stock did when it was asked, and an event that it captured.
fn of_the_stock() -> Vec<Trace> {
    let mut part = trace(1, &[(3, 2, "stock", 1_250, 1_750), (4, 3, "pick", 1_300, 1_400)]);
    Arc::make_mut(&mut part.spans[0]).is_local_root = true;
    let (span, mut event) = template();
    // With the breadcrumb of the template, a moment before.
    let mut scope = span.scope.unwrap();
    scope.clear_breadcrumbs();
    scope.add_breadcrumb(isohub::Breadcrumb { time: at(1_260), ..isohub::Breadcrumb::new("asked") });
    Arc::make_mut(&mut part.spans[0]).scope = Some(scope);
    (event.time, event.span) = (at(1_350), Some(context(1, 4)));
    part.events = vec![Arc::new(event)];
    vec![part]
}

fn page(directory: &Directory, service: &'static str, traces: Vec<Trace>) -> PathBuf {
    let path = directory.path(service);
    write(HtmlPage::new(&path), service, traces);
    path
}

fn data(path: &Path) -> Value {
    let page = fs::read_to_string(path).unwrap();
    let (_, data) = page.split_once(r#"id="data">"#).unwrap();
    parse(data.split_once("</script>").unwrap().0)
}

/// Of each span its name, its process, its start and its end; in nanoseconds since the trace began.
fn spans(trace: &Value) -> Vec<(&str, &str, u64, u64)> {
    let spans = trace["spans"].as_array().unwrap().iter().map(|span| {
        let (start, took) = (span["start"].as_u64().unwrap(), span["took"].as_u64().unwrap());
        (span["name"].as_str().unwrap(), span["process"].as_str().unwrap(), start, start + took)
    });
    spans.collect()
}

#[test]
fn a_trace_of_two_processes_is_one_again_whichever_page_comes_first() {
    let directory = Directory::new();
    let shop = page(&directory, "shop", of_the_shop());
    let stock = page(&directory, "stock", of_the_stock());
    for (number, pages) in [[&shop, &stock], [&stock, &shop]].into_iter().enumerate() {
        let both = directory.path(&format!("{number}.html"));
        HtmlPage::join(pages, &both).unwrap();
        let data = data(&both);
        let traces = data["traces"].as_array().unwrap();
        assert_eq!(traces.len(), 2);
        // By their start.
        assert_eq!(spans(&traces[0]), [("sweep", "shop", 0, 100_000)]);
        let expected = [
            ("order", "shop", 0, 1_000_000),
            ("ask", "shop", 100_000, 900_000),
            ("stock", "stock", 250_000, 750_000),
            ("pick", "stock", 300_000, 400_000),
        ];
        assert_eq!(spans(&traces[1]), expected);
        assert_eq!((&traces[1]["length"], &traces[1]["partial"]), (&json!(1_000_000), &json!(false)));
        assert_eq!(traces[1]["spans"][2]["parent"], traces[1]["spans"][1]["id"]);
        assert_eq!(traces[1]["spans"][2]["crumbs"][0]["at"], 260_000);
        let event = &traces[1]["events"][0];
        assert_eq!((&event["at"], &event["process"]), (&json!(350_000), &json!("stock")));
    }
}

#[test]
fn pages_that_were_joined_can_be_joined() {
    let directory = Directory::new();
    let third = trace(1, &[(5, 4, "robot", 1_310, 1_390)]);
    let [shop, stock, robot] = [
        page(&directory, "shop", of_the_shop()),
        page(&directory, "stock", of_the_stock()),
        page(&directory, "robot", vec![third]),
    ];
    let [two, three, at_once] = ["two.html", "three.html", "at once.html"].map(|name| directory.path(name));
    HtmlPage::join([&shop, &stock], &two).unwrap();
    HtmlPage::join([&two, &robot], &three).unwrap();
    HtmlPage::join([&shop, &stock, &robot], &at_once).unwrap();
    assert_eq!(data(&three), data(&at_once));
    assert_eq!(spans(&data(&three)["traces"][1])[4], ("robot", "robot", 310_000, 390_000));
}

#[test]
fn entries_of_several_files_are_one_array() {
    let directory = Directory::new();
    let [shop, stock, both] = ["shop.json", "stock.json", "both.json"].map(|name| directory.path(name));
    write(ChromeTrace::new(&shop), "shop", of_the_shop());
    write(ChromeTrace::new(&stock), "stock", of_the_stock());
    let entries = |path: &Path| parse(&fs::read_to_string(path).unwrap()).as_array().unwrap().clone();
    let all = [entries(&shop), entries(&stock)].concat();
    let names: Vec<_> = all.iter().filter(|it| it["name"] == "process_name").collect();
    assert_eq!([&names[0]["args"]["name"], &names[1]["args"]["name"]], ["shop", "stock"]);
    ChromeTrace::join([&shop, &stock], &both).unwrap();
    assert_eq!(entries(&both), all);
    // A kill in the very write leaves no end.
    let text = fs::read_to_string(&shop).unwrap();
    fs::write(&shop, text.trim_end().trim_end_matches(']')).unwrap();
    ChromeTrace::join([&shop, &stock], &both).unwrap();
    assert_eq!(entries(&both), all);
    // Of nothing there is an empty one, and a file may be joined with it.
    ChromeTrace::join::<&Path>([], &both).unwrap();
    ChromeTrace::join([&both, &stock], &both).unwrap();
    assert_eq!(entries(&both), entries(&stock));
}

#[test]
fn what_is_no_such_file_is_refused_and_nothing_is_written() {
    let directory = Directory::new();
    let [other, missing, into] = ["other", "missing", "into"].map(|name| directory.path(name));
    fs::write(&other, "<!doctype html><script type=\"application/json\" id=\"data\">{}</script>").unwrap();
    let failed = |result: std::io::Result<()>| result.unwrap_err();
    assert_eq!(failed(HtmlPage::join([&other], &into)).kind(), ErrorKind::InvalidData);
    assert_eq!(failed(ChromeTrace::join([&other], &into)).kind(), ErrorKind::InvalidData);
    assert!(
        failed(ChromeTrace::join([&other], &into)).to_string().contains("is not a file of `ChromeTrace`")
    );
    assert_eq!(failed(HtmlPage::join([&missing], &into)).kind(), ErrorKind::NotFound);
    assert_eq!(failed(ChromeTrace::join([&missing], &into)).kind(), ErrorKind::NotFound);
    assert!(!into.exists());
}
