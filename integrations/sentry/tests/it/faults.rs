//! Whatever the receiver does, the program goes on, and what is lost is counted.

use std::sync::Arc;
use std::time::Duration;

use isohub::Level;
use isohub::testing::Recorder;
use isohub_sentry::{Accounts, HttpTransport, Sentry};
use sentry::{Client, ClientOptions};

use crate::support::{Answer, LONG, OK, Receiver, recorder, wait_for};

fn to(dsn: &str) -> (Recorder, Accounts) {
    let sentry = Sentry::new(dsn).expect("a DSN");
    let accounts = sentry.accounts();
    (recorder(sentry), accounts)
}

fn work(recorder: &Recorder) {
    recorder.run_sync(|| {
        isohub::start_span!("work").in_scope(|| isohub::capture_message("here", Level::Info));
    });
}

/// What is told of losses in the envelope that came last: `(category, reason, quantity)`.
fn reported(receiver: &Receiver) -> Vec<(String, String, u64)> {
    let reports = receiver.items().pop().into_iter().flat_map(|(_, items)| items);
    let reports = reports.filter(|(kind, _)| kind == "client_report").map(|(_, report)| report);
    let losses =
        |report: serde_json::Value| report["discarded_events"].as_array().cloned().unwrap_or_default();
    let read = |loss: serde_json::Value| {
        let text = |key: &str| loss[key].as_str().unwrap_or_default().to_owned();
        (text("category"), text("reason"), loss["quantity"].as_u64().unwrap_or_default())
    };
    reports.flat_map(losses).map(read).collect()
}

#[test]
fn a_receiver_that_is_down_costs_what_is_sent_and_nothing_else() {
    let down = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let (recorder, accounts) = to(&format!("http://secretkey@{down}/1"));
    work(&recorder);
    recorder.settled(LONG).expect("every span ends");
    let counts = wait_for(&accounts, |counts| counts.lost == 2);
    assert_eq!((counts.made, counts.sent), (2, 0));
}

#[test]
fn a_host_that_does_not_exist_is_like_one_that_is_down() {
    let (recorder, accounts) = to("http://secretkey@no-such-host.invalid/1");
    work(&recorder);
    assert_eq!(wait_for(&accounts, |counts| counts.lost == 2).sent, 0);
}

#[test]
fn what_the_receiver_refuses_is_lost_and_sentry_is_told() {
    for status in [413, 500, 503, 302] {
        let receiver = Receiver::new(Answer::Status(status, "Location: http://127.0.0.1:1/\r\n"));
        let (recorder, accounts) = to(&receiver.dsn());
        work(&recorder);
        recorder.settled(LONG).expect("every span ends");
        let counts = wait_for(&accounts, |counts| counts.lost == 2);
        assert_eq!((counts.sent, receiver.requests()), (0, 2), "{status}: nothing is sent twice");
        receiver.answer(OK);
        recorder.run_sync(|| isohub::capture_message("after", Level::Info));
        wait_for(&accounts, |counts| counts.sent == 1);
        let losses = reported(&receiver);
        // A report that was itself refused is told again.
        for category in ["error", "transaction"] {
            assert!(losses.contains(&(category.into(), "send_error".into(), 1)), "{status}: {losses:?}");
        }
    }
}

#[test]
fn rate_limits_are_kept_by_category() {
    let limits = "X-Sentry-Rate-Limits: 600:transaction;span:organization\r\n";
    let receiver = Receiver::new(Answer::Status(429, limits));
    let (recorder, accounts) = to(&receiver.dsn());
    recorder.run_sync(|| isohub::capture_message("first", Level::Info));
    wait_for(&accounts, |counts| counts.lost == 1);
    receiver.answer(OK);
    work(&recorder);
    recorder.settled(LONG).expect("every span ends");
    let counts = wait_for(&accounts, |counts| counts.sent + counts.lost == 3);
    assert_eq!((counts.sent, counts.lost), (1, 2), "the event goes, the transaction stays");
    let kinds: Vec<_> = receiver.items().iter().map(|(_, items)| items[0].0.clone()).collect();
    assert_eq!(kinds, ["event", "event"]);
    recorder.run_sync(|| isohub::capture_message("last", Level::Info));
    wait_for(&accounts, |counts| counts.sent == 2);
    let losses = reported(&receiver);
    assert!(losses.contains(&("transaction".into(), "ratelimit_backoff".into(), 1)), "{losses:?}");
    let (header, _) = &receiver.items()[1];
    assert!(header["trace"]["trace_id"].is_string(), "filtering loses no header: {header}");
}

#[test]
fn a_limit_on_everything_is_kept_too() {
    for (status, headers) in [(503, "Retry-After: 600\r\n"), (429, "")] {
        let receiver = Receiver::new(Answer::Status(status, headers));
        let (recorder, accounts) = to(&receiver.dsn());
        recorder.run_sync(|| isohub::capture_message("first", Level::Info));
        wait_for(&accounts, |counts| counts.lost == 1);
        receiver.answer(OK);
        work(&recorder);
        recorder.settled(LONG).expect("every span ends");
        wait_for(&accounts, |counts| counts.lost == 3);
        assert_eq!(receiver.requests(), 1);
    }
}

#[test]
fn a_connection_that_fails_is_tried_again_under_the_same_id() {
    for fault in [Answer::HungUp, Answer::Garbage] {
        let receiver = Receiver::new(fault);
        let (recorder, accounts) = to(&receiver.dsn());
        recorder.run_sync(|| isohub::capture_message("here", Level::Info));
        wait_for(&accounts, |_| receiver.requests() == 1);
        receiver.answer(OK);
        let counts = wait_for(&accounts, |counts| counts.sent + counts.lost == 1);
        assert_eq!((counts.sent, counts.lost), (1, 0), "{fault:?}");
        let ids: Vec<_> = receiver.items().iter().map(|(header, _)| header["event_id"].clone()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}

#[test]
fn an_answer_that_breaks_off_was_still_an_answer() {
    let receiver = Receiver::new(Answer::BrokenOff);
    let (recorder, accounts) = to(&receiver.dsn());
    work(&recorder);
    recorder.settled(LONG).expect("every span ends");
    let counts = wait_for(&accounts, |counts| counts.sent == 2);
    assert_eq!((counts.lost, receiver.requests()), (0, 2));
}

#[test]
fn a_receiver_that_never_answers_holds_up_neither_the_program_nor_its_end() {
    let receiver = Receiver::new(Answer::Never);
    let transport = HttpTransport::new();
    let accounts = transport.accounts();
    let options = ClientOptions::new().dsn(receiver.dsn().as_str()).transport(transport);
    let client = Arc::new(Client::from(options));
    // More than finds room: each is given at once, whatever became of those before.
    for _ in 0..200 {
        client.capture_event(sentry::protocol::Event::default(), None);
    }
    assert!(!client.flush(Some(Duration::from_millis(1))), "nothing can have been sent");
    let counts = wait_for(&accounts, |_| receiver.requests() == 1);
    // One is being sent, and those that wait are bounded.
    assert!((200 - 64 - 1..200).contains(&counts.lost), "{counts:?}");
    drop(client);
}

#[test]
fn a_recorder_goes_on_while_its_receiver_is_silent() {
    let receiver = Receiver::new(Answer::Never);
    let (recorder, accounts) = to(&receiver.dsn());
    for _ in 0..50 {
        work(&recorder);
    }
    wait_for(&accounts, |_| receiver.requests() > 0);
    assert_eq!(recorder.stats().started, 50);
    assert_eq!(accounts.read().sent, 0);
}

#[test]
fn a_client_without_a_receiver_takes_all_and_sends_nothing() {
    let sentry = Sentry::of(Arc::new(Client::from(ClientOptions::new())));
    let recorder = recorder(sentry);
    work(&recorder);
    recorder.settled(LONG).expect("every span ends");
}

#[test]
fn a_receiver_that_sends_elsewhere_is_not_obeyed() {
    let other = Receiver::new(OK);
    for status in [301, 302, 307, 308] {
        let elsewhere = format!("Location: http://{}/api/42/envelope/\r\n", other.address());
        let receiver = Receiver::new(Answer::Status(status, elsewhere.leak()));
        let (recorder, accounts) = to(&receiver.dsn());
        work(&recorder);
        recorder.settled(LONG).expect("every span ends");
        assert_eq!(wait_for(&accounts, |counts| counts.lost == 2).sent, 0);
    }
    assert_eq!(other.requests(), 0);
}

const CHILD: &str = "ISOHUB_SENTRY_CHILD";

/// Not a test of its own: what the child process of the next one runs.
#[test]
fn child() {
    let Ok(dsns) = std::env::var(CHILD) else { return };
    for dsn in dsns.split(' ') {
        let sentry = Sentry::new(dsn).expect("a DSN");
        eprintln!("{sentry:?} {:?}", sentry.accounts());
        let accounts = sentry.accounts();
        let recorder = recorder(sentry);
        for round in 1..=3 {
            work(&recorder);
            recorder.settled(LONG).expect("every span ends");
            wait_for(&accounts, |counts| counts.sent + counts.lost == 2 * round);
        }
    }
    for wrong in
        ["http://secretkey:password@/1", "secretkey", "http://secretkey:password@host/", "http://host/1"]
    {
        let error = Sentry::new(wrong).expect_err("no DSN");
        eprintln!("{error} {error:?}");
    }
}

#[test]
fn what_is_lost_is_said_once_and_no_key_is_said_at_all() {
    let receivers = [Answer::Status(500, ""), Answer::Garbage, OK].map(Receiver::new);
    let mut dsns: Vec<_> = receivers.iter().map(|it| it.dsn().replace('@', ":password@")).collect();
    dsns.push("http://secretkey:password@no-such-host.invalid/1".to_owned());
    // Nothing goes to a host that the program did not name; whoever sets up a machine is not the program.
    let proxy = Receiver::new(OK);
    let mut command = std::process::Command::new(std::env::current_exe().expect("a program"));
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, format!("http://{}", proxy.address()));
    }
    command
        .args(["faults::child", "--exact", "--nocapture"])
        .env(CHILD, dsns.join(" "))
        .env("RUST_LOG", "trace");
    let output = command.output().expect("it runs");
    let [out, err] = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    assert!(output.status.success(), "{out}{err}");
    assert!(
        !(out.clone() + &err).contains("secretkey") && !(out.clone() + &err).contains("password"),
        "{out}{err}"
    );
    let said = |why: &str| err.matches(why).count();
    let once_each =
        ["isohub: sentry: the receiver answered 500", "isohub: sentry: the receiver cannot be reached"];
    assert_eq!(once_each.map(said), [1, 2], "{err}");
    assert_eq!(said("isohub: "), 3, "{err}");
    assert_eq!((proxy.requests(), receivers[2].requests()), (0, 6));
}
