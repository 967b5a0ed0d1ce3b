//! The storefront, as two processes, with all outputs at once: is the same tree in each of them?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails shall panic")]

mod console;
mod files;
mod otlp;
mod program;
mod receiver;
mod sentry;
mod tree;
mod wrong;

use std::fs::{self, File};

use program::{Directory, storefront};
use receiver::Receiver;
use tree::Records;

const REQUESTS: usize = 50;

/// What a run left in each output.
struct Run {
    outputs: Vec<(&'static str, Records)>,
}

impl Run {
    fn new(arguments: &[&str]) -> Self {
        let directory = Directory::new();
        let [perfetto, html, jsonl, console] =
            ["trace.json", "page.html", "spans.jsonl", "console.txt"].map(|name| directory.path(name));
        let receiver = Receiver::new();
        // Into a file, each trace is written in one piece, whichever process writes it.
        let shown = File::create(&console).unwrap();
        let output = storefront()
            .args(["--requests", &REQUESTS.to_string(), "--console"])
            .arg("--perfetto")
            .arg(&perfetto)
            .arg("--html")
            .arg(&html)
            .arg("--jsonl")
            .arg(&jsonl)
            .args(["--sentry", &receiver.dsn()])
            .args(["--otlp", &receiver.url()])
            .args(arguments)
            // Wide enough for whole names.
            .env("COLUMNS", "400")
            .stderr(shown)
            .output()
            .unwrap();
        let console = fs::read_to_string(&console).unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}{console}");
        directory.has_only(&["trace.json", "page.html", "spans.jsonl", "console.txt"]);
        let read = |path| fs::read_to_string(path).unwrap();
        let outputs = vec![
            ("JSON lines", files::json_lines(&read(&jsonl))),
            ("console", console::records(&console)),
            ("Perfetto", files::perfetto(&read(&perfetto))),
            ("HTML page", files::html(&read(&html))),
            ("OTLP", otlp::records(&receiver.bodies("/v1/traces"), &receiver.bodies("/v1/logs"))),
            ("Sentry", sentry::records(&receiver.bodies("/api/42/envelope/"))),
        ];
        Run { outputs }
    }
}

#[test]
fn one_run_is_the_same_tree_in_every_output() {
    let run = Run::new(&[]);
    let (_, first) = &run.outputs[0];
    first.assert_is_whole(REQUESTS);
    for (name, records) in &run.outputs[1..] {
        first.assert_same(name, records);
    }
}
