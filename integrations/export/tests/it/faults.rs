//! What goes wrong with files is counted, said once, and goes no further.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use isohub::sink::Sink;
use isohub_export::{ChromeTrace, HtmlPage, JsonLines, Losses};

use crate::support::{Directory, LONG, batch, json, json_lines, trace};

/// Each kind of sink on a path, with its account.
fn sinks(path: &Path) -> [(Box<dyn Sink>, Losses); 3] {
    let (chrome, lines, page) = (ChromeTrace::new(path), JsonLines::new(path), HtmlPage::new(path));
    let losses = [chrome.losses(), lines.losses(), page.losses()];
    let [first, second, third] = losses;
    [(Box::new(chrome), first), (Box::new(lines), second), (Box::new(page), third)]
}

fn work(sink: &mut dyn Sink, times: u64) {
    for id in 1..=times {
        sink.receive(&batch(vec![trace(id.into(), &[(id, 0, "work", 0, 5)])]));
        sink.flush();
    }
}

#[test]
fn where_there_is_no_directory_all_is_lost_and_counted() {
    let directory = Directory::new();
    for (mut sink, losses) in sinks(&directory.path("missing/file")) {
        work(&mut *sink, 3);
        assert_eq!(losses.count(), 3, "{}", sink.name());
    }
}

#[test]
fn a_directory_that_comes_later_is_used() {
    let directory = Directory::new();
    for (mut sink, losses) in sinks(&directory.path("later/file")) {
        work(&mut *sink, 1);
        fs::create_dir(directory.path("later")).unwrap();
        work(&mut *sink, 2);
        drop(sink);
        assert_eq!(losses.count(), 1);
        assert!(fs::read_to_string(directory.path("later/file")).unwrap().contains(r#""work""#));
        fs::remove_dir_all(directory.path("later")).unwrap();
    }
}

#[test]
fn a_full_device_is_survived() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    for (mut sink, losses) in sinks(full) {
        // The page is written beside its file and renamed: were that to go wrong, root's device would be gone.
        if sink.name() != "html-page" {
            work(&mut *sink, 3);
            assert_eq!(losses.count(), 3, "{}", sink.name());
        }
    }
}

#[test]
fn a_page_is_written_into_a_pipe_rather_than_in_its_place() {
    let directory = Directory::new();
    let path = directory.path("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    // Both ends are open, so that nothing waits for the other.
    let mut pipe = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let reader = std::thread::spawn(move || {
        let mut begin = [0; 15];
        std::io::Read::read_exact(&mut pipe, &mut begin).unwrap();
        // The rest is larger than a pipe holds.
        let mut rest = vec![0; 1 << 16];
        while !String::from_utf8_lossy(&rest).contains("</html>") {
            let read = std::io::Read::read(&mut pipe, &mut rest).unwrap();
            rest.truncate(read.max(1));
            rest.resize(1 << 16, b' ');
        }
        begin
    });
    work(&mut HtmlPage::new(&path), 1);
    use std::os::unix::fs::FileTypeExt;
    // Before the reader is waited for, which in a file in the pipe's place would find nothing.
    assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
    assert_eq!(&reader.join().unwrap(), b"<!doctype html>");
}

#[test]
fn files_that_cannot_grow_are_left_whole() {
    let directory = Directory::new();
    // Where the limit is met, a write ends in the middle, as on a disk that is full.
    let limited = "trap '' XFSZ; ulimit -f 128; exec \"$0\" faults::child --exact --nocapture";
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

/// Root may write to what is read-only; an immutable file would need more than a test has.
fn is_root(directory: &Directory) -> bool {
    let path = directory.path("probe");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    fs::OpenOptions::new().append(true).open(&path).is_ok()
}

#[test]
fn a_read_only_file_stays_as_it_is() {
    let directory = Directory::new();
    let path = directory.path("file");
    fs::write(&path, "precious\n").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let is_root = is_root(&directory);
    for (mut sink, losses) in sinks(&path) {
        if is_root && sink.name() != "html-page" {
            eprintln!("skipped for {}: root may write to everything", sink.name());
            continue;
        }
        work(&mut *sink, 3);
        drop(sink);
        assert_eq!(losses.count(), 3);
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious\n");
    }
}

#[test]
fn a_directory_in_the_place_of_the_file_is_left_alone() {
    let directory = Directory::new();
    fs::create_dir(directory.path("file")).unwrap();
    for (mut sink, losses) in sinks(&directory.path("file")) {
        work(&mut *sink, 2);
        assert_eq!(losses.count(), 2, "{}", sink.name());
    }
}

#[test]
fn files_that_cannot_make_room_take_no_more() {
    let directory = Directory::new();
    let path = directory.path("a.jsonl");
    // Nothing can be renamed to a directory that holds something.
    fs::create_dir_all(directory.path("a.jsonl.1/taken")).unwrap();
    let mut lines = JsonLines::new(&path).max_size(2_000).max_files(2);
    work(&mut lines, 20);
    assert!(fs::metadata(&path).unwrap().len() <= 2_000);
    let kept =
        json_lines(&fs::read_to_string(&path).unwrap()).iter().filter(|it| it["type"] == "span").count();
    assert!(kept > 0);
    assert_eq!(kept as u64 + lines.losses().count(), 20);
}

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
    command.args(["faults::child", "--exact", "--nocapture"]).env(ROLE, directory);
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
fn a_trace_into_a_pipe_is_ended_when_the_sink_is_dropped() {
    let directory = Directory::new();
    let path = directory.path("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = std::thread::spawn({
        let path = path.clone();
        move || fs::read_to_string(path).unwrap()
    });
    let mut sink = ChromeTrace::new(&path);
    work(&mut sink, 3);
    drop(sink);
    let entries = json(&reader.join().unwrap());
    assert_eq!(entries.as_array().unwrap().iter().filter(|entry| entry["ph"] == "X").count(), 3);
}
