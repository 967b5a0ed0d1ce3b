//! Ids in log lines.

use std::io;
use std::sync::{Arc, Mutex};

use isohub::testing::Recorder;
use isohub::{Rate, SpanContext};
use isohub_tracing::WithIds;
use tracing::{Dispatch, error, info, info_span};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

use crate::support::with;

/// What a layer wrote.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text")
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn text(ansi: bool) -> (Dispatch, Written) {
    let written = Written::default();
    let text = tracing_subscriber::fmt::layer()
        .without_time()
        .with_ansi(ansi)
        .with_writer(written.clone())
        .map_event_format(WithIds::text);
    (tracing_subscriber::registry().with(text).with(isohub_tracing::layer()).into(), written)
}

fn json() -> (Dispatch, Written) {
    let written = Written::default();
    let json =
        tracing_subscriber::fmt::layer().json().with_writer(written.clone()).map_event_format(WithIds::json);
    (tracing_subscriber::registry().with(isohub_tracing::layer()).with(json).into(), written)
}

fn ids(context: SpanContext) -> String {
    format!(" trace_id={} span_id={}", context.trace_id(), context.span_id())
}

#[test]
fn text_ends_with_the_ids_of_the_innermost_span() {
    let (dispatch, written) = text(false);
    let recorder = Recorder::new();
    with(&dispatch, &recorder, || {
        info!("outside");
        let _ours = isohub::start_span!("ours").in_scope(|| {
            info!(n = 1, "in ours");
            info_span!("theirs").in_scope(|| error!("in theirs"));
            info_span!("given")
        });
        info!(parent: &_ours, "given");
    });
    let [ours, theirs, given] = ["ours", "theirs", "given"].map(|name| ids(recorder.span(name).context));
    let expected = format!(
        " INFO it::lines: outside\n INFO it::lines: in ours n=1{ours}\nERROR theirs: it::lines: in theirs{theirs}\n \
         INFO given: it::lines: given{given}\n"
    );
    assert_eq!(written.text(), expected);
}

#[test]
fn the_line_of_its_end_has_the_ids_of_the_span() {
    let written = Written::default();
    let text = tracing_subscriber::fmt::layer()
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(written.clone())
        .map_event_format(WithIds::text);
    let subscriber = tracing_subscriber::registry().with(isohub_tracing::layer()).with(text);
    let recorder = Recorder::new();
    with(&subscriber.into(), &recorder, || info_span!("span").in_scope(|| {}));
    let ids = ids(recorder.span("span").context);
    let lines = written.text();
    assert_eq!(lines.lines().filter(|line| line.ends_with(&ids)).count(), 2, "{lines}");
}

#[test]
fn colours_are_kept() {
    let (dispatch, written) = text(true);
    with(&dispatch, &Recorder::new(), || isohub::start_span!("ours").in_scope(|| info!("said")));
    assert!(written.text().starts_with("\u{1b}[32m INFO\u{1b}[0m"), "{:?}", written.text());
    assert!(written.text().contains(" trace_id="), "{:?}", written.text());
}

#[test]
fn json_has_the_ids_as_members() {
    let (dispatch, written) = json();
    let recorder = Recorder::new();
    with(&dispatch, &recorder, || {
        info!("outside");
        isohub::start_span!("ours").in_scope(|| info!(n = 1, "a \"brace\": }}"));
    });
    let text = written.text();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let span = recorder.span("ours").context;
    assert!(lines[0].get("trace_id").is_none());
    assert_eq!(lines[1]["trace_id"], span.trace_id().to_string());
    assert_eq!(lines[1]["span_id"], span.span_id().to_string());
    assert_eq!(lines[1]["fields"]["message"], "a \"brace\": }");
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_trace_that_is_not_recorded_has_its_own_id_alone() {
    let (dispatch, written) = json();
    let recorder = Recorder::builder().sample(Rate(0.0)).build();
    let trace_id = with(&dispatch, &recorder, || {
        isohub::start_span!("ours").in_scope(|| {
            info!("in it");
            isohub::current_span().context().expect("it has one").trace_id()
        })
    });
    let line: serde_json::Value = serde_json::from_str(&written.text()).expect("an object");
    assert_eq!((line["trace_id"].as_str(), line.get("span_id")), (Some(&*trace_id.to_string()), None));
}
