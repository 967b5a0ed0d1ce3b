//! An array of entries in a file, complete whenever it is not being written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::place::is_at;

const BEGIN: &[u8] = b"[\n";
const END: &[u8] = b"\n]\n";

#[derive(Debug)]
pub(super) struct TraceFile {
    pub(super) path: PathBuf,
    pub(super) max_size: u64,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Bytes up to the end of the last entry that stays.
    size: u64,
    /// Whether what was written can be replaced; not so in a pipe or a device.
    is_regular: bool,
}

impl TraceFile {
    pub(super) fn new(path: PathBuf) -> Self {
        TraceFile { path, max_size: 256 * 1024 * 1024, open: None }
    }

    /// Adds `entries`, and behind them those that only stay until the next write.
    pub(super) fn write(&mut self, entries: &[u8], passing: &[u8]) -> io::Result<()> {
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(Open::at(&self.path)?),
        };
        let added = (BEGIN.len() + entries.len() + passing.len() + END.len()) as u64;
        if open.size.saturating_add(added) > self.max_size {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file has its greatest size"));
        }
        open.write(entries, passing)
    }

    /// Closes the file if what was written is no longer there, for others have moved, deleted or shortened it. Says
    /// whether it was so: then the next write begins it anew.
    pub(super) fn leave_if_gone(&mut self) -> bool {
        let is_there = |open: &Open| {
            let has_all = || open.file.metadata().is_ok_and(|found| found.len() >= open.size);
            !open.is_regular || (is_at(&open.file, &self.path) && has_all())
        };
        let is_gone = self.open.as_ref().is_some_and(|open| !is_there(open));
        if is_gone {
            self.open = None;
        }
        is_gone
    }

    pub(super) fn flush(&mut self) {
        if let Some(open) = &mut self.open {
            let _ = open.file.flush();
        }
    }

    /// Ends the array where it is not complete already.
    pub(super) fn finish(&mut self, passing: &[u8]) {
        if let Some(mut open) = self.open.take().filter(|open| !open.is_regular) {
            let _ = open.file.write_all(&[&separated(passing, open.size), END].concat());
        }
    }
}

impl Open {
    fn at(path: &PathBuf) -> io::Result<Self> {
        let is_regular = fs::metadata(path).map_or(true, |found| found.is_file());
        let file = OpenOptions::new().create(is_regular).truncate(is_regular).write(true).open(path)?;
        Ok(Open { file, size: 0, is_regular })
    }

    fn write(&mut self, entries: &[u8], passing: &[u8]) -> io::Result<()> {
        let staying = separated(entries, self.size);
        let size = self.size + staying.len() as u64;
        if !self.is_regular {
            self.file.write_all(&staying)?;
            self.size = size;
            return Ok(());
        }
        // First cut, then written in one piece: a reader, or who is left behind by a kill, sees an array
        // with or without an end, but never an old end behind a new one.
        self.file.set_len(self.size)?;
        self.file.seek(SeekFrom::Start(self.size))?;
        let bytes = [&*staying, &separated(passing, size), END].concat();
        let written = self.file.write_all(&bytes);
        if written.is_ok() {
            self.size = size;
        } else if self.file.set_len(self.size).is_ok() {
            // What was complete before is so again, if only there is room for that.
            let _ = self.file.seek(SeekFrom::Start(self.size)).and_then(|_| self.file.write_all(END));
        }
        written
    }
}

/// `entries` as they are to be written behind so many bytes.
fn separated(entries: &[u8], size: u64) -> Vec<u8> {
    match (size, entries) {
        (0, entries) => [BEGIN, entries].concat(),
        (_, []) => Vec::new(),
        (size, entries) if size == BEGIN.len() as u64 => entries.to_vec(),
        (_, entries) => [b",\n", entries].concat(),
    }
}

/// What stands between the ends of the array in a file.
pub(super) fn entries_of(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    let entries = bytes.trim_ascii().strip_prefix(b"[").ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{path:?} is not a file of `ChromeTrace`"))
    })?;
    // A process that was killed may have left no end.
    let entries = entries.strip_suffix(b"]").unwrap_or(entries).trim_ascii();
    Ok(entries.strip_suffix(b",").unwrap_or(entries).to_vec())
}

/// Writes the entries of several files as one array.
pub(super) fn write_entries(path: &Path, files: &[Vec<u8>]) -> io::Result<()> {
    let parts: Vec<&[u8]> = files.iter().map(|entries| &**entries).filter(|it| !it.is_empty()).collect();
    fs::write(path, [BEGIN, &parts.join(&b",\n"[..]), END].concat())
}
