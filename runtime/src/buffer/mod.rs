//! The buffers between the threads that record and the one that collects.
//!
//! Each thread that records owns a [`Lane`]. Into it go span records, eight words each, in a list of
//! [chunks](chunk), and payloads, which are whatever has no fixed size. One thread, the holder of the
//! [`Reader`], reads all lanes. What holds for them:
//!
//! - **A writer never waits**, neither for the collector nor for another writer. Where it cannot have
//!   a chunk or a lock at once it gives up, and says so to its caller, who counts it.
//! - **Nothing is lost, torn or seen twice** of what a writer was told is stored. The records of a
//!   thread arrive in their order; its payloads need not, so the caller stamps them with times.
//! - **A drain sees all that was stored before it began.** It notes how far all lanes were written, takes
//!   all payloads, and then reads the records up to there. So, if a payload was stored before a record, by
//!   the same thread or by one that was waited for, then it is handed over before the record.
//! - **A drain ends**: what writers add to a list of chunks while it is read waits for the next one.
//! - **Sums of counters never go backwards**, whatever becomes of the threads that counted.
//!
//! Memory is bounded by [`Limits`]: `chunks` × 4,160 bytes; for each lane 1 KiB, 768 bytes for each
//! 32 pipelines that it counted for, and `payloads_per_lane` payloads; 24 KiB of shared counters; and
//! 16 bytes for each lane and chunk that might be made. None but the last two is spent before it is
//! needed. A thread that records into one pipeline costs about 6 KiB and its payloads.
//!
//! After a fork the child makes lanes of its own. Those it inherited may be locked by threads that it
//! did not inherit, so it leaves them alone ([`Writer::abandon`]).

mod chunk;
mod counters;
mod lane;
mod payloads;
mod writer;

use crate::sync::{AtomicUsize, Mutex, OnceLock, Ordering};

use self::chunk::Pool;
use self::counters::Counters;
use self::lane::{Cursor, Lane};

pub(crate) use self::counters::{Counter, Tally};
pub(crate) use self::writer::{Pushed, Writer};

/// One span record; what the words mean is the caller's.
pub(crate) type Words = [u64; 8];

/// How often a writer asks for a lock that another holds before it gives up. The locks are held for
/// some ten nanoseconds, unless the holder was preempted, which is not worth waiting for.
const TRIES: usize = 8;

/// The most of everything that is ever made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many threads have a lane of their own at a time.
    pub(crate) lanes: usize,
    /// Below one for each lane, some lanes get none while the others are in use.
    pub(crate) chunks: usize,
    /// How many payloads of a lane wait for the collector; rounded up to an even number.
    pub(crate) payloads_per_lane: usize,
}

/// All lanes and chunks of one process generation.
pub(crate) struct Lanes<P: 'static> {
    pool: &'static Pool,
    /// The first is the shared one.
    slots: Box<[OnceLock<&'static Lane<P>>]>,
    /// How many slots are given out; may exceed their number.
    made: AtomicUsize,
    /// For threads that have no lane: none was free, or their thread-locals are gone.
    shared: &'static Lane<P>,
    shared_writer: Mutex<Writer<P>>,
    payloads_per_lane: usize,
}

/// How far each lane was read. There is one of it, so only one thread at a time reads the lanes.
#[derive(Debug)]
pub(crate) struct Reader {
    cursors: Box<[Cursor]>,
}

impl<P: Send + 'static> Lanes<P> {
    /// Lanes for the rest of the process: threads refer to them from thread-locals that have no
    /// destructor, and so would never say that they are done.
    pub(crate) fn leak(limits: Limits) -> (&'static Self, Reader) {
        let pool: &Pool = Box::leak(Box::new(Pool::new(limits.chunks)));
        // No thread allocates in the shared counters, because two at once would have to wait.
        let shared: &Lane<P> =
            Box::leak(Box::new(Lane::claimed(pool, Counters::filled(), limits.payloads_per_lane)));
        let shared_writer = Writer::new();
        shared_writer.attach(shared);

        let slots = std::iter::once(OnceLock::from(shared))
            .chain(std::iter::repeat_with(OnceLock::new).take(limits.lanes))
            .collect();
        let cursors = std::iter::repeat_with(Cursor::default).take(limits.lanes + 1).collect();
        let lanes = Lanes {
            pool,
            slots,
            made: AtomicUsize::new(1),
            shared,
            shared_writer: Mutex::new(shared_writer),
            payloads_per_lane: limits.payloads_per_lane,
        };
        (Box::leak(Box::new(lanes)), Reader { cursors })
    }

    /// The first half of a drain: marks where the records of all lanes end, and hands over the
    /// payloads. The function may take its time: no lock is held.
    pub(crate) fn drain_payloads(&self, reader: &mut Reader, mut payload: impl FnMut(P)) {
        for (lane, cursor) in self.lanes().zip(&mut reader.cursors) {
            lane.into_iter().for_each(|lane| lane.mark(cursor));
        }
        // Also those of lanes that are claimed meanwhile, and were not marked.
        self.lanes().flatten().for_each(|lane| lane.drain_payloads(&mut payload));
    }

    /// The second half: hands over the records up to the marks. The function may take its time.
    pub(crate) fn drain_records(&self, reader: &mut Reader, mut record: impl FnMut(Words)) {
        for (lane, cursor) in self.lanes().zip(&mut reader.cursors) {
            lane.into_iter().for_each(|lane| lane.drain_records(cursor, &mut record));
        }
    }

    /// What all threads that ever were counted, at any time and from any thread.
    ///
    /// Of two counters of which one is raised before the other, such as [`Counter::Started`] and
    /// [`Counter::Dropped`], ask for the later first: then its sum is not above that of the earlier.
    pub(crate) fn sum(&self, counter: Counter, pipeline: usize) -> u64 {
        self.lanes().flatten().map(|lane| lane.counters.get(counter, pipeline)).sum()
    }

    /// Stores a record on behalf of a thread that has no lane. The lock is [tried](TRIES) only.
    pub(crate) fn push_shared(&self, words: &Words) -> Pushed {
        for _ in 0..TRIES {
            if let Ok(writer) = self.shared_writer.try_lock() {
                return writer.push(words);
            }
            std::hint::spin_loop();
        }
        Pushed::Dropped
    }

    /// Takes a payload on behalf of a thread that has no lane, and says how many wait beside it, or leaves it.
    pub(crate) fn push_payload_shared(&self, payload: &mut Option<P>) -> Option<usize> {
        self.shared.payloads.push(payload)
    }

    /// Counts on behalf of a thread that has no lane.
    pub(crate) fn count_shared(&self, counter: Counter, pipeline: usize) {
        self.shared.counters.add_shared(counter, pipeline);
    }

    /// A lane for the calling thread alone, or none if all are taken. Those of threads that are gone
    /// are used again first, so that there are no more than there were threads at a time.
    fn claim(&self) -> Option<&'static Lane<P>> {
        if let Some(lane) = self.lanes().flatten().find(|lane| lane.claim()) {
            return Some(lane);
        }
        if self.made.load(Ordering::Relaxed) >= self.slots.len() {
            return None;
        }
        let slot = self.slots.get(self.made.fetch_add(1, Ordering::Relaxed))?;
        let lane = Box::leak(Box::new(Lane::claimed(self.pool, Counters::empty(), self.payloads_per_lane)));
        slot.set(lane).ok()?;
        Some(lane)
    }

    /// Those that are made, and none for those about to be.
    fn lanes(&self) -> impl Iterator<Item = Option<&'static Lane<P>>> {
        // Who may know of a lane by what was written to it sees this count and the slot too.
        self.slots.iter().take(self.made.load(Ordering::Relaxed)).map(|slot| slot.get().copied())
    }
}
