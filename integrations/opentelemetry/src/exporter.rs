//! The thread that sends the records of one signal.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use isohub::Hub;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use crate::accounts::{Accounts, Why};
use crate::queue::{Bounds, Item, Queue};
use crate::transport::{Answer, Signal, Transport, harmless};

/// The longest that a receiver is left alone because it says so.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

/// How what failed is tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    /// The first pause; each is about twice the one before.
    pub(crate) first: Duration,
    /// The longest pause.
    pub(crate) longest: Duration,
    /// How long one batch is tried again.
    pub(crate) total: Duration,
}

/// What a sink holds of a signal. Its thread begins with the first record, and ends with it.
pub(crate) struct Exporter {
    signal: Signal,
    accounts: Accounts,
    queue: Arc<Queue>,
    /// What the thread is to have, until it begins.
    unstarted: Option<(Box<dyn Transport>, Retry)>,
}

impl Exporter {
    pub(crate) fn new(
        signal: Signal,
        transport: Box<dyn Transport>,
        bounds: Bounds,
        retry: Retry,
        accounts: Accounts,
    ) -> Self {
        let unstarted = Some((transport, retry));
        Exporter { signal, accounts, queue: Arc::new(Queue::new(bounds)), unstarted }
    }

    /// Has the record sent, or counts it as lost. `resource` is asked once.
    pub(crate) fn push(&mut self, item: Item, resource: impl FnOnce() -> Resource) {
        self.accounts.taken(self.signal);
        if let Some((transport, retry)) = self.unstarted.take() {
            self.start(transport, retry, resource());
        }
        if !self.queue.push(item) {
            self.accounts.lost(self.signal, 1, Why::Overflow);
        }
    }

    pub(crate) fn flush(&self) {
        self.queue.flush();
    }

    fn start(&self, transport: Box<dyn Transport>, retry: Retry, resource: Resource) {
        let mut sender = Sender {
            signal: self.signal,
            transport,
            resource,
            retry,
            pause: retry.first,
            accounts: self.accounts.clone(),
            queue: Arc::clone(&self.queue),
        };
        // That of the sink's thread, in which nothing is recorded: what a library that sends is instrumented with
        // would be sent again.
        let mut hub = Hub::current();
        let thread = thread::Builder::new().name(format!("isohub-otlp-{}", self.signal));
        if let Err(error) = thread.spawn(move || hub.run(|| sender.work())) {
            let why = format!("no thread was to be had: {error}");
            self.accounts.say(self.signal, Why::Broken(&why));
            self.queue.close();
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// What the thread holds.
struct Sender {
    signal: Signal,
    transport: Box<dyn Transport>,
    resource: Resource,
    retry: Retry,
    /// The next pause, before jitter.
    pause: Duration,
    accounts: Accounts,
    queue: Arc<Queue>,
}

impl Sender {
    fn work(&mut self) {
        let queue = Arc::clone(&self.queue);
        while let Some(batch) = queue.next() {
            let records = batch.len();
            if catch_unwind(AssertUnwindSafe(|| self.send(batch))).is_err() {
                self.lose(records, Why::Broken("the transport panicked"));
            }
            queue.finished(records);
        }
    }

    /// Sends the batch until something has become of it.
    fn send(&mut self, batch: Vec<Item>) {
        let records = batch.len();
        let body = body(&self.resource, batch);
        let began = Instant::now();
        loop {
            match self.transport.send(self.signal, &body) {
                Answer::Taken { rejected, message } => {
                    self.recovered();
                    let rejected = rejected.min(records as u64);
                    self.accounts.sent(self.signal, records as u64 - rejected);
                    self.lose(rejected as usize, Why::Partial(&harmless(&message)));
                    return;
                }
                Answer::Refused { why } => {
                    self.recovered();
                    return self.lose(records, Why::Refused(&harmless(&why)));
                }
                Answer::Unavailable { why, retry_after } => {
                    self.queue.failing(true);
                    self.accounts.say(self.signal, Why::Unavailable(&harmless(&why)));
                    if self.queue.is_closed() || began.elapsed() >= self.retry.total {
                        return self.lose(records, Why::GivenUp);
                    }
                    self.wait(retry_after);
                }
            }
        }
    }

    fn recovered(&mut self) {
        self.pause = self.retry.first;
        self.queue.failing(false);
    }

    /// Waits before the next attempt: as long as the receiver says, or else longer each time, and not in step
    /// with other programs.
    fn wait(&mut self, retry_after: Option<Duration>) {
        let half = self.pause / 2;
        let pause = half + half.mul_f64(random());
        self.pause = (self.pause * 2).min(self.retry.longest);
        match retry_after {
            Some(wanted) => self.queue.pause(wanted.min(MAX_RETRY_AFTER).max(pause), false),
            None => self.queue.pause(pause, true),
        }
    }

    fn lose(&self, records: usize, why: Why<'_>) {
        self.accounts.lost(self.signal, records as u64, why);
    }
}

/// A number from 0 to 1. Each hasher has keys of its own.
fn random() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}

/// An `ExportTraceServiceRequest` or an `ExportLogsServiceRequest`: on the wire they differ in the records alone,
/// which are encoded already.
#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<OfResource>,
}

/// `ResourceSpans` or `ResourceLogs`.
#[derive(Clone, PartialEq, Message)]
struct OfResource {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scopes: Vec<OfScope>,
}

/// `ScopeSpans` or `ScopeLogs`.
#[derive(Clone, PartialEq, Message)]
struct OfScope {
    #[prost(message, optional, tag = "1")]
    scope: Option<InstrumentationScope>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    records: Vec<Vec<u8>>,
}

fn body(resource: &Resource, batch: Vec<Item>) -> Vec<u8> {
    let mut scopes: Vec<OfScope> = Vec::new();
    let mut places = HashMap::new();
    for item in batch {
        let place = *places.entry(item.scope).or_insert_with(|| {
            let scope = InstrumentationScope { name: item.scope.to_owned(), ..Default::default() };
            scopes.push(OfScope { scope: Some(scope), records: Vec::new() });
            scopes.len() - 1
        });
        scopes[place].records.push(item.bytes);
    }
    let resource = OfResource { resource: Some(resource.clone()), scopes };
    Request { resources: vec![resource] }.encode_to_vec()
}
