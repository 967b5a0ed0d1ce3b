//! What is measured, and who does it.

use std::fmt;

/// One piece of work that every contender does in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A span around a call, while no library was told where its data goes.
    NothingInstalled,
    /// A span around a call, below a span that is active, recorded and received.
    SyncSpan,
    /// The same in a trace that the sampler has refused.
    Unsampled,
    /// The same where the filter lets no span of that level through.
    Disabled,
    /// One poll of a future that is not ready, in a hub or a context.
    PollInHub,
    /// The same in a span, and a hub where there are hubs.
    PollInSpan,
    /// A future with a span: create, poll, poll to the end, drop; recorded and received.
    FutureSpan,
    /// Clone a hub of five tags and ten breadcrumbs, and drop it.
    CloneHub,
    /// Clone a hub that holds so much, set one tag, and drop it.
    CloneAndTag { tags: u32, breadcrumbs: u32 },
    /// Run a closure in a clone of a hub of five tags and ten breadcrumbs.
    RunInHub,
    /// Capture a message in a hub of five tags and ten breadcrumbs; received.
    Event,
    /// One of a thousand tasks that run in clones of one hub, each of which sets a tag.
    FanOut,
    /// A span on one of two threads, which run in clones of one hub; recorded and received.
    TwoThreads,
    /// A request of eleven spans, with tags and breadcrumbs, of which four run at once.
    Request,
}

impl Work {
    /// All, in the order of the table. What needs that nothing is installed comes first.
    pub const ALL: [Work; 17] = [
        Work::NothingInstalled,
        Work::SyncSpan,
        Work::Unsampled,
        Work::Disabled,
        Work::PollInHub,
        Work::PollInSpan,
        Work::FutureSpan,
        Work::CloneHub,
        Work::CloneAndTag { tags: 1, breadcrumbs: 0 },
        Work::CloneAndTag { tags: 10, breadcrumbs: 0 },
        Work::CloneAndTag { tags: 100, breadcrumbs: 0 },
        Work::CloneAndTag { tags: 100, breadcrumbs: 100 },
        Work::RunInHub,
        Work::Event,
        Work::FanOut,
        Work::TwoThreads,
        Work::Request,
    ];

    /// How many operations one turn takes: some hundred microseconds up to some milliseconds.
    pub fn turn(self) -> u64 {
        match self {
            Work::SyncSpan | Work::Unsampled => 20_000,
            Work::FutureSpan => 8_000,
            Work::TwoThreads => 16_000,
            Work::Event => 400,
            Work::FanOut => 4_000,
            Work::Request => 40,
            Work::CloneHub | Work::CloneAndTag { .. } | Work::RunInHub => 5_000,
            Work::NothingInstalled | Work::Disabled | Work::PollInHub | Work::PollInSpan => 50_000,
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Work::NothingInstalled => f.write_str("nothing installed"),
            Work::SyncSpan => f.write_str("sync child span"),
            Work::Unsampled => f.write_str("span in an unsampled trace"),
            Work::Disabled => f.write_str("span that is filtered out"),
            Work::PollInHub => f.write_str("pending poll in a hub"),
            Work::PollInSpan => f.write_str("pending poll in a hub and a span"),
            Work::FutureSpan => f.write_str("span on a future"),
            Work::CloneHub => f.write_str("clone a hub"),
            Work::CloneAndTag { tags, breadcrumbs } => {
                write!(f, "clone and set a tag ({tags} tags, {breadcrumbs} breadcrumbs)")
            }
            Work::RunInHub => f.write_str("closure in a cloned hub"),
            Work::Event => f.write_str("captured event"),
            Work::FanOut => f.write_str("fan-out, a task"),
            Work::TwoThreads => f.write_str("two threads, a span"),
            Work::Request => f.write_str("request of eleven spans"),
        }
    }
}

/// Does a piece of work so many times, and says how many records must arrive for it.
pub type Turn = Box<dyn FnMut(u64) -> u64>;

/// A library, or none, that does the work.
pub trait Contender {
    /// What it is called in the table.
    fn name(&self) -> &'static str;

    /// Says where its data goes: a sink that counts what it receives, and drops it. What it does before
    /// that is `NothingInstalled`.
    fn install(&mut self) {}

    /// How it does `work`; `None` if it has no such thing.
    fn prepare(&self, work: Work) -> Option<Turn>;

    /// Waits until all that was recorded has arrived.
    fn drain(&self) {}

    /// How many records arrived since it was installed.
    fn received(&self) -> u64 {
        0
    }
}

/// How many spans are in one trace: less than what any of the peers would refuse.
pub const SPANS_OF_A_TRACE: u64 = 500;

/// Divides `n` operations among traces. `trace` runs so many operations in one, whose root is a record
/// too.
pub fn in_traces(n: u64, mut trace: impl FnMut(u64)) -> u64 {
    let traces = n.div_ceil(SPANS_OF_A_TRACE);
    for at in 0..traces {
        trace(SPANS_OF_A_TRACE.min(n - at * SPANS_OF_A_TRACE));
    }
    n + traces
}
