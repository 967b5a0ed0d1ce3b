//! Records in the words of OpenTelemetry.

mod attributes;
mod log;
mod resource;
mod span;

pub(crate) use self::log::{log_record, span_event};
pub(crate) use self::resource::{detected, resource};
pub(crate) use self::span::span;

use std::time::SystemTime;

/// Nanoseconds since 1970; what is before is 1970.
fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
