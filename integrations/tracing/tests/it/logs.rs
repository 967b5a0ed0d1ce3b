//! Records of the crate `log`. Its logger is one for the process: each test asks its own.

use isohub::testing::Recorder;
use isohub::{Level, Value};
use isohub_tracing::{EventFilter, Logger};
use log::{Log as _, Record};
use tracing::info_span;
use tracing_subscriber::prelude::*;

use crate::support::{dispatch, recorded, with};

/// No pairs.
const NONE: [(&str, u8); 0] = [];

fn record<'a>(
    level: log::Level,
    message: std::fmt::Arguments<'a>,
    pairs: &'a dyn log::kv::Source,
) -> Record<'a> {
    Record::builder()
        .level(level)
        .target("library::pool")
        .file(Some("pool.rs"))
        .line(Some(7))
        .args(message)
        .key_values(pairs)
        .build()
}

#[test]
fn records_are_what_their_level_says() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let logger = Logger::new();
        logger.log(&record(log::Level::Debug, format_args!("debug"), &NONE));
        logger.log(&record(log::Level::Warn, format_args!("only {} left", 1), &[("size", 3)]));
        logger.log(&record(log::Level::Error, format_args!("none left"), &[("size", 0)]));
    });
    let event = recorder.event();
    assert_eq!((event.level, event.message.as_deref()), (Level::Error, Some("none left")));
    assert_eq!((event.location.file(), event.location.line()), ("pool.rs", 7));
    assert_eq!(event.callsite.map(|callsite| callsite.module_path()), Some("library::pool"));
    assert_eq!(event.attributes[0].value, Value::I64(0));
    let [crumb] = &event.scope.breadcrumbs()[..] else { panic!("one breadcrumb") };
    assert_eq!(
        (crumb.message.as_deref(), crumb.category.as_deref()),
        (Some("only 1 left"), Some("library::pool"))
    );
    assert_eq!((&*crumb.data[0].key, &crumb.data[0].value), ("size", &Value::I64(3)));
}

#[test]
fn a_record_goes_on_to_another_logger() {
    struct Other(std::sync::mpsc::SyncSender<String>);
    impl log::Log for Other {
        fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
            metadata.target() == "wanted"
        }
        fn log(&self, record: &Record<'_>) {
            self.0.send(record.args().to_string()).expect("it is heard");
        }
        fn flush(&self) {}
    }
    let (send, sent) = std::sync::mpsc::sync_channel(8);
    let logger = Logger::new().records(|_| EventFilter::IGNORE).forward_to(Other(send));
    assert!(logger.enabled(&log::Metadata::builder().target("wanted").build()));
    assert!(!logger.enabled(&log::Metadata::builder().target("other").build()));
    let error = log::Metadata::builder().level(log::Level::Error).build();
    assert!(!logger.enabled(&error) && Logger::new().enabled(&error));
    logger.log(&record(log::Level::Info, format_args!("said"), &NONE));
    assert_eq!(sent.try_recv().as_deref(), Ok("said"));
}

#[test]
fn a_record_stands_in_the_innermost_span() {
    let recorder = Recorder::new();
    with(&dispatch(), &recorder, || {
        info_span!("theirs").in_scope(|| {
            Logger::new().log(&record(log::Level::Error, format_args!("failed"), &NONE));
        });
    });
    assert_eq!(recorder.event().span, Some(recorder.span("theirs").context));
}

#[test]
fn records_through_tracing_have_their_own_metadata() {
    let recorder = recorded(|| {
        let tracer = tracing_log::LogTracer::new();
        tracer.log(&record(log::Level::Info, format_args!("info"), &NONE));
        tracer.log(&record(log::Level::Error, format_args!("failed"), &NONE));
    });
    let event = recorder.event();
    assert_eq!((event.message.as_deref(), event.attributes.len()), (Some("failed"), 0));
    assert_eq!((event.location.file(), event.location.line()), ("pool.rs", 7));
    assert_eq!(event.callsite.map(|callsite| callsite.module_path()), Some("library::pool"));
    let [crumb] = &event.scope.breadcrumbs()[..] else { panic!("one breadcrumb") };
    assert_eq!((crumb.category.as_deref(), crumb.data.len()), (Some("library::pool"), 0));
}

#[test]
fn a_filter_sees_the_target_of_a_record() {
    let layer = isohub_tracing::layer().events(|it| match it.target() {
        "library::pool" => EventFilter::CAPTURE,
        _ => EventFilter::IGNORE,
    });
    let recorder = Recorder::new();
    with(&tracing_subscriber::registry().with(layer).into(), &recorder, || {
        tracing_log::LogTracer::new().log(&record(log::Level::Info, format_args!("info"), &NONE));
    });
    assert_eq!(recorder.event().message.as_deref(), Some("info"));
}
