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
use crate::signal::Signal;
use crate::transport::{Answer, Transport, harmless};

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

    /// Has what waits sent now. What is returned waits for it, but not for long where the receiver is not reached.
    pub(crate) fn flush(&self) -> impl FnOnce() {
        let (queue, began, all) = (Arc::clone(&self.queue), Instant::now(), self.queue.flush());
        move || queue.flushed(all, began)
    }

    fn start(&self, transport: Box<dyn Transport>, retry: Retry, resource: Resource) {
        let mut sender = Sender {
            signal: self.signal,
            transport,
            resource,
            total: retry.total,
            pauses: Pauses::new(retry),
            is_failing: false,
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
    /// How long one batch is tried again.
    total: Duration,
    pauses: Pauses,
    /// The receiver did not take what it was sent last.
    is_failing: bool,
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
        // At the end nobody waits for a receiver that is not reached.
        if self.is_failing && self.queue.is_closed() {
            return self.lose(records, Why::GivenUp);
        }
        let body = body(&self.resource, batch);
        let began = Instant::now();
        loop {
            match self.transport.send(self.signal, &body) {
                Answer::Taken { rejected, message } => {
                    self.reached();
                    let rejected = rejected.min(records as u64);
                    self.accounts.sent(self.signal, records as u64 - rejected);
                    return self.lose(rejected as usize, Why::Partial(&harmless(&message)));
                }
                Answer::Refused { why } => {
                    self.reached();
                    return self.lose(records, Why::Refused(&harmless(&why)));
                }
                Answer::Unavailable { why, retry_after } => {
                    self.is_failing = true;
                    self.queue.failing(true);
                    self.accounts.say(self.signal, Why::Unavailable(&harmless(&why)));
                    if self.queue.is_closed() || began.elapsed() >= self.total {
                        return self.lose(records, Why::GivenUp);
                    }
                    self.wait(retry_after);
                }
            }
        }
    }

    fn reached(&mut self) {
        self.pauses.reset();
        self.is_failing = false;
        self.queue.failing(false);
    }

    /// Waits before the next attempt: for as long as the receiver says, which a flush does not end.
    fn wait(&mut self, retry_after: Option<Duration>) {
        let pause = self.pauses.next(random());
        match retry_after {
            Some(wanted) => self.queue.pause(wanted.min(MAX_RETRY_AFTER).max(pause), false),
            None => self.queue.pause(pause, true),
        }
    }

    fn lose(&self, records: usize, why: Why<'_>) {
        self.accounts.lost(self.signal, records as u64, why);
    }
}

/// Pauses that become longer, and are not in step with those of other programs.
struct Pauses {
    retry: Retry,
    /// The longest that the next one can be.
    next: Duration,
}

impl Pauses {
    fn new(retry: Retry) -> Self {
        Pauses { retry, next: retry.first }
    }

    fn reset(&mut self) {
        self.next = self.retry.first;
    }

    /// The next one: between half of the longest, at a jitter of 0, and all of it, at one of 1.
    fn next(&mut self, jitter: f64) -> Duration {
        let half = self.next / 2;
        self.next = self.next.saturating_mul(2).min(self.retry.longest);
        half + half.mul_f64(jitter)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_the_longest_and_begin_anew() {
        let seconds = Duration::from_secs;
        let mut pauses = Pauses::new(Retry { first: seconds(2), longest: seconds(10), total: seconds(60) });
        let longest: Vec<_> = (0..5).map(|_| pauses.next(1.0).as_secs()).collect();
        assert_eq!(longest, [2, 4, 8, 10, 10]);
        assert_eq!(pauses.next(0.0), seconds(5));
        pauses.reset();
        assert_eq!(pauses.next(0.5), Duration::from_millis(1500));
    }

    #[test]
    fn jitter_is_a_part_of_one_and_not_always_the_same() {
        let numbers: Vec<_> = (0..100).map(|_| random()).collect();
        assert!(numbers.iter().all(|it| (0.0..1.0).contains(it)));
        assert!(numbers.iter().any(|it| *it != numbers[0]));
    }
}
