//! The queue of a sink, as those see it who hand records over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};

use crate::sink::{Batch, SinkAccount};

/// Records that wait for a sink at most; what comes when there are so many is lost for it.
const QUEUE: u64 = 262_144;

/// What its thread has to do, and where it counts it.
pub(super) struct Inbox {
    pub(super) jobs: Receiver<Job>,
    pub(super) waiting: Arc<AtomicU64>,
    pub(super) account: Arc<SinkAccount>,
}

pub(super) enum Job {
    Batch(Arc<Batch>),
    Flush(SyncSender<()>),
}

/// A sink at work on a thread of its own.
pub(crate) struct Worker {
    jobs: Sender<Job>,
    waiting: Arc<AtomicU64>,
    account: Arc<SinkAccount>,
}

impl Worker {
    /// For the sink of this account, and what is to be done by its thread.
    pub(super) fn new(account: SinkAccount) -> (Self, Inbox) {
        let account = Arc::new(account);
        let waiting = Arc::new(AtomicU64::new(0));
        let (jobs, received) = channel();
        let inbox = Inbox { jobs: received, waiting: Arc::clone(&waiting), account: Arc::clone(&account) };
        (Worker { jobs, waiting, account }, inbox)
    }

    pub(crate) fn account(&self) -> Arc<SinkAccount> {
        Arc::clone(&self.account)
    }

    /// Hands a batch over, or counts it as lost. Never waits.
    pub(crate) fn send(&self, batch: &Arc<Batch>) {
        let weight = batch.weight();
        if self.waiting.load(Ordering::Relaxed) + weight > QUEUE {
            self.account.lose(batch);
            return;
        }
        self.waiting.fetch_add(weight, Ordering::Relaxed);
        // The worker lives as long as this sender.
        let _ = self.jobs.send(Job::Batch(Arc::clone(batch)));
    }

    /// Has the sink flush, and says so on `done`.
    pub(crate) fn flush(&self, done: SyncSender<()>) {
        let _ = self.jobs.send(Job::Flush(done));
    }
}
