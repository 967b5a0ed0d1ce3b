//! The storefront, as two processes, with all outputs at once: is the same tree in each of them?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails shall panic")]

mod browser;
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

const REQUESTS: usize = 50;

#[test]
fn one_run_is_the_same_tree_in_every_output() {
    let directory = Directory::new();
    let files = ["trace.json", "page.html", "spans.jsonl", "console.txt"];
    let [perfetto, html, jsonl, console] = files.map(|name| directory.path(name));
    let receiver = Receiver::new();
    let output = storefront()
        .args(["--requests", &REQUESTS.to_string(), "--console"])
        .args(["--otlp", &receiver.url(), "--sentry", &receiver.dsn()])
        .args(["--perfetto".as_ref(), perfetto.as_os_str()])
        .args(["--html".as_ref(), html.as_os_str()])
        .args(["--jsonl".as_ref(), jsonl.as_os_str()])
        // Into a file, each trace is written in one piece, whichever process writes it.
        .stderr(File::create(&console).unwrap())
        // Wide enough for whole names.
        .env("COLUMNS", "400")
        .output()
        .unwrap();
    let read = |path| fs::read_to_string(path).unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), read(&console));
    // Nothing of one process alone is left.
    directory.has_only(&files);

    let records = files::json_lines(&read(&jsonl));
    records.assert_is_whole(REQUESTS);
    records.assert_same("console", &console::records(&read(&console)));
    records.assert_same("Perfetto", &files::perfetto(&read(&perfetto)));
    records.assert_same("HTML page", &files::html(&read(&html)));
    let [spans, logs] = ["/v1/traces", "/v1/logs"].map(|path| receiver.bodies(path));
    records.assert_same("OTLP", &otlp::records(&spans, &logs));
    records.assert_same("Sentry", &sentry::records(&receiver.bodies("/api/42/envelope/")));
    browser::assert_perfetto_shows(&perfetto, &records);
    browser::assert_page_shows(&html, &records);
}
