//! Events of tracing.

use std::error::Error;
use std::fmt;

use isohub::testing::Recorder;
use isohub::{Hub, Level, Outcome, Value};
use isohub_tracing::EventFilter;
use tracing::{debug, error, info, info_span, instrument, trace, warn};
use tracing_subscriber::prelude::*;

use crate::support::{recorded, tree, with};

fn recorded_by(filter: EventFilter, f: impl FnOnce()) -> Recorder {
    let layer = isohub_tracing::layer().events(move |_| filter);
    let recorder = Recorder::new();
    with(&tracing_subscriber::registry().with(layer).into(), &recorder, f);
    recorder
}

#[test]
fn by_default_errors_are_captured_and_infos_are_breadcrumbs() {
    let recorder = recorded(|| {
        trace!("trace");
        debug!("debug");
        info!(target: "library::pool", size = 3, "info");
        warn!("warn");
        error!(code = 7, "it {}", "failed");
    });
    let event = recorder.event();
    assert_eq!((event.level, event.message.as_deref()), (Level::Error, Some("it failed")));
    assert_eq!(event.attributes.len(), 1);
    assert_eq!(event.attributes[0].value, Value::I64(7));
    let crumbs = event.scope.breadcrumbs();
    let said: Vec<_> =
        crumbs.iter().map(|it| (it.level, it.message.as_deref().unwrap_or_default())).collect();
    assert_eq!(said, [(Level::Info, "info"), (Level::Warning, "warn")]);
    assert_eq!(crumbs[0].category.as_deref(), Some("library::pool"));
    assert_eq!((&*crumbs[0].data[0].key, &crumbs[0].data[0].value), ("size", &Value::I64(3)));
}

#[test]
fn an_event_is_placed_where_it_was_written() {
    let recorder = recorded(|| error!(target: "library", "failed"));
    let event = recorder.event();
    assert_eq!((event.location.file(), event.location.line()), (file!(), line!() - 2));
    assert_eq!(event.callsite.map(|callsite| callsite.module_path()), Some("library"));
}

#[test]
fn an_event_stands_in_the_innermost_span() {
    let recorder = recorded(|| {
        let parent = info_span!("parent");
        info_span!("library").in_scope(|| {
            error!("in tracing's");
            isohub::start_span!("ours").in_scope(|| error!("in ours"));
            error!(parent: &parent, "in the given");
        });
    });
    let events = recorder.events();
    let spans: Vec<_> = events.iter().map(|event| event.span.expect("a span")).collect();
    let named = ["library", "ours", "parent"].map(|name| recorder.span(name).context);
    assert_eq!(spans, named);
    // Errors fail the spans of tracing; ours end as they return.
    assert_eq!(tree(&recorder), "parent error\n\nlibrary error\n  ours\n");
}

#[test]
fn errors_need_not_fail_spans() {
    let layer = isohub_tracing::layer().errors_fail_spans(false);
    let recorder = Recorder::new();
    with(&tracing_subscriber::registry().with(layer).into(), &recorder, || {
        info_span!("span").in_scope(|| error!("handled"));
    });
    assert_eq!(recorder.span("span").outcome, Outcome::Ok);
}

#[derive(Debug)]
struct Failed(&'static str, Option<Box<Failed>>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

fn chain() -> Failed {
    Failed("order failed", Some(Box::new(Failed("no connection", Some(Box::new(Failed("refused", None)))))))
}

#[test]
fn an_error_keeps_its_whole_chain() {
    let recorder = recorded(|| error!(error = &chain() as &dyn Error, "oh"));
    let event = recorder.event();
    let messages: Vec<_> = event.exceptions.iter().map(|it| &*it.message).collect();
    assert_eq!(messages, ["order failed", "no connection", "refused"]);
    assert_eq!(event.message.as_deref(), Some("oh"));

    let recorder = recorded_by(EventFilter::SPAN_EVENT, || {
        info_span!("span").in_scope(|| warn!(error = &chain() as &dyn Error, "oh"));
    });
    let span = recorder.span("span");
    let said: Vec<_> =
        span.events[0].attributes.iter().map(|it| format!("{}={}", it.key, it.value)).collect();
    assert_eq!(
        said,
        ["level=warning", "target=it::events", "error=order failed", "error.causes=[no connection, refused]"]
    );
    assert_eq!(span.events[0].name, "oh");
}

#[instrument(err)]
fn low() -> Result<(), Failed> {
    Err(Failed("no row", None))
}

#[instrument(err)]
fn high() -> Result<(), Failed> {
    low()
}

#[test]
fn an_error_is_captured_once_on_its_way_up() {
    let recorder = recorded(|| {
        let _ = isohub::start_span!("request").in_scope(high);
        let _ = isohub::start_span!("another").in_scope(low);
    });
    let events = recorder.events();
    let said: Vec<_> = events.iter().map(|it| (&*it.exceptions[0].message, it.message.as_deref())).collect();
    assert_eq!(said, [("no row", None), ("no row", None)], "one a trace");
    assert_eq!(events[0].scope.breadcrumbs().len(), 0);
    assert_eq!(events[1].scope.breadcrumbs().len(), 1, "the further one");
    assert_eq!(tree(&recorder), "request\n  high error\n    low error\n\nanother\n  low error\n");
}

#[test]
fn a_level_may_be_several_things_and_nothing() {
    let both = EventFilter::BREADCRUMB | EventFilter::SPAN_EVENT;
    let recorder = recorded_by(both, || {
        info_span!("span").in_scope(|| {
            trace!(n = 1, "seen");
            assert_eq!(Hub::current().scope().breadcrumbs().len(), 1);
        });
    });
    assert_eq!(recorder.span("span").events.len(), 1);
    assert_eq!(recorder.events().len(), 0);

    let recorder = recorded_by(EventFilter::IGNORE, || info_span!("span").in_scope(|| error!("not seen")));
    assert_eq!((recorder.span("span").events.len(), recorder.events().len()), (0, 0));
}

#[test]
fn breadcrumbs_stay_in_their_unit() {
    let recorder = recorded(|| {
        info!("before");
        isohub::isolated!(|| {
            info!("inside");
            error!("failed inside");
        })();
        error!("failed outside");
    });
    let events = recorder.events();
    let crumbs: Vec<_> = events.iter().map(|it| it.scope.breadcrumbs().len()).collect();
    assert_eq!(crumbs, [2, 1]);
}
