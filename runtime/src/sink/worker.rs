//! The thread of a sink.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};

use crate::caught::caught;
use crate::current;
use crate::sink::{Batch, Sink};

/// Records that wait for a sink at most; what comes when there are so many is lost for it.
const QUEUE: u64 = 262_144;

/// Panics in a row after which a sink is sent nothing more.
const PATIENCE: u32 = 3;

/// The accounts of a sink while it works.
#[derive(Debug, Default)]
pub(crate) struct SinkAccount {
    pub(crate) name: String,
    pub(crate) received: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) panics: AtomicU64,
}

enum Job {
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
    pub(crate) fn spawn(sink: Box<dyn Sink>) -> io::Result<Self> {
        let account = Arc::new(SinkAccount { name: sink.name().to_owned(), ..SinkAccount::default() });
        let waiting = Arc::new(AtomicU64::new(0));
        let (jobs, inbox) = channel();
        let (its_account, its_waiting) = (Arc::clone(&account), Arc::clone(&waiting));
        std::thread::Builder::new()
            // A thread is refused a name with a NUL.
            .name(format!("isohub-{}", account.name).replace('\0', "_"))
            .spawn(move || current::unrecorded(|| work(sink, &inbox, &its_waiting, &its_account)))?;
        Ok(Worker { jobs, waiting, account })
    }

    pub(crate) fn account(&self) -> Arc<SinkAccount> {
        Arc::clone(&self.account)
    }

    /// Hands a batch over, or counts it as lost. Never waits.
    pub(crate) fn send(&self, batch: &Arc<Batch>) {
        let weight = batch.weight();
        if self.waiting.load(Ordering::Relaxed) + weight > QUEUE {
            self.account.lost.fetch_add(batch.size(), Ordering::Relaxed);
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

/// Does what comes, until the pipeline is closed.
fn work(mut sink: Box<dyn Sink>, inbox: &Receiver<Job>, waiting: &AtomicU64, account: &SinkAccount) {
    let mut panics_in_a_row = 0;
    for job in inbox {
        let is_given_up = panics_in_a_row >= PATIENCE;
        match job {
            Job::Batch(batch) => {
                let size = batch.size();
                let received = !is_given_up && caught(|| sink.receive(&batch)).is_some();
                waiting.fetch_sub(batch.weight(), Ordering::Relaxed);
                if received {
                    panics_in_a_row = 0;
                    account.received.fetch_add(size, Ordering::Relaxed);
                } else {
                    account.lost.fetch_add(size, Ordering::Relaxed);
                    if !is_given_up {
                        panics_in_a_row += 1;
                        account.panics.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            Job::Flush(done) => {
                if !is_given_up && caught(|| sink.flush()).is_none() {
                    account.panics.fetch_add(1, Ordering::Relaxed);
                }
                let _ = done.send(());
            }
        }
    }
    // A sink whose destructor panics has lost nothing that another would have kept.
    let _ = caught(|| drop(sink));
}
