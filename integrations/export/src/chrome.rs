//! A file in the trace-event format.

mod entries;
mod file;
mod tracks;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use isohub::sink::{Batch, Sink};
use isohub::{Event, SpanId, StartedSpan, Trace};

use self::entries::Entries;
use self::file::TraceFile;
use self::tracks::{Interval, Tracks};
use crate::losses::Losses;

/// Open spans that are known at most; of more, all are forgotten, which costs only their being shown.
const MAX_OPEN: usize = 65_536;
/// Open spans that are shown at most, the oldest first: they are written anew with each batch.
const MAX_SHOWN: usize = 1_000;
/// Spans whose place is remembered for links that come later, twice.
const REMEMBERED: usize = 32_768;

/// Writes traces for [Perfetto](https://ui.perfetto.dev), speedscope and whatever else opens the trace-event
/// format of Chrome.
///
/// - A span stands below its parent on one track, or, where it overlaps a sibling there or outlives its
///   parent, on a track of its own with an arrow from the parent: spans on one track never overlap. Tracks
///   are used again, so that there are as many as were ever busy at once.
/// - Links are arrows, as far as the linked span was written before. The arrow of a request goes from its
///   client span to its server span, also between processes whose files were [joined](Self::join).
/// - Events of spans and captured events are instants. Attributes, tags, outcome, errors and ids are
///   arguments.
/// - What has not ended is shown as unfinished, and replaced when it ends.
/// - Times are microseconds, with nanoseconds as their fraction, since midnight (UTC) of the day on which the
///   sink was made.
///
/// The file is an array, and complete after each batch: its end is written anew each time, so that a
/// process that is killed leaves valid JSON. If it is killed in the very write, the end of the array is
/// missing, which the format allows, and the last entry may be cut. A file that is there is replaced; one that is moved
/// or deleted meanwhile is begun anew. Into a
/// pipe or a device, the end and the unfinished spans are written once, when the sink is dropped.
///
/// A trace is written when its local root ends, see [`Trace`]. The memory that is used is bounded, and so is the
/// [file](Self::max_size). What cannot be written is [counted](Self::losses), and said once.
///
/// ```
/// # let directory = std::env::temp_dir().join(format!("isohub-chrome-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// # let path = directory.join("trace.json");
/// let isohub = isohub::init().sink(isohub_export::ChromeTrace::new(&path)).install()?;
/// isohub::start_span!("work", rows = 7).in_scope(|| {});
/// isohub.flush(std::time::Duration::from_secs(5)).ok();
/// assert!(std::fs::read_to_string(&path)?.contains(r#"{"name":"work","cat":"internal","ph":"X","#));
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChromeTrace {
    file: TraceFile,
    origin: SystemTime,
    tracks: Tracks,
    /// How many tracks have their name in the file; none if the file does not say whose it is yet.
    named: Option<u32>,
    open: HashMap<SpanId, StartedSpan>,
    shows_open: bool,
    written: [HashMap<SpanId, Place>; 2],
    losses: Losses,
}

/// Where a span was put.
#[derive(Clone, Copy, Debug)]
struct Place {
    track: u32,
    start: u64,
    end: u64,
}

impl ChromeTrace {
    /// Writes to the file at `path`; its directory must be there.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let since_midnight = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let midnight = Duration::from_secs(since_midnight.as_secs() / 86_400 * 86_400);
        ChromeTrace {
            file: TraceFile::new(path.as_ref().to_owned()),
            origin: SystemTime::UNIX_EPOCH + midnight,
            tracks: Tracks::default(),
            named: None,
            open: HashMap::new(),
            shows_open: true,
            written: Default::default(),
            losses: Losses::default(),
        }
    }

    /// How many bytes the file has at most; 256 MiB unless told otherwise, which browsers still open. What
    /// comes then is lost.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.file.max_size = bytes;
        self
    }

    /// Whether unfinished spans are shown, as they are unless told otherwise. Costs the program some 100 ns a
    /// span.
    #[must_use]
    pub fn open_spans(mut self, shown: bool) -> Self {
        self.shows_open = shown;
        self
    }

    /// Writes what is in the files of several processes to one, in which requests are arrows from process to process.
    /// What a kill cut off at the end of a file may leave the result cut there, too.
    ///
    /// # Errors
    /// One of the files cannot be read, or is none; the file cannot be written.
    ///
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("isohub-chrome-join-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let [shop, stock, both] = ["shop.json", "stock.json", "both.json"].map(|name| directory.join(name));
    /// # std::fs::write(&shop, "[\n{}\n]\n")?;
    /// # std::fs::write(&stock, "[\n{}\n]\n")?;
    /// isohub_export::ChromeTrace::join([&shop, &stock], &both)?;
    /// # assert_eq!(std::fs::read_to_string(&both)?, "[\n{},\n{}\n]\n");
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn join<P: AsRef<Path>>(
        files: impl IntoIterator<Item = P>,
        into: impl AsRef<Path>,
    ) -> io::Result<()> {
        let files: Vec<_> =
            files.into_iter().map(|file| file::entries_of(file.as_ref())).collect::<io::Result<_>>()?;
        file::write_entries(into.as_ref(), &files)
    }

    /// How much could not be written.
    pub fn losses(&self) -> Losses {
        self.losses.clone()
    }

    fn since_origin(&self, time: SystemTime) -> u64 {
        let nanos = time.duration_since(self.origin).unwrap_or_default().as_nanos();
        // Nothing that can be written is as late: the format's numbers are exact up to 2^53.
        u64::try_from(nanos).unwrap_or(u64::MAX).min(1 << 53)
    }

    fn write_trace(&mut self, entries: &mut Entries, trace: &Trace) {
        let intervals: Vec<_> = trace
            .spans
            .iter()
            .map(|span| Interval {
                id: span.context.span_id(),
                parent: span.parent,
                start: self.since_origin(span.start),
                end: self.since_origin(span.end()),
            })
            .collect();
        let (standing, order) = self.tracks.place(&intervals);
        let place = |at: usize| Place {
            track: standing[at].track,
            start: intervals[at].start,
            end: intervals[at].end,
        };
        let mut elsewhere: HashMap<SpanId, Vec<usize>> = HashMap::new();
        for (at, interval) in intervals.iter().enumerate() {
            self.remember(interval.id, place(at));
            if let Some(parent) = interval.parent.filter(|_| !standing[at].is_below_parent) {
                elsewhere.entry(parent).or_default().push(at);
            }
        }
        for at in order {
            let (span, place_of_span) = (&trace.spans[at], place(at));
            entries.span(span, &place_of_span);
            for child in elsewhere.remove(&intervals[at].id).unwrap_or_default() {
                entries.arrow_to_child(intervals[child].id, &place_of_span, &place(child));
            }
            entries.arrows_between_processes(span, &place_of_span);
            for (number, link) in span.links.iter().enumerate() {
                if let Some(from) = self.place_of(link.context.span_id()) {
                    entries.arrow_of_link(span, number, &from, &place_of_span);
                }
            }
            for event in &span.events {
                entries.span_event(event, place_of_span.track, self.since_origin(event.time));
            }
        }
        trace.events.iter().for_each(|event| self.write_event(entries, event));
    }

    fn write_event(&self, entries: &mut Entries, event: &Event) {
        let place = event.span.and_then(|span| self.place_of(span.span_id()));
        entries.event(event, place.map(|place| place.track), self.since_origin(event.time));
    }

    fn remember(&mut self, id: SpanId, place: Place) {
        if self.written[0].len() >= REMEMBERED {
            self.written.swap(0, 1);
            self.written[0].clear();
        }
        self.written[0].insert(id, place);
    }

    fn place_of(&self, id: SpanId) -> Option<Place> {
        self.written.iter().find_map(|written| written.get(&id)).copied()
    }

    fn follow_open(&mut self, batch: &Batch) {
        if self.open.len() + batch.started.len() > MAX_OPEN {
            self.open.clear();
        }
        let started = batch.started.iter().filter(|_| self.shows_open).take(MAX_OPEN);
        self.open.extend(started.map(|span| (span.context.span_id(), span.clone())));
        for span in &batch.spans {
            self.open.remove(&span.context.span_id());
        }
    }

    /// The spans that have not ended, on tracks that nothing else is on from their start on.
    fn unfinished(&self) -> Entries {
        let mut open: Vec<_> = self.open.values().collect();
        open.sort_by_key(|span| (span.start, span.context.span_id()));
        open.truncate(MAX_SHOWN);
        let interval = |span: &&StartedSpan| Interval {
            id: span.context.span_id(),
            parent: span.parent,
            start: self.since_origin(span.start),
            end: u64::MAX,
        };
        let intervals: Vec<_> = open.iter().map(interval).collect();
        let mut tracks = self.tracks.clone();
        let (placed, order) = tracks.place(&intervals);
        let mut entries = Entries::default();
        (self.named.unwrap_or(0)..tracks.count()).for_each(|track| entries.name_track(track));
        for at in order {
            entries.unfinished(open[at], placed[at].track, intervals[at].start);
        }
        entries
    }

    fn write(&mut self, entries: Entries, records: u64) {
        let unfinished = self.unfinished();
        let written = self.file.write(&entries.into_bytes(), &unfinished.into_bytes());
        if let Err(why) = written {
            // The names of the tracks were lost with the rest.
            self.named = None;
            self.losses.add(records, &self.file.path, &why);
        }
    }
}

impl Sink for ChromeTrace {
    fn name(&self) -> &str {
        "chrome-trace"
    }

    fn wants_traces(&self) -> bool {
        true
    }

    fn wants_starts(&self) -> bool {
        self.shows_open
    }

    fn receive(&mut self, batch: &Batch) {
        self.follow_open(batch);
        if self.file.leave_if_gone() {
            (self.named, self.written) = (None, Default::default());
        }
        let mut entries = Entries::default();
        if self.named.is_none() {
            entries.process(&batch.resource);
        }
        let mut records = 0;
        for trace in &batch.traces {
            self.write_trace(&mut entries, trace);
            records += (trace.spans.len() + trace.events.len()) as u64;
        }
        // The others come, or came, with their trace.
        for event in batch.events.iter().filter(|event| event.span.is_none_or(|span| !span.is_sampled())) {
            self.write_event(&mut entries, event);
            records += 1;
        }
        let tracks = self.tracks.count();
        (self.named.unwrap_or(0)..tracks).for_each(|track| entries.name_track(track));
        self.named = Some(tracks);
        self.write(entries, records);
    }

    fn flush(&mut self) {
        self.file.flush();
    }

    fn undelivered(&self) -> u64 {
        self.losses.count()
    }
}

impl Drop for ChromeTrace {
    fn drop(&mut self) {
        let unfinished = self.unfinished();
        self.file.finish(&unfinished.into_bytes());
    }
}
