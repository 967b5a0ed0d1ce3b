//! An event of the `sentry` crate has isohub's scope under that crate's.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use isohub::testing::Recorder;
use isohub_sentry::Sentry;
use sentry::protocol::Context;
use sentry::{Breadcrumb, Hub, User};

use super::{capture, client, events_of, shown, tag};
use crate::support::{LONG, events};

fn crumb(message: &str, after: u64) -> Breadcrumb {
    let timestamp = SystemTime::UNIX_EPOCH + Duration::from_secs(after);
    Breadcrumb { timestamp, message: Some(message.into()), ..Breadcrumb::default() }
}

fn own_crumb(message: &'static str, after: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(after);
    isohub::add_breadcrumb(isohub::Breadcrumb { time, ..isohub::Breadcrumb::new(message) });
}

#[test]
fn what_both_set_the_sentry_crate_says() {
    let events = events_of(|| {
        isohub::isolated!(|| {
            for (key, value) in [("ours", "1"), ("both", "ours")] {
                isohub::set_tag(key, value);
                isohub::set_extra(key, value);
                isohub::set_context(key, [("from", value)]);
            }
            isohub::set_user(isohub::User::from("ours"));
            isohub::set_transaction_name("ours");
            isohub::set_fingerprint(["ours"]);
            isohub::set_level(isohub::Level::Warning);
            own_crumb("first", 1);
            sentry::add_breadcrumb(crumb("second", 2));
            own_crumb("third", 3);
            capture("ours");
            sentry::configure_scope(|scope| {
                scope.set_tag("both", "theirs");
                scope.set_extra("both", "theirs".into());
                let theirs = [("from".to_owned(), "theirs".into())];
                scope.set_context("both", Context::Other(theirs.into()));
                scope.set_user(Some(User { id: Some("theirs".into()), ..User::default() }));
                scope.set_transaction(Some("theirs"));
                scope.set_fingerprint(Some(&["theirs"]));
            });
            capture("theirs");
        })();
        capture("outside");
    });
    assert_eq!(shown(&events), ["ours both=ours ours=1", "outside", "theirs both=theirs ours=1"]);
    for event in &events {
        let from = event.message.as_deref().unwrap_or_default();
        if from == "outside" {
            assert!(event.user.is_none() && event.breadcrumbs.is_empty(), "{event:#?}");
            continue;
        }
        assert_eq!((&event.extra["ours"], &event.extra["both"]), (&"1".into(), &from.into()));
        let says = |key: &str, value: &str| matches!(&event.contexts[key], Context::Other(it) if it["from"] == value);
        assert!(says("both", from) && says("ours", "1"), "{event:#?}");
        assert_eq!(event.user.as_ref().and_then(|user| user.id.as_deref()), Some(from));
        assert_eq!(event.transaction.as_deref(), Some(from));
        assert_eq!(&*event.fingerprint, [from]);
        assert_eq!(event.level, sentry::Level::Warning);
        let crumbs: Vec<_> = event.breadcrumbs.iter().filter_map(|crumb| crumb.message.as_deref()).collect();
        assert_eq!(crumbs, ["first", "second", "third"]);
    }
}

#[test]
fn of_too_many_breadcrumbs_the_last_stay() {
    let events = events_of(|| {
        isohub::isolated!(|| {
            (0..90).for_each(|n| own_crumb("ours", n));
            (90..150).for_each(|n| sentry::add_breadcrumb(crumb("theirs", n)));
            capture("here");
        })();
    });
    let crumbs = &events[0].breadcrumbs;
    let theirs = crumbs.iter().filter(|crumb| crumb.message.as_deref() == Some("theirs")).count();
    assert_eq!((crumbs.len(), theirs), (100, 60));
}

#[test]
fn nothing_is_sent_twice_and_what_isohub_captures_has_its_own_scope() {
    let (client, transport) = client();
    let hub = Arc::new(Hub::new(Some(Arc::clone(&client)), Arc::default()));
    let recorder = Recorder::builder()
        .sink(Sentry::of(client))
        .before_send(|event| (event.message.as_deref() != Some("hidden")).then_some(event))
        .build();
    Hub::run(hub, || {
        recorder.run_sync(|| {
            isohub::set_tag("ours", 1);
            isohub::isolated!(|| {
                tag("theirs", 1);
                capture("by sentry");
                isohub::capture_message("by isohub", isohub::Level::Info);
                isohub::capture_message("hidden", isohub::Level::Info);
            })();
        });
    });
    recorder.settled(LONG).expect("all arrives");
    assert_eq!(
        shown(&events(&transport.fetch_and_clear_envelopes())),
        ["by isohub ours=1", "by sentry ours=1 theirs=1"]
    );
    assert_eq!(recorder.events().len(), 1, "isohub's sinks see what isohub captured");
}

#[test]
fn what_a_unit_says_when_the_sink_is_made_is_on_no_transaction() {
    isohub::isolated!(|| {
        isohub::set_context("request", [("id", 7)]);
        let (client, transport) = client();
        let recorder = Recorder::builder().sink(Sentry::of(client)).build();
        recorder.run_sync(|| isohub::start_span!("root").in_scope(|| ()));
        recorder.settled(LONG).expect("all arrives");
        let sent = crate::support::transactions(&transport.fetch_and_clear_envelopes());
        assert!(!sent[0].contexts.contains_key("request"), "{sent:#?}");
    })();
}
