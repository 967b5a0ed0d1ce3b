//! The same buffers under real threads, with the sizes that they have in a program.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use buffer::{Counter, Lanes, Limits, Pushed, Reader, Words, Writer};

/// What the file under test takes from its crate.
mod sync {
    pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
    pub(crate) use std::sync::{Mutex, OnceLock};

    pub(crate) const CHUNK_LEN: usize = 64;
    pub(crate) const PIPELINES: usize = 1024;
}

#[path = "../../../runtime/src/buffer/mod.rs"]
mod buffer;

const THREADS: u64 = 8;
const RECORDS: u64 = 100_000;

fn words(thread: u64, number: u64) -> Words {
    std::array::from_fn(|word| thread << 40 | number << 8 | word as u64)
}

/// The last number that was seen of each thread, and how many.
#[derive(Default)]
struct Seen {
    last: [Option<u64>; THREADS as usize],
    records: u64,
    payloads: u64,
}

impl Seen {
    fn drain(&mut self, lanes: &Lanes<u64>, reader: &mut Reader) {
        let Seen { last, records, payloads } = self;
        let record = |record: Words| {
            let (thread, number) = (record[0] >> 40, record[0] >> 8 & 0xffff_ffff);
            assert_eq!(record, words(thread, number), "a torn record");
            let last = &mut last[thread as usize];
            assert!(last.is_none_or(|last| last < number), "{number} after {last:?}");
            *last = Some(number);
            *records += 1;
        };
        lanes.drain_payloads(reader, |_| *payloads += 1);
        lanes.drain_records(reader, record);
    }
}

/// Runs `write` on eight threads while this one drains, and returns what it saw.
fn collect(lanes: &'static Lanes<u64>, reader: &mut Reader, write: impl Fn(u64, u64) + Sync) -> Seen {
    let mut seen = Seen::default();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn({
                    let write = &write;
                    move || (0..RECORDS).for_each(|number| write(thread, number))
                })
            })
            .collect();
        while !writers.iter().all(|writer| writer.is_finished()) {
            seen.drain(lanes, reader);
        }
    });
    seen.drain(lanes, reader);
    seen
}

#[test]
fn everything_arrives_or_is_counted() {
    // With many chunks, and with fewer than the threads could use.
    for chunks in [1 << 14, 24, 3] {
        let (lanes, mut reader) = Lanes::leak(Limits { lanes: 8, chunks, payloads_per_lane: 1024 });
        thread_local! {
            static WRITER: Writer<u64> = const { Writer::new() };
        }
        let seen = collect(lanes, &mut reader, |thread, number| {
            WRITER.with(|writer| {
                assert!(writer.open(lanes));
                writer.tally(Counter::Started, 1023).unwrap().add();
                if writer.push(&words(thread, number)) == Pushed::Dropped {
                    assert!(writer.count(Counter::Dropped, 1023));
                }
                if number % 10 == 0 && writer.push_payload(&mut Some(number)).is_none() {
                    assert!(writer.count(Counter::LostPayload, 1023));
                }
            });
        });
        let [started, dropped, lost] = [Counter::Started, Counter::Dropped, Counter::LostPayload]
            .map(|counter| lanes.sum(counter, 1023));
        assert_eq!(started, THREADS * RECORDS);
        assert_eq!(seen.records + dropped, started, "with {chunks} chunks");
        assert_eq!(seen.payloads + lost, started / 10, "with {chunks} chunks");
        assert!(seen.records > 0 && seen.payloads > 0);
    }
}

#[test]
fn what_is_shared_arrives_or_is_counted() {
    let (lanes, mut reader) = Lanes::leak(Limits { lanes: 0, chunks: 1 << 10, payloads_per_lane: 1024 });
    let seen = collect(lanes, &mut reader, |thread, number| {
        lanes.count_shared(Counter::Started, 0);
        if lanes.push_shared(&words(thread, number)) == Pushed::Dropped {
            lanes.count_shared(Counter::Dropped, 0);
        }
        if lanes.push_payload_shared(&mut Some(number)).is_none() {
            lanes.count_shared(Counter::LostPayload, 0);
        }
    });
    let [started, dropped, lost] =
        [Counter::Started, Counter::Dropped, Counter::LostPayload].map(|counter| lanes.sum(counter, 0));
    assert_eq!(started, THREADS * RECORDS);
    assert_eq!(seen.records + dropped, started);
    assert_eq!(seen.payloads + lost, started);
}

#[test]
fn threads_that_come_and_go_use_few_lanes() {
    let (lanes, mut reader) = Lanes::leak(Limits { lanes: 2, chunks: 2, payloads_per_lane: 2 });
    let mut seen = Seen::default();
    for number in 0..100 {
        thread::spawn(move || {
            let writer = Writer::new();
            assert!(writer.open(lanes), "thread {number}");
            assert_eq!(writer.push(&words(0, number)), Pushed::Stored);
            assert!(writer.count(Counter::Dropped, 7));
            writer.close();
            assert!(!writer.count(Counter::Dropped, 7));
        })
        .join()
        .unwrap();
        assert_eq!(lanes.sum(Counter::Dropped, 7), number + 1);
        seen.drain(lanes, &mut reader);
    }
    assert_eq!(seen.records, 100);
}

#[test]
fn a_lane_that_is_claimed_again_shows_nothing_old() {
    let (lanes, mut reader) = Lanes::<u64>::leak(Limits { lanes: 2, chunks: 2, payloads_per_lane: 2 });
    let mut seen = Seen::default();
    let [first, second] = [Writer::new(), Writer::new()];
    assert!(first.open(lanes) && second.open(lanes));
    assert_eq!(first.push(&words(0, 0)), Pushed::Stored);
    first.close();
    seen.drain(lanes, &mut reader);
    assert!(first.open(lanes));
    // It goes into the chunk that the first lane had.
    assert_eq!(second.push(&words(1, 0)), Pushed::Stored);
    seen.drain(lanes, &mut reader);
    assert_eq!(seen.records, 2);
}

#[test]
fn chunks_are_used_again() {
    let (lanes, mut reader) = Lanes::<u64>::leak(Limits { lanes: 1, chunks: 2, payloads_per_lane: 2 });
    let writer = Writer::new();
    assert!(writer.open(lanes));
    let mut seen = Seen::default();
    for round in 0..100 {
        for number in 0..128 {
            assert_ne!(writer.push(&words(0, round * 128 + number)), Pushed::Dropped, "round {round}");
        }
        assert_eq!(writer.push(&words(0, 0)), Pushed::Dropped);
        seen.drain(lanes, &mut reader);
    }
    assert_eq!(seen.records, 100 * 128);
}

#[test]
fn sums_never_go_backwards() {
    let (lanes, mut reader) = Lanes::<u64>::leak(Limits { lanes: 4, chunks: 4, payloads_per_lane: 2 });
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut before, mut done) = (0, false);
            while !done {
                done = is_done.load(SeqCst);
                let dropped = lanes.sum(Counter::Dropped, 0);
                let started = lanes.sum(Counter::Started, 0);
                assert!(before <= dropped && dropped <= started, "{before} <= {dropped} <= {started}");
                before = dropped;
            }
        });
        for _ in 0..200 {
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let writer = Writer::new();
                        assert!(writer.open(lanes));
                        for _ in 0..100 {
                            assert!(writer.count(Counter::Started, 0));
                            assert!(writer.count(Counter::Dropped, 0));
                        }
                        writer.close();
                    });
                }
            });
            lanes.drain_payloads(&mut reader, |_| ());
            lanes.drain_records(&mut reader, |_| ());
        }
        is_done.store(true, SeqCst);
    });
    assert_eq!(lanes.sum(Counter::Dropped, 0), 200 * 3 * 100);
}

#[test]
fn a_forked_child_leaves_inherited_lanes_alone() {
    let limits = Limits { lanes: 1, chunks: 2, payloads_per_lane: 2 };
    let (inherited, mut reader) = Lanes::<u64>::leak(limits);
    let (own, _) = Lanes::<u64>::leak(limits);
    let writer = Writer::new();
    assert!(writer.open(inherited));
    assert_eq!(writer.push(&words(0, 0)), Pushed::Stored);
    writer.abandon();
    assert_eq!(writer.push(&words(0, 1)), Pushed::NoLane);
    assert!(writer.open(own));
    assert_eq!(writer.push(&words(0, 2)), Pushed::Stored);
    let mut seen = Seen::default();
    seen.drain(inherited, &mut reader);
    assert_eq!(seen.records, 1);
    assert!(!Writer::new().open(inherited), "its owner has not closed it");
}
