//! The thread of a sink.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};

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
    pub(crate) wants_traces: bool,
}

impl Worker {
    pub(crate) fn spawn(sink: Box<dyn Sink>) -> io::Result<Self> {
        let account = Arc::new(SinkAccount { name: sink.name().to_owned(), ..SinkAccount::default() });
        let waiting = Arc::new(AtomicU64::new(0));
        let wants_traces = sink.wants_traces();
        let (jobs, inbox) = channel();
        let (its_account, its_waiting) = (Arc::clone(&account), Arc::clone(&waiting));
        std::thread::Builder::new()
            .name(format!("isohub-{}", account.name))
            .spawn(move || current::suppressed(|| work(sink, &inbox, &its_waiting, &its_account)))?;
        Ok(Worker { jobs, waiting, account, wants_traces })
    }

    pub(crate) fn account(&self) -> Arc<SinkAccount> {
        Arc::clone(&self.account)
    }

    /// Hands a batch over, or counts it as lost. Never waits.
    pub(crate) fn send(&self, batch: &Arc<Batch>) {
        let size = batch.size();
        if self.waiting.load(Ordering::Relaxed) + size > QUEUE {
            self.account.lost.fetch_add(size, Ordering::Relaxed);
            return;
        }
        self.waiting.fetch_add(size, Ordering::Relaxed);
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
                let received =
                    !is_given_up && catch_unwind(AssertUnwindSafe(|| sink.receive(&batch))).is_ok();
                waiting.fetch_sub(size, Ordering::Relaxed);
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
                if !is_given_up && catch_unwind(AssertUnwindSafe(|| sink.flush())).is_err() {
                    account.panics.fetch_add(1, Ordering::Relaxed);
                }
                let _ = done.send(());
            }
        }
    }
    // A sink whose destructor panics has lost nothing that another would have kept.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(sink)));
}
