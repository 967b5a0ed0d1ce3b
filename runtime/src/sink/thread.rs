//! The thread of a sink.

use std::io;
use std::sync::atomic::Ordering;

use super::worker::{Inbox, Job, Worker};
use crate::caught::caught;
use crate::parked;
use crate::report;
use crate::sink::{Sink, SinkAccount};

/// Panics in a row after which a sink is sent nothing more.
const PATIENCE: u32 = 3;

/// Puts a sink to work on a thread of its own.
///
/// # Errors
/// No thread was to be had for it.
pub(crate) fn spawn(sink: Box<dyn Sink>) -> io::Result<Worker> {
    let account = SinkAccount::of(&*sink);
    let name = format!("isohub-{}", account.name).replace('\0', "_");
    let (worker, inbox) = Worker::new(account);
    std::thread::Builder::new()
        // A thread is refused a name with a NUL.
        .name(name)
        .spawn(move || parked::unrecorded(|| work(sink, &inbox)))?;
    Ok(worker)
}

fn note_undelivered(sink: &dyn Sink, account: &SinkAccount) {
    if let Some(undelivered) = caught(|| sink.undelivered()) {
        account.undelivered.store(undelivered, Ordering::Relaxed);
    }
}

fn say_that_it_is_slow(name: &str) {
    report::say(format_args!(
        "the sink {name:?} does not keep up, so that some of what it should get is lost; that is counted in \
         `isohub::stats()`, and not said again"
    ));
}

/// Does what comes, until the pipeline is closed.
fn work(mut sink: Box<dyn Sink>, inbox: &Inbox) {
    let Inbox { jobs, waiting, account } = inbox;
    let (mut panics_in_a_row, mut lost_here, mut is_said) = (0, 0, false);
    for job in jobs {
        let is_given_up = panics_in_a_row >= PATIENCE;
        match job {
            Job::Batch(batch) => {
                let received = !is_given_up && caught(|| sink.receive(&batch)).is_some();
                waiting.fetch_sub(batch.weight(), Ordering::Relaxed);
                note_undelivered(&*sink, account);
                if received {
                    panics_in_a_row = 0;
                    account.received.fetch_add(batch.size(), Ordering::Relaxed);
                } else {
                    lost_here += account.lose(&batch);
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
                note_undelivered(&*sink, account);
                let _ = done.send(());
            }
        }
        // Said here and not where the queue is full: whoever hands over must not wait for the standard error.
        if !is_said && account.lost.load(Ordering::Relaxed) > lost_here {
            is_said = true;
            say_that_it_is_slow(&account.name);
        }
    }
    // A sink whose destructor panics has lost nothing that another would have kept.
    let _ = caught(|| drop(sink));
}
