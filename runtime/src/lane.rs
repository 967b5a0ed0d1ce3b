//! The lane of this thread.

use crate::buffer::Writer;
use crate::payload::Payload;
use crate::strand::thread_bound;

thread_bound! {
    /// Looks at this thread's writer. `f` runs nothing of the user's.
    pub(crate) fn writer: Writer<Payload> = Writer::new();
}

/// Gives the lane back.
pub(crate) fn close() {
    writer(Writer::close);
}

/// Forgets the lane that a forked child inherited.
pub(crate) fn forget() {
    writer(Writer::abandon);
}
