//! Sinks that fail, and what they are given that fails them: the program goes on, memory is bounded, and what is lost
//! is counted and said once.
//!
//! Which test shows it for which sink. Those of files are `ChromeTrace`, `JsonLines` and `HtmlPage`; a sink of a program's
//! own is shielded by the first row alone. The sink for OTLP has a table of its own.
//!
//! | fault | console, or any sink | files | Sentry |
//! | --- | --- | --- | --- |
//! | it panics | `a_sink_that_panics_loses_that_batch_and_goes_on`, `a_sink_that_panics_three_times_in_a_row_gets_no_more`, `a_sink_that_panics_when_it_is_asked_who_it_is_works_all_the_same` | | |
//! | nobody is there | | `where_there_is_no_directory_all_is_lost_and_counted`, `a_directory_that_comes_later_is_used` | `a_receiver_that_is_down_costs_what_is_sent_and_nothing_else` |
//! | the name is not known | | | `a_host_that_does_not_exist_is_like_one_that_is_down` |
//! | slow, or silent | `a_sink_that_blocks_holds_up_neither_the_program_nor_other_sinks` | `a_receiver_that_never_reads_holds_up_neither_the_program_nor_its_end` | `a_receiver_that_never_answers_holds_up_neither_the_program_nor_its_end`, `a_recorder_goes_on_while_its_receiver_is_silent` |
//! | it goes away in the middle | `a_write_that_fails_is_counted` | `a_pipe_whose_reader_goes_away_loses_what_nobody_reads` | `a_connection_that_fails_is_tried_again_under_the_same_id`, `an_answer_that_breaks_off_was_still_an_answer` |
//! | 429, `Retry-After` | | | `rate_limits_are_kept_by_category`, `a_limit_on_everything_is_kept_too` |
//! | 413, 500, 503 | | | `what_the_receiver_refuses_is_lost_and_sentry_is_told` |
//! | garbage | | | `a_connection_that_fails_is_tried_again_under_the_same_id` |
//! | sent elsewhere | | | `a_receiver_that_sends_elsewhere_is_not_obeyed`; clients: `what_follows_redirects_by_itself_tells_others_what_was_meant_for_one` |
//! | full disk | `a_console_on_a_full_disk_counts_what_is_lost_and_says_it_once` | `a_full_device_is_survived`, `files_that_cannot_grow_are_left_whole`, `a_disk_that_is_full_or_read_only_spoils_nothing`, `files_that_cannot_make_room_take_no_more` | |
//! | read-only | | `a_read_only_file_stays_as_it_is`, `a_disk_that_is_full_or_read_only_spoils_nothing` | |
//! | a directory in its place | | `a_directory_in_the_place_of_the_file_is_left_alone` | |
//! | the file vanishes | | `a_file_that_vanishes_is_begun_anew_and_one_that_was_moved_stays_whole` | |
//! | killed | | `a_killed_process_leaves_files_that_can_be_read`, `a_run_goes_on_below_the_torn_line_of_the_last_one` | |
//! | end with a full queue | `a_sink_that_blocks_loses_only_its_own_data`, `traces_do_not_pile_up_before_a_sink_that_blocks`, `a_sink_that_is_stuck_does_not_keep_the_process` | `a_receiver_that_never_reads_holds_up_neither_the_program_nor_its_end` | `a_receiver_that_never_answers_holds_up_neither_the_program_nor_its_end` |
//! | said once, and nothing secret | `a_console_on_a_full_disk_counts_what_is_lost_and_says_it_once` | `what_is_lost_is_said_once_a_sink_and_nothing_is_obeyed` | `what_is_lost_is_said_once_and_no_key_is_said_at_all` |
//! | text that acts | `a_console_prints_no_character_that_acts` | `lines_and_traces_hold_all_text_as_it_was`, `a_page_holds_all_text_as_data_and_nothing_of_it_elsewhere`, `a_page_runs_nothing_that_comes_from_the_program` | |
//!
//! What callers send: `what_is_kept_of_a_request_is_bounded`, `what_is_passed_on_of_a_request_is_bounded`,
//! `nothing_that_comes_or_is_set_makes_a_header_of_its_own`, `no_record_has_baggage_and_no_debug_output_shows_it`,
//! `what_is_known_of_a_request_is_recorded_and_nothing_else`.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use isohub::FlushError;
use isohub::sink::Batch;
use isohub::testing::Recorder;

use super::LONG;
use crate::child;
use crate::probe::Probe;

#[test]
fn the_tests_of_the_table_are_there() {
    let sources = [
        include_str!("of_sinks.rs"),
        include_str!("../process.rs"),
        include_str!("../propagation/hubs.rs"),
        include_str!("../../../../runtime/src/sink/console/tests.rs"),
        include_str!("../../../../integrations/export/tests/it/browser.rs"),
        include_str!("../../../../integrations/export/tests/it/faults.rs"),
        include_str!("../../../../integrations/export/tests/it/faults/apart.rs"),
        include_str!("../../../../integrations/export/tests/it/hostile.rs"),
        include_str!("../../../../integrations/export/tests/it/lines.rs"),
        include_str!("../../../../integrations/sentry/tests/it/faults.rs"),
        include_str!("../../../../integrations/tower/tests/it/bounds.rs"),
        include_str!("../../../../integrations/tower/tests/it/options.rs"),
        include_str!("../../../../integrations/tower/tests/it/shared.rs"),
    ];
    let table: String = sources[0].lines().take_while(|line| line.starts_with("//!")).collect();
    let is_there = |name: &str| sources.iter().any(|source| source.contains(&format!("fn {name}(")));
    let named: Vec<_> = table.split('`').skip(1).step_by(2).filter(|name| name.contains('_')).collect();
    assert!(named.len() > 40);
    assert_eq!(named.into_iter().filter(|name| !is_there(name)).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_sink_that_panics_loses_that_batch_and_goes_on() {
    let (mut batches, seen) = (0, Arc::new(Mutex::new(Vec::new())));
    let its = Arc::clone(&seen);
    let sink = Probe::new("at times", move |batch: &Batch| {
        // The recorder's own sink asks for the starts of spans, which come in batches of their own.
        batches += batch.spans.len();
        if !batch.spans.is_empty() && batches % 2 == 1 {
            panic_any("sink");
        }
        its.lock().unwrap().extend(batch.spans.iter().map(|span| span.name.clone()));
    });
    let recorder = Recorder::builder().sink(sink).build();
    for name in ["one", "two", "three", "four", "five", "six"] {
        recorder.run_sync(|| {
            isohub::start_span!("work").in_scope(|| isohub::current_span().set_name(name));
        });
        recorder.spans();
    }
    assert_eq!(*seen.lock().unwrap(), ["two", "four", "six"], "three panics, but not in a row");
    let [memory, sink] = &recorder.stats().sinks[..] else { panic!("two sinks") };
    assert_eq!((memory.received, memory.lost, memory.panics), (6, 0, 0));
    assert_eq!((sink.received, sink.lost, sink.panics), (3, 3, 3));
}

#[test]
fn a_sink_that_panics_three_times_in_a_row_gets_no_more() {
    let calls = Arc::new(AtomicU32::new(0));
    let (receives, flushes) = (Arc::clone(&calls), Arc::new(AtomicU32::new(0)));
    let its_flushes = Arc::clone(&flushes);
    let sink = Probe::new("broken", move |batch: &Batch| {
        if batch.spans.is_empty() {
            return;
        }
        receives.fetch_add(1, Ordering::Relaxed);
        panic_any("sink");
    })
    .flush(move || {
        its_flushes.fetch_add(1, Ordering::Relaxed);
        panic_any("flush");
    });
    let recorder = Recorder::builder().sink(sink).build();
    let spans: Vec<_> = recorder.run_sync(|| (0..6).map(|_| isohub::start_span!("work")).collect());
    recorder.spans();
    flushes.store(0, Ordering::Relaxed);
    for span in spans {
        drop(span);
        recorder.spans();
    }
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    assert_eq!(flushes.load(Ordering::Relaxed), 2, "after the third panic it is not asked to flush either");
    let [memory, sink] = &recorder.stats().sinks[..] else { panic!("two sinks") };
    assert_eq!((memory.received, memory.lost), (6, 0));
    assert_eq!((sink.received, sink.lost, sink.panics), (0, 6, 3 + 1 + 2));
    assert!(recorder.settled(LONG).is_ok(), "it holds no flush up");
}

#[test]
fn a_sink_that_panics_when_it_is_asked_who_it_is_works_all_the_same() {
    struct Nameless(Arc<AtomicU32>);

    impl isohub::sink::Sink for Nameless {
        fn name(&self) -> &str {
            panic_any("name")
        }

        fn wants_traces(&self) -> bool {
            panic_any("wants_traces")
        }

        fn wants_starts(&self) -> bool {
            panic_any("wants_starts")
        }

        fn undelivered(&self) -> u64 {
            panic_any("undelivered")
        }

        fn receive(&mut self, batch: &Batch) {
            self.0.fetch_add(batch.spans.len() as u32, Ordering::Relaxed);
        }
    }

    let received = Arc::new(AtomicU32::new(0));
    let recorder = Recorder::builder().sink(Nameless(Arc::clone(&received))).build();
    recorder.run_sync(|| isohub::start_span!("work").in_scope(|| ()));
    recorder.settled(LONG).expect("every span ends");
    assert_eq!(received.load(Ordering::Relaxed), 1);
    let sink = &recorder.stats().sinks[1];
    assert_eq!((&*sink.name, sink.received, sink.lost, sink.panics), ("(panicked)", 1, 0, 3));
}

#[test]
fn a_console_on_a_full_disk_counts_what_is_lost_and_says_it_once() {
    if !std::path::Path::new("/dev/full").exists() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    let ended = child::run(&["full-console"], &[]);
    assert_eq!(ended.out, "received=9 lost=0 undelivered=9 panics=0\n", "{ended:#?}");
    assert_eq!(ended.err.matches("isohub: the console cannot be written to").count(), 1, "{}", ended.err);
}

#[test]
fn a_trace_that_is_lost_counts_for_whoever_wants_traces() {
    let sink = |name| {
        Probe::new(name, |batch: &Batch| {
            if !batch.traces.is_empty() {
                panic_any("sink");
            }
        })
    };
    let recorder = Recorder::builder().sink(sink("of traces").traces()).sink(sink("of spans")).build();
    recorder.run_sync(|| {
        isohub::start_span!("root").in_scope(|| {
            for _ in 0..3 {
                isohub::start_span!("child").in_scope(|| ());
            }
            // They are received one by one, before their trace is there.
            assert_eq!(recorder.spans().len(), 3);
        });
    });
    recorder.settled(LONG).expect("every span ends");
    let stats = recorder.stats();
    let counts = |at: usize| (stats.sinks[at].received, stats.sinks[at].lost);
    assert_eq!((counts(1), counts(2)), ((4, 4), (4, 0)));
}

#[test]
fn a_sink_that_blocks_holds_up_neither_the_program_nor_other_sinks() {
    let (open, is_open) = channel::<()>();
    let sink = Probe::new("blocked", move |_: &Batch| {
        let _ = is_open.recv();
    });
    let recorder = Recorder::builder().sink(sink).build();
    let other = Recorder::new();
    let work = || {
        isohub::start_span!("work").in_scope(|| ());
        isohub::flush(Duration::from_millis(50))
    };
    let began = Instant::now();
    assert_eq!(recorder.run_sync(work), Err(FlushError::TimedOut));
    assert_eq!(recorder.run_sync(work), Err(FlushError::TimedOut));
    assert!(began.elapsed() < Duration::from_secs(10), "a flush takes no longer than it is given");
    while recorder.stats().sinks[0].received < 2 {
        assert!(began.elapsed() < LONG, "the other sink receives");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(recorder.settled(Duration::from_millis(50)).is_err());
    assert!(other.settled(LONG).is_ok(), "the flush of another pipeline");
    drop(open);
    assert!(recorder.settled(LONG).is_ok());
    assert_eq!(recorder.stats().sinks[1].received, 2);
}

#[test]
fn a_sink_that_blocks_loses_only_its_own_data() {
    let out = child::prints("blocked");
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        [
            "flush=Err(TimedOut) in_time=true",
            "started=300001 delivered=300001 dropped=0 open=0 adds_up=true",
            "other received=300001 lost=0",
            "blocked lost=true",
            "flush=Ok(())",
            "blocked adds_up=true",
            "blocked seen=true",
            "flush=Ok(())",
            "goes on=true",
        ]
    );
}

#[test]
fn traces_do_not_pile_up_before_a_sink_that_blocks() {
    let ended = child::run(&["blocked-traces"], &[]);
    assert_eq!(ended.err.matches("the sink \"gate\" does not keep up").count(), 1, "{}", ended.err);
    assert_eq!(ended.out, "full=true\nflush=Ok(())\nwithin the bound=true\nall counted=true\n");
}
