//! Captured events: the scope and the span that they show, and that each error is captured once.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Barrier};

use isohub::testing::Recorder;
use isohub::{
    Attachment, Breadcrumb, Event, Hub, HubFutureExt, Level, Rate, SpanContext, User, Value, parallel_span,
    span,
};

use crate::child;

#[test]
fn an_event_shows_the_scope_as_it_was() {
    let recorder = Recorder::new();
    let id = recorder.run_sync(|| {
        isohub::set_tags([("tenant", "acme"), ("shard", "7")]);
        isohub::remove_tag("shard");
        isohub::set_user(User::from("17"));
        isohub::set_context("job", [("attempt", 2)]);
        isohub::set_extra("rows", 3);
        isohub::set_transaction_name("GET /");
        isohub::add_attachment(Attachment::new("a.txt", *b"abc"));
        isohub::add_breadcrumb(Breadcrumb::new("first").category("test"));
        isohub::breadcrumb!("test", "second", n = 1);
        let id = isohub::capture_message("event", Level::Warning);
        isohub::set_tag("tenant", "other");
        isohub::set_user(None);
        isohub::clear_breadcrumbs();
        isohub::clear_scope();
        id
    });
    let event = recorder.event();
    assert_eq!((event.id, event.level, event.message.as_deref()), (id, Level::Warning, Some("event")));
    let scope = &event.scope;
    assert_eq!(scope.tags(), [("tenant", "acme")]);
    assert_eq!(scope.user().and_then(|user| user.id.as_deref()), Some("17"));
    assert_eq!(scope.context("job").and_then(|job| job.get("attempt")), Some(&Value::I64(2)));
    assert_eq!(scope.extras(), [("rows", &Value::I64(3))]);
    assert_eq!(scope.transaction_name(), Some("GET /"));
    assert_eq!(&*scope.attachments()[0].bytes, b"abc");
    let breadcrumbs = scope.breadcrumbs().iter().map(|it| it.message.clone().unwrap()).collect::<Vec<_>>();
    assert_eq!(breadcrumbs, ["first", "second"]);
    assert!(event.location.file().ends_with("events.rs"), "{}", event.location);
}

#[test]
fn an_event_shows_the_span_that_was_active() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::capture_message("outside", Level::Info);
        isohub::start_span!("outer").in_scope(|| {
            isohub::start_span!("inner").in_scope(|| isohub::capture_message("inside", Level::Info));
        });
    });
    let events = recorder.events();
    assert_eq!(events[0].span, None);
    assert_eq!(events[1].span, Some(recorder.span("inner").context));
}

/// An error with a cause.
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

fn failed() -> Failed {
    Failed("request", Some(Box::new(Failed("query", Some(Box::new(Failed("timeout", None)))))))
}

#[test]
fn an_error_is_captured_with_its_causes() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::capture_error(&failed());
        let boxed: Box<dyn Error> = Box::new(failed());
        isohub::capture_error(&*boxed);
    });
    for event in recorder.events() {
        assert_eq!((event.level, &event.message), (Level::Error, &None));
        let messages: Vec<_> = event.exceptions.iter().map(|it| &*it.message).collect();
        assert_eq!(messages, ["request", "query", "timeout"]);
    }
    let types: Vec<_> = recorder.events().iter().map(|event| event.exceptions[0].ty.clone()).collect();
    assert!(types[0].as_deref().is_some_and(|ty| ty.ends_with("Failed")), "{types:?}");
    assert_eq!(types[1], None, "behind `dyn` its type is not known");
}

/// An error that is its own cause.
#[derive(Debug)]
struct Cyclic;

impl fmt::Display for Cyclic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("again")
    }
}

impl Error for Cyclic {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&Cyclic)
    }
}

#[test]
fn an_endless_chain_of_causes_is_cut() {
    let recorder = Recorder::new();
    recorder.run_sync(|| isohub::capture_error(&Cyclic));
    assert_eq!(recorder.event().exceptions.len(), 32);
}

#[test]
fn level_and_fingerprint_of_the_scope_and_of_the_event() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::capture_event(Event::message("plain"));
        isohub::set_level(Level::Fatal);
        isohub::set_fingerprint(["of", "scope"]);
        isohub::capture_event(Event::message("scope's").level(Level::Debug));
        isohub::capture_event(Event::message("its own").fingerprint(["own"]));
        isohub::set_level(None);
        isohub::set_fingerprint::<&str>([]);
        isohub::capture_event(Event::message("plain again").attribute("n", 1).attribute("none", None::<u8>));
    });
    let events = recorder.events();
    let shown: Vec<_> = events.iter().map(|it| (it.level, it.fingerprint.join(" "))).collect();
    let expected = [
        (Level::Info, String::new()),
        (Level::Fatal, "of scope".to_owned()),
        (Level::Fatal, "own".to_owned()),
        (Level::Info, String::new()),
    ];
    assert_eq!(shown, expected);
    assert_eq!(events[3].attributes.len(), 1);
}

#[test]
fn the_last_event_stays_with_its_unit() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        assert_eq!(isohub::last_event_id(), None);
        let first = isohub::capture_message("first", Level::Info);
        assert_eq!(isohub::last_event_id(), Some(first));
        isohub::isolated!(|| {
            assert_eq!(isohub::last_event_id(), Some(first), "of its creator");
            isohub::capture_message("in a unit", Level::Info);
        })();
        assert_eq!(isohub::last_event_id(), Some(first));
        let inside = isohub::with_scope(
            |scope| scope.set_tag("inside", 1),
            || isohub::capture_message("in a scope", Level::Info),
        );
        assert_eq!(isohub::last_event_id(), Some(inside));
        assert_eq!(Hub::current().last_event_id(), Some(inside));
        assert_eq!(Hub::current().scope().tag("inside"), None);
    });
    let later = recorder.run(async {
        let inside = async { isohub::capture_message("later", Level::Info) };
        let id = inside.with_scope(|scope| scope.set_tag("inside", 2)).await;
        (isohub::last_event_id(), id)
    });
    let (last, id) = futures::executor::block_on(later);
    assert_eq!(last, Some(id));
    let tags: Vec<_> = recorder.events().iter().map(|it| it.scope.tag("inside").map(str::to_owned)).collect();
    assert_eq!(tags, [None, None, Some("1".to_owned()), Some("2".to_owned())]);
}

#[test]
fn event_processors_run_in_the_order_of_their_adding() {
    let recorder = Recorder::new();
    let add = |what: &'static str| {
        isohub::add_event_processor(move |mut event: Event| {
            let before = event.message.take().unwrap_or_default();
            event.message = Some(format!("{before} {what}").into());
            (what != "drops").then_some(event)
        });
    };
    recorder.run_sync(|| {
        add("one");
        add("two");
        isohub::capture_message("event", Level::Info);
        isohub::isolated!(|| {
            add("three");
            isohub::capture_message("event", Level::Info);
        })();
        add("drops");
        let dropped = isohub::capture_message("event", Level::Info);
        assert_eq!(isohub::last_event_id(), Some(dropped));
    });
    let messages: Vec<_> = recorder.events().iter().map(|it| it.message.clone().unwrap()).collect();
    assert_eq!(messages, ["event one two", "event one two three"]);
    assert_eq!(recorder.stats().lost_events, 0, "what is dropped on purpose is not lost");
}

#[test]
fn the_global_scope_lies_under_that_of_the_unit() {
    assert_eq!(
        child::prints("global-scope").lines().collect::<Vec<_>>(),
        [
            "panicked=true",
            "unit: [(\"tenant\", \"acme\")]",
            "flush=Ok(())",
            "[(\"nested\", \"1\"), (\"shard\", \"7\"), (\"tenant\", \"acme\")]",
            "[(\"global\", \"1\"), (\"unit\", \"2\")]",
        ]
    );
}

#[test]
fn backtraces_come_when_asked_for() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::capture_message("plain", Level::Info);
        isohub::capture_event(Event::message("its own").backtrace());
    });
    let with: Vec<_> = recorder.events().iter().map(|it| it.backtrace.is_some()).collect();
    assert_eq!(with, [false, true]);
    let recorder = Recorder::builder().backtraces(true).build();
    recorder.run_sync(|| isohub::capture_message("asked for", Level::Info));
    let text = recorder.event().backtrace.as_ref().map(|it| it.to_string()).unwrap_or_default();
    assert!(text.contains("backtraces_come_when_asked_for"), "{text}");
}

// `err(capture)`

#[span(err(capture))]
fn lowest(message: &'static str) -> Result<(), Failed> {
    Err(Failed(message, None))
}

#[span(err(capture))]
fn middle(message: &'static str) -> Result<(), Failed> {
    lowest(message).map_err(|cause| Failed("in the middle", Some(Box::new(cause))))
}

#[parallel_span(err(capture))]
fn highest(message: &'static str) -> Result<(), Failed> {
    middle(message)
}

/// What the outermost errors of the events say, sorted.
fn messages(recorder: &Recorder) -> Vec<String> {
    let mut all: Vec<_> = recorder.events().iter().map(|it| it.exceptions[0].message.to_string()).collect();
    all.sort();
    all
}

#[test]
fn an_error_is_captured_once_on_its_way_up() {
    let recorder = Recorder::new();
    assert!(recorder.run_sync(|| highest("broken")).is_err());
    assert_eq!(messages(&recorder), ["broken"]);
    assert_eq!(recorder.event().span, Some(recorder.span("lowest").context));
    assert_eq!(
        recorder.tree().matches(" error").count(),
        6,
        "three outcomes, three texts: {}",
        recorder.tree()
    );
}

#[test]
fn the_place_of_a_captured_error_is_the_program_s() {
    let recorder = Recorder::new();
    assert!(recorder.run_sync(|| lowest("broken")).is_err());
    let location = recorder.event().location;
    assert!(location.file().ends_with("events.rs"), "{location}");
}

#[span(err(capture))]
fn retries() -> Result<(), Failed> {
    for _ in 0..2 {
        assert!(lowest("flaky").is_err());
    }
    lowest("flaky")
}

#[test]
fn each_attempt_of_a_retry_is_captured() {
    for rate in [1.0, 0.0] {
        let recorder = Recorder::builder().sample(Rate(rate)).build();
        assert!(recorder.run_sync(retries).is_err());
        assert_eq!(messages(&recorder), ["flaky"; 3], "rate {rate}");
    }
}

#[test]
fn each_filtered_unit_captures_its_error() {
    let recorder = Recorder::builder().filter("off".parse().unwrap()).build();
    for _ in 0..3 {
        assert!(recorder.run_sync(|| lowest("every request")).is_err());
    }
    assert_eq!(messages(&recorder), ["every request"; 3]);
}

#[parallel_span(err(capture))]
async fn crashes(barrier: Arc<tokio::sync::Barrier>) -> Result<(), Failed> {
    barrier.wait().await;
    Err(Failed("the same", None))
}

#[test]
fn siblings_that_fail_alike_are_captured_each() {
    let recorder = Recorder::new();
    let barrier = Arc::new(tokio::sync::Barrier::new(10));
    let all = (0..10).map(|_| crashes(Arc::clone(&barrier)));
    let root = recorder.run_sync(|| isohub::start_span!("root"));
    let all = recorder.run_sync(|| root.in_scope(|| all.collect::<Vec<_>>()));
    let results = futures::executor::block_on(recorder.run(futures::future::join_all(all)));
    assert!(results.iter().all(Result::is_err));
    drop(root);
    assert_eq!(messages(&recorder), ["the same"; 10]);
}

#[parallel_span(err(capture))]
fn crashes_here(barrier: &Barrier) -> Result<(), Failed> {
    barrier.wait();
    Err(Failed("the same", None))
}

#[test]
fn ten_threads_that_fail_alike_give_ten_events() {
    let recorder = Recorder::new();
    let barrier = Barrier::new(10);
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            std::thread::scope(|scope| {
                for _ in 0..10 {
                    scope.spawn(isohub::isolated!(|| crashes_here(&barrier).is_err()));
                }
            });
        });
    });
    assert_eq!(messages(&recorder), ["the same"; 10]);
}

#[span(err(capture))]
fn of_box() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err("boxed".into())
}

#[span(err(capture))]
fn of_arc() -> Result<(), Arc<Failed>> {
    Err(Arc::new(failed()))
}

#[test]
fn boxes_and_arcs_of_errors_are_captured() {
    let recorder = Recorder::new();
    assert!(recorder.run_sync(of_box).is_err());
    assert!(recorder.run_sync(of_arc).is_err());
    assert_eq!(messages(&recorder), ["boxed", "request"]);
    assert_eq!(recorder.events()[1].exceptions.len(), 3);
}

#[test]
fn two_recorders_do_not_take_errors_from_each_other() {
    let recorders = [Recorder::new(), Recorder::new()];
    let parent: SpanContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap();
    // Both continue the same trace, one inside the other.
    recorders[0].hub().with_parent(parent).run(|| {
        isohub::start_span!("around").in_scope(|| {
            assert!(highest("shared").is_err());
            recorders[1].hub().with_parent(parent).run(|| assert!(highest("shared").is_err()));
        });
    });
    assert!(recorders.iter().all(|recorder| messages(recorder) == ["shared"]));
}
