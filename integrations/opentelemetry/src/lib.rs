//! A sink that sends isohub's traces and events to any receiver of
//! [OTLP](https://opentelemetry.io/docs/specs/otlp/), the protocol of OpenTelemetry: a collector, Jaeger, Tempo, or a vendor.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Where to, says the environment, such as `OTEL_EXPORTER_OTLP_ENDPOINT`; or else http://localhost:4318.
//! let otlp = isohub_opentelemetry::Otlp::new().service_name("shop").build()?;
//! let _isohub = isohub::init().sink(otlp).release("shop@1.2.3").install()?;
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `bridge`, which is not on by default, spans that libraries make by the crate `opentelemetry` are spans of isohub, and
//! its context goes with units: module `bridge`.
//!
//! # What becomes what
//!
//! | isohub | OpenTelemetry |
//! | --- | --- |
//! | a span | a span, of the same ids, kind, times, links and events; the module is its instrumentation scope |
//! | attributes | attributes of the same type; integers that do not fit are text |
//! | outcome error, panicked | status `Error`, with the message that `err` recorded, or `panicked` |
//! | outcome ok, cancelled | no status; `isohub.outcome` says what was cancelled, or panicked |
//! | tags and user of a unit | attributes of the unit's span: the tag's name, `user.id`, `user.name`, `user.email`, `client.address`, `user.*` |
//! | breadcrumbs of a unit | events of the unit's span, if it failed |
//! | a captured error | an event `exception` of the span in which it was captured, with the scope of its unit |
//! | any other event, and errors outside of spans that are recorded | a log record with trace and span id, and the scope of its unit |
//! | release, environment, server name | `service.version` (of `name@version` also `service.name`), `deployment.environment.name`, `host.name` |
//!
//! What an attribute says goes before a tag of the same name. Nothing is sent twice. An error waits for the end of its
//! span; where that has not come after 30 s, or at a flush, it is a log record of the span. Where `OTEL_LOGS_EXPORTER`
//! is `none`, every event that has a span becomes an event of it, and the others are not sent.
//!
//! # The environment
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT`, `_PROTOCOL` (`http/protobuf`, `grpc`), `_HEADERS`, `_TIMEOUT`, `_COMPRESSION` (`gzip`,
//! `none`), `_CERTIFICATE`, `_CLIENT_CERTIFICATE`, `_CLIENT_KEY`, `_INSECURE`, each also for one signal, such as
//! `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`; `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_EXPORTER`,
//! `OTEL_LOGS_EXPORTER`, `OTEL_SDK_DISABLED`; `OTEL_BSP_SCHEDULE_DELAY`, `_MAX_QUEUE_SIZE`, `_MAX_EXPORT_BATCH_SIZE`, and
//! the same of `OTEL_BLRP`. What the program says goes before all of them. A value that cannot be used is an error of
//! [`Otlp::build`], which says what to write.
//!
//! # When the receiver does not take it
//!
//! What the protocol allows to be tried again is, with the same bytes: after `Retry-After` or `RetryInfo`, or else after
//! pauses that double, for a minute. Meanwhile 16,384 records of each signal wait; what then comes is lost. The program
//! never waits. What is lost is counted in [`Accounts`], and said once for each reason on the standard error. A flush
//! waits half a second for a receiver that is known not to be reached, and ends; what is not sent then is tried again for as long as
//! the program runs.
//!
//! Values of headers are shown nowhere. Redirections are not followed and proxies not used: nothing is sent to a host that
//! was not named.
//!
//! # Limits
//!
//! The `tracestate` with which a trace came is on its first span in this process alone; so is the flag that its id is random.
//! Files attached to events are not sent.

// Then nobody asks where to send, and how.
#![cfg_attr(not(any(feature = "http", feature = "grpc")), allow(dead_code))]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod accounts;
#[cfg(feature = "bridge")]
pub mod bridge;
mod environment;
mod error;
mod exporter;
mod held;
mod otlp;
mod queue;
mod settings;
mod signal;
mod sink;
mod transport;
mod words;

pub use accounts::{Accounts, Count, Counts};
pub use error::InvalidConfig;
pub use otlp::Otlp;
pub use settings::{Compression, Protocol};
pub use signal::Signal;
pub use sink::OtlpSink;
pub use transport::{Answer, Transport};
