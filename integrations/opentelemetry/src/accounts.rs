//! What became of what was to be sent.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::signal::Signal;

/// The accounts of a sink, which stay with the program when the sink goes to its thread. Its clones show the
/// same ones.
///
/// ```
/// let sink = isohub_opentelemetry::Otlp::new().build()?;
/// let accounts = sink.accounts();
/// assert_eq!(accounts.read().spans.taken, 0);
/// # Ok::<_, isohub_opentelemetry::InvalidConfig>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Accounts(Arc<[Account; 2]>);

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Spans, with the errors that are events of theirs.
    pub spans: Count,
    /// Log records.
    pub logs: Count,
}

/// What became of the records of one signal. Those of which nothing is known yet wait, or are under way:
/// `taken == sent + lost + waiting`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// Those that the sink was given.
    pub taken: u64,
    /// Those that the receiver took.
    pub sent: u64,
    /// Those that are lost: refused by the receiver, not sent for too long, or too many.
    pub lost: u64,
}

#[derive(Debug, Default)]
struct Account {
    taken: AtomicU64,
    sent: AtomicU64,
    lost: AtomicU64,
    said: [AtomicBool; 6],
}

impl Accounts {
    /// What was counted so far.
    pub fn read(&self) -> Counts {
        let read = |signal| {
            let account = self.of(signal);
            let count = |count: &AtomicU64| count.load(Ordering::Acquire);
            // What ends is read before what begins.
            let (sent, lost) = (count(&account.sent), count(&account.lost));
            Count { taken: count(&account.taken), sent, lost }
        };
        Counts { spans: read(Signal::Traces), logs: read(Signal::Logs) }
    }

    fn of(&self, signal: Signal) -> &Account {
        &self.0[signal as usize]
    }

    pub(crate) fn taken(&self, signal: Signal) {
        self.of(signal).taken.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn sent(&self, signal: Signal, records: u64) {
        self.of(signal).sent.fetch_add(records, Ordering::Release);
    }

    /// Counts what was lost, and says so the first time that it is for this reason.
    pub(crate) fn lost(&self, signal: Signal, records: u64, why: Why<'_>) {
        self.of(signal).lost.fetch_add(records, Ordering::Release);
        if records > 0 {
            self.say(signal, why);
        }
    }

    /// Says what is wrong, once a reason.
    pub(crate) fn say(&self, signal: Signal, why: Why<'_>) {
        if !self.of(signal).said[why.number()].swap(true, Ordering::Relaxed) {
            // At once, so that nothing comes between; and unlike `eprintln!`, this does not panic where there is no
            // standard error.
            let line =
                format!("isohub: otlp: {signal}: {why}; this is not said again, `accounts()` counts on\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }
}

/// Why something was lost, or will be. The texts have been made harmless for terminals.
#[derive(Clone, Copy)]
pub(crate) enum Why<'a> {
    /// The receiver does not take it now; it is tried again.
    Unavailable(&'a str),
    /// It was tried for as long as one tries.
    GivenUp,
    Refused(&'a str),
    /// The receiver took the batch but for some of it; its reason.
    Partial(&'a str),
    Overflow,
    Broken(&'a str),
}

impl Why<'_> {
    fn number(self) -> usize {
        match self {
            Why::Unavailable(_) => 0,
            Why::GivenUp => 1,
            Why::Refused(_) => 2,
            Why::Partial(_) => 3,
            Why::Overflow => 4,
            Why::Broken(_) => 5,
        }
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Unavailable(why) => write!(f, "{why}; it is tried again for a while"),
            Why::GivenUp => f.write_str("the receiver takes nothing for too long, so data is lost"),
            Why::Refused(why) => write!(f, "{why}, so data is lost"),
            Why::Partial(why) => write!(f, "the receiver took a part of what it was sent: {why}"),
            Why::Overflow => f.write_str("data comes faster than it can be sent, so some of it is lost"),
            Why::Broken(why) => write!(f, "{why}, so data is lost"),
        }
    }
}
