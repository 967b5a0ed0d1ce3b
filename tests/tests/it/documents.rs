//! What the documents show is what is there.

use std::collections::BTreeSet;
use std::path::Path;

use isohub::doctor::Kind;

const README: &str = include_str!("../../../README.md");
const TROUBLESHOOTING: &str = include_str!("../../../TROUBLESHOOTING.md");
const UNITS: &str = include_str!("../../../runtime/docs/units.md");

#[test]
fn the_program_of_the_readme_is_the_example() {
    let example = include_str!("../../../examples/quickstart.rs");
    let (_, program) = example.split_once("\n\n").unwrap();
    let shown = format!("```rust\n{program}```");
    assert!(README.contains(&shown), "README.md does not show examples/quickstart.rs");
    assert!(program.lines().count() <= 20, "a newcomer reads it at a glance");
}

#[test]
fn the_output_of_the_program_is_shown_early() {
    let line = README.lines().position(|line| line.starts_with("└ ask")).unwrap();
    assert!(line < 40, "line {}", line + 1);
}

/// The anchor of each heading, as forges compute them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let words = headings.filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    words.map(|it| it.to_lowercase().chars().filter(is_kept).collect::<String>().replace(' ', "-")).collect()
}

fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

#[test]
fn what_the_doctor_links_to_is_there() {
    let anchors = anchors(TROUBLESHOOTING);
    for kind in Kind::ALL {
        let link = kind.link();
        let (file, section) = link.split_once('#').unwrap();
        assert_eq!(file, "TROUBLESHOOTING.md");
        assert!(anchors.contains(section), "no section `{section}` for {kind}");
        // Its first words are those of the doctor.
        let (_, text) = TROUBLESHOOTING.split_once(&format!("\n## {kind}\n")).unwrap();
        assert!(text.trim_start().starts_with("*The doctor:* \""), "{kind}");
    }
    // Of jobs of rayon's.
    assert!(anchors.contains("rayon"));
}

#[test]
fn the_links_of_the_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pages = ["README.md", "TROUBLESHOOTING.md", "DESIGN.md", "CONTRIBUTING.md", "ARCHITECTURE.md"];
    let of_runtime =
        ["units", "migrating", "coming_from", "across_processes"].map(|it| format!("runtime/docs/{it}.md"));
    for page in pages.map(str::to_owned).iter().chain(&of_runtime) {
        let path = root.join(page);
        let text = std::fs::read_to_string(&path).unwrap();
        for link in
            links(&text).filter(|link| !link.contains("://") && !link.contains("::") && !link.contains(' '))
        {
            let (file, section) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{page}: {link}");
            if !section.is_empty() {
                let anchors = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(anchors.contains(section), "{page}: {link}");
            }
        }
    }
}

#[test]
fn something_leads_to_every_section_about_trouble() {
    let linked: BTreeSet<_> = links(TROUBLESHOOTING).filter_map(|link| link.strip_prefix('#')).collect();
    let headings = TROUBLESHOOTING.lines().filter(|line| line.starts_with("## ") && *line != "## By symptom");
    for anchor in headings.flat_map(anchors) {
        assert!(linked.contains(&*anchor), "nothing leads to `{anchor}`");
    }
}

/// Rows of the table of units, by the last of their tests, and what the page about trouble calls them.
const UNITS_IN_TROUBLE: &[(&str, &str)] = &[
    ("thread", "a plain thread"),
    ("thread_by_call", "a plain thread"),
    ("thread_builder", "a thread of a `Builder`"),
    ("scoped_thread", "a scoped thread"),
    ("scoped_thread_builder", "a scoped thread"),
    ("tokio_task_by_macro", "a tokio task"),
    ("tokio_task", "a tokio task"),
    ("tokio_task_isolated", "a tokio task"),
    ("tokio_current_thread", "a tokio task"),
    ("tokio_handle", "a task by a `Handle` or a `Runtime`"),
    ("tokio_join_set", "a task of a `JoinSet`"),
    ("tokio_task_tracker", "a task of tokio-util"),
    ("tokio_local_pool", "a task of tokio-util"),
    ("tokio_local_runtime", "a task of a `LocalSet`"),
    ("tokio_spawn_blocking", "a job of the blocking pool"),
    ("tokio_block_on", "what `block_on` runs"),
    ("tokio-unstable::automatic_task", "every task of a runtime"),
    ("tokio-unstable::automatic_local_task", "every task of a runtime"),
    ("smol_task", "a task of another executor"),
    ("smol_unblock", "a job of the blocking pool"),
    ("async_executor_task", "a task of another executor"),
    ("futures_thread_pool", "a task of another executor"),
    ("local_pool", "a task of another executor"),
    ("own_executor", "a task of another executor"),
    ("join", "a branch of `join!`, `select!`"),
    ("try_join", "a branch of `join!`, `select!`"),
    ("join_all", "a branch of `join!`, `select!`"),
    ("select", "a branch of `join!`, `select!`"),
    ("buffer_unordered", "a future in `FuturesUnordered`, `buffer_unordered`"),
    ("closure_of_futures", "any other future, an async block, a closure"),
    ("inner_blocks", "any other future, an async block, a closure"),
    ("isolated", "any other future, an async block, a closure"),
    ("stream", "a stream, a sink, a body"),
    ("generator", "a stream, a sink, a body"),
    ("stream_isolated", "a stream, a sink, a body"),
    ("sink", "a stream, a sink, a body"),
    ("http_body", "a stream, a sink, a body"),
    ("thread_pool_of_one", "a job of a thread pool"),
    ("rayon_join", "a job or item of rayon"),
    ("rayon_join_by_call", "a job or item of rayon"),
    ("rayon_scope", "a job or item of rayon"),
    ("rayon_spawn", "a job or item of rayon"),
    ("rayon_items", "a job or item of rayon"),
    ("rayon_closure", "a job or item of rayon"),
    ("stackful::resumed_coroutine", "another stackful coroutine"),
    ("stackful::may_coroutine", "a coroutine of `may`"),
    ("channel", "a message in a channel"),
    ("actor", "a message in a channel"),
    ("web_request", "a web handler"),
];

#[test]
fn each_row_of_the_table_of_units_has_its_mend() {
    let (tables, _) = UNITS.split_once("# What holds for every row").unwrap();
    let last = |row: &str| row.rsplit('`').nth(1).unwrap().to_owned();
    let rows = tables.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |"));
    let rows: Vec<_> = rows.map(last).collect();
    assert_eq!(rows, UNITS_IN_TROUBLE.iter().map(|(row, _)| (*row).to_owned()).collect::<Vec<_>>());
    for (row, mend) in UNITS_IN_TROUBLE {
        assert!(TROUBLESHOOTING.contains(&format!("\n| [{mend}](#")), "no row `{mend}`, for `{row}`");
    }
}
