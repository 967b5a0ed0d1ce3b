//! Over HTTP, what is sent arrives, at the places and with the headers that were asked for.

use isohub::Level;
use isohub_opentelemetry::{Compression, Otlp, Signal};

use crate::support::{LONG, Receiver, Sent, all_done, recorder, wait_for};

fn work() {
    isohub::start_span!("work").in_scope(|| isohub::capture_message("here", Level::Info));
}

fn run(otlp: Otlp) {
    let (recorder, accounts) = recorder(otlp);
    recorder.run_sync(work);
    recorder.settled(LONG).expect("every span ends");
    let counts = wait_for(&accounts, all_done);
    assert_eq!((counts.spans.sent, counts.logs.sent), (1, 1));
}

#[test]
fn spans_and_log_records_arrive_at_their_places() {
    let receiver = Receiver::taking();
    run(crate::support::otlp().endpoint(receiver.url()));
    let sent = Sent::of(receiver.bodies());
    assert_eq!(sent.span("work").span_id, sent.logs[0].span_id);
    for request in receiver.requests() {
        let head = request.head.to_ascii_lowercase();
        assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
        assert!(head.contains("user-agent: isohub-opentelemetry/"), "{head}");
        assert!(!head.contains("content-encoding"), "{head}");
    }
}

#[test]
fn a_signal_may_have_a_place_of_its_own() {
    let (common, own) = (Receiver::taking(), Receiver::taking());
    let of_traces = format!("{}/elsewhere?a=b", own.url());
    run(crate::support::otlp()
        .endpoint(format!("{}/below/", common.url()))
        .endpoint_of(Signal::Traces, of_traces));
    let first_line = |of: &Receiver| of.requests()[0].head.lines().next().map(str::to_owned);
    assert_eq!(first_line(&own).as_deref(), Some("POST /elsewhere?a=b HTTP/1.1"));
    assert_eq!(first_line(&common).as_deref(), Some("POST /below/v1/logs HTTP/1.1"));
    assert_eq!((common.requests().len(), own.requests().len()), (1, 1));
}

#[test]
fn headers_are_sent_and_bodies_compressed() {
    use std::io::Read;
    let receiver = Receiver::taking();
    run(crate::support::otlp()
        .endpoint(receiver.url())
        .header("x-api-key", "s3cret")
        .compression(Compression::Gzip));
    for request in receiver.requests() {
        let head = request.head.to_ascii_lowercase();
        assert!(head.contains("x-api-key: s3cret\r\n"), "{head}");
        assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
    }
    let unpacked = receiver.bodies().into_iter().map(|(signal, body)| {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut unpacked).expect("gzip");
        (signal, unpacked)
    });
    assert_eq!(Sent::of(unpacked.collect()).spans.len(), 1);
}
