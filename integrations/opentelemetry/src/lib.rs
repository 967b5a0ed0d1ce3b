//! A sink that sends isohub's traces and events to any receiver of [OTLP](https://opentelemetry.io/docs/specs/otlp/),
//! OpenTelemetry's protocol.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod accounts;
mod environment;
mod error;
mod exporter;
mod held;
mod otlp;
mod queue;
mod settings;
mod sink;
mod transport;
mod words;

pub use accounts::{Accounts, Count, Counts};
pub use error::InvalidConfig;
pub use otlp::Otlp;
pub use settings::{Compression, Protocol};
pub use sink::OtlpSink;
pub use transport::{Answer, Signal, Transport};
