//! The writing end of a lane.

use std::cell::Cell;

use super::chunk::Chunk;
use super::lane::Lane;
use super::{Counter, Lanes, Tally, Words};
use crate::sync::CHUNK_LEN;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a record that was not stored is to be counted"]
pub(crate) enum Pushed {
    /// It is stored.
    Stored,
    /// It is stored, and the chunk is full.
    StoredAndFilledChunk,
    /// It found no room.
    Dropped,
    /// The writer is not open.
    NoLane,
}

/// What a thread keeps of its lane, in a constant thread-local without destructor.
pub(crate) struct Writer<P: 'static> {
    lane: Cell<Option<&'static Lane<P>>>,
    chunk: Cell<Option<&'static Chunk>>,
    /// How many records are in the chunk.
    len: Cell<u32>,
}

impl<P> Writer<P> {
    /// A writer that is not open.
    pub(crate) const fn new() -> Self {
        Writer { lane: Cell::new(None), chunk: Cell::new(None), len: Cell::new(0) }
    }

    /// Stores a record: eight stores, and a ninth that says that they are complete.
    #[inline]
    pub(crate) fn push(&self, words: &Words) -> Pushed {
        match self.store(words) {
            Some(pushed) => pushed,
            None => self.push_to_another_chunk(words),
        }
    }

    #[inline]
    fn store(&self, words: &Words) -> Option<Pushed> {
        let len = self.chunk.get()?.write(self.len.get(), words)?;
        self.len.set(len);
        Some(if len as usize == CHUNK_LEN { Pushed::StoredAndFilledChunk } else { Pushed::Stored })
    }

    #[cold]
    fn push_to_another_chunk(&self, words: &Words) -> Pushed {
        let Some(lane) = self.lane.get() else { return Pushed::NoLane };
        if !self.chunk.get().is_some_and(Chunk::is_emptied) {
            // An allocator that records might have gone on to another chunk meanwhile: look again.
            let Some(chunk) = lane.extend(|| self.chunk.get()) else { return Pushed::Dropped };
            self.chunk.set(Some(chunk));
        }
        self.len.set(0);
        self.store(words).unwrap_or(Pushed::Dropped)
    }

    /// Takes a payload, and says how many wait beside it, or leaves it for want of room or of an open lane.
    pub(crate) fn push_payload(&self, payload: &mut Option<P>) -> Option<usize> {
        self.lane.get()?.payloads.push(payload)
    }

    /// Adds one to a counter. Does nothing, and says `false`, if the writer is not open.
    #[inline]
    #[must_use = "what was not counted here is to be counted elsewhere"]
    pub(crate) fn count(&self, counter: Counter, pipeline: usize) -> bool {
        self.lane.get().map(|lane| lane.counters.add(counter, pipeline)).is_some()
    }

    /// What [`count`](Self::count) adds to. It is this thread's until the writer is closed.
    pub(crate) fn tally(&self, counter: Counter, pipeline: usize) -> Option<Tally> {
        self.lane.get()?.counters.tally(counter, pipeline)
    }

    /// Whether the writer has a lane.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.lane.get().is_some()
    }

    /// Gives the lane back, at the end of the thread; another thread may have it once it was drained.
    /// What the thread writes after that goes to the shared lane, as nobody would close this again.
    pub(crate) fn close(&self) {
        let lane = self.lane.get();
        self.abandon();
        if let Some(lane) = lane {
            lane.close();
        }
    }

    /// Forgets the lane without a word to anyone, in a forked child to whom it does not belong.
    pub(crate) fn abandon(&self) {
        self.lane.set(None);
        self.chunk.set(None);
        self.len.set(0);
    }

    pub(super) fn attach(&self, lane: &'static Lane<P>) {
        self.lane.set(Some(lane));
    }
}

impl<P: Send> Writer<P> {
    /// Claims a lane, or says `false` if all are taken. A writer that is open stays as it is.
    pub(crate) fn open(&self, lanes: &Lanes<P>) -> bool {
        if !self.is_open()
            && let Some(lane) = lanes.claim()
        {
            self.attach(lane);
        }
        self.is_open()
    }
}
