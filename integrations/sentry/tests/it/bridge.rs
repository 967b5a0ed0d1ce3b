//! The `sentry` crate inside isohub's units: each has its own hub of that crate, and its events have isohub's scope.

mod isolation;
mod scope;
mod traces;

use std::sync::Arc;

use isohub_sentry::Bridge;
use sentry::protocol::{Context, Event, TraceContext};
use sentry::test::TestTransport;
use sentry::{Client, ClientOptions, Hub};

use crate::support::DSN;

/// A client with the bridge, and where its envelopes go.
fn client() -> (Arc<Client>, Arc<TestTransport>) {
    let transport = TestTransport::new();
    let options = ClientOptions::new().dsn(DSN).transport(transport.clone()).traces_sample_rate(1.0);
    (Arc::new(Client::from(options.add_integration(Bridge::new()))), transport)
}

/// Runs `program` in a hub of the `sentry` crate of its own; returns the events that its client was given. Nothing of
/// isohub is installed.
fn events_of(program: impl FnOnce()) -> Vec<Event<'static>> {
    let (client, transport) = client();
    Hub::run(Arc::new(Hub::new(Some(client), Arc::default())), program);
    crate::support::events(&transport.fetch_and_clear_envelopes())
}

fn tag(key: &str, value: impl ToString) {
    sentry::configure_scope(|scope| scope.set_tag(key, value));
}

fn capture(message: &str) {
    sentry::capture_message(message, sentry::Level::Info);
}

/// The messages with the tags of their events, sorted: `message key=value ..`.
fn shown(events: &[Event<'static>]) -> Vec<String> {
    let of = |event: &Event<'static>| {
        let tags = event.tags.iter().map(|(key, value)| format!(" {key}={value}"));
        format!("{}{}", event.message.as_deref().unwrap_or_default(), tags.collect::<String>())
    };
    let mut lines: Vec<_> = events.iter().map(of).collect();
    lines.sort();
    lines
}

fn trace(event: &Event<'static>) -> TraceContext {
    let Some(Context::Trace(trace)) = event.contexts.get("trace") else { panic!("no trace: {event:#?}") };
    (**trace).clone()
}
