//! What is not recorded: unsampled traces, filtered spans. It costs nothing, cuts nobody off, and hubs
//! are isolated all the same.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use isohub::testing::Recorder;
use isohub::{
    Filter, Hub, HubFutureExt, Level, Outcome, Rate, Root, SpanContext, Value, isolated_hub, parallel_span,
    span,
};

const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

fn context(traceparent: &str) -> SpanContext {
    traceparent.parse().unwrap()
}

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

/// Counts how often it is evaluated.
fn counted() -> u32 {
    EVALUATED.set(EVALUATED.get() + 1);
    EVALUATED.get()
}

#[span(fields(counted = counted()))]
fn helper() {
    isohub::set_tag("helper", 1);
    isohub::record!(more = counted());
}

#[parallel_span(fields(counted = counted()))]
async fn unit(name: &'static str) -> Option<String> {
    let before = Hub::current().scope().tag("unit").map(str::to_owned);
    isohub::set_tag("unit", name);
    tokio::task::yield_now().await;
    helper();
    assert_eq!(Hub::current().scope().tag("unit"), Some(name));
    before
}

/// A request with two units side by side.
async fn request() {
    isohub::set_tag("unit", "request");
    let (first, second) = isohub::join!(unit("first"), unit("second"));
    let expected = Some("request".to_owned());
    assert_eq!((&first, &second), (&expected, &expected));
    assert_eq!(Hub::current().scope().tag("unit"), Some("request"));
    isohub::capture_message("event", Level::Info);
}

fn run(recorder: &Recorder) {
    let root = recorder.run_sync(|| isohub::start_span!("root"));
    futures::executor::block_on(recorder.run(request().in_span(root)));
}

#[test]
fn an_unsampled_trace_is_isolated_and_its_events_are_captured() {
    EVALUATED.set(0);
    let recorder = Recorder::builder().sample(Rate(0.0)).build();
    run(&recorder);
    assert_eq!(recorder.tree(), "");
    let event = recorder.event();
    let span = event.span.expect("the trace has an id");
    assert!(!span.is_sampled());
    assert_eq!(event.scope.tags(), [("unit", "request")]);
    let stats = recorder.stats();
    assert_eq!((stats.started, stats.open, stats.lost_payloads, stats.late_payloads), (0, 0, 0, 0));
    assert_eq!(EVALUATED.get(), 0, "no field is evaluated");
}

#[test]
fn a_hand_started_span_of_an_unsampled_trace_evaluates_no_fields() {
    EVALUATED.set(0);
    let recorder = Recorder::builder().sample(Rate(0.0)).build();
    recorder.run_sync(|| {
        isohub::start_span!("root", counted = counted()).in_scope(|| {
            let span = isohub::start_span!("child", counted = counted());
            assert!(!span.is_recorded());
        });
    });
    assert_eq!(EVALUATED.get(), 0);
}

#[test]
fn events_of_one_unsampled_trace_share_its_id() {
    let recorder = Recorder::builder().sample(Rate(0.0)).build();
    let capture = || isohub::capture_message("event", Level::Info);
    recorder.run_sync(|| {
        isohub::start_span!("one").in_scope(|| {
            capture();
            isohub::isolated!(|| isohub::start_span!("child").in_scope(capture))();
        });
        isohub::start_span!("two").in_scope(capture);
    });
    let traces: Vec<_> = recorder.events().iter().map(|it| it.span.unwrap().trace_id()).collect();
    assert_eq!(traces[0], traces[1]);
    assert_ne!(traces[0], traces[2]);
}

#[test]
fn everything_is_recorded_at_rate_one() {
    let recorder = Recorder::builder().sample(Rate(1.0)).build();
    run(&recorder);
    assert_eq!(recorder.stats().started, 5);
}

#[span]
fn child() {}

#[test]
fn a_rate_records_its_share_of_traces_and_whole_ones() {
    let recorder = Recorder::builder().sample(Rate(0.3)).build();
    for _ in 0..4000 {
        recorder.run_sync(|| isohub::start_span!("root").in_scope(child));
    }
    let spans = recorder.spans();
    let (roots, children): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span.name == "root");
    assert_eq!(roots.len(), children.len());
    // Six standard deviations around 1200.
    assert!((1026..=1374).contains(&roots.len()), "{}", roots.len());
}

#[span(parent = parent)]
fn served(parent: SpanContext) {
    assert_ne!(isohub::current_span().context(), Some(parent));
    helper();
}

#[test]
fn a_rate_follows_the_decision_of_a_remote_parent() {
    for rate in [Rate(0.0), Rate(0.3), Rate(1.0)] {
        let recorder = Recorder::builder().sample(rate).build();
        recorder.run_sync(|| served(context(UNSAMPLED)));
        assert_eq!(recorder.stats().started, 0, "{rate:?}");
        recorder.run_sync(|| served(context(SAMPLED)));
        let root = recorder.span("served");
        assert_eq!(root.parent, Some(context(SAMPLED).span_id()), "{rate:?}");
        assert_eq!(root.context.trace_id(), context(SAMPLED).trace_id());
        assert!(root.is_local_root);
    }
}

#[test]
fn an_event_below_an_unsampled_remote_parent_is_of_its_trace() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub().with_parent(context(UNSAMPLED));
    hub.run(|| {
        isohub::start_span!("work").in_scope(|| isohub::capture_message("event", Level::Info));
    });
    let span = recorder.event().span.unwrap();
    assert_eq!((span.trace_id(), span.is_sampled()), (context(UNSAMPLED).trace_id(), false));
}

type Asked = Arc<Mutex<Vec<String>>>;

/// Samples what has the attribute `wanted`, and writes down what it was asked.
fn by_attribute() -> (Recorder, Asked) {
    let asked = Asked::default();
    let its = Arc::clone(&asked);
    let recorder = Recorder::builder()
        .sample(move |root: &Root<'_>| {
            let wanted = root.attribute("wanted").cloned();
            let remote = root.parent.map(|parent| parent.is_sampled());
            its.lock().unwrap().push(format!("{} {wanted:?} {remote:?}", root.callsite.name()));
            wanted == Some(Value::Bool(true))
        })
        .build();
    (recorder, asked)
}

#[span(fields(wanted), links = link)]
fn by_function(wanted: bool, link: Option<SpanContext>) -> Option<SpanContext> {
    helper();
    isohub::current_span().context()
}

#[parallel_span(fields(wanted), tags(wanted = wanted))]
async fn later(wanted: bool) -> Result<(), String> {
    tokio::task::yield_now().await;
    helper();
    isohub::capture_message("event", Level::Info);
    tokio::task::yield_now().await;
    isohub::start_span!("by hand").in_scope(helper);
    Err("failed".to_owned())
}

#[test]
fn a_function_decides_by_callsite_attributes_and_remote_parent() {
    let (recorder, asked) = by_attribute();
    recorder.run_sync(|| {
        by_function(true, None);
        by_function(false, None);
        helper();
        isohub::start_span!("by hand", wanted = true).in_scope(helper);
        isohub::start_span!("by hand", wanted = false).in_scope(helper);
    });
    recorder.hub().with_parent(context(UNSAMPLED)).run(|| by_function(true, None));
    recorder.hub().with_parent(context(SAMPLED)).run(|| by_function(false, None));
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "by_function Some(Bool(true)) None",
            "by_function Some(Bool(false)) None",
            "helper None None",
            "by hand Some(Bool(true)) None",
            "by hand Some(Bool(false)) None",
            "by_function Some(Bool(true)) Some(false)",
            "by_function Some(Bool(false)) Some(true)",
        ],
        "once a trace, and not for its children"
    );
    let spans = recorder.spans();
    let seen: Vec<_> = spans.iter().map(|span| (&*span.name, span.is_local_root)).collect();
    let (helper, by_function) = (("helper", false), ("by_function", true));
    // The last is that below the remote parent that was not sampled: here the function has the word.
    assert_eq!(seen, [helper, by_function, helper, ("by hand", true), helper, by_function]);
    recorder.settled(std::time::Duration::from_secs(20)).unwrap();
}

#[test]
fn what_a_function_lets_through_is_a_whole_trace() {
    let (recorder, _) = by_attribute();
    let inside = recorder.run_sync(|| {
        let inside = by_function(true, None);
        assert_eq!(isohub::current_span().context(), None, "the trace ends with its root");
        inside
    });
    let root = recorder.span("by_function");
    assert_eq!(inside, Some(root.context), "the ids that the body sees");
    assert_eq!(root.attribute("wanted"), Some(&Value::Bool(true)));
    let child = recorder.span("helper");
    assert_eq!(child.parent, Some(root.context.span_id()));
    assert_eq!(child.context.trace_id(), root.context.trace_id());
    assert_eq!(root.context.to_string().parse(), Ok(root.context), "ids that others accept");
}

#[test]
fn links_of_a_root_that_a_function_lets_through_are_kept() {
    let (recorder, _) = by_attribute();
    recorder.run_sync(|| by_function(true, Some(context(SAMPLED))));
    let links = &recorder.span("by_function").links;
    assert_eq!(links.iter().map(|link| link.context).collect::<Vec<_>>(), [context(SAMPLED)]);
}

#[test]
fn a_function_decides_for_futures_too() {
    let (recorder, asked) = by_attribute();
    let run = |wanted| {
        recorder.run(async move {
            assert!(later(wanted).await.is_err());
            assert_eq!(isohub::current_span().context(), None, "the trace ends with its root");
            assert_eq!(Hub::current().scope().tag("wanted"), None);
        })
    };
    futures::executor::block_on(run(true));
    futures::executor::block_on(run(false));
    assert_eq!(asked.lock().unwrap().len(), 2);
    let names: Vec<_> = recorder.spans().iter().map(|span| span.name.clone()).collect();
    assert_eq!(names, ["helper", "helper", "by hand", "later"]);
    let root = recorder.span("later");
    assert_eq!(root.outcome, Outcome::Error);
    assert_eq!(root.scope.as_ref().and_then(|scope| scope.tag("wanted")), Some("true"));
    assert!(recorder.spans().iter().all(|span| span.context.trace_id() == root.context.trace_id()));
    let events = recorder.events();
    assert_eq!(events[0].span, Some(root.context));
    assert!(events[1].span.is_some_and(|span| !span.is_sampled()), "unsampled, it has an id all the same");
    assert_ne!(events[1].span.unwrap().trace_id(), root.context.trace_id());
}

// Filters. The module path of this file is `it::sampling`.

#[span(level = debug, fields(counted = counted()), links = isohub::current_span(), err)]
fn detail() -> Result<(), String> {
    isohub::record!(of = "detail");
    isohub::start_span!("below").in_scope(|| ());
    Err("failed".to_owned())
}

mod db {
    #[isohub::span(level = warning)]
    pub fn query() {
        let _ = super::detail();
    }
}

fn filtered(filter: &str) -> Recorder {
    Recorder::builder().filter(filter.parse::<Filter>().unwrap()).build()
}

#[test]
fn a_filtered_span_neither_cuts_off_nor_writes_to_its_ancestor() {
    EVALUATED.set(0);
    let recorder = filtered("info");
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            let _ = detail();
        });
    });
    assert_eq!(recorder.tree(), "root\n  below\n");
    assert_eq!(EVALUATED.get(), 0);
}

#[span(level = debug)]
fn marks_itself() {
    let span = isohub::current_span();
    span.record("key", 1);
    span.add_event("happened", [("n", 1)]);
    span.set_name("renamed");
    span.set_outcome(Outcome::Error);
    assert!(!span.is_recorded());
}

#[test]
fn what_is_said_of_a_filtered_span_is_not_said_of_its_ancestor() {
    let recorder = filtered("info");
    recorder.run_sync(|| isohub::start_span!("root").in_scope(marks_itself));
    assert_eq!(recorder.tree(), "root\n");
}

#[test]
fn a_filtered_root_leaves_its_children_as_roots() {
    let recorder = filtered("info");
    recorder.run_sync(|| {
        let _ = detail();
        isohub::capture_message("event", Level::Info);
    });
    assert_eq!(recorder.tree(), "below\n");
    assert!(recorder.span("below").is_local_root);
    assert_eq!(recorder.event().span, None);
}

#[test]
fn filters_go_by_module_and_level() {
    let tree = |filter: &str| {
        let recorder = filtered(filter);
        recorder.run_sync(|| isohub::start_span!("root").in_scope(db::query));
        let tree = recorder.tree();
        let names = tree.lines().map(|line| line.split_whitespace().next().unwrap_or_default());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tree("debug"), "root query detail below");
    assert_eq!(tree("info"), "root query below");
    assert_eq!(tree("warning"), "query");
    assert_eq!(tree("off"), "");
    assert_eq!(tree("info, it::sampling::db = off"), "root below");
    assert_eq!(tree("off, it::sampling::db = debug"), "query");
    assert_eq!(tree("off, it::sampling = debug, it::sampling::db = error"), "root detail below");
    assert_eq!(tree("off, it::sam = debug"), "", "no module below that path");
}

#[isolated_hub]
fn isolated() {
    isohub::set_tag("inside", 1);
    helper();
}

#[test]
fn hubs_are_isolated_where_everything_is_filtered() {
    isohub::doctor::allow(isohub::doctor::Kind::DeadWrite);
    EVALUATED.set(0);
    let recorder = filtered("off");
    recorder.run_sync(|| {
        isohub::set_tag("outside", 1);
        isolated();
        isohub::isolated!(db::query)();
        isohub::capture_message("event", Level::Info);
    });
    assert_eq!(recorder.event().scope.tags(), [("outside", "1")]);
    assert_eq!((recorder.stats().started, EVALUATED.get()), (0, 0));
}

#[test]
fn a_filter_of_the_process_can_be_exchanged() {
    assert_eq!(
        crate::child::prints("filter-reload").lines().collect::<Vec<_>>(),
        [
            "info: [\"work\"]",
            "debug: [\"work\", \"detail\"]",
            "module: [\"work\", \"detail\"]",
            "off: []",
            "all: [\"work\", \"detail\"]",
            "started=7 delivered=7 dropped=0 open=0 adds_up=true",
        ]
    );
}
