//! How large things may be that Sentry takes.

use std::io;

use sentry_core::protocol::{Event, Transaction};

/// The largest event or transaction, in bytes: 1 MiB, less what a transport may add.
pub(crate) const MAX_ITEM: usize = (1 << 20) - 4096;

/// The files of an event together, in bytes.
pub(crate) const MAX_ATTACHMENTS: usize = 20 << 20;

/// How many bytes it is as JSON.
pub(crate) fn of(value: &impl serde::Serialize) -> usize {
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes away what matters least until the event is small enough; says whether it is, and whether something
/// was taken.
pub(crate) fn fit_event(event: &mut Event<'static>) -> Fit {
    // The newest tell more.
    let halve = |event: &mut Event<'static>| {
        let old = event.breadcrumbs.values.len() / 2;
        event.breadcrumbs.values.drain(..old);
    };
    let steps: [fn(&mut Event<'static>); 7] = [
        halve,
        halve,
        halve,
        |event| event.breadcrumbs.values.clear(),
        |event| event.extra.clear(),
        |event| event.contexts.retain(|key, _| key == "trace"),
        |event| event.tags.clear(),
    ];
    fit(event, &steps)
}

/// The same for what a transaction has beside its spans.
pub(crate) fn fit_transaction(transaction: &mut Transaction<'static>) -> Fit {
    let steps: [fn(&mut Transaction<'static>); 4] = [
        |transaction| transaction.extra.clear(),
        |transaction| transaction.contexts.retain(|key, _| key == "trace"),
        |transaction| transaction.tags.clear(),
        |transaction| transaction.spans.iter_mut().for_each(|span| span.data.clear()),
    ];
    fit(transaction, &steps)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fit {
    Whole,
    Cut,
    TooLarge,
}

fn fit<T: serde::Serialize>(item: &mut T, steps: &[fn(&mut T)]) -> Fit {
    let fits = |item: &T| of(item) <= MAX_ITEM;
    if fits(item) {
        return Fit::Whole;
    }
    for step in steps {
        step(item);
        if fits(item) {
            return Fit::Cut;
        }
    }
    Fit::TooLarge
}
