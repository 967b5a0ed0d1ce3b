//! What one thread at a time writes, and the collector reads.

use super::Words;
use super::chunk::{Chunk, Link, NONE, Pool};
use super::counters::Counters;
use super::payloads::Payloads;
use crate::sync::{AtomicU32, CHUNK_LEN, Ordering};

/// A lane is claimed by a thread, closed by it, and freed by the collector, over and over.
const FREE: u32 = 0;
const CLAIMED: u32 = 1;
const CLOSED: u32 = 2;

/// The two lanes of a thread, and its counters.
///
/// Records are in a list of chunks from `first` to `last`, which the writer extends at one end and
/// the collector consumes from the other. The last chunk stays in the list even if it was read.
pub(super) struct Lane<P: 'static> {
    state: AtomicU32,
    pool: &'static Pool,
    first: AtomicU32,
    last: AtomicU32,
    pub(super) payloads: Payloads<P>,
    pub(super) counters: Counters,
}

/// The record up to which the collector read a lane.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    chunk: Link,
    read: u32,
}

impl<P> Lane<P> {
    /// A lane that its maker has claimed.
    pub(super) fn claimed(pool: &'static Pool, counters: Counters, payloads: usize) -> Self {
        Lane {
            state: AtomicU32::new(CLAIMED),
            pool,
            first: AtomicU32::new(NONE),
            last: AtomicU32::new(NONE),
            payloads: Payloads::new(payloads),
            counters,
        }
    }

    /// Whether the lane was free, and now is the caller's.
    pub(super) fn claim(&self) -> bool {
        // Acquire: what the last owner counted is what this one goes on from.
        self.state.load(Ordering::Relaxed) == FREE
            && self.state.compare_exchange(FREE, CLAIMED, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Ends the ownership of the calling thread, after the last of its writes.
    pub(super) fn close(&self) {
        self.state.store(CLOSED, Ordering::Release);
    }

    /// A chunk for the writer, in the list after `previous`.
    pub(super) fn extend(&self, previous: impl FnOnce() -> Option<&'static Chunk>) -> Option<&'static Chunk> {
        let link = self.pool.take()?;
        let chunk = self.pool.get(link)?;
        match previous() {
            Some(previous) => previous.set_next(link),
            None => self.first.store(link, Ordering::Relaxed),
        }
        // All links before it, and the records of all other chunks.
        self.last.store(link, Ordering::Release);
        Some(chunk)
    }

    /// Hands over what is here; for the collector.
    pub(super) fn drain(
        &self,
        cursor: &mut Cursor,
        record: &mut impl FnMut(Words),
        payload: &mut impl FnMut(P),
    ) {
        let state = self.state.load(Ordering::Acquire);
        if state == FREE {
            return;
        }
        self.drain_records(cursor, record);
        self.payloads.drain(payload);
        // It was closed before all this was read, so nothing came after.
        if state == CLOSED {
            self.pool.give_back(cursor.chunk);
            *cursor = Cursor::default();
            self.first.store(NONE, Ordering::Relaxed);
            self.last.store(NONE, Ordering::Relaxed);
            self.state.store(FREE, Ordering::Release);
        }
    }

    fn drain_records(&self, cursor: &mut Cursor, record: &mut impl FnMut(Words)) {
        // Chunks that come after this one are left to the next drain, which makes this one end.
        let last = self.last.load(Ordering::Acquire);
        if cursor.chunk == NONE && last != NONE {
            cursor.chunk = self.first.load(Ordering::Relaxed);
        }
        while let Some(chunk) = self.pool.get(cursor.chunk) {
            let len = chunk.len();
            while cursor.read < len {
                cursor.read += 1;
                record(chunk.read(cursor.read - 1));
            }
            if cursor.chunk == last {
                // The writer has not gone on yet, so let it stay where it is. If it just goes on,
                // the next drain finds an empty chunk here and passes it.
                if len as usize == CHUNK_LEN {
                    cursor.read = 0;
                    chunk.empty();
                }
                return;
            }
            let next = chunk.next();
            self.pool.give_back(cursor.chunk);
            *cursor = Cursor { chunk: next, read: 0 };
        }
    }
}
