//! The thread of a sink.

use std::io;
use std::sync::atomic::Ordering;

use super::worker::{Inbox, Job, Worker};
use crate::caught::caught;
use crate::parked;
use crate::sink::Sink;

/// Panics in a row after which a sink is sent nothing more.
const PATIENCE: u32 = 3;

/// Puts a sink to work on a thread of its own.
///
/// # Errors
/// No thread was to be had for it.
pub(crate) fn spawn(sink: Box<dyn Sink>) -> io::Result<Worker> {
    let (worker, inbox) = Worker::new(sink.name());
    std::thread::Builder::new()
        // A thread is refused a name with a NUL.
        .name(format!("isohub-{}", sink.name()).replace('\0', "_"))
        .spawn(move || parked::unrecorded(|| work(sink, &inbox)))?;
    Ok(worker)
}

/// Does what comes, until the pipeline is closed.
fn work(mut sink: Box<dyn Sink>, inbox: &Inbox) {
    let Inbox { jobs, waiting, account } = inbox;
    let mut panics_in_a_row = 0;
    for job in jobs {
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
