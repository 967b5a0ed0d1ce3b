//! The files in the programs for which they are made: Perfetto's trace processor, and a browser.
//!
//! Skipped, with a word on why, where a tool is missing; `integrations/export/browser/install` brings all but the
//! browser. With `ISOHUB_REQUIRE_TOOLS` in the environment, a missing tool is a failure.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::tree::Records;

/// Perfetto has every span, without a complaint, and an arrow from each question to the warehouse to its answer.
pub(crate) fn assert_perfetto_shows(file: &Path, records: &Records) {
    let Some(seen) = browse("perfetto.mjs", &[file.as_os_str()]) else { return };
    let slices = seen["slices"].as_array().unwrap();
    let ids: BTreeSet<_> = slices.iter().filter_map(|row| row[5].as_str()).collect();
    assert!(ids.iter().eq(records.spans.keys()), "{} of {} spans", ids.len(), records.spans.len());
    let arrows = seen["flows"].as_array().unwrap().iter();
    let between = arrows.filter(|arrow| **arrow == json!(["GET /stock/{request}", "GET /stock/{request}"]));
    assert_eq!(between.count(), records.remote().count());
    assert_eq!(seen["errors"], json!([]));
}

/// On the page, the spans of the warehouse stand below those of the shop that asked.
pub(crate) fn assert_page_shows(file: &Path, records: &Records) {
    let (id, span) = records.remote().next().unwrap();
    let steps = json!([{ "hash": format!("{}/{id}", span.trace) }, "look"]);
    let Some(seen) = browse("page.mjs", &[file.as_os_str(), steps.to_string().as_ref()]) else { return };
    assert_eq!((&seen["complaints"], &seen["requests"]), (&json!([]), &json!([])));
    let look = &seen["looks"][0];
    // Below the order, what the shop asks, and its request.
    assert_eq!((&look["active"], &look["level"]), (&json!("GET /stock/{request}"), &json!("4")));
    assert!(look["label"].as_str().unwrap().contains("warehouse"), "{look}");
    let words: Vec<_> = look["details"].as_str().unwrap().split_whitespace().collect();
    let says = |key: &str, value: &str| words.windows(2).any(|pair| pair == [key, value]);
    assert!(says("process", "warehouse") && says("parent", span.parent.as_ref().unwrap()), "{words:?}");
}

/// What the script prints, or `None` where something that it needs is missing.
fn browse(script: &str, arguments: &[&std::ffi::OsStr]) -> Option<Value> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tools = std::env::var_os("ISOHUB_EXPORT_TOOLS");
    let tools = tools.map_or_else(|| workspace.join("target/tools/export"), PathBuf::from);
    let viewer = tools.join("venv/bin/vizviewer");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = |name: &str| std::env::split_paths(&path).map(|it| it.join(name)).find(|it| it.is_file());
    let chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(program);
    let (Some(chromium), Some(node), true) = (chromium, program("node"), viewer.exists()) else {
        assert!(
            std::env::var_os("ISOHUB_REQUIRE_TOOLS").is_none(),
            "no chromium, no node, or nothing in {tools:?}"
        );
        eprintln!("{script} is skipped: no chromium, no node, or nothing in {tools:?}");
        return None;
    };
    let output = Command::new(node)
        .arg(workspace.join("integrations/export/browser").join(script))
        .args(arguments)
        .envs([("CHROMIUM", chromium), ("VIZVIEWER", viewer), ("TOOLS", tools)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
