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

/// The record up to which the collector read a lane, and that up to which it may.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    chunk: Link,
    read: u32,
    mark: Mark,
}

/// What a lane held at a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    state: u32,
    last: Link,
    /// The records of the last chunk.
    len: u32,
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

    /// Notes what is here; for the collector.
    pub(super) fn mark(&self, cursor: &mut Cursor) {
        // The state first: a lane that was closed before all else was read gets nothing more.
        let state = self.state.load(Ordering::Acquire);
        let last = if state == FREE { NONE } else { self.last.load(Ordering::Acquire) };
        let len = self.pool.get(last).map_or(0, Chunk::len);
        cursor.mark = Mark { state, last, len };
    }

    /// Hands over the payloads, of which there are none in a lane that nobody claimed.
    pub(super) fn drain_payloads(&self, payload: &mut impl FnMut(P)) {
        if self.state.load(Ordering::Acquire) != FREE {
            self.payloads.drain(payload);
        }
    }

    /// Hands over the records up to the mark, after the payloads. Frees the lane if it was closed then.
    pub(super) fn drain_records(&self, cursor: &mut Cursor, record: &mut impl FnMut(Words)) {
        let mark = std::mem::take(&mut cursor.mark);
        if cursor.chunk == NONE && mark.last != NONE {
            cursor.chunk = self.first.load(Ordering::Relaxed);
        }
        self.read_chunks(cursor, mark, record);
        if mark.state == CLOSED {
            self.pool.give_back(cursor.chunk);
            *cursor = Cursor::default();
            self.first.store(NONE, Ordering::Relaxed);
            self.last.store(NONE, Ordering::Relaxed);
            self.state.store(FREE, Ordering::Release);
        }
    }

    fn read_chunks(&self, cursor: &mut Cursor, mark: Mark, record: &mut impl FnMut(Words)) {
        // Chunks that come after the last one are left to the next drain, which makes this one end.
        while let Some(chunk) = self.pool.get(cursor.chunk).filter(|_| mark.last != NONE) {
            let is_last = cursor.chunk == mark.last;
            // Those before it are full, or were emptied as the last one of an earlier mark.
            let len = if is_last { mark.len } else { chunk.len() };
            chunk.read(cursor.read..len, record);
            cursor.read = cursor.read.max(len);
            if is_last {
                // The writer had not gone on yet, so let it stay where it is. If it just goes on,
                // the next drain finds an empty chunk here and passes it.
                if len as usize == CHUNK_LEN {
                    cursor.read = 0;
                    chunk.empty();
                }
                return;
            }
            let next = chunk.next();
            self.pool.give_back(cursor.chunk);
            (cursor.chunk, cursor.read) = (next, 0);
        }
    }
}
