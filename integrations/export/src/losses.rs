//! What could not be written: counted, and said once.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many records a sink could not write. Its clones show the same number, so that one stays with the
/// program when the sink goes to its thread.
///
/// The first loss is said on the standard error; the later ones are only counted. They are in the
/// [accounts of the pipeline](isohub::SinkStats::undelivered) too.
///
/// ```
/// let lines = isohub_export::JsonLines::new("no such directory/spans.jsonl");
/// let losses = lines.losses();
/// let isohub = isohub::init().sink(lines).install()?;
/// isohub::start_span!("work").in_scope(|| {});
/// isohub.flush(std::time::Duration::from_secs(5)).ok();
/// assert_eq!(losses.count(), 1);
/// assert_eq!(isohub.stats().sinks[0].undelivered, 1);
/// # Ok::<_, isohub::InstallError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Losses(Arc<Account>);

#[derive(Debug, Default)]
struct Account {
    count: AtomicU64,
    said: AtomicBool,
}

impl Losses {
    /// Spans and events that were lost.
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, records: u64, path: &Path, why: &io::Error) {
        self.0.count.fetch_add(records, Ordering::Relaxed);
        if !self.0.said.swap(true, Ordering::Relaxed) {
            // Unlike `eprintln!`, this does not panic where there is no standard error; and the path is
            // written by its `Debug`, which escapes what a terminal would obey.
            let _ = writeln!(
                io::stderr(),
                "isohub: cannot write to {path:?}: {why}; this is not said again, `losses()` counts on"
            );
        }
    }
}
