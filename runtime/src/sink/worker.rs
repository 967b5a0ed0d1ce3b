//! The queue of a sink, as those see it who hand records over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};

use crate::sink::{Batch, SinkAccount};

/// Records that wait for a sink at most, unless they came as one batch to an empty queue; what comes when there are so
/// many is lost for it.
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
        let (weight, waiting) = (batch.weight(), self.waiting.load(Ordering::Relaxed));
        // A sink that keeps up gets every trace, however large: the batch is in memory already.
        if waiting > 0 && waiting + weight > QUEUE {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Event;

    fn batch(records: u64) -> Arc<Batch> {
        let event = Arc::new(Event::message(""));
        Arc::new(Batch { events: vec![event; records as usize], ..Batch::default() })
    }

    #[test]
    fn an_empty_queue_takes_a_batch_of_any_size() {
        let (worker, inbox) = Worker::new(SinkAccount::default());
        let lost = || inbox.account.lost.load(Ordering::Relaxed);
        worker.send(&batch(QUEUE + 1));
        assert_eq!((inbox.jobs.try_iter().count(), lost()), (1, 0));
        worker.send(&batch(1)); // The first is still worked at.
        assert_eq!((inbox.jobs.try_iter().count(), lost()), (0, 1));
    }

    #[test]
    fn what_waits_is_bounded() {
        let (worker, inbox) = Worker::new(SinkAccount::default());
        for records in [QUEUE - 1, 1, 1, 2] {
            worker.send(&batch(records));
        }
        assert_eq!((inbox.jobs.try_iter().count(), inbox.account.lost.load(Ordering::Relaxed)), (2, 3));
    }
}
