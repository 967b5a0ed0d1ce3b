//! Captured events arrive with all that their unit knows.

use isohub::{Attachment, Breadcrumb, Event, Level, User};
use sentry::ClientOptions;
use sentry::protocol::{Context, EnvelopeItem, Event as TheirEvent};
use serde_json::json;

use crate::support::{Failed, envelopes, events, given_to};

#[test]
fn an_event_has_the_scope_of_its_unit() {
    let envelopes = envelopes(|| {
        isohub::set_tag("tenant", "acme");
        isohub::set_user(User {
            email: Some("a@b.c".into()),
            ip_address: Some("10.0.0.1".into()),
            ..User::from("7")
        });
        isohub::set_context("job", [("attempt", 2)]);
        isohub::set_extra("rows", 3);
        isohub::set_transaction_name("GET /orders/{id}");
        isohub::set_fingerprint(["orders"]);
        isohub::add_breadcrumb(
            Breadcrumb::new("signed in").category("auth").level(Level::Debug).data("n", 1),
        );
        isohub::add_attachment(Attachment::new("a.toml", *b"port = 80").content_type("application/toml"));
        isohub::start_span!("work").in_scope(|| {
            isohub::capture_event(Event::message("disk full").level(Level::Warning).attribute("free", 12));
        });
    });
    let event = &events(&envelopes)[0];
    assert_eq!((event.message.as_deref(), event.level), (Some("disk full"), sentry::Level::Warning));
    assert_eq!(event.tags["tenant"], "acme");
    let user = event.user.as_ref().expect("a user");
    assert_eq!((user.id.as_deref(), user.email.as_deref()), (Some("7"), Some("a@b.c")));
    assert_eq!(user.ip_address.as_ref().map(ToString::to_string).as_deref(), Some("10.0.0.1"));
    assert!(matches!(&event.contexts["job"], Context::Other(values) if values["attempt"] == 2));
    assert_eq!((&event.extra["rows"], &event.extra["free"]), (&json!(3), &json!(12)));
    assert_eq!(event.transaction.as_deref(), Some("GET /orders/{id}"));
    assert_eq!(&*event.fingerprint, ["orders"]);
    assert_eq!(event.breadcrumbs[0].message.as_deref(), Some("signed in"));
    assert_eq!(event.breadcrumbs[0].data["n"], 1);
    assert_eq!(event.platform, "native");
    assert_eq!(event.release.as_deref(), Some("shop@1.2.3"));
    assert_eq!(event.environment.as_deref(), Some("staging"));
    assert_eq!(event.server_name.as_deref(), Some("machine-7"));
    let envelope = envelopes.iter().find(|envelope| envelope.event().is_some()).expect("an event");
    let files: Vec<_> = envelope.items().filter(|item| matches!(item, EnvelopeItem::Attachment(_))).collect();
    let [EnvelopeItem::Attachment(file)] = &files[..] else { panic!("one file: {files:?}") };
    assert_eq!((&*file.filename, &*file.buffer), ("a.toml", &b"port = 80"[..]));
}

#[test]
fn an_event_knows_its_trace_and_so_does_its_envelope() {
    let mut context = None;
    let envelopes = envelopes(|| {
        isohub::start_span!("work").in_scope(|| {
            context = isohub::current_span().context();
            isohub::capture_message("here", Level::Info);
        });
    });
    let context = context.expect("a context");
    let envelope = envelopes.iter().find(|envelope| envelope.event().is_some()).expect("an event");
    let event = envelope.event().expect("an event");
    let Context::Trace(trace) = &event.contexts["trace"] else { panic!("no trace") };
    assert_eq!(trace.trace_id.to_string(), context.trace_id().to_string());
    assert_eq!(trace.span_id.to_string(), context.span_id().to_string());
    let header = serde_json::to_value(envelope.headers()).expect("JSON");
    assert_eq!(header["trace"]["trace_id"], context.trace_id().to_string());
    assert_eq!(header["trace"]["public_key"], "public");
    assert_eq!((&header["trace"]["sample_rate"], &header["trace"]["sampled"]), (&json!("1"), &json!("true")));
    assert_eq!(header["trace"]["release"], "shop@1.2.3");
    assert_eq!(header["event_id"], event.event_id.to_string());
}

#[test]
fn the_context_of_the_trace_is_not_the_users() {
    let envelopes = envelopes(|| {
        isohub::set_context("trace", [("trace_id", "mine")]);
        isohub::capture_message("outside of any span", Level::Info);
    });
    assert!(!events(&envelopes)[0].contexts.contains_key("trace"));
}

#[test]
fn an_error_is_a_chain_with_a_stack_of_the_program() {
    let error = Failed("no order", Some(Box::new(Failed("no row", None))));
    let envelopes = envelopes(|| {
        isohub::capture_event(Event::error(&error).backtrace());
        isohub::capture_event(Event::message("no error").backtrace());
    });
    let events = events(&envelopes);
    let chain: Vec<_> =
        events[0].exception.iter().map(|it| (&*it.ty, it.value.as_deref().unwrap_or_default())).collect();
    assert_eq!(chain, [("Error", "no row"), ("Failed", "no order")]);
    assert!(events[0].exception[0].stacktrace.is_none());
    for (event, stack) in
        [(&events[0], &events[0].exception[1].stacktrace), (&events[1], &events[1].threads[0].stacktrace)]
    {
        let frames = &stack.as_ref().expect("a stack").frames;
        let is_of_std = |name: &str| name.starts_with("std::") && name.contains("thread");
        assert!(frames.iter().any(|frame| frame.function.as_deref().is_some_and(is_of_std)), "{event:?}");
        let mine = |frame: &&sentry::protocol::Frame| {
            frame.in_app == Some(true)
                && frame.filename.as_deref() == Some("events.rs")
                && frame.lineno.is_some()
        };
        assert!(frames.iter().any(|frame| mine(&frame)), "{frames:#?}");
        let last = frames.last().and_then(|frame| frame.function.as_deref()).unwrap_or_default();
        assert!(!last.starts_with("isohub::") && !last.starts_with("std::"), "the innermost frame is {last}");
    }
}

/// Adds the stack of the thread on which it runs, as that of the `sentry` crate does if asked.
struct ThisStack;

impl sentry::Integration for ThisStack {
    fn process_event(
        &self,
        mut event: TheirEvent<'static>,
        _: &ClientOptions,
    ) -> Option<TheirEvent<'static>> {
        event.threads.values.push(sentry::protocol::Thread::default());
        Some(event)
    }
}

#[test]
fn the_clients_own_functions_see_events_and_harm_no_other() {
    let options =
        ClientOptions::new().attach_stacktrace(true).add_integration(ThisStack).before_send(|mut event| {
            match event.message.as_deref() {
                Some("secret") => return None,
                Some("broken") => panic!("before_send fails"),
                _ => event.tags.insert("seen".to_owned(), "yes".to_owned()),
            };
            Some(event)
        });
    let (envelopes, counts) = given_to(options, || {
        for message in ["secret", "broken", "plain"] {
            isohub::capture_message(message, Level::Info);
        }
    });
    let events = events(&envelopes);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].tags["seen"], "yes");
    assert!(events[0].threads.is_empty(), "the stack would be that of the sink");
    assert_eq!((counts.made, counts.lost), (2, 1));
}

#[test]
fn neither_the_sink_nor_a_bad_dsn_shows_the_key() {
    let sentry = isohub_sentry::Sentry::new("https://topsecret@sentry.invalid/1").expect("a DSN");
    assert!(!format!("{sentry:?}").contains("topsecret"));
    for dsn in ["topsecret", "ftp://topsecret@h/1", "https://topsecret@h/", "https://topsecret@/1"] {
        let error = isohub_sentry::Sentry::new(dsn).expect_err("no DSN");
        assert!(!format!("{error} {error:?}").contains("topsecret"), "{error:?}");
    }
}
