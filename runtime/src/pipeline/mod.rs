//! Where records go: a pipeline has sinks, a sampler, a filter, and its own accounts.
//!
//! A hub carries a [`PipelineRef`], so that several pipelines live side by side in one process: the
//! global one of `init()`, and one for each recorder.

mod init;
mod stats;

pub use init::{Guard, Init, InstallError, init};
pub(crate) use init::{Kind, LAST_FLUSH, open};
pub use stats::{SinkStats, Stats, stats};

use std::fmt;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::command::Command;
use crate::engine;
use crate::pipeline_ref::PipelineRef;

/// Why a flush did not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushError {
    /// The time was over; what was recorded is still on its way.
    TimedOut,
    /// There is no pipeline to flush: none was installed, it has stopped, or this process is a
    /// forked child of the one that installed it.
    Stopped,
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FlushError::TimedOut => "the flush took longer than it was given",
            FlushError::Stopped => "no pipeline runs in this process: install one with `isohub::init()`",
        })
    }
}

impl std::error::Error for FlushError {}

/// Waits until all that was recorded before has reached the sinks of the current hub's pipeline, and
/// they have sent it on; at most `timeout`.
///
/// Blocks the calling thread: in async code, call it where blocking is allowed.
///
/// # Errors
/// [`FlushError::Stopped`], at once, where there is no pipeline; [`FlushError::TimedOut`].
///
/// ```
/// use std::time::Duration;
/// assert_eq!(isohub::flush(Duration::from_secs(1)), Err(isohub::FlushError::Stopped));
/// ```
pub fn flush(timeout: Duration) -> Result<(), FlushError> {
    crate::current::pipeline().flush(timeout)
}

impl PipelineRef {
    pub(crate) fn flush(self, timeout: Duration) -> Result<(), FlushError> {
        self.flush_all(timeout, false)
    }

    /// Flushes; at the `end` also the traces of which some spans are still to come.
    pub(crate) fn flush_all(self, timeout: Duration, end: bool) -> Result<(), FlushError> {
        // A build that does not record has nothing to wait for, installed or not.
        if !crate::ENABLED {
            return Ok(());
        }
        if engine::leave_after_fork() || self.live().is_none() {
            return Err(FlushError::Stopped);
        }
        let Some(engine) = engine::engine() else { return Err(FlushError::Stopped) };
        // None is later than any time that a clock can show.
        let deadline = Instant::now().checked_add(timeout);
        let (done, collected) = mpsc::sync_channel(1);
        engine.send(Command::Flush { pipeline: self, end, done });
        let late = |_| FlushError::TimedOut;
        // The collector answers with what each sink will answer on when it has flushed.
        let sinks = collected.recv_timeout(timeout).map_err(late)?;
        for sink in sinks {
            let left = deadline.map_or(timeout, |it| it.saturating_duration_since(Instant::now()));
            match sink.recv_timeout(left) {
                // A sink that was given up answers no more.
                Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => {}
                Err(error @ mpsc::RecvTimeoutError::Timeout) => return Err(late(error)),
            }
        }
        Ok(())
    }
}

/// Closes a scoped pipeline. What was not yet handed to its sinks is gone.
pub(crate) fn close(pipeline: PipelineRef) {
    // In a forked child, what a thread of the parent had locked stays so.
    if engine::leave_after_fork() {
        return;
    }
    if let Some(engine) = engine::engine() {
        engine.slots.close(pipeline);
        engine.send(Command::Close(pipeline));
    }
}
