//! What goes wrong with files is counted, said once, and goes no further.

mod apart;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use isohub::sink::Sink;
use isohub_export::{ChromeTrace, HtmlPage, JsonLines, Losses};

use crate::support::{Directory, batch, json, json_lines, trace};

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

/// The names of the spans in a file, whatever its kind.
fn named(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    assert!(!text.contains('\0'), "{text:?}");
    let values = match text.as_bytes() {
        [b'[', ..] => json(&text).as_array().unwrap().iter().filter(|it| it["ph"] == "X").cloned().collect(),
        [b'{', ..] => json_lines(&text).into_iter().filter(|it| it["type"] == "span").collect(),
        _ => crate::html::data(&text)["traces"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["spans"][0].clone())
            .collect::<Vec<_>>(),
    };
    values.iter().map(|span| span["name"].as_str().unwrap().to_owned()).collect()
}

fn write_one(sink: &mut dyn Sink, id: u64, name: &str) {
    sink.receive(&batch(vec![trace(id.into(), &[(id, 0, name, 0, 5)])]));
    sink.flush();
}

#[test]
fn a_file_that_vanishes_is_begun_anew_and_one_that_was_moved_stays_whole() {
    let directory = Directory::new();
    let (path, moved) = (directory.path("file"), directory.path("moved"));
    let vanish: [fn(&Path, &Path); 4] = [
        |path, moved| fs::rename(path, moved).unwrap(),
        |path, moved| {
            fs::rename(path, moved).unwrap();
            fs::write(path, "").unwrap();
        },
        |path, _| fs::remove_file(path).unwrap(),
        |path, _| fs::write(path, "").unwrap(),
    ];
    for vanish in vanish {
        for (mut sink, losses) in sinks(&path) {
            let sink_is_page = sink.name() == "html-page";
            write_one(&mut *sink, 1, "before");
            vanish(&path, &moved);
            write_one(&mut *sink, 2, "after");
            write_one(&mut *sink, 3, "at last");
            drop(sink);
            // A page is all that is kept, lines and a trace are what came since.
            let since = if sink_is_page { 0 } else { 1 };
            assert_eq!(named(&path), ["before", "after", "at last"][since..]);
            let says_whose_it_is = fs::read_to_string(&path).unwrap().contains("\"process");
            assert!(sink_is_page || says_whose_it_is);
            assert_eq!(losses.count(), 0);
            if fs::exists(&moved).unwrap() {
                assert_eq!(named(&moved), ["before"]);
                fs::remove_file(&moved).unwrap();
            }
            fs::remove_file(&path).unwrap();
        }
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

#[test]
fn a_pipe_whose_reader_goes_away_loses_what_nobody_reads() {
    let directory = Directory::new();
    let path = directory.path("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    // A page is opened anew each time, and so waits for a reader.
    for (mut sink, losses) in sinks(&path).into_iter().take(2) {
        let reader = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        write_one(&mut *sink, 1, "read");
        drop(reader);
        write_one(&mut *sink, 2, "lost");
        assert_eq!(losses.count(), 1, "{}", sink.name());
        let reader = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        write_one(&mut *sink, 3, "read again");
        assert_eq!(losses.count(), 1, "{}", sink.name());
        drop((sink, reader));
    }
}
