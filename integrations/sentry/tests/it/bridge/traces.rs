//! Events and transactions of the `sentry` crate are in isohub's traces, and the other way round.

use std::sync::Arc;

use isohub::testing::Recorder;
use isohub_sentry::{Bridge, Sentry, transaction_context};
use sentry::protocol::{Context, Event, Transaction};
use sentry::test::TestTransport;
use sentry::{Hub, TransactionContext};

use super::{capture, client, events_of, shown, trace};
use crate::support::{LONG, events, transactions};

/// Runs `program` recorded, with one client for both.
fn both(program: impl FnOnce()) -> (Recorder, Vec<Event<'static>>, Vec<Transaction<'static>>) {
    let (client, transport) = client();
    let hub = Arc::new(Hub::new(Some(Arc::clone(&client)), Arc::default()));
    let recorder = Recorder::builder().sink(Sentry::of(client)).build();
    Hub::run(hub, || recorder.run_sync(program));
    recorder.settled(LONG).expect("all arrives");
    let envelopes = transport.fetch_and_clear_envelopes();
    (recorder, events(&envelopes), transactions(&envelopes))
}

fn set_span(span: impl Into<Option<sentry::TransactionOrSpan>>) {
    let span = span.into();
    sentry::configure_scope(|scope| scope.set_span(span));
}

#[isohub::parallel_span]
fn root() {
    capture("in the root");
    isohub::capture_message("by isohub", isohub::Level::Info);
    inner();
}

#[isohub::span]
fn inner() {
    capture("inside");
}

#[test]
fn an_event_is_below_the_active_span() {
    let (recorder, events, _) = both(root);
    for (message, span) in [("in the root", "root"), ("by isohub", "root"), ("inside", "inner")] {
        let event = events.iter().find(|it| it.message.as_deref() == Some(message)).expect("an event");
        let context = recorder.span(span).context;
        assert_eq!(trace(event).trace_id.to_string(), context.trace_id().to_string(), "{message}");
        assert_eq!(trace(event).span_id.to_string(), context.span_id().to_string(), "{message}");
    }
}

#[test]
fn a_root_continues_the_span_of_the_sentry_crate_that_is_around_it() {
    let (recorder, events, transactions) = both(|| {
        isohub::isolated!(|| {
            let transaction = sentry::start_transaction(TransactionContext::new("request", "http"));
            set_span(Some(transaction.clone().into()));
            root();
            capture("outside");
            transaction.finish();
        })();
    });
    assert_eq!(transactions.len(), 2, "neither twice: {transactions:#?}");
    let theirs = transactions.iter().find(|it| it.name.as_deref() == Some("request")).expect("theirs");
    let Some(Context::Trace(theirs)) = theirs.contexts.get("trace") else { panic!("no trace") };
    let ours = recorder.span("root");
    assert_eq!(ours.context.trace_id().to_string(), theirs.trace_id.to_string());
    assert_eq!(ours.parent.map(|it| it.to_string()), Some(theirs.span_id.to_string()));
    for event in &events {
        assert_eq!(trace(event).trace_id, theirs.trace_id, "one trace");
        let span = trace(event).span_id.to_string();
        let expected = match event.message.as_deref() {
            Some("inside") => recorder.span("inner").context.span_id().to_string(),
            Some("outside") => theirs.span_id.to_string(),
            _ => ours.context.span_id().to_string(),
        };
        assert_eq!(span, expected, "{:?}", event.message);
    }
}

#[isohub::parallel_span]
fn with_transaction() {
    let transaction = sentry::start_transaction(transaction_context("import", "task"));
    set_span(Some(transaction.clone().into()));
    capture("in the transaction");
    set_span(None);
    transaction.finish();
    capture("after");
}

#[test]
fn a_transaction_inside_a_span_is_in_its_trace() {
    let (recorder, events, transactions) = both(with_transaction);
    let ours = recorder.span("with_transaction").context;
    let theirs = transactions.iter().find(|it| it.name.as_deref() == Some("import")).expect("theirs");
    let Some(Context::Trace(theirs)) = theirs.contexts.get("trace") else { panic!("no trace") };
    assert_eq!(theirs.trace_id.to_string(), ours.trace_id().to_string());
    assert_eq!(theirs.parent_span_id.map(|it| it.to_string()), Some(ours.span_id().to_string()));
    for event in &events {
        let is_inside = event.message.as_deref() == Some("in the transaction");
        let expected = if is_inside { theirs.span_id.to_string() } else { ours.span_id().to_string() };
        assert_eq!(trace(event).span_id.to_string(), expected, "{:?}", event.message);
    }
}

#[isohub::isolated_hub]
async fn transacts(n: u32) {
    let transaction = sentry::start_transaction(TransactionContext::new(&format!("work {n}"), "task"));
    set_span(Some(transaction.clone().into()));
    futures::pending!();
    let child =
        sentry::configure_scope(|scope| scope.get_span()).expect("a span").start_child("step", "step");
    futures::pending!();
    capture(&format!("{}", transaction.get_trace_context().trace_id));
    child.finish();
    transaction.finish();
}

#[test]
fn spans_of_the_sentry_crate_stay_in_their_unit() {
    let events = events_of(|| {
        let mut units: Vec<_> = (0..3).map(|n| Box::pin(transacts(n))).collect();
        for _ in 0..3 {
            for unit in &mut units {
                let _ = unit.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
            }
        }
        assert!(sentry::configure_scope(|scope| scope.get_span()).is_none());
    });
    assert_eq!(shown(&events).len(), 3);
    for event in &events {
        assert_eq!(Some(trace(event).trace_id.to_string()), event.message, "its own trace");
    }
}

#[test]
fn a_client_that_records_no_traces_leaves_the_decision_to_isohub() {
    let options = sentry::ClientOptions::new()
        .dsn(crate::support::DSN)
        .transport(TestTransport::new())
        .add_integration(Bridge::new());
    let hub = Arc::new(Hub::new(Some(Arc::new(options.into())), Arc::default()));
    let recorder = Recorder::new();
    let mut id = None;
    Hub::run(hub, || {
        recorder.run_sync(|| {
            isohub::isolated!(|| {
                let transaction = sentry::start_transaction(TransactionContext::new("request", "http"));
                set_span(Some(transaction.clone().into()));
                id = Some(transaction.get_trace_context().trace_id.to_string());
                root();
            })();
        });
    });
    recorder.settled(LONG).expect("all arrives");
    assert_eq!(Some(recorder.span("root").context.trace_id().to_string()), id);
}
