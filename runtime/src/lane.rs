//! The lane of this thread.

use crate::buffer::Writer;
use crate::payload::Payload;

thread_local! {
    pub(crate) static WRITER: Writer<Payload> = const { Writer::new() };
}

/// Gives the lane back.
pub(crate) fn close() {
    WRITER.with(Writer::close);
}

/// Forgets the lane that a forked child inherited.
pub(crate) fn forget() {
    WRITER.with(Writer::abandon);
}
