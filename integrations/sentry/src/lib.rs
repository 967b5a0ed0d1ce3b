//! A sink that sends isohub's events and traces to [Sentry](https://sentry.io).
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sentry = isohub_sentry::Sentry::new("https://key@sentry.example.com/1")?;
//! let _isohub = isohub::init().sink(sentry).release("shop@1.2.3").environment("production").install()?;
//! # Ok(())
//! # }
//! ```
//!
//! Or with a client that the program has, through which it goes on to capture by itself:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! let options = sentry_core::ClientOptions::default();
//! let client = Arc::new(sentry_core::Client::from(options));
//! let _isohub = isohub::init().sink(isohub_sentry::Sentry::of(client)).install()?;
//! # Ok(())
//! # }
//! ```
//!
//! # What becomes what
//!
//! | isohub | Sentry |
//! | --- | --- |
//! | a captured event | an event, with the scope of its unit, the chain of errors, its stack, its trace, its files |
//! | a panic, with [`isohub::capture_panics`] | an event of level fatal that was not handled, with its stack and its thread |
//! | a local root with its spans | a transaction, with the scope of the root's unit |
//! | a span that outlives its transaction | a transaction of the same trace, below the same parent |
//! | attributes of a span | `data`, typed; of an event, `extra` |
//! | an outcome, an HTTP status code | the status |
//! | links, span events | `links` (by [`HttpTransport`]; else in `data`), `isohub.events` in `data` |
//! | release, environment, server name | the same, and what the client's options say where isohub says nothing |
//!
//! The trace header of an envelope is the one that came with the request, if the unit was made with a
//! [`Remote`](isohub::Remote) that brought one, and goes on as it came; else it says that this process began the trace.
//!
//! isohub has sampled before a sink sees anything, so that the sampling of a client's options for traces is not
//! asked; its `before_send` and its integrations see each event.
//!
//! # Limits
//!
//! A transaction has 1000 spans at most; larger ones are sent in parts where their tree has parts of 20
//! spans or more, and else cut. Events and transactions of more than 1 MiB lose what matters least, the oldest
//! breadcrumbs first. Tags are brought into Sentry's bounds: 200 characters, one line, few characters in
//! keys. What is cut or lost is counted in [`Accounts`], told to Sentry as a client report where the protocol has a
//! word for it, and said once on the standard error.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod accounts;
mod bridge;
mod event;
mod header;
mod parts;
mod segments;
mod size;
mod stack;
mod transaction;
#[cfg(feature = "http")]
mod transport;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use isohub::sink::{Batch, Sink};
use isohub::{Attachment, Event, Incoming, Resource, SpanContext, Trace};
use sentry_core::Client;
use sentry_core::protocol::client_report::{Category, Item, Reason};
use sentry_core::protocol::{
    self, ClientReport, ClientSdkInfo, ClientSdkPackage, Context, DynamicSamplingContext, Envelope,
    EnvelopeHeaders, Map, Transaction,
};

pub use accounts::{Accounts, Counts};
pub use bridge::{Bridge, transaction_context};
#[cfg(feature = "http")]
pub use transport::HttpTransport;

use accounts::Why;
use segments::{MAX_SPANS, Segment, segments};
use size::Fit;

/// Envelopes that are sent before the sink waits for them: fewer than any transport of Sentry's keeps.
const AT_ONCE: usize = 16;

/// How long it waits for them, and for the last ones. It holds up nobody but this sink.
const WAIT: Duration = Duration::from_secs(5);

/// A sink that sends to Sentry; see the [crate's page](crate).
pub struct Sentry {
    client: Arc<Client>,
    /// What the client's integrations know of the machine.
    machine: Map<String, Context>,
    sample_rate: f32,
    accounts: Accounts,
    /// Envelopes that were sent since the sink last waited.
    at_once: usize,
}

impl Sentry {
    /// Sends to the project of `dsn` by HTTP: to that host alone, through no proxy, by a thread of its own.
    ///
    /// # Errors
    /// [`InvalidDsn`], which does not repeat the key.
    #[cfg(feature = "http")]
    pub fn new(dsn: &str) -> Result<Self, InvalidDsn> {
        let dsn = dsn.parse().map_err(InvalidDsn)?;
        let transport = HttpTransport::new();
        let accounts = transport.accounts();
        let contexts = sentry::integrations::contexts::ContextIntegration::new();
        let mut options = sentry_core::ClientOptions::new().transport(transport);
        options.dsn = Some(dsn);
        options.integrations.push(Arc::new(contexts));
        Ok(Sentry { accounts, ..Sentry::of(Arc::new(Client::with_options(options))) })
    }

    /// Sends through a client that the program has, by its transport and under its options.
    pub fn of(client: Arc<Client>) -> Self {
        let machine = machine(&client);
        Sentry { client, machine, sample_rate: 1.0, accounts: Accounts::default(), at_once: 0 }
    }

    /// Which share of the traces is recorded, by which Sentry extrapolates: what was given to
    /// [`isohub::Rate`], and 1 unless said otherwise.
    #[must_use]
    pub fn sample_rate(mut self, rate: f32) -> Self {
        self.sample_rate = if rate.is_nan() { 1.0 } else { rate.clamp(0.0, 1.0) };
        self
    }

    /// What becomes of what it is given; to be kept before it is given away.
    pub fn accounts(&self) -> Accounts {
        self.accounts.clone()
    }

    fn send_event(&mut self, event: &Event, resource: &Resource) {
        let client = Arc::clone(&self.client);
        let made = event::event(event, resource, client.options());
        let threads = made.threads.clone();
        let made = protocol::Event { sdk: Some(std::borrow::Cow::Owned(sdk())), ..made };
        // The client tells Sentry what its own functions drop.
        let Some(mut made) = client.prepare_event(made, None) else { return };
        self.accounts.made();
        // The stack that an integration adds is that of the sink's thread.
        if client.options().attach_stacktrace {
            made.threads = threads;
        }
        if size::fit_event(&mut made) == Fit::TooLarge {
            self.lose(Category::Error);
            return;
        }
        let header = event.span.and_then(|span| self.header(span, event.incoming.as_ref(), resource, None));
        let mut envelope = envelope(header);
        envelope.add_item(made);
        let (files, cut) = attachments(event);
        files.into_iter().for_each(|file| envelope.add_item(file));
        self.accounts.cut(0, cut);
        if cut > 0 {
            envelope.add_item(report(Category::Attachment, cut));
        }
        self.send(envelope);
    }

    fn send_trace(&mut self, trace: &Trace, resource: &Resource) {
        for segment in segments(trace, MAX_SPANS) {
            self.send_segment(segment, trace.incoming.as_ref(), resource);
        }
    }

    fn send_segment(&mut self, mut segment: Segment, incoming: Option<&Incoming>, resource: &Resource) {
        let mut made = self.complete(transaction::transaction(&segment, resource));
        while size::of(&made) > size::MAX_ITEM && !segment.spans.is_empty() {
            // Half of them at a time, as each look at the size costs as much as to send it.
            let kept = segment.spans.len() / 2;
            segment.cut += segment.spans.len() - kept;
            segment.spans.truncate(kept);
            made = self.complete(transaction::transaction(&segment, resource));
        }
        self.accounts.made();
        self.accounts.cut(segment.cut as u64, 0);
        if size::fit_transaction(&mut made) == Fit::TooLarge {
            self.lose(Category::Transaction);
            return;
        }
        let header = self.header(segment.top.context, incoming, resource, made.name.as_deref());
        let mut envelope = envelope(header);
        envelope.add_item(made);
        if segment.cut > 0 {
            envelope.add_item(report(Category::Span, segment.cut as u64));
        }
        self.send(envelope);
    }

    /// Adds what the client knows.
    fn complete(&self, mut transaction: Transaction<'static>) -> Transaction<'static> {
        let options = self.client.options();
        for (key, context) in &self.machine {
            transaction.contexts.entry(key.clone()).or_insert_with(|| context.clone());
        }
        transaction.release = transaction.release.or_else(|| options.release.clone());
        transaction.environment = transaction.environment.or_else(|| options.environment.clone());
        transaction.server_name = transaction.server_name.or_else(|| options.server_name.clone());
        transaction.sdk = Some(std::borrow::Cow::Owned(sdk()));
        transaction
    }

    fn header(
        &self,
        span: SpanContext,
        incoming: Option<&Incoming>,
        resource: &Resource,
        transaction: Option<&str>,
    ) -> Option<DynamicSamplingContext> {
        header::header(&self.client, self.sample_rate, span, incoming, resource, transaction)
    }

    fn send(&mut self, envelope: Envelope) {
        self.client.send_envelope(envelope);
        self.at_once += 1;
        if self.at_once >= AT_ONCE {
            self.at_once = 0;
            self.client.flush(Some(WAIT));
        }
    }

    fn lose(&mut self, category: Category) {
        self.accounts.lost(1, Why::TooLarge);
        let mut envelope = envelope(None);
        envelope.add_item(report(category, 1));
        self.send(envelope);
    }

    /// Has the program's own functions, which the client's options may hold, lose no more than one item.
    fn guarded(&mut self, send: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| send(self))).is_err() {
            self.accounts.made();
            self.accounts.lost(1, Why::Panicked);
        }
    }
}

impl Sink for Sentry {
    fn name(&self) -> &str {
        "sentry"
    }

    fn wants_traces(&self) -> bool {
        true
    }

    fn receive(&mut self, batch: &Batch) {
        for event in &batch.events {
            self.guarded(|sink| sink.send_event(event, &batch.resource));
        }
        for trace in &batch.traces {
            self.guarded(|sink| sink.send_trace(trace, &batch.resource));
        }
    }

    fn flush(&mut self) {
        self.at_once = 0;
        self.client.flush(Some(WAIT));
    }

    /// A transaction counts as one.
    fn undelivered(&self) -> u64 {
        self.accounts.read().lost
    }
}

impl fmt::Debug for Sentry {
    /// Does not show the client, which shows the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sentry { sample_rate, accounts, .. } = self;
        f.debug_struct("Sentry")
            .field("sample_rate", sample_rate)
            .field("counts", &accounts.read())
            .finish_non_exhaustive()
    }
}

/// A DSN that is none.
#[cfg(feature = "http")]
#[derive(Debug)]
pub struct InvalidDsn(sentry_core::types::ParseDsnError);

#[cfg(feature = "http")]
impl fmt::Display for InvalidDsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a DSN ({}): expected `https://<public key>@<host>/<project>`", self.0)
    }
}

#[cfg(feature = "http")]
impl std::error::Error for InvalidDsn {}

/// What the integrations add to an event that has nothing; transactions do not pass through them.
fn machine(client: &Client) -> Map<String, Context> {
    let options = client.options();
    let mut contexts = Map::new();
    // That of ours adds what the current unit knows.
    for integration in options.integrations.iter().filter(|it| it.name() != bridge::NAME) {
        let event = protocol::Event::default();
        let added = catch_unwind(AssertUnwindSafe(|| integration.process_event(event, options)));
        contexts.extend(added.ok().flatten().map(|event| event.contexts).unwrap_or_default());
    }
    contexts
}

/// By which Sentry tells who made an event.
const SDK: &str = "isohub.rust";

fn sdk() -> ClientSdkInfo {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let package = ClientSdkPackage { name: "cargo:isohub-sentry".to_owned(), version: version.clone() };
    ClientSdkInfo { name: SDK.to_owned(), version, integrations: Vec::new(), packages: vec![package] }
}

fn envelope(trace: Option<DynamicSamplingContext>) -> Envelope {
    let headers = EnvelopeHeaders::new();
    Envelope::new().with_headers(match trace {
        Some(trace) => headers.with_trace(trace),
        None => headers,
    })
}

fn report(category: Category, quantity: u64) -> ClientReport {
    ClientReport::new([Item::new(category, Reason::BufferOverflow, quantity)])
}

/// The files of an event that find room, and how many do not.
fn attachments(event: &Event) -> (Vec<protocol::Attachment>, u64) {
    let mut room = size::MAX_ATTACHMENTS;
    let mut cut = 0;
    let mut files = Vec::new();
    for file in event.scope.attachments() {
        match room.checked_sub(file.bytes.len()) {
            Some(left) => {
                room = left;
                files.push(attachment(file));
            }
            None => cut += 1,
        }
    }
    (files, cut)
}

fn attachment(file: &Attachment) -> protocol::Attachment {
    protocol::Attachment {
        buffer: file.bytes.to_vec(),
        filename: file.filename.to_string(),
        content_type: file.content_type.as_deref().map(str::to_owned),
        ty: None,
    }
}
