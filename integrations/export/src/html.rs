//! A page for the browser.

mod join;
mod kept;
mod view;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use isohub::Trace;
use isohub::sink::{Batch, Sink};

use self::kept::Kept;
use crate::json::process_name;
use crate::losses::Losses;

/// How long the page is left as it is at least, however much comes.
const PAUSE: Duration = Duration::from_secs(2);

/// Writes the traces of a run as one page that needs nothing but a browser: a waterfall with zoom, search,
/// hub tags, errors and breadcrumbs, and links, in light and dark, by mouse and by keyboard.
///
/// The page is one file a run. It holds the newest traces, and of those before them the ones that failed and the
/// slowest: half of [`max_traces`](Self::max_traces) each. What was captured in no trace is on it too, the newest
/// 100 of it.
///
/// It is written at each flush, when the sink is dropped, and every few seconds if something came, into a file
/// beside it that then takes its place: a browser, or whoever comes after a kill, always finds a whole
/// page. A file that is there is replaced. What comes from the program is data in the page, never markup; the page
/// loads nothing and sends nothing.
///
/// The memory that is used is bounded by the two limits. What cannot be written is [counted](Self::losses), and
/// said once.
///
/// ```
/// # let directory = std::env::temp_dir().join(format!("isohub-html-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// # let path = directory.join("traces.html");
/// let isohub = isohub::init().sink(isohub_export::HtmlPage::new(&path)).install()?;
/// isohub::start_span!("work", rows = 7).in_scope(|| {});
/// isohub.flush(std::time::Duration::from_secs(5)).ok();
/// assert!(std::fs::read_to_string(&path)?.starts_with("<!doctype html>"));
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HtmlPage {
    path: PathBuf,
    kept: Kept,
    /// Records that came since the page was written.
    unwritten: u64,
    next_write: Instant,
    losses: Losses,
}

impl HtmlPage {
    /// Writes to the file at `path`; its directory must be there.
    pub fn new(path: impl AsRef<Path>) -> Self {
        HtmlPage {
            path: path.as_ref().to_owned(),
            kept: Kept::default(),
            unwritten: 0,
            next_write: Instant::now() + PAUSE,
            losses: Losses::default(),
        }
    }

    /// How many traces the page holds at most; 100 unless told otherwise.
    #[must_use]
    pub fn max_traces(mut self, traces: usize) -> Self {
        self.kept.max_traces = traces.max(1);
        self
    }

    /// How many spans and captured events the page holds at most, of all traces; 50,000 unless told otherwise,
    /// which are some 20 MB. Of a trace with more than that, the first are kept.
    #[must_use]
    pub fn max_spans(mut self, spans: usize) -> Self {
        self.kept.max_spans = spans.max(1);
        self
    }

    /// One trace as a page.
    pub fn render(trace: &Trace) -> String {
        let mut kept = Kept { max_spans: usize::MAX, ..Kept::default() };
        kept.add_trace(&Arc::new(trace.clone()));
        page(&view::data(&kept))
    }

    /// Writes what is on the pages of several processes as one page, on which a trace that went through them is
    /// one again.
    ///
    /// # Errors
    /// One of the pages cannot be read, or is none; the page cannot be written.
    ///
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("isohub-join-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let [shop, stock, both] = ["shop.html", "stock.html", "both.html"].map(|name| directory.join(name));
    /// # let empty = isohub_export::HtmlPage::render(&isohub::Trace::new(vec![], vec![]));
    /// # std::fs::write(&shop, &empty)?;
    /// # std::fs::write(&stock, &empty)?;
    /// isohub_export::HtmlPage::join([&shop, &stock], &both)?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn join<P: AsRef<Path>>(
        pages: impl IntoIterator<Item = P>,
        into: impl AsRef<Path>,
    ) -> io::Result<()> {
        let read = |page: P| join::data_of(&fs::read_to_string(page.as_ref())?, page.as_ref());
        let pages: Vec<_> = pages.into_iter().map(read).collect::<io::Result<_>>()?;
        replace(into.as_ref(), page(&join::join(pages)).as_bytes())
    }

    /// How many spans and events came that are on no page that was written: those since the last one
    /// that could be, counted with each attempt that fails.
    pub fn losses(&self) -> Losses {
        self.losses.clone()
    }

    fn write(&mut self) {
        if self.unwritten == 0 {
            return;
        }
        let begun = Instant::now();
        if let Err(why) = replace(&self.path, page(&view::data(&self.kept)).as_bytes()) {
            self.losses.add(self.unwritten, &self.path, &why);
        }
        self.unwritten = 0;
        // However large the page, most of the time is left for what comes in.
        self.next_write = Instant::now() + PAUSE.max(begun.elapsed() * 10);
    }
}

impl Sink for HtmlPage {
    fn name(&self) -> &str {
        "html-page"
    }

    fn wants_traces(&self) -> bool {
        true
    }

    fn receive(&mut self, batch: &Batch) {
        if self.kept.process.is_empty() {
            self.kept.process = process_name(&batch.resource);
        }
        for trace in &batch.traces {
            self.kept.add_trace(trace);
            self.unwritten += (trace.spans.len() + trace.events.len()) as u64;
        }
        // The others come, or came, with their trace.
        for event in batch.events.iter().filter(|event| event.span.is_none_or(|span| !span.is_sampled())) {
            self.kept.add_event(event);
            self.unwritten += 1;
        }
        if Instant::now() >= self.next_write {
            self.write();
        }
    }

    fn flush(&mut self) {
        self.write();
    }

    fn undelivered(&self) -> u64 {
        self.losses.count()
    }
}

impl Drop for HtmlPage {
    fn drop(&mut self) {
        self.write();
    }
}

/// Puts `bytes` into the place of what is at `path`, at once where that is a file.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays one, and a device or a pipe is written to rather than replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        return fs::write(&path, bytes);
    }
    // A file that is not to be written is not to be replaced either.
    if fs::metadata(&path).is_ok_and(|found| found.permissions().readonly()) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Stands before the data of the page.
const DATA: &str = "<script type=\"application/json\" id=\"data\">";

fn page(data: &str) -> String {
    const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
        script-src 'unsafe-inline'\">\n<title>Traces</title>\n";
    let data = in_script(data);
    let parts = [
        HEAD,
        "<style>\n",
        include_str!("html/page.css"),
        "</style>\n",
        include_str!("html/page.html"),
        DATA,
        &data,
        "</script>\n<script>\n",
        include_str!("html/tree.js"),
        include_str!("html/page.js"),
        "</script>\n</html>\n",
    ];
    parts.concat()
}

/// JSON that ends no script element, begins no comment, and is no markup to any reader: these characters are only
/// in its strings, where an escape means the same.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
