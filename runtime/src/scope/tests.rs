#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails shall panic")]

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use super::*;
use crate::value::{Attribute, MAX_TEXT};

mod model;

const MILLION: usize = 1_000_000;

/// Runs on a stack on which recursion of any depth that grows with the data overflows.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 << 10).spawn(test).unwrap().join().unwrap();
}

fn tagged(tags: usize) -> Scope {
    let mut scope = Scope::default();
    scope.set_tags((0..tags).map(|i| (i.to_string(), i)));
    scope
}

fn crumb(seconds: u64) -> Breadcrumb {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Breadcrumb { time, ..Breadcrumb::new(seconds.to_string()) }
}

fn messages(scope: &Scope) -> Vec<&str> {
    scope.breadcrumbs().into_iter().map(|it| it.message.as_deref().unwrap()).collect()
}

#[test]
fn scope_is_small_and_crosses_threads_and_panics() {
    fn check<T: Send + Sync + UnwindSafe + RefUnwindSafe + 'static>() -> usize {
        size_of::<T>()
    }
    assert!(check::<Scope>() <= 4 * size_of::<usize>());
    check::<Write>();
}

#[test]
fn million_clones_of_distinct_keys() {
    on_a_small_stack(|| {
        let mut scope = Scope::default();
        let clones: Vec<_> = (0..MILLION)
            .map(|i| {
                scope.set_tag(i.to_string(), "");
                scope.clone()
            })
            .collect();
        assert_eq!(clones[9].tags().len(), 10);
        assert_eq!(scope.tag("0"), Some(""));
        drop(scope);
        drop(clones);
    });
}

#[test]
fn million_clones_of_the_same_key() {
    on_a_small_stack(|| {
        let mut scope = Scope::default();
        let clones: Vec<_> = (0..MILLION)
            .map(|i| {
                scope.set_tag("key", i);
                assert!(scope.writes.len() <= 32, "the writes are compacted");
                scope.clone()
            })
            .collect();
        for (i, clone) in clones.iter().enumerate() {
            assert_eq!(clone.tag("key").unwrap().parse(), Ok(i));
        }
    });
}

#[test]
fn million_clones_of_breadcrumbs() {
    on_a_small_stack(|| {
        let mut scope = Scope::default();
        let clones: Vec<_> = (0..MILLION)
            .map(|i| {
                scope.add_breadcrumb(crumb(i as u64));
                scope.clone()
            })
            .collect();
        assert_eq!(messages(&clones[1]), ["0", "1"]);
        assert_eq!(messages(&clones[5000]).len(), MAX_BREADCRUMBS);
        assert_eq!(messages(&scope)[0], (MILLION - MAX_BREADCRUMBS).to_string());
    });
}

#[test]
fn long_chain_of_one_owner_is_dropped_on_a_small_stack() {
    on_a_small_stack(|| {
        let mut scope = Scope::default();
        for i in 0..MILLION {
            let before = scope.clone();
            scope.set_tag(i.to_string(), "");
            drop(before);
        }
        assert_eq!(scope.writes.len(), MILLION);
    });
}

#[test]
fn write_after_a_clone_shares_all_that_was_there() {
    let mut base = tagged(1000);
    (0..150).for_each(|i| base.add_breadcrumb(crumb(i)));
    let mut copy = base.clone();
    copy.set_tag("new", 1);
    copy.add_breadcrumb(crumb(150));
    assert!(copy.writes.shares(&base.writes));
    assert!(copy.breadcrumbs.shares(&base.breadcrumbs));
    assert_eq!((base.tags().len(), copy.tags().len()), (1000, 1001));
    assert_eq!((messages(&base)[0], messages(&copy)[0]), ("50", "51"));
}

#[test]
fn writes_are_compacted_to_what_lives() {
    let mut scope = tagged(100);
    scope.add_attachment(Attachment::new("a", *b"1"));
    for i in 0..100_000 {
        scope.set_extra("changing", i);
        assert!(scope.writes.len() <= 2 * 102 + 16);
    }
    assert_eq!((scope.tags().len(), scope.attachments().len()), (100, 1));
    assert_eq!(scope.extra("changing"), Some(&Value::I64(99_999)));
    (0..100_000).for_each(|i| scope.add_breadcrumb(crumb(i)));
    assert!(scope.breadcrumbs.kept() < 2 * MAX_BREADCRUMBS);
}

#[test]
fn removal_hides_what_lies_below_and_clearing_does_not() {
    let mut base = tagged(3);
    base.set_user(User::from("17"));
    let mut scope = Scope::default();
    scope.remove_tag("1");
    scope.set_user(None);
    assert!(scope.is_empty());
    let both = scope.over(&base);
    assert_eq!((both.tags(), both.user()), (vec![("0", "0"), ("2", "2")], None));
    // As if written, however long ago.
    (0..1000).for_each(|i| scope.set_tag("x", i));
    assert_eq!(scope.over(&base).tag("1"), None);
    scope.clear();
    assert_eq!(scope.over(&base).tag("1"), Some("1"));
}

#[test]
fn breadcrumbs_are_merged_by_time() {
    let (mut base, mut scope) = (Scope::default(), Scope::default());
    [1, 3, 5, 5].into_iter().for_each(|i| base.add_breadcrumb(crumb(i)));
    [2, 5, 4, 6].into_iter().for_each(|i| scope.add_breadcrumb(crumb(i)));
    assert_eq!(messages(&scope.over(&base)), ["1", "2", "3", "5", "5", "5", "4", "6"]);
    assert_eq!(messages(&scope.over(&Scope::default())), ["2", "5", "4", "6"]);
    (0..MAX_BREADCRUMBS).for_each(|_| scope.add_breadcrumb(crumb(2)));
    let both = scope.over(&base);
    assert_eq!(messages(&both).len(), MAX_BREADCRUMBS);
    assert_eq!(messages(&both)[MAX_BREADCRUMBS - 4..], ["2", "3", "5", "5"]);
}

#[test]
fn log_does_to_another_scope_what_was_done() {
    let mut scope = tagged(2);
    let mut edited = scope.logging();
    edited.set_tag("0", "edited");
    edited.remove_tag("1");
    edited.add_breadcrumb(crumb(1));
    // Written by somebody else in the meantime.
    scope.set_tag("other", 1);
    edited.into_log().into_iter().for_each(|write| scope.write(write));
    assert_eq!(scope.tags(), [("0", "edited"), ("other", "1")]);
    assert_eq!(messages(&scope), ["1"]);

    let mut edited = scope.logging();
    edited.clear_breadcrumbs();
    edited.into_log().into_iter().for_each(|write| scope.write(write));
    assert_eq!((scope.tags().len(), messages(&scope).len()), (2, 0));
    assert!(scope.logging().into_log().is_empty());
}

#[test]
fn log_of_an_assigned_scope_gives_that_scope() {
    let mut scope = tagged(5);
    scope.add_breadcrumb(crumb(1));
    let mut edited = scope.logging();
    edited.set_tag("lost", 1);
    assert!(edited.clone().log.is_none(), "only the original is replayed");
    edited = tagged(3);
    edited.remove_tag("0");
    edited.into_log().into_iter().for_each(|write| scope.write(write));
    assert_eq!(scope.tags(), [("1", "1"), ("2", "2")]);
    assert!(scope.breadcrumbs().is_empty());
}

#[test]
fn log_does_not_grow_with_the_number_of_writes() {
    let mut edited = Scope::default().logging();
    for i in 0..10_000 {
        edited.set_tag("key", i);
        edited.add_breadcrumb(crumb(i));
    }
    assert_eq!(edited.into_log().len(), 1 + MAX_BREADCRUMBS);
}

#[test]
fn event_processors_run_in_order_and_live_until_the_scope_is_cleared() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let mut scope = Scope::default();
    for name in ["a", "b"] {
        let dropped = Dropped(drops.clone());
        scope.add_event_processor(move |event| {
            let _ = &dropped;
            Some(event.attribute(name, 1))
        });
    }
    scope.add_event_processor(|event| (event.attributes.len() < 2).then_some(event));
    (0..1000).for_each(|i| scope.set_tag("key", i));
    let processors = scope.event_processors();
    let event = processors[..2].iter().try_fold(Event::message(""), |event, it| it.process(event)).unwrap();
    assert_eq!(event.attributes.iter().map(|it| &*it.key).collect::<Vec<_>>(), ["a", "b"]);
    assert!(processors[2].process(event).is_none());
    drop(processors);
    assert_eq!(drops.load(Ordering::Relaxed), 0);
    scope.clear();
    assert_eq!(drops.load(Ordering::Relaxed), 2);
}

#[test]
fn conversion_that_panics_writes_nothing() {
    struct Bomb;
    impl fmt::Display for Bomb {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            std::panic::resume_unwind(Box::new(()))
        }
    }
    let mut scope = Scope::default();
    let tags: [(&str, &dyn fmt::Display); 2] = [("a", &1), ("b", &Bomb)];
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scope.set_tags(tags)));
    assert!(result.is_err() && scope.is_empty());
}

#[test]
fn input_out_of_bounds_is_brought_into_them() {
    let mut scope = Scope::default();
    scope.set_tag("a\0b\u{85}", "kept\0");
    scope.set_tag("", "no key");
    scope.set_tag("é".repeat(200), "é".repeat(MAX_TEXT));
    assert_eq!(scope.tag("a\0b\n"), Some("kept\0"));
    assert_eq!(scope.tags()[0], ("(empty)", "no key"));
    assert_eq!(scope.tag(""), Some("no key"));
    let (key, value) = scope.tags()[2];
    assert!(key.len() <= MAX_KEY && key.ends_with('…'), "{key}");
    assert!(value.len() <= MAX_TEXT && value.ends_with('…'));
    assert!(scope.tag(&"é".repeat(200)).is_some());
    scope.remove_tag("a_b_");
    assert_eq!(scope.tag("a\0b\0"), None);

    scope.set_fingerprint(std::iter::repeat("endless"));
    assert_eq!(scope.fingerprint().len(), MAX_ATTRIBUTES);
    scope.add_attachment(Attachment::new("a\nb", Vec::new()));
    assert_eq!(scope.attachments()[0].filename, "a_b");
    scope.set_extra("x", 1);
    scope.set_extra("x", None::<i32>);
    assert_eq!(scope.extra("x"), None);
    let long = Text::Owned("x".repeat(MAX_TEXT + 1));
    scope.set_user(User { email: Some(long), ..User::from("") });
    assert_eq!(scope.user().unwrap().email.as_ref().unwrap().len(), MAX_TEXT);
}

#[test]
fn surplus_attributes_are_counted() {
    let mut attributes = Vec::new();
    for i in 0..1000 {
        attributes.push(Attribute { key: i.to_string().into(), value: Value::I64(i) });
        cut_attributes(&mut attributes);
    }
    assert_eq!(attributes.len(), MAX_ATTRIBUTES);
    assert_eq!(attributes[126].key, "126");
    assert_eq!((&*attributes[127].key, &attributes[127].value), ("isohub.cut", &Value::I64(1000 - 127)));
    let context: Context = (0..1000).map(|i| (i.to_string(), i)).collect();
    assert_eq!(context.iter().len(), MAX_ATTRIBUTES);
    assert_eq!(context.get("isohub.cut"), Some(&Value::I64(1000 - 127)));

    let value = Value::List(vec![Value::Str("x".repeat(MAX_TEXT + 1).into())]);
    let mut one = vec![Attribute { key: "\n".into(), value }];
    cut_attributes(&mut one);
    assert_eq!(one[0].key, "_");
    assert!(one[0].value.to_string().len() <= MAX_TEXT + 2);
}

#[test]
fn of_two_values_of_one_name_the_later_stays() {
    let context = Context::from([("a", Some(1)), ("b", None), ("a", Some(2))]);
    assert_eq!(context.iter().collect::<Vec<_>>(), [("a", &Value::I64(2))]);
}

#[test]
fn debug_shows_what_is_there() {
    assert_eq!(format!("{:?}", Scope::default()), "Scope");
    let mut scope = tagged(2);
    scope.set_level(Level::Error);
    scope.remove_tag("0");
    scope.add_event_processor(Some);
    let shown = r#"Scope { tags: {"1": "1"}, level: Some(Error), event_processors: [EventProcessor] }"#;
    assert_eq!(format!("{scope:?}"), shown);
}
