//! What receivers answer, in the messages of the protocol.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use super::Answer;
use crate::signal::Signal;

/// How much of what a receiver says is said on.
const MAX_WORDS: usize = 200;

/// The answer of a receiver that took a batch. One that cannot be read took it all the same.
pub(super) fn taken(signal: Signal, body: &[u8]) -> Answer {
    let partial = match signal {
        Signal::Traces => ExportTraceServiceResponse::decode(body)
            .ok()
            .and_then(|it| it.partial_success)
            .map(|it| (it.rejected_spans, it.error_message)),
        Signal::Logs => ExportLogsServiceResponse::decode(body)
            .ok()
            .and_then(|it| it.partial_success)
            .map(|it| (it.rejected_log_records, it.error_message)),
    };
    let (rejected, message) = partial.unwrap_or_default();
    Answer::Taken { rejected: u64::try_from(rejected).unwrap_or(0), message: harmless(&message) }
}

/// The `google.rpc.Status` in which a receiver says what is wrong.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// A `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// A `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// A `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl Status {
    /// How long the receiver wants to be left alone, if it says so.
    #[cfg_attr(not(feature = "grpc"), allow(dead_code))]
    pub(super) fn retry_after(&self) -> Option<std::time::Duration> {
        let info = self.details.iter().find(|it| it.type_url.ends_with("/google.rpc.RetryInfo"))?;
        let delay = RetryInfo::decode(&*info.value).ok()?.retry_delay.unwrap_or_default();
        let (seconds, nanos) = (u64::try_from(delay.seconds).ok()?, u32::try_from(delay.nanos).ok()?);
        // More nanoseconds than a second has are not the protocol's.
        (nanos < 1_000_000_000).then(|| std::time::Duration::new(seconds, nanos))
    }
}

/// Words of others as they may be shown on a terminal, which obeys some characters and writes others backwards.
pub(crate) fn harmless(words: &str) -> String {
    // The longest escape of a character that is only to be seen is that of a quotation mark.
    let acts = |it: char| it.is_control() || it.escape_debug().len() > 2;
    words.chars().take(MAX_WORDS).map(|it| if acts(it) { ' ' } else { it }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_do_nothing_to_a_terminal() {
        assert_eq!(harmless("a\u{1b}[31m\nb\u{202e}c\u{9b}é\"🦀"), "a [31m b c é\"🦀");
        assert_eq!(harmless(&"é".repeat(1000)).chars().count(), MAX_WORDS);
    }
}
