//! Fixed blocks of records, and the pool from which all lanes take them.

use std::ops::Range;

use super::{TRIES, Words};
use crate::sync::{AtomicU32, AtomicU64, AtomicUsize, CHUNK_LEN, Mutex, OnceLock, Ordering};

/// The place of a chunk in the pool, from one on; zero is none.
pub(super) type Link = u32;

pub(super) const NONE: Link = 0;

/// Room for some records: small, so that the chunk that a thread writes to stays in its cache.
///
/// Writer and collector take turns with `len`. The writer alone raises it, up to [`CHUNK_LEN`]; then
/// the collector alone may take it back to zero, which gives the whole chunk to the writer anew.
#[repr(align(64))]
pub(super) struct Chunk {
    records: [[AtomicU64; 8]; CHUNK_LEN],
    /// How many records are complete.
    len: AtomicU32,
    /// What the owner went on to, once it did.
    next: AtomicU32,
}

impl Chunk {
    fn new() -> Self {
        Chunk {
            records: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))),
            len: AtomicU32::new(0),
            next: AtomicU32::new(NONE),
        }
    }

    /// Completes the record at `at`, the current length, or does nothing if the chunk ends there.
    #[inline]
    pub(super) fn write(&self, at: u32, words: &Words) -> Option<u32> {
        let record = self.records.get(at as usize)?;
        for (cell, word) in record.iter().zip(words) {
            cell.store(*word, Ordering::Relaxed);
        }
        // The words before the length that vouches for them.
        self.len.store(at + 1, Ordering::Release);
        Some(at + 1)
    }

    /// Whether the collector gave a chunk back that the writer had filled.
    pub(super) fn is_emptied(&self) -> bool {
        // The collector's reads of the old records before the writer's stores of new ones.
        self.len.load(Ordering::Acquire) == 0
    }

    pub(super) fn len(&self) -> u32 {
        self.len.load(Ordering::Acquire)
    }

    /// Hands over the records in `range`, below a length that was read before.
    pub(super) fn read(&self, range: Range<u32>, record: &mut impl FnMut(Words)) {
        let records = self.records.get(range.start as usize..range.end as usize).unwrap_or_default();
        for words in records {
            record(std::array::from_fn(|word| words[word].load(Ordering::Relaxed)));
        }
    }

    /// Gives the chunk to its writer anew, after the collector read all of it.
    pub(super) fn empty(&self) {
        self.len.store(0, Ordering::Release);
    }

    pub(super) fn set_next(&self, next: Link) {
        // Whoever follows this comes from the lane's `last`, which is stored after it.
        self.next.store(next, Ordering::Relaxed);
    }

    pub(super) fn next(&self) -> Link {
        self.next.load(Ordering::Relaxed)
    }
}

/// All chunks, made one by one as they are needed, and never freed.
pub(super) struct Pool {
    chunks: Box<[OnceLock<Box<Chunk>>]>,
    /// How many are made; may exceed what there is room for.
    made: AtomicUsize,
    /// Those in no lane.
    free: Mutex<Vec<Link>>,
}

impl Pool {
    pub(super) fn new(limit: usize) -> Self {
        Pool {
            chunks: std::iter::repeat_with(OnceLock::new).take(limit).collect(),
            made: AtomicUsize::new(0),
            free: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn get(&self, link: Link) -> Option<&Chunk> {
        self.chunks.get(link.checked_sub(1)? as usize)?.get().map(Box::as_ref)
    }

    /// An empty chunk for one writer. Does not wait for those who take or return one: makes another
    /// rather, and has none to give once all are made.
    pub(super) fn take(&self) -> Option<Link> {
        for _ in 0..TRIES {
            match self.free.try_lock().map(|mut free| free.pop()) {
                Ok(Some(link)) => return Some(link),
                Ok(None) => return self.make(),
                Err(_) if self.made.load(Ordering::Relaxed) < self.chunks.len() => return self.make(),
                Err(_) => std::hint::spin_loop(),
            }
        }
        None
    }

    fn make(&self) -> Option<Link> {
        if self.made.load(Ordering::Relaxed) >= self.chunks.len() {
            return None;
        }
        let index = self.made.fetch_add(1, Ordering::Relaxed);
        self.chunks.get(index)?.set(Box::new(Chunk::new())).ok()?;
        Link::try_from(index + 1).ok()
    }

    /// Takes back a chunk that has no writer and was read to its end.
    pub(super) fn give_back(&self, link: Link) {
        let Some(chunk) = self.get(link) else { return };
        chunk.len.store(0, Ordering::Relaxed);
        self.free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(link);
    }
}
