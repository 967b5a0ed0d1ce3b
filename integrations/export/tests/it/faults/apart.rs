//! What needs a process, or a disk, of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use isohub_export::{ChromeTrace, HtmlPage, JsonLines};

use super::{named, sinks, work, write_one};
use crate::support::{Directory, LONG, json, json_lines};

const ROLE: &str = "ISOHUB_EXPORT_CHILD";

/// Not a test of its own: what the child processes of the others run.
#[test]
fn child() {
    let Some(path) = std::env::var_os(ROLE).map(PathBuf::from) else { return };
    if path.ends_with("loud") {
        for (mut sink, _) in sinks(&path.join("missing/\u{1b}[2J")) {
            work(&mut *sink, 3);
        }
        return;
    }
    if path.ends_with("disk") {
        return fill_a_disk(&path);
    }
    if path.ends_with("stuck") {
        return wait_for_nobody(&path);
    }
    if path.ends_with("full") {
        for name in ["chrome-trace", "json-lines", "html-page"] {
            let all = sinks(&path.join(name)).into_iter();
            let (mut sink, losses) = all.into_iter().find(|(sink, _)| sink.name() == name).unwrap();
            work(&mut *sink, 500);
            assert!(losses.count() > 0, "{name}");
        }
        return;
    }
    let isohub = isohub::init()
        .sink(ChromeTrace::new(path.join("trace.json")))
        .sink(JsonLines::new(path.join("a.jsonl")).starts(true))
        .sink(HtmlPage::new(path.join("page.html")))
        .install()
        .unwrap();
    // Until it is killed, but not for ever.
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        isohub::start_span!("root").in_scope(|| {
            for _ in 0..100 {
                isohub::start_span!("child", text = "x".repeat(200)).in_scope(|| {});
            }
        });
        isohub.flush(LONG).ok();
    }
}

fn run_child(directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["faults::apart::child", "--exact", "--nocapture"]).env(ROLE, directory);
    command
}

#[test]
fn a_killed_process_leaves_files_that_can_be_read() {
    // Killed at several moments, so that some hit a write.
    for round in 0..10_u64 {
        let directory = Directory::new();
        let files = ["trace.json", "a.jsonl", "page.html"].map(|name| directory.path(name));
        let mut child =
            run_child(&directory.path("")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        let has_much = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.len() > 100_000);
        while !files.iter().all(has_much) {
            assert!(begun.elapsed() < LONG, "the child wrote nothing");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_micros(round * 700));
        child.kill().unwrap();
        child.wait().unwrap();
        let [chrome, lines, page] = files.map(|path| fs::read_to_string(path).unwrap());

        // Complete, or without an end, which the format allows, and at worst with a cut last entry.
        let whole = |text: &str| text.trim_end().ends_with(']').then(|| json(text));
        let cut = || json(&format!("{}]", chrome.rsplit_once(",\n").unwrap().0));
        let entries = whole(&chrome).unwrap_or_else(cut);
        assert!(entries.as_array().unwrap().len() > 100);

        let (whole, _) = lines.rsplit_once('\n').unwrap();
        assert!(json_lines(whole).len() > 100);

        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    }
}

#[test]
fn what_is_lost_is_said_once_a_sink_and_nothing_is_obeyed() {
    let directory = Directory::new();
    let output = run_child(&directory.path("loud")).output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("isohub: cannot write to").count(), 3, "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn files_that_cannot_grow_are_left_whole() {
    let directory = Directory::new();
    // Where the limit is met, a write ends in the middle, as on a disk that is full.
    let limited = "trap '' XFSZ; ulimit -f 128; exec \"$0\" faults::apart::child --exact --nocapture";
    fs::create_dir(directory.path("full")).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(std::env::current_exe().unwrap()).env(ROLE, directory.path("full"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(directory.path("full").join(name)).unwrap();
    let spans = |entries: &[serde_json::Value], key: &str, value: &str| {
        entries.iter().filter(|entry| entry[key] == value).count()
    };
    let entries = json(&read("chrome-trace"));
    assert!(spans(entries.as_array().unwrap(), "ph", "X") > 10);
    let lines = read("json-lines");
    assert!(lines.ends_with('\n'));
    assert!(spans(&json_lines(&lines), "type", "span") > 10);
    let page = read("html-page");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert_eq!(fs::read_dir(directory.path("full")).unwrap().count(), 3);
}

/// Runs the child in a file system of its own, a megabyte large, that goes with it; `None` where that is not allowed.
fn on_a_disk_of_its_own(directory: &Path) -> Option<Output> {
    let namespaces: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let may = |namespace: &&&[&str]| {
        let mounted = ["sh", "-c", "mount -t tmpfs -o size=1m none /mnt"];
        Command::new("unshare").args(**namespace).args(mounted).output().is_ok_and(|it| it.status.success())
    };
    let namespace = namespaces.iter().find(may)?;
    let mounted =
        "mount -t tmpfs -o size=1m none \"$1\" && exec \"$0\" faults::apart::child --exact --nocapture";
    let mut command = Command::new("unshare");
    command.args(*namespace).args(["sh", "-c", mounted]).arg(std::env::current_exe().unwrap());
    Some(command.arg(directory).env(ROLE, directory).output().unwrap())
}

#[test]
fn a_disk_that_is_full_or_read_only_spoils_nothing() {
    let directory = Directory::new();
    fs::create_dir(directory.path("disk")).unwrap();
    match on_a_disk_of_its_own(&directory.path("disk")) {
        Some(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        None => eprintln!("skipped: nothing may be mounted here, not even for a child alone"),
    }
}

/// What the child does on its disk.
fn fill_a_disk(disk: &Path) {
    let filler = disk.join("filler");
    for number in 0..3 {
        let path = disk.join(number.to_string());
        let (mut sink, losses) = sinks(&path).into_iter().nth(number).unwrap();
        write_one(&mut *sink, 1, "before");
        fs::write(&filler, vec![b'x'; 1 << 20]).unwrap_err();
        let mut written = 1;
        while losses.count() == 0 {
            written += 1;
            assert!(written < 1000, "it is not full");
            write_one(&mut *sink, written, "meanwhile");
        }
        assert_eq!((named(&path)[0].as_str(), losses.count()), ("before", 1), "{}", sink.name());
        fs::remove_file(&filler).unwrap();
        write_one(&mut *sink, written + 1, "after");
        assert_eq!((named(&path).last().unwrap().as_str(), losses.count()), ("after", 1), "{}", sink.name());

        let remount = |how: &str| {
            assert!(Command::new("mount").args(["-o", how]).arg(disk).status().unwrap().success());
        };
        let whole = fs::read(&path).unwrap();
        drop(sink);
        remount("remount,ro");
        let (mut sink, losses) = sinks(&path).into_iter().nth(number).unwrap();
        write_one(&mut *sink, 1, "read-only");
        assert_eq!(losses.count(), 1, "{}", sink.name());
        drop(sink);
        remount("remount,rw");
        assert!(fs::read(&path).unwrap() == whole, "what was there is there");
    }
}

#[test]
fn a_receiver_that_never_reads_holds_up_neither_the_program_nor_its_end() {
    let directory = Directory::new();
    fs::create_dir(directory.path("stuck")).unwrap();
    let output = run_child(&directory.path("stuck")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the child does with files that nobody opens at their other end, so that opening them waits.
fn wait_for_nobody(directory: &Path) {
    let pipes = ["trace", "lines", "page"].map(|name| directory.join(name));
    assert!(Command::new("mkfifo").args(&pipes).status().unwrap().success());
    let [trace, lines, page] = pipes;
    let isohub = isohub::init()
        .sink(ChromeTrace::new(trace))
        .sink(JsonLines::new(lines))
        .sink(HtmlPage::new(page))
        .install()
        .unwrap();
    let fill = || {
        let before: Vec<_> = isohub.stats().sinks.iter().map(|sink| sink.lost).collect();
        let begun = Instant::now();
        let is_lost = |stats: isohub::Stats| {
            stats.sinks.iter().zip(&before).all(|(sink, before)| sink.lost > before + 10_000)
        };
        while !is_lost(isohub.stats()) {
            assert!(begun.elapsed() < LONG, "{:?}", isohub.stats());
            for _ in 0..10_000 {
                isohub::start_span!("work").in_scope(|| ());
            }
            assert!(isohub.flush(Duration::from_millis(1)).is_err(), "they are stuck");
        }
        memory()
    };
    let (once, more) = (fill(), fill());
    assert!(more < once + (64 << 20), "{once} bytes, and then {more}");
    let stats = isohub.stats();
    assert_eq!(stats.started, stats.delivered + stats.dropped + stats.open);
    // The page takes what comes until it is to be written.
    assert!(stats.sinks[..2].iter().all(|sink| sink.received == 0), "{stats:?}");
}

/// How much memory this process has, where that is known.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) << 10
}
