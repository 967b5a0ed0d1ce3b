//! Whatever the receiver does, the program goes on, what may be sent again is, and what is lost is counted.
//!
//! Which test shows it for which transport; of those that are in neither column, the transport is one that is told what
//! to answer.
//!
//! | fault | HTTP | gRPC |
//! | --- | --- | --- |
//! | down | `a_receiver_that_is_down_costs_what_is_sent_and_nothing_else` | `a_receiver_that_is_down_is_tried_again_and_given_up` |
//! | the name is not known | `a_host_that_does_not_exist_is_like_one_that_is_down` | |
//! | silent | `a_receiver_that_never_answers_is_given_up` | `a_server_that_does_not_answer_is_given_up` |
//! | it goes away | `what_is_tried_again_has_the_same_bytes`, `an_answer_that_breaks_off_was_still_an_answer` | `a_connection_that_ended_between_two_batches_is_made_anew` |
//! | it wants to be left alone | `what_is_tried_again_has_the_same_bytes` | `a_limit_that_says_when_it_ends_is_waited_for` |
//! | it may take it later | `what_is_tried_again_has_the_same_bytes` | `what_may_be_tried_again_is_sent_again_as_it_was` |
//! | it refuses | `what_the_receiver_refuses_is_not_sent_again` | `what_the_receiver_refuses_is_lost_and_not_sent_again` |
//! | garbage | `what_is_tried_again_has_the_same_bytes` | `what_is_no_grpc_is_an_answer_like_others` |
//! | sent elsewhere | `redirections_are_not_followed`, `proxies_of_the_environment_are_not_used` | |
//! | it takes a part | `what_is_rejected_of_a_batch_is_counted` | the same |
//! | not trusted | `a_server_that_is_not_trusted_is_sent_nothing` | the same |
//!
//! Of either: `while_the_receiver_takes_nothing_a_bounded_number_waits`, `a_receiver_that_wants_to_be_left_alone_is`,
//! `a_flush_tries_again_at_once_and_does_not_wait_for_long`, `each_signal_fails_by_itself`; at the end,
//! `the_end_of_a_sink_waits_for_nothing_and_counts_what_is_lost`, `a_program_ends_whether_its_receiver_is_silent_or_down`;
//! what is said, `secrets_are_shown_nowhere`, `words_of_others_do_nothing_to_a_terminal`.

use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use isohub::Level;
use isohub_opentelemetry::{Answer, Otlp, Signal, Transport};

use crate::support::{Kept, LONG, Receiver, Reply, Sent, all_done, otlp, recorder, status, wait_for};

const HOUR: Duration = Duration::from_secs(3600);
const MOMENT: Duration = Duration::from_millis(1);

#[test]
fn the_tests_of_the_table_are_there() {
    let sources = [
        include_str!("faults.rs"),
        include_str!("environment.rs"),
        include_str!("grpc.rs"),
        include_str!("programs.rs"),
        include_str!("receivers.rs"),
        include_str!("../../src/transport/answer.rs"),
    ];
    let table: String = sources[0].lines().take_while(|line| line.starts_with("//!")).collect();
    let is_there = |name: &str| sources.iter().any(|source| source.contains(&format!("fn {name}(")));
    let named: Vec<_> = table.split('`').skip(1).step_by(2).collect();
    assert!(named.len() > 25);
    assert_eq!(named.into_iter().filter(|name| !is_there(name)).collect::<Vec<_>>(), [""; 0]);
}

fn work() {
    isohub::start_span!("work").in_scope(|| {});
}

fn unavailable(retry_after: Option<Duration>) -> Answer {
    Answer::Unavailable { why: "not now".to_owned(), retry_after }
}

/// What becomes of one span, and what the receiver was sent.
fn run(otlp: Otlp) -> (u64, u64) {
    let (recorder, accounts) = recorder(otlp);
    recorder.run_sync(work);
    recorder.settled(LONG).expect("every span ends");
    let counts = wait_for(&accounts, |counts| counts.spans.taken == 1 && all_done(counts));
    (counts.spans.sent, counts.spans.lost)
}

#[test]
fn a_receiver_that_is_down_costs_what_is_sent_and_nothing_else() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let otlp = otlp().endpoint(format!("http://{address}")).retry(10 * MOMENT, MOMENT, MOMENT);
    assert_eq!(run(otlp), (0, 1));
}

#[test]
fn a_host_that_does_not_exist_is_like_one_that_is_down() {
    let otlp = otlp().endpoint("http://no-such-host.invalid:4318").retry(MOMENT, MOMENT, MOMENT);
    assert_eq!(run(otlp), (0, 1));
}

#[test]
fn a_receiver_that_never_answers_is_given_up() {
    let receiver = Receiver::new([Reply::Never]);
    let otlp = otlp().endpoint(receiver.url()).timeout(20 * MOMENT).retry(MOMENT, MOMENT, MOMENT);
    assert_eq!(run(otlp), (0, 1));
}

#[test]
fn what_is_tried_again_has_the_same_bytes() {
    let faults = [
        Reply::HungUp,
        Reply::Garbage,
        status(429, "Retry-After: 0\r\n"),
        status(502, ""),
        status(503, "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
        status(504, "Retry-After: nonsense\r\n"),
        status(200, ""),
    ];
    let receiver = Receiver::new(faults.clone());
    assert_eq!(run(otlp().endpoint(receiver.url())), (1, 0));
    let requests = receiver.requests();
    assert_eq!(requests.len(), faults.len());
    // Of the one that was hung up on, nobody kept the body.
    assert!(requests[1..].iter().all(|it| it.body == requests[1].body && !it.body.is_empty()));
}

#[test]
fn what_the_receiver_refuses_is_not_sent_again() {
    for code in [400, 401, 404, 413, 500, 501] {
        let receiver = Receiver::new([status(code, "Retry-After: 0\r\n"), status(200, "")]);
        assert_eq!(run(otlp().endpoint(receiver.url())), (0, 1), "{code}");
        assert_eq!(receiver.requests().len(), 1, "{code}");
    }
}

#[test]
fn redirections_are_not_followed() {
    for code in [301, 302, 303, 307, 308] {
        let elsewhere = Receiver::taking();
        let location = format!("Location: {}/v1/traces\r\n", elsewhere.url());
        let receiver = Receiver::new([status(code, &location)]);
        assert_eq!(run(otlp().endpoint(receiver.url()).header("authorization", "s3cret")), (0, 1), "{code}");
        assert_eq!((receiver.requests().len(), elsewhere.requests().len()), (1, 0), "{code}");
    }
}

#[test]
fn an_answer_that_breaks_off_was_still_an_answer() {
    let receiver = Receiver::new([Reply::BrokenOff]);
    assert_eq!(run(otlp().endpoint(receiver.url())), (1, 0));
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn what_is_rejected_of_a_batch_is_counted() {
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    use prost::Message;
    for (rejected, expected) in [(0, (1, 0)), (1, (0, 1)), (i64::MAX, (0, 1)), (-1, (1, 0))] {
        let partial_success = Some(ExportTracePartialSuccess {
            rejected_spans: rejected,
            error_message: "\u{1b}[31mno".to_owned(),
        });
        let body = ExportTraceServiceResponse { partial_success }.encode_to_vec();
        let receiver = Receiver::new([Reply::Status(200, String::new(), body)]);
        assert_eq!(run(otlp().endpoint(receiver.url())), expected, "{rejected}");
    }
}

#[test]
fn batches_are_bounded_by_number_and_by_size() {
    let kept = Kept::default();
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()).batch(2, HOUR));
    recorder.run_sync(|| (0..5).for_each(|_| work()));
    // The last one waits for another, for which a flush does not wait.
    wait_for(&accounts, |counts| counts.spans.sent == 4);
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, |counts| counts.spans.sent == 5);
    assert_eq!(kept.bodies().len(), 3);

    let kept = Kept::default();
    let (recorder, accounts) = crate::support::recorder(otlp().transport(kept.clone()).batch(512, HOUR));
    let large: Vec<_> = (0..120).map(|_| "x".repeat(8000)).collect();
    recorder.run_sync(|| {
        for _ in 0..10 {
            isohub::start_span!("work", large = &large).in_scope(|| {});
        }
    });
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, |counts| counts.spans.sent == 10);
    let sizes: Vec<_> = kept.bodies().iter().map(|(_, body)| body.len()).collect();
    assert!(sizes.len() >= 3 && sizes.iter().all(|it| *it < 4 << 20), "{sizes:?}");
}

/// Answers when it is told to.
#[derive(Clone)]
struct Told {
    asked: Sender<()>,
    answers: Arc<Mutex<Inbox<Answer>>>,
}

impl Transport for Told {
    fn send(&mut self, _: Signal, _: &[u8]) -> Answer {
        let _ = self.asked.send(());
        // Nobody tells any more: the test is over.
        self.answers.lock().unwrap().recv().unwrap_or_else(|_| unavailable(None))
    }
}

fn told() -> (Told, Inbox<()>, Sender<Answer>) {
    let (asked, asks) = channel();
    let (answer, answers) = channel();
    (Told { asked, answers: Arc::new(Mutex::new(answers)) }, asks, answer)
}

#[test]
fn while_the_receiver_takes_nothing_a_bounded_number_waits() {
    let (transport, asks, answer) = told();
    let (recorder, accounts) =
        recorder(otlp().transport(transport).queue(10).batch(2, MOMENT).retry(HOUR, HOUR, HOUR));
    recorder.run_sync(work);
    asks.recv_timeout(LONG).expect("an attempt");
    answer.send(unavailable(None)).expect("it is asked");
    recorder.run_sync(|| (0..1000).for_each(|_| work()));
    let counts = wait_for(&accounts, |counts| counts.spans.taken == 1001);
    // One is under way, ten wait, and those that came before it was known that the receiver fails.
    let waiting = counts.spans.taken - counts.spans.lost;
    assert!((11..=12).contains(&waiting), "{counts:?}");
    assert_eq!(recorder.stats().started, 1001);
}

#[test]
fn a_burst_that_the_receiver_can_take_is_not_lost() {
    // Not even after it has been unavailable.
    let kept = Kept::answering([unavailable(None)]);
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()).queue(10).batch(4, MOMENT));
    recorder.run_sync(work);
    wait_for(&accounts, |counts| counts.spans.sent == 1);
    recorder.run_sync(|| (0..1000).for_each(|_| work()));
    recorder.settled(LONG).expect("every span ends");
    let counts = wait_for(&accounts, |counts| counts.spans.taken == 1001 && all_done(counts));
    assert_eq!((counts.spans.sent, counts.spans.lost), (1001, 0));
}

#[test]
fn the_end_of_a_sink_waits_for_nothing_and_counts_what_is_lost() {
    let (transport, asks, answer) = told();
    let (recorder, accounts) =
        recorder(otlp().transport(transport).queue(10).batch(2, MOMENT).retry(HOUR, HOUR, HOUR));
    recorder.run_sync(|| (0..10).for_each(|_| work()));
    asks.recv_timeout(LONG).expect("an attempt");
    wait_for(&accounts, |counts| counts.spans.taken == 10);
    drop(recorder);
    // It is never told; the receiver is as one that is down.
    drop(answer);
    let counts = wait_for(&accounts, all_done);
    assert_eq!((counts.spans.sent, counts.spans.lost), (0, 10));
}

#[test]
fn a_flush_tries_again_at_once_and_does_not_wait_for_long() {
    let kept = Kept::answering([unavailable(None)]);
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()).retry(HOUR, HOUR, HOUR));
    recorder.run_sync(work);
    wait_for(&accounts, |_| kept.bodies().len() == 1);
    recorder.settled(LONG).expect("every span ends");
    assert_eq!(wait_for(&accounts, |counts| counts.spans.sent == 1).spans.lost, 0);
}

#[test]
fn a_receiver_that_wants_to_be_left_alone_is() {
    let kept = Kept::answering([unavailable(Some(HOUR))]);
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()).retry(HOUR, MOMENT, MOMENT));
    recorder.run_sync(work);
    wait_for(&accounts, |_| kept.bodies().len() == 1);
    // Neither a flush nor more to send ends the pause.
    recorder.run_sync(work);
    recorder.settled(LONG).expect("the flush ends");
    assert_eq!((kept.bodies().len(), accounts.read().spans.sent), (1, 0));
    drop(recorder);
    assert_eq!(wait_for(&accounts, all_done).spans.taken, 2);
}

/// Fails in a way that no transport should.
#[derive(Clone)]
struct Panicking(Kept);

impl Transport for Panicking {
    fn send(&mut self, signal: Signal, body: &[u8]) -> Answer {
        match self.0.send(signal, body) {
            Answer::Refused { .. } => std::panic::resume_unwind(Box::new(())),
            answer => answer,
        }
    }
}

#[test]
fn a_transport_that_panics_loses_a_batch() {
    let kept = Kept::answering([Answer::Refused { why: String::new() }]);
    let (recorder, accounts) = recorder(otlp().transport(Panicking(kept)));
    recorder.run_sync(work);
    wait_for(&accounts, |counts| counts.spans.lost == 1);
    recorder.run_sync(work);
    wait_for(&accounts, |counts| counts.spans.sent == 1);
    recorder.settled(std::time::Duration::from_secs(60)).unwrap();
    let stats = recorder.stats();
    let sink = stats.sinks.iter().find(|sink| sink.name == "otlp").unwrap();
    assert_eq!(sink.undelivered, 1, "{sink:?}");
}

#[test]
fn each_signal_fails_by_itself() {
    #[derive(Clone)]
    struct OnlyTraces(Kept);
    impl Transport for OnlyTraces {
        fn send(&mut self, signal: Signal, body: &[u8]) -> Answer {
            match signal {
                Signal::Logs => Answer::Refused { why: "no logs here".to_owned() },
                _ => self.0.send(signal, body),
            }
        }
    }
    let kept = Kept::default();
    let (recorder, accounts) = recorder(otlp().transport(OnlyTraces(kept.clone())));
    recorder.run_sync(|| {
        isohub::start_span!("work").in_scope(|| isohub::capture_message("here", Level::Info));
    });
    recorder.settled(LONG).expect("every span ends");
    let counts =
        wait_for(&accounts, |counts| counts.logs.taken + counts.spans.taken == 2 && all_done(counts));
    assert_eq!((counts.spans.sent, counts.logs.lost), (1, 1));
    assert_eq!(Sent::of(kept.bodies()).spans.len(), 1);
}
