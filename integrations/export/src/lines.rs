//! One record a line.

mod records;
mod rotating;

use std::path::{Path, PathBuf};

use isohub::sink::{Batch, Sink};

use self::rotating::Rotating;
use crate::losses::Losses;

/// Writes each span and each event as one line of JSON, as it ends.
///
/// Lines are added to a file that is there. A line is written whole, and a batch in one piece: what kills
/// the process can cut the last line, and the next run begins a new one below it. A program that reads the
/// file skips what does not parse.
///
/// When a file would outgrow its [size](Self::max_size) it becomes `PATH.1`, what was `PATH.1` becomes
/// `PATH.2`, and so on; the oldest goes. One process writes to a path: give each its own. A file that is moved or deleted
/// by others is begun anew. Files put one behind the other are such a file again.
///
/// # Schema
///
/// Every line is an object with `type`. What is empty or not known is left out. Times are text in UTC, as
/// RFC 3339 writes them, to the nanosecond; ids are lower-case hexadecimal digits; numbers that JSON does
/// not have (NaN, infinities) are text. Fields may be added; `schema` counts what would break a reader.
///
/// | `type` | fields |
/// | --- | --- |
/// | `process`, first in each file and run | `schema` (1), `pid`, `service`, `release`, `environment`, `server_name` |
/// | `span` | `trace_id`, `span_id`, `parent_id`, `local_root` (true), `orphan` (true), `name`, `kind`, `op`, `level`, `start`, `duration_ns`, `outcome`, `source` (`file:line`), `module`, `attributes`, `events` (`name`, `time`, `attributes`), `links` (`trace_id`, `span_id`, `attributes`), `scope` |
/// | `event` | `event_id`, `time`, `level`, `message`, `exceptions` (`type`, `message`; the outermost first), `attributes`, `fingerprint`, `trace_id`, `span_id`, `source`, `backtrace`, `scope` |
/// | `start`, if [asked for](Self::starts) | `trace_id`, `span_id`, `parent_id`, `name`, `start` |
///
/// `kind` is `internal`, `client`, `server`, `producer` or `consumer`; `outcome` is `ok`, `error`,
/// `cancelled` or `panicked`; `scope` has `transaction`, `tags`, `user` (`id`, `username`, `email`,
/// `ip_address`, `data`), `contexts`, `extras`, `fingerprint` and `breadcrumbs` (`time`, `level`,
/// `category`, `message`, `data`).
///
/// # Errors
///
/// None reaches the program: what cannot be written is [counted](Self::losses), and said once. The file is
/// opened again with the next records.
///
/// ```
/// # let directory = std::env::temp_dir().join(format!("isohub-lines-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// # let path = directory.join("spans.jsonl");
/// use isohub_export::JsonLines;
/// let isohub = isohub::init().sink(JsonLines::new(&path).max_size(10_000_000).max_files(3)).install()?;
/// isohub::start_span!("work", rows = 7).in_scope(|| {});
/// isohub.flush(std::time::Duration::from_secs(5)).ok();
/// let text = std::fs::read_to_string(&path)?;
/// assert!(text.lines().nth(1).is_some_and(|line| line.contains(r#""attributes":{"rows":7}"#)));
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonLines {
    file: Rotating,
    starts: bool,
    losses: Losses,
}

impl JsonLines {
    /// Writes to the file at `path`; its directory must be there. The file is opened with the first record.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let file = Rotating::new(PathBuf::from(path.as_ref()));
        JsonLines { file, starts: false, losses: Losses::default() }
    }

    /// How many bytes a file has at most; 64 MiB unless told otherwise. Only a file of one single record
    /// may be larger.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.file.max_size = bytes;
        self
    }

    /// How many files there are at most, the one that is written to included; 5 unless told otherwise, and
    /// at least 1.
    #[must_use]
    pub fn max_files(mut self, files: u32) -> Self {
        self.file.max_files = files.max(1);
        self
    }

    /// Whether spans are also written as they begin, so that a killed process leaves behind what it was
    /// at. Costs the program some 100 ns a span.
    #[must_use]
    pub fn starts(mut self, wanted: bool) -> Self {
        self.starts = wanted;
        self
    }

    /// How much could not be written.
    pub fn losses(&self) -> Losses {
        self.losses.clone()
    }
}

impl Sink for JsonLines {
    fn name(&self) -> &str {
        "json-lines"
    }

    fn wants_starts(&self) -> bool {
        self.starts
    }

    fn receive(&mut self, batch: &Batch) {
        let started = batch.started.iter().filter(|_| self.starts).map(records::start);
        let spans = batch.spans.iter().map(|span| records::span(span));
        let events = batch.events.iter().map(|event| records::event(event));
        let header = records::process(&batch.resource);
        if let Err((lost, why)) = self.file.write(&header, started.chain(spans).chain(events)) {
            self.losses.add(lost, &self.file.path, &why);
        }
    }

    fn undelivered(&self) -> u64 {
        self.losses.count()
    }
}
