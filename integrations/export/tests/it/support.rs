//! Records to export, and places for files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use isohub::sink::{Batch, Sink};
use isohub::testing::Recorder;
use isohub::{Event, SpanContext, SpanId, SpanRecord, Trace, TraceId};
use serde_json::Value;

pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A directory of one test, removed at its end.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("isohub-export-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A real span and a real event to make others of, since a span's record is only made by isohub.
pub(crate) fn template() -> (SpanRecord, Event) {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("template").in_scope(|| {
            isohub::set_tag("tenant", "acme");
            isohub::add_breadcrumb(isohub::Breadcrumb::new("looked up").category("cache").data("key", 7));
            isohub::capture_message("a message", isohub::Level::Error);
        });
    });
    recorder.settled(LONG).unwrap();
    let mut span = SpanRecord::clone(&recorder.span("template"));
    let event = Event::clone(&recorder.event());
    span.scope = Some(event.scope.clone());
    (span, event)
}

pub(crate) fn context(trace: u128, span: u64) -> SpanContext {
    let trace = TraceId::from_bytes(trace.to_be_bytes()).unwrap();
    SpanContext::new(trace, SpanId::from_bytes(span.to_be_bytes()).unwrap(), true)
}

/// A moment of today, which is what the sinks count from.
pub(crate) fn at(micros: u64) -> SystemTime {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    SystemTime::UNIX_EPOCH + Duration::from_secs(now / 86_400 * 86_400) + Duration::from_micros(micros)
}

/// A trace of spans given as (id, parent or 0, name, start and end in microseconds).
pub(crate) fn trace(id: u128, spans: &[(u64, u64, &str, u64, u64)]) -> Trace {
    let (template, _) = template();
    let spans = spans.iter().map(|&(span, parent, name, start, end)| {
        let mut record = template.clone();
        record.context = context(id, span);
        record.parent = SpanId::from_bytes(parent.to_be_bytes());
        record.is_local_root = parent == 0;
        record.name = name.to_owned().into();
        record.start = at(start);
        record.duration = Duration::from_micros(end - start);
        if parent != 0 {
            record.scope = None;
        }
        Arc::new(record)
    });
    Trace::new(spans.collect(), Vec::new())
}

pub(crate) fn batch(traces: Vec<Trace>) -> Batch {
    let mut batch = Batch::default();
    batch.spans = traces.iter().flat_map(|trace| trace.spans.iter().cloned()).collect();
    batch.events = traces.iter().flat_map(|trace| trace.events.iter().cloned()).collect();
    batch.traces = traces.into_iter().map(Arc::new).collect();
    batch
}

/// What `sink` writes of these traces to `path`.
pub(crate) fn written(mut sink: impl Sink, path: &Path, traces: Vec<Trace>) -> String {
    sink.receive(&batch(traces));
    sink.flush();
    drop(sink);
    std::fs::read_to_string(path).unwrap()
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The lines of a file, of which each must be JSON.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(json).collect()
}
