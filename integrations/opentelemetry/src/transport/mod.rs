//! The ways to a receiver.

mod answer;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "http")]
mod http;

use std::time::Duration;

pub(crate) use self::answer::harmless;
use crate::error::InvalidConfig;
use crate::settings::Settings;
use crate::signal::Signal;

/// How a batch is brought to a receiver. Given to [`Otlp::transport`](crate::Otlp::transport) in place of those
/// of this crate.
///
/// ```
/// use isohub_opentelemetry::{Answer, Otlp, Signal, Transport};
///
/// #[derive(Clone)]
/// struct ToFile;
///
/// impl Transport for ToFile {
///     fn send(&mut self, signal: Signal, body: &[u8]) -> Answer {
///         match std::fs::write(format!("last.{signal}"), body) {
///             Ok(()) => Answer::Taken { rejected: 0, message: String::new() },
///             Err(error) => Answer::Refused { why: error.to_string() },
///         }
///     }
/// }
///
/// let _isohub = isohub::init().sink(Otlp::new().transport(ToFile).build()?).install();
/// # Ok::<_, isohub_opentelemetry::InvalidConfig>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a transport",
    label = "not a transport",
    note = "implement `isohub_opentelemetry::Transport`; without `.transport(..)`, `.protocol(..)` says which is used"
)]
pub trait Transport: Send + 'static {
    /// Sends the encoded message once. It may block: each signal has a thread of its own. What is to be sent
    /// again has the same bytes.
    fn send(&mut self, signal: Signal, body: &[u8]) -> Answer;
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The receiver took it.
    Taken {
        /// But for so many records, which are lost.
        rejected: u64,
        /// What the receiver says about that; empty unless something is wrong.
        message: String,
    },
    /// It is not to be sent again.
    Refused {
        /// In words, without secrets.
        why: String,
    },
    /// It may be sent again later.
    Unavailable {
        /// In words, without secrets.
        why: String,
        /// How long the receiver wants to be left alone.
        retry_after: Option<Duration>,
    },
}

/// The transport of these settings.
pub(crate) fn open(settings: &Settings) -> Result<Box<dyn Transport>, InvalidConfig> {
    match settings.protocol {
        #[cfg(feature = "http")]
        crate::Protocol::HttpProtobuf => Ok(Box::new(http::Http::new(settings)?)),
        #[cfg(feature = "grpc")]
        crate::Protocol::Grpc => Ok(Box::new(grpc::Grpc::new(settings)?)),
        #[allow(unreachable_patterns)]
        protocol => Err(InvalidConfig::new(format!(
            "this build has no transport for {protocol}: add the feature `{}` of isohub-opentelemetry",
            protocol.feature()
        ))),
    }
}
