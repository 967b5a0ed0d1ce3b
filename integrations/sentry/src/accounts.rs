//! What became of what was to be sent.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The accounts of a sink, and of its [`HttpTransport`](crate::HttpTransport) if it has one. Its clones show
/// the same ones.
#[derive(Clone, Debug, Default)]
pub struct Accounts(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    made: AtomicU64,
    sent: AtomicU64,
    lost: AtomicU64,
    cut_spans: AtomicU64,
    cut_attachments: AtomicU64,
    said: [AtomicBool; 5],
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Events and transactions that were made.
    pub made: u64,
    /// Events and transactions that the receiver took; counted by an [`HttpTransport`](crate::HttpTransport)
    /// alone.
    pub sent: u64,
    /// Events and transactions that were lost: too large, refused, or not sent in time. What a transport
    /// of another kind loses, it tells Sentry alone.
    pub lost: u64,
    /// Spans that were left out of transactions that were too large.
    pub cut_spans: u64,
    /// Attachments that were left out of events because they were too large.
    pub cut_attachments: u64,
}

impl Accounts {
    /// What was counted so far. Once nothing is under way, `made == sent + lost`.
    pub fn read(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Acquire);
        // What ends is read before what begins.
        let (sent, lost) = (read(&self.0.sent), read(&self.0.lost));
        Counts {
            made: read(&self.0.made),
            sent,
            lost,
            cut_spans: read(&self.0.cut_spans),
            cut_attachments: read(&self.0.cut_attachments),
        }
    }

    pub(crate) fn made(&self) {
        self.0.made.fetch_add(1, Ordering::Release);
    }

    #[cfg(feature = "http")]
    pub(crate) fn sent(&self, items: u64) {
        self.0.sent.fetch_add(items, Ordering::Release);
    }

    /// Counts what was lost, and says so the first time that it is for this reason.
    pub(crate) fn lost(&self, items: u64, why: Why<'_>) {
        self.0.lost.fetch_add(items, Ordering::Release);
        if items > 0 {
            self.say(why);
        }
    }

    pub(crate) fn cut(&self, spans: u64, attachments: u64) {
        self.0.cut_spans.fetch_add(spans, Ordering::Release);
        self.0.cut_attachments.fetch_add(attachments, Ordering::Release);
        if spans + attachments > 0 {
            self.say(Why::TooLarge);
        }
    }

    fn say(&self, why: Why<'_>) {
        if !self.0.said[why.number()].swap(true, Ordering::Relaxed) {
            // Unlike `eprintln!`, this does not panic where there is no standard error.
            let _ = writeln!(std::io::stderr(), "isohub: sentry: {why}; it is counted, and not said again");
        }
    }
}

/// Why something was lost.
#[cfg_attr(not(feature = "http"), allow(dead_code))]
#[derive(Clone, Copy)]
pub(crate) enum Why<'a> {
    TooLarge,
    Panicked,
    /// The receiver was not reached.
    Unreached(&'a dyn fmt::Display),
    /// It answered so.
    Refused(u16),
    /// More was waiting than finds room.
    Overflow,
}

impl Why<'_> {
    fn number(self) -> usize {
        match self {
            Why::TooLarge => 0,
            Why::Panicked => 1,
            Why::Unreached(_) => 2,
            Why::Refused(_) => 3,
            Why::Overflow => 4,
        }
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::TooLarge => f.write_str("something is larger than Sentry takes, so a part of it is lost"),
            Why::Panicked => f.write_str("a function of the client's options panicked, so an event is lost"),
            Why::Unreached(why) => write!(f, "the receiver cannot be reached, so data is lost: {why}"),
            Why::Refused(status) => write!(f, "the receiver answered {status}, so data is lost"),
            Why::Overflow => f.write_str("data comes faster than it can be sent, so some of it is lost"),
        }
    }
}
