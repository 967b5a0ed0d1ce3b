//! The kinds of what is sent.

use std::fmt;

/// What is sent, each to a place of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// Spans: the body is an `ExportTraceServiceRequest`.
    Traces,
    /// Captured events: the body is an `ExportLogsServiceRequest`.
    Logs,
}

impl Signal {
    /// The name in lower case, as it stands in paths.
    pub const fn as_str(self) -> &'static str {
        match self {
            Signal::Traces => "traces",
            Signal::Logs => "logs",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
