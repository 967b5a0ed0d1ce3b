//! Every interleaving, and every outcome that the memory orders allow, of small programs.
//!
//! The models bound the preemptions, which keeps them at seconds. Each was seen to fail for the mutations
//! of the code that stand in its comment. In all of them the collector is the thread that is spawned
//! last: loom runs it last at first, and then looks for what its loads could have seen instead. The
//! other way round it tries one order only, as a thread's own loads hide from it those of others.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use loom::model::Builder;
use loom::thread;

use buffer::{Counter, Lanes, Limits, Pushed, Reader, Words, Writer};

/// What the file under test takes from its crate: loom's types, and sizes that models can exhaust.
mod sync {
    use std::sync::{LockResult, TryLockResult};

    use loom::sync::MutexGuard;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

    pub(crate) const CHUNK_LEN: usize = 2;
    pub(crate) const PIPELINES: usize = 2;

    /// Loom's, which never switches threads while it is locked unless something happens meanwhile
    /// that concerns another thread: here it does, so that `try_lock` fails in some runs.
    pub(crate) struct Mutex<T> {
        mutex: loom::sync::Mutex<T>,
        touches: AtomicUsize,
    }

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Mutex { mutex: loom::sync::Mutex::new(value), touches: AtomicUsize::new(0) }
        }

        pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            let guard = self.mutex.lock();
            self.touches.fetch_add(1, Ordering::Relaxed);
            guard
        }

        pub(crate) fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
            self.touches.fetch_add(1, Ordering::Relaxed);
            let guard = self.mutex.try_lock();
            self.touches.fetch_add(1, Ordering::Relaxed);
            guard
        }
    }

    /// The standard library's, whose orders the model would not see.
    pub(crate) struct OnceLock<T> {
        value: std::sync::OnceLock<T>,
        is_set: AtomicBool,
    }

    impl<T> OnceLock<T> {
        pub(crate) fn new() -> Self {
            OnceLock { value: std::sync::OnceLock::new(), is_set: AtomicBool::new(false) }
        }

        pub(crate) fn set(&self, value: T) -> Result<(), T> {
            self.value.set(value)?;
            self.is_set.store(true, Ordering::Release);
            Ok(())
        }

        pub(crate) fn get(&self) -> Option<&T> {
            self.value.get().filter(|_| self.is_set.load(Ordering::Acquire))
        }
    }

    impl<T> From<T> for OnceLock<T> {
        fn from(value: T) -> Self {
            OnceLock { value: value.into(), is_set: AtomicBool::new(true) }
        }
    }
}

#[path = "../../../runtime/src/buffer/mod.rs"]
mod buffer;

type Payload = u64;
type Threads = &'static Lanes<Payload>;

const LIMITS: Limits = Limits { lanes: 2, chunks: 4, payloads_per_lane: 8 };

fn model(preemptions: usize, program: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(program);
}

/// A record whose words all differ, so that a mixture of two, or of one and nothing, is seen.
fn words(number: u64) -> Words {
    std::array::from_fn(|word| number * 10 + word as u64 + 1)
}

fn number(record: Words) -> u64 {
    let number = record[0] / 10;
    assert_eq!(record, words(number), "a torn record");
    number
}

/// What a collector saw, in its order.
#[derive(Default)]
struct Seen {
    records: Vec<u64>,
    payloads: Vec<Payload>,
}

impl Seen {
    fn drain(&mut self, lanes: Threads, reader: &mut Reader) {
        let Seen { records, payloads } = self;
        lanes.drain_payloads(reader, |payload| payloads.push(payload));
        lanes.drain_records(reader, |record| records.push(number(record)));
    }
}

/// A collector that drains so many times while others write.
fn collect(lanes: Threads, mut reader: Reader, drains: usize) -> thread::JoinHandle<(Seen, Reader)> {
    thread::spawn(move || {
        let mut seen = Seen::default();
        (0..drains).for_each(|_| seen.drain(lanes, &mut reader));
        (seen, reader)
    })
}

/// Pushes these, and says which were stored.
fn push(writer: &Writer<Payload>, numbers: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let is_stored = |number: &u64| match writer.push(&words(*number)) {
        Pushed::Stored | Pushed::StoredAndFilledChunk => true,
        Pushed::Dropped => false,
        Pushed::NoLane => panic!("the writer is not open"),
    };
    numbers.into_iter().filter(is_stored).collect()
}

fn open(lanes: Threads) -> Writer<Payload> {
    let writer = Writer::new();
    assert!(writer.open(lanes));
    writer
}

fn sorted(mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.sort_unstable();
    numbers
}

/// Fails if `len` or `last` is stored relaxed, if a new chunk is not linked to its predecessor, if a
/// chunk is emptied before it is full or without the cursor going back.
#[test]
fn records_arrive_once_whole_and_in_order() {
    model(4, || {
        let (lanes, reader) = Lanes::leak(LIMITS);
        let writer = open(lanes);
        let collector = collect(lanes, reader, 2);
        assert_eq!(push(&writer, 0..5), [0, 1, 2, 3, 4]);
        let (mut seen, mut reader) = collector.join().unwrap();
        seen.drain(lanes, &mut reader);
        assert_eq!(seen.records, [0, 1, 2, 3, 4]);
    });
}

/// Fails if a chunk that is given back keeps its length.
#[test]
fn used_chunks_serve_other_lanes() {
    model(2, || {
        let (lanes, mut reader) = Lanes::leak(Limits { chunks: 3, ..LIMITS });
        let mut before = Seen::default();
        let (writer, other) = (open(lanes), open(lanes));
        let mut stored = push(&writer, 0..5);
        before.drain(lanes, &mut reader);
        // Two chunks are free now.
        let thread = thread::spawn(move || push(&other, 10..13));
        let collector = collect(lanes, reader, 1);
        stored.extend(push(&writer, 5..7));
        stored.extend(thread.join().unwrap());
        let (mut seen, mut reader) = collector.join().unwrap();
        seen.drain(lanes, &mut reader);
        before.records.extend(seen.records);
        assert_eq!(sorted(before.records), sorted(stored));
    });
}

/// Fails if what is dropped is reported as stored, or if a chunk that was read is not used again
/// where it is: then nothing is stored after the second record.
#[test]
fn what_finds_no_chunk_is_dropped_and_known() {
    model(5, || {
        let (lanes, reader) = Lanes::leak(Limits { chunks: 1, ..LIMITS });
        let writer = open(lanes);
        let collector = collect(lanes, reader, 2);
        let mut stored = push(&writer, 0..4);
        let (mut seen, mut reader) = collector.join().unwrap();
        seen.drain(lanes, &mut reader);
        stored.extend(push(&writer, [4]));
        assert_eq!(stored.last(), Some(&4), "there is room again");
        seen.drain(lanes, &mut reader);
        assert_eq!(seen.records, stored);
    });
}

/// Fails if the state of a lane is read after its records, if it is freed before its payloads are taken
/// or with its cursor where it was, or if closing, freeing or claiming is relaxed.
#[test]
fn a_lane_goes_from_thread_to_thread() {
    fn visit(lanes: Threads, number: u64) -> bool {
        let writer = Writer::new();
        let is_open = writer.open(lanes);
        if is_open {
            assert_eq!(push(&writer, [number]), [number]);
            assert!(writer.push_payload(&mut Some(number)).is_some());
            assert!(writer.count(Counter::Dropped, 0));
            writer.close();
        }
        assert_eq!(writer.push(&words(9)), Pushed::NoLane);
        is_open
    }
    model(3, || {
        let (lanes, reader) = Lanes::leak(Limits { lanes: 1, ..LIMITS });
        let other = thread::spawn(move || visit(lanes, 1));
        let collector = collect(lanes, reader, 1);
        let is_open = [visit(lanes, 0), other.join().unwrap()];
        let (mut seen, mut reader) = collector.join().unwrap();
        seen.drain(lanes, &mut reader);
        assert!(visit(lanes, 2), "the only lane is free again");
        seen.drain(lanes, &mut reader);

        let expected: Vec<u64> =
            (0..3).filter(|number| *is_open.get(*number as usize).unwrap_or(&true)).collect();
        assert_eq!(lanes.sum(Counter::Dropped, 0), expected.len() as u64);
        assert_eq!(sorted(seen.records), expected);
        assert_eq!(sorted(seen.payloads), expected);
    });
}

/// Fails if claiming is a load and a store.
#[test]
fn no_two_threads_share_a_lane() {
    fn claim_twice(lanes: Threads) {
        let thread = thread::spawn(move || Writer::new().open(lanes));
        let here = Writer::new().open(lanes);
        assert_ne!(here, thread.join().unwrap());
    }
    model(5, || {
        let (lanes, mut reader) = Lanes::leak(Limits { lanes: 1, ..LIMITS });
        open(lanes).close();
        lanes.drain_payloads(&mut reader, |_| ());
        lanes.drain_records(&mut reader, |_| ());
        claim_twice(lanes);
    });
    model(5, || claim_twice(Lanes::leak(Limits { lanes: 1, ..LIMITS }).0));
}

/// Fails if a payload that meets a lock is given up, if `len` is relaxed, or if the records of a lane are
/// read further than they were when all were marked.
#[test]
fn payload_comes_before_its_record() {
    model(3, || {
        let (lanes, mut reader) = Lanes::leak(LIMITS);
        let (writer, other) = (open(lanes), open(lanes));
        let (say, told) = loom::sync::mpsc::channel();
        // The payload of record 0 is written by another thread, that of record 1 by the same.
        let thread = thread::spawn(move || {
            assert!(other.push_payload(&mut Some(0)).is_some());
            say.send(()).unwrap();
        });
        let collector = thread::spawn(move || {
            let mut seen = Seen::default();
            seen.drain(lanes, &mut reader);
            let ended = &seen.records;
            assert!(ended.iter().all(|number| seen.payloads.contains(number)), "{ended:?}");
        });
        assert!(writer.push_payload(&mut Some(1)).is_some());
        assert_eq!(push(&writer, [1]), [1]);
        told.recv().unwrap();
        assert_eq!(push(&writer, [0]), [0]);
        thread.join().unwrap();
        collector.join().unwrap();
    });
}

/// Fails if a drain takes but one half of the payloads, or skips lanes that are closed.
#[test]
fn a_drain_after_the_last_write_sees_everything() {
    model(5, || {
        let (lanes, reader) = Lanes::leak(LIMITS);
        let writer = open(lanes);
        let collector = collect(lanes, reader, 1);
        assert!(writer.push_payload(&mut Some(0)).is_some());
        assert_eq!(push(&writer, 0..3), [0, 1, 2]);
        assert!(writer.push_payload(&mut Some(1)).is_some());
        writer.close();
        let (mut seen, mut reader) = collector.join().unwrap();
        seen.drain(lanes, &mut reader);
        assert_eq!(seen.records, [0, 1, 2]);
        assert_eq!(sorted(seen.payloads), [0, 1]);
    });
}

/// Fails if the bound of payloads is ignored, if a full half hides one with room, or if a drain takes but
/// one half.
#[test]
fn payloads_are_bounded() {
    model(3, || {
        let (lanes, mut reader) = Lanes::leak(Limits { payloads_per_lane: 2, ..LIMITS });
        let mut before = Seen::default();
        let writer = open(lanes);
        assert_eq!(
            [0, 1, 2].map(|payload| writer.push_payload(&mut Some(payload))),
            [Some(1), Some(1), None]
        );
        before.drain(lanes, &mut reader);

        let collector = collect(lanes, reader, 1);
        let stored: Vec<_> =
            (3..7).filter(|payload| writer.push_payload(&mut Some(*payload)).is_some()).collect();
        let (seen, mut reader) = collector.join().unwrap();
        let mut after = Seen::default();
        after.drain(lanes, &mut reader);
        assert!(after.payloads.len() <= 2);
        assert_eq!(sorted(before.payloads), [0, 1]);
        assert_eq!(sorted([seen.payloads, after.payloads].concat()), stored);
    });
}

/// Fails if the shared counters are raised by a load and a store.
#[test]
fn threads_without_a_lane_share_one() {
    fn visit(lanes: Threads, number: u64) -> [bool; 2] {
        lanes.count_shared(Counter::Started, 1);
        let is_payload_stored = lanes.push_payload_shared(&mut Some(number)).is_some();
        match lanes.push_shared(&words(number)) {
            Pushed::Stored | Pushed::StoredAndFilledChunk => [true, is_payload_stored],
            Pushed::Dropped => [false, is_payload_stored],
            Pushed::NoLane => panic!("the shared lane is always open"),
        }
    }
    model(3, || {
        let (lanes, reader) = Lanes::leak(Limits { lanes: 0, ..LIMITS });
        assert!(!Writer::new().open(lanes));
        let other = thread::spawn(move || visit(lanes, 1));
        let collector = collect(lanes, reader, 1);
        let stored = [visit(lanes, 0), other.join().unwrap()];
        let (mut seen, mut reader) = collector.join().unwrap();
        seen.drain(lanes, &mut reader);
        let stored =
            |kind: usize| (0..2).filter(|number| stored[*number as usize][kind]).collect::<Vec<u64>>();
        assert_eq!(sorted(seen.records), stored(0));
        assert_eq!(sorted(seen.payloads), stored(1));
        assert_eq!(lanes.sum(Counter::Started, 1), 2);
    });
}

/// Fails if counters are raised, or read, relaxed.
#[test]
fn no_more_are_seen_to_be_dropped_than_started() {
    model(4, || {
        let (lanes, _): (Threads, _) = Lanes::leak(LIMITS);
        let (starter, dropper) = (open(lanes), open(lanes));
        // Makes the counters, so that it is not their making that orders what is counted.
        assert!([&starter, &dropper].iter().all(|writer| writer.count(Counter::LostPayload, 1)));
        let (say, told) = loom::sync::mpsc::channel();
        let drops = thread::spawn(move || {
            told.recv().unwrap();
            assert!(dropper.count(Counter::Dropped, 1));
            lanes.count_shared(Counter::Dropped, 1);
        });
        let sums = thread::spawn(move || {
            let mut before = 0;
            for _ in 0..2 {
                let dropped = lanes.sum(Counter::Dropped, 1);
                let started = lanes.sum(Counter::Started, 1);
                assert!(before <= dropped && dropped <= started, "{before} <= {dropped} <= {started}");
                before = dropped;
            }
        });
        assert!(starter.count(Counter::Started, 1));
        // As a thread counts that has looked up where.
        starter.tally(Counter::Started, 1).unwrap().add();
        say.send(()).unwrap();
        drops.join().unwrap();
        sums.join().unwrap();
        assert_eq!([Counter::Started, Counter::Dropped].map(|counter| lanes.sum(counter, 1)), [2, 2]);
    });
}
