//! The way to Sentry by HTTP.
//!
//! The transports of the `sentry` crate lose the trace header of envelopes, and cannot write all that the
//! protocol has. Its rate limits and client reports are kept.

mod body;
mod queue;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use isohub::Hub;
use sentry::transports::{RateLimiter, RateLimitingCategory};
use sentry_core::client_report::{Reason, Recorder};
use sentry_core::protocol::{Envelope, EnvelopeFilterCallbacks, EnvelopeItem, ItemContainer};
use sentry_core::types::Scheme;
use sentry_core::{Transport, TransportFactory, TransportOptions};
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::{Agent, Proxy};

use self::queue::Queue;
use crate::accounts::{Accounts, Why};

/// How long connecting, and all of a request, may take.
const CONNECT: Duration = Duration::from_secs(5);
const REQUEST: Duration = Duration::from_secs(15);

/// How long it waits before it tries again to reach the receiver.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// Envelopes that wait at most, unless the client's options say otherwise.
const CAPACITY: usize = 64;

/// How much of an answer is read: all of it, so that the connection can be used again, but no flood.
const MAX_ANSWER: u64 = 64 * 1024;

/// A transport for a `sentry_core::Client` that writes all that isohub knows, and counts what becomes of it.
///
/// [`Sentry::new`](crate::Sentry::new) uses it by itself. It keeps rate limits, connects again where a connection
/// failed (then an event may arrive twice, under the same id), follows no redirections, and uses no proxy but
/// that of the client's options. Its thread ends with the client, and holds up nobody who drops it.
///
/// ```
/// use std::sync::Arc;
/// let transport = isohub_sentry::HttpTransport::new();
/// let accounts = transport.accounts();
/// let options = sentry_core::ClientOptions::new().transport(transport);
/// let sentry = isohub_sentry::Sentry::of(Arc::new(sentry_core::Client::from(options)));
/// assert_eq!(accounts.read().lost, 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct HttpTransport {
    accounts: Accounts,
}

impl HttpTransport {
    /// One that has sent nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of what it is given.
    pub fn accounts(&self) -> Accounts {
        self.accounts.clone()
    }
}

impl TransportFactory for HttpTransport {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let losses =
            Losses { accounts: self.accounts.clone(), recorder: options.client_report_recorder.clone() };
        let capacity = options.transport_channel_capacity.map_or(CAPACITY, |capacity| capacity.get());
        let queue = Arc::new(Queue::new(capacity));
        let sender = Sender {
            agent: agent(&options),
            url: options.dsn.envelope_api_url().to_string(),
            auth: options.dsn.to_auth(Some(&options.user_agent)).to_string(),
            limits: RateLimiter::new(),
            losses: losses.clone(),
            is_reachable: true,
            queue: Arc::clone(&queue),
        };
        // What a library that sends is instrumented with would be sent again.
        let mut hub = Hub::base().unrecorded();
        let thread = thread::Builder::new().name("isohub-sentry-http".to_owned());
        if let Err(error) = thread.spawn(move || hub.run(|| sender.work())) {
            losses.accounts.lost(0, Why::Unreached(&error));
            queue.close();
        }
        Arc::new(Handle { queue, losses })
    }
}

/// What a client holds.
struct Handle {
    queue: Arc<Queue>,
    losses: Losses,
}

impl Transport for Handle {
    fn send_envelope(&self, envelope: Envelope) {
        if let Some(envelope) = self.queue.push(envelope) {
            self.losses.add(&envelope, Some(Reason::QueueOverflow), Why::Overflow);
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.queue.wait(timeout)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[derive(Clone)]
struct Losses {
    accounts: Accounts,
    recorder: Recorder,
}

impl Losses {
    /// Counts what is lost with `envelope`, and unless the receiver knows it, tells the next one that is sent.
    fn add(&self, envelope: &Envelope, reason: Option<Reason>, why: Why<'_>) {
        if let Some(reason) = reason {
            self.recorder.record_lost_data(envelope, reason);
        }
        self.accounts.lost(counted(envelope), why);
    }
}

/// How many events and transactions it holds.
fn counted(envelope: &Envelope) -> u64 {
    envelope.items().filter(|item| is_counted(item)).count() as u64
}

fn is_counted(item: &EnvelopeItem) -> bool {
    matches!(item, EnvelopeItem::Event(_) | EnvelopeItem::Transaction(_))
}

/// What its thread holds.
struct Sender {
    agent: Agent,
    url: String,
    auth: String,
    limits: RateLimiter,
    losses: Losses,
    /// Whether the last envelope reached the receiver; if not, nobody waits for it.
    is_reachable: bool,
    queue: Arc<Queue>,
}

impl Sender {
    fn work(mut self) {
        let queue = Arc::clone(&self.queue);
        while let Some(envelope) = queue.pop() {
            // Nothing here panics; should it, the others still go on.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                if let Some(envelope) = self.within_limits(envelope) {
                    self.send(envelope);
                }
            }));
            queue.finished();
        }
    }

    /// What of the envelope the receiver takes at this time.
    fn within_limits(&self, envelope: Envelope) -> Option<Envelope> {
        let headers = envelope.headers().clone();
        let callbacks = EnvelopeFilterCallbacks::new(
            |item: &EnvelopeItem| self.limits.is_enabled(category(item)),
            |item| {
                let lost = u64::from(is_counted(&item));
                self.losses.recorder.record_lost_data(&item, Reason::RatelimitBackoff);
                self.losses.accounts.lost(lost, Why::Refused(429));
            },
        );
        // What is filtered has new headers.
        Some(envelope.filter(callbacks)?.with_headers(headers))
    }

    fn send(&mut self, envelope: Envelope) {
        let Some(body) = body::of(&envelope) else {
            self.losses.add(&envelope, Some(Reason::InternalError), Why::TooLarge);
            return;
        };
        match self.post(&body) {
            Ok(200..300) => self.losses.accounts.sent(counted(&envelope)),
            // The receiver counts what it refuses so.
            Ok(429) => self.losses.add(&envelope, None, Why::Refused(429)),
            Ok(status) => self.losses.add(&envelope, Some(Reason::SendError), Why::Refused(status)),
            Err(error) => self.losses.add(&envelope, Some(Reason::NetworkError), Why::Unreached(&error)),
        }
    }

    /// The status of the answer, or why there is none after all attempts.
    fn post(&mut self, body: &[u8]) -> Result<u16, ureq::Error> {
        let mut pauses = PAUSES.iter();
        loop {
            match self.try_post(body) {
                Ok(status) => {
                    self.is_reachable = true;
                    return Ok(status);
                }
                Err(error) => match pauses.next().filter(|_| self.is_reachable) {
                    Some(pause) if !self.queue.is_closed() => thread::sleep(*pause),
                    _ => {
                        self.is_reachable = false;
                        return Err(error);
                    }
                },
            }
        }
    }

    fn try_post(&mut self, body: &[u8]) -> Result<u16, ureq::Error> {
        let request = self.agent.post(&self.url).header("X-Sentry-Auth", &self.auth);
        let mut answer = request.content_type("application/x-sentry-envelope").send(body)?;
        let status = answer.status().as_u16();
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        if let Some(limits) = header("x-sentry-rate-limits") {
            self.limits.update_from_sentry_header(limits);
        } else if let Some(seconds) = header("retry-after") {
            self.limits.update_from_retry_after(seconds);
        } else if status == 429 {
            self.limits.update_from_429();
        }
        // The status says all; what is wrong with the rest of the answer changes nothing.
        let _ = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        Ok(status)
    }
}

fn agent(options: &TransportOptions) -> Agent {
    let proxy = match options.dsn.scheme() {
        Scheme::Https => options.https_proxy.as_ref().or(options.http_proxy.as_ref()),
        Scheme::Http => options.http_proxy.as_ref(),
    };
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .disable_verification(options.accept_invalid_certs)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        // Not that of the environment: nothing is sent to a host that the program did not name.
        .proxy(proxy.and_then(|proxy| Proxy::new(proxy).ok()))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(REQUEST))
        .build()
        .new_agent()
}

/// The name under which rate limits speak of an item.
fn category(item: &EnvelopeItem) -> RateLimitingCategory {
    match item {
        EnvelopeItem::Event(_) => RateLimitingCategory::Error,
        EnvelopeItem::Transaction(_) => RateLimitingCategory::Transaction,
        EnvelopeItem::Attachment(_) => RateLimitingCategory::Attachment,
        EnvelopeItem::SessionUpdate(_) | EnvelopeItem::SessionAggregates(_) => RateLimitingCategory::Session,
        EnvelopeItem::ItemContainer(ItemContainer::Logs(_)) => RateLimitingCategory::LogItem,
        EnvelopeItem::ItemContainer(ItemContainer::Metrics(_)) => RateLimitingCategory::TraceMetric,
        _ => RateLimitingCategory::Any,
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("accounts", &self.losses.accounts).finish_non_exhaustive()
    }
}
