//! The functions that write to and read the scope of the current unit, also while it is in use.

use std::panic::{AssertUnwindSafe, catch_unwind};

use isohub::testing::Recorder;
use isohub::{
    Attachment, Breadcrumb, Event, Hub, HubFutureExt as _, Level, MAX_BREADCRUMBS, User, configure_scope,
    isolated, set_tag, with_scope,
};

use crate::support::{
    alone, crash, pause, pauses, poll_on_two_threads, poll_once, poll_to_end, tags, tags_of,
};

/// The event that `f` captures.
fn event_of(f: impl FnOnce()) -> std::sync::Arc<Event> {
    let recorder = Recorder::new();
    recorder.run_sync(f);
    recorder.event()
}

fn messages(breadcrumbs: Vec<&Breadcrumb>) -> Vec<String> {
    breadcrumbs.into_iter().map(|crumb| crumb.message.as_deref().unwrap_or("").to_owned()).collect()
}

fn capture() {
    isohub::capture_message("captured", Level::Info);
}

#[test]
fn each_function_writes_what_an_event_then_carries() {
    let event = event_of(|| {
        set_tag("tag", 1);
        isohub::set_tags([("more", "a"), ("tags", "b")]);
        isohub::set_user(User::from("17"));
        isohub::set_context("job", [("attempt", 2)]);
        isohub::set_extra("rows", 3);
        isohub::set_level(Level::Fatal);
        isohub::set_fingerprint(["a", "b"]);
        isohub::set_transaction_name("GET /");
        isohub::add_breadcrumb(Breadcrumb::new("crumb").category("test"));
        isohub::breadcrumb!("test", "lazy", n = 1);
        isohub::add_attachment(Attachment::new("file", *b"content"));
        isohub::add_event_processor(|event| Some(event.attribute("processed", true)));
        capture();
    });
    let scope = &event.scope;
    assert_eq!(scope.tags(), [("more", "a"), ("tag", "1"), ("tags", "b")]);
    assert_eq!(scope.user(), Some(&User::from("17")));
    assert_eq!(scope.contexts().into_iter().map(|(key, _)| key).collect::<Vec<_>>(), ["job"]);
    assert_eq!(scope.extras().into_iter().map(|(key, _)| key).collect::<Vec<_>>(), ["rows"]);
    assert_eq!(event.level, Level::Fatal);
    assert_eq!(event.fingerprint, ["a", "b"]);
    assert_eq!(scope.transaction_name(), Some("GET /"));
    assert_eq!(messages(scope.breadcrumbs()), ["crumb", "lazy"]);
    assert_eq!(scope.attachments().len(), 1);
    assert_eq!(event.attributes.len(), 1);
}

#[test]
fn each_function_that_removes_removes_that_alone() {
    let event = event_of(|| {
        set_tag("tag", 1);
        set_tag("kept", 1);
        isohub::remove_tag("tag");
        isohub::set_user(User::from("17"));
        isohub::set_user(None);
        isohub::set_context("job", [("attempt", 2)]);
        isohub::remove_context("job");
        isohub::set_extra("rows", 3);
        isohub::remove_extra("rows");
        isohub::set_level(Level::Fatal);
        isohub::set_level(None);
        isohub::add_breadcrumb(Breadcrumb::new("crumb"));
        isohub::clear_breadcrumbs();
        capture();
    });
    assert_eq!(event.scope.tags(), [("kept", "1")]);
    isolated!(|| {
        set_tag("kept", 1);
        assert_eq!(format!("{:?}", event.scope), format!("{:?}", Hub::current().scope()));
    })();
    assert_eq!(event.level, Level::Info);
    let event = event_of(|| {
        set_tag("tag", 1);
        isohub::set_user(User::from("17"));
        isohub::clear_scope();
        capture();
    });
    assert!(event.scope.is_empty(), "{:?}", event.scope);
}

#[test]
fn of_many_breadcrumbs_the_newest_are_kept() {
    let event = event_of(|| {
        (0..MAX_BREADCRUMBS + 5).for_each(|n| isohub::add_breadcrumb(Breadcrumb::new(n.to_string())));
        capture();
    });
    let newest: Vec<_> = (5..MAX_BREADCRUMBS + 5).map(|n| n.to_string()).collect();
    assert_eq!(messages(event.scope.breadcrumbs()), newest);
}

#[test]
fn an_event_carries_exactly_the_tags_of_the_place_where_it_was_captured() {
    let recorder = Recorder::new();
    let message = |text: &'static str| isohub::capture_message(text, Level::Info);
    recorder.run_sync(|| {
        set_tag("main", 1);
        message("main");
        // Keeps what is written for the rest of the unit.
        Hub::current().run(|| {
            set_tag("copy", 1);
            message("copy");
        });
        message("main after the copy");
        let mut kept = Hub::current();
        kept.run(|| set_tag("kept", 1));
        kept.run(|| message("kept"));
        with_scope(|scope| scope.set_tag("edit", 1), || message("with scope"));
        message("end");
    });
    let seen: Vec<_> = recorder
        .events()
        .iter()
        .map(|event| {
            let tags: Vec<_> = event.scope.tags().into_iter().map(|(key, _)| key.to_owned()).collect();
            format!("{}: {}", event.message.as_deref().unwrap_or(""), tags.join(" "))
        })
        .collect();
    let expected = [
        "main: main",
        "copy: copy main",
        "main after the copy: main",
        "kept: kept main",
        "with scope: edit main",
        "end: main",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn while_a_scope_is_configured_the_old_one_stays_current() {
    set_tag("before", 1);
    let seen = configure_scope(|scope| {
        scope.set_tag("edit", 1);
        scope.remove_tag("before");
        assert_eq!(scope.tag("before"), None);
        tags()
    });
    assert_eq!(seen, "before=1");
    assert_eq!(tags(), "edit=1");
}

#[test]
fn what_is_written_by_the_functions_while_a_scope_is_configured_survives() {
    set_tag("both", "before");
    configure_scope(|scope| {
        set_tag("function", 1);
        set_tag("both", "function");
        scope.set_tag("edit", 1);
        scope.set_tag("both", "edit");
        isohub::add_breadcrumb(Breadcrumb::new("by function"));
        scope.add_breadcrumb(Breadcrumb::new("by edit"));
        assert_eq!(tags(), "both=function function=1");
    });
    assert_eq!(tags(), "both=edit edit=1 function=1");
    assert_eq!(Hub::current().scope().breadcrumbs().len(), 2);
}

#[test]
fn a_scope_can_be_configured_while_it_is_configured() {
    configure_scope(|outer| {
        outer.set_tag("outer", 1);
        configure_scope(|inner| {
            assert_eq!(inner.tag("outer"), None);
            inner.set_tag("inner", 1);
            inner.set_tag("both", "inner");
        });
        assert_eq!(tags(), "both=inner inner=1");
        outer.set_tag("both", "outer");
    });
    assert_eq!(tags(), "both=outer inner=1 outer=1");
}

#[test]
fn edits_of_a_configuration_that_crashes_are_dropped_and_nothing_else_is() {
    set_tag("before", 1);
    let crashed = catch_unwind(AssertUnwindSafe(|| {
        configure_scope(|scope| {
            scope.set_tag("edit", 1);
            set_tag("function", 1);
            crash()
        })
    }));
    assert!(crashed.is_err());
    assert_eq!(tags(), "before=1 function=1");
}

#[test]
fn a_configuration_that_clears_the_scope_clears_what_was_there_too() {
    set_tag("before", 1);
    configure_scope(|scope| {
        scope.set_tag("early", 1);
        scope.clear();
        scope.set_tag("edit", 1);
    });
    assert_eq!(tags(), "edit=1");
}

#[test]
fn units_that_are_made_while_a_scope_is_configured_start_with_the_old_one() {
    let seen = configure_scope(|scope| {
        scope.set_tag("edit", 1);
        isolated!(async { tags() })
    });
    assert_eq!(poll_to_end(seen), "");
    assert_eq!(tags(), "edit=1");
}

#[test]
fn what_is_written_in_a_scope_of_its_own_vanishes_but_the_last_event_stays() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        set_tag("before", 1);
        let event = with_scope(
            |scope| scope.set_tag("edit", 1),
            || {
                set_tag("inside", 1);
                assert_eq!(tags(), "before=1 edit=1 inside=1");
                isohub::capture_message("inside", Level::Info)
            },
        );
        assert_eq!(tags(), "before=1");
        assert_eq!(isohub::last_event_id(), Some(event));
        let mut inside = None;
        let crashed = catch_unwind(AssertUnwindSafe(|| {
            with_scope(
                |_| (),
                || {
                    set_tag("inside", 1);
                    inside = Some(isohub::capture_message("crashes", Level::Info));
                    crash()
                },
            )
        }));
        assert!(crashed.is_err());
        assert_eq!((tags(), isohub::last_event_id()), ("before=1".to_owned(), inside));
    });
}

#[test]
fn scopes_nest_and_the_functions_may_be_used_while_one_is_edited() {
    set_tag("main", 1);
    let seen = with_scope(
        |scope| {
            scope.set_tag("outer", 1);
            set_tag("while", "edited");
        },
        || with_scope(|scope| scope.remove_tag("main"), tags),
    );
    assert_eq!(seen, "outer=1");
    assert_eq!(tags(), "main=1 while=edited");
}

#[test]
fn a_scope_for_a_future_is_there_at_each_poll_and_its_last_event_stays() {
    let recorder = Recorder::new();
    poll_on_two_threads(recorder.run(async {
        set_tag("before", 1);
        let inside = async {
            set_tag("inside", 1);
            pauses(2).await;
            let event = isohub::capture_message("inside", Level::Info);
            pause().await;
            (tags(), event)
        };
        let (seen, event) = inside.with_scope(|scope| scope.set_tag("edit", 1)).await;
        assert_eq!(seen, "before=1 edit=1 inside=1");
        assert_eq!((tags(), isohub::last_event_id()), ("before=1".to_owned(), Some(event)));
    }));
}

#[test]
fn a_span_inside_a_scope_of_its_own_writes_there() {
    #[isohub::span]
    async fn helper() {
        set_tag("helper", 1);
        pause().await;
    }
    let recorder = Recorder::new();
    poll_to_end(recorder.run(async {
        let inside = async {
            helper().await;
            tags()
        };
        assert_eq!(inside.with_scope(|scope| scope.set_tag("edit", 1)).await, "edit=1 helper=1");
        with_scope(|scope| scope.set_tag("edit", 2), || poll_to_end(helper()));
        let early = helper();
        with_scope(|_| (), || poll_to_end(early));
        assert_eq!(tags(), "");
    }));
    assert_eq!(recorder.stats().started, 3);
}

#[test]
fn the_last_event_is_that_of_the_unit_or_of_its_creator_before_it_was_made() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        assert_eq!(isohub::last_event_id(), None);
        let first = isohub::capture_message("first", Level::Info);
        let unit = isolated!(async {
            let inherited = isohub::last_event_id();
            let own = isohub::capture_message("own", Level::Info);
            (inherited, isohub::last_event_id() == Some(own))
        });
        let second = isohub::capture_message("second", Level::Info);
        assert_eq!(poll_to_end(unit), (Some(first), true));
        assert_eq!(isohub::last_event_id(), Some(second));
        assert_eq!(Hub::current().last_event_id(), Some(second));
        assert_eq!(Hub::base().last_event_id(), None);
    });
}

#[test]
fn values_may_use_the_hub_while_they_are_turned_into_text() {
    struct Writes;
    impl std::fmt::Display for Writes {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            set_tag("by display", 1);
            f.write_str(&tags())
        }
    }
    set_tag("value", Writes);
    assert_eq!(tags(), "by display=1 value=by display=1");
    isohub::clear_scope();
    configure_scope(|scope| scope.set_tag("value", Writes));
    assert_eq!(tags(), "by display=1 value=by display=1");
}

#[test]
fn event_processors_may_use_the_hub() {
    let event = event_of(|| {
        isohub::add_event_processor(|event| {
            set_tag("processed", tags());
            configure_scope(|scope| scope.set_tag("configured", 1));
            Some(event)
        });
        set_tag("main", 1);
        capture();
        assert_eq!(tags(), "configured=1 main=1 processed=main=1");
    });
    assert_eq!(event.scope.tags(), [("main", "1")]);
}

#[test]
fn the_global_scope_lies_below_that_of_each_event_and_in_no_hub() {
    // What is global is seen by all other tests.
    if !alone("scope_api::the_global_scope_lies_below_that_of_each_event_and_in_no_hub") {
        return;
    }
    isohub::configure_global(|scope| {
        scope.set_tags([("shown", 1), ("hidden", 1), ("removed", 1)]);
        scope.set_extra("extra", 1);
    });
    let before = Recorder::new();
    before.run_sync(capture);
    let event = event_of(|| {
        set_tag("hidden", 2);
        isohub::remove_tag("removed");
        assert_eq!(tags(), "hidden=2");
        assert_eq!(std::thread::spawn(tags).join().expect("no panic"), "");
        capture();
        isohub::configure_global(|scope| {
            assert_eq!(scope.tag("hidden"), Some("1"));
            scope.clear();
            scope.set_tag("later", 1);
        });
    });
    assert_eq!(before.event().scope.tags(), [("hidden", "1"), ("removed", "1"), ("shown", "1")]);
    assert_eq!(event.scope.tags(), [("hidden", "2"), ("shown", "1")]);
    assert_eq!(event.scope.extras().len(), 1);
    assert_eq!(event_of(capture).scope.tags(), [("later", "1")]);
}

#[test]
fn the_global_scope_may_be_written_while_it_is_configured_and_by_many_threads() {
    if !alone("scope_api::the_global_scope_may_be_written_while_it_is_configured_and_by_many_threads") {
        return;
    }
    isohub::configure_global(|outer| {
        outer.set_tag("outer", 1);
        isohub::configure_global(|inner| inner.set_tag("inner", 1));
        set_tag("own", 1);
    });
    std::thread::scope(|s| {
        for n in 0..50 {
            s.spawn(move || isohub::configure_global(|scope| scope.set_tag(format!("n{n}"), n)));
        }
    });
    let crashed = catch_unwind(|| {
        isohub::configure_global(|scope| {
            scope.set_tag("crashed", 1);
            crash()
        });
    });
    assert!(crashed.is_err());
    let event = event_of(capture);
    assert_eq!(event.scope.tags().len(), 52, "{:?}", event.scope);
    assert_eq!([event.scope.tag("outer"), event.scope.tag("inner")], [Some("1"); 2]);
    assert_eq!(tags(), "own=1");
}

#[test]
fn hubs_are_changed_by_value() {
    let hub = Hub::base()
        .with_tag("tag", 1)
        .with_user(User::from("17"))
        .with_breadcrumb(Breadcrumb::new("crumb"))
        .configured(|scope| scope.set_extra("rows", 3));
    assert_eq!(tags_of(&hub), "tag=1");
    assert_eq!(hub.scope().user(), Some(&User::from("17")));
    assert_eq!(hub.scope().breadcrumbs().len(), 1);
    assert_eq!(hub.scope().extras().len(), 1);
    assert!(Hub::current().scope().is_empty());
}

#[test]
fn a_hub_that_is_returned_holds_what_its_future_wrote() {
    set_tag("main", 1);
    let mut returning = std::pin::pin!(
        async {
            set_tag("future", 1);
            pause().await;
            tags()
        }
        .returning_hub()
    );
    assert!(poll_once(returning.as_mut()).is_pending());
    set_tag("main", 2);
    let (seen, hub) = poll_to_end(returning);
    assert_eq!(
        (seen.as_str(), tags_of(&hub).as_str(), tags().as_str()),
        ("future=1 main=1", "future=1 main=1", "main=2")
    );
}
