//! Programs of their own: from the environment they begin with to their end.

use std::process::Command;

use isohub_opentelemetry::{Answer, Otlp, Signal, Transport};

use crate::support::{Kept, LONG, Receiver, Reply, Sent, get, otlp, wait_for};

/// What tests below run in processes of their own.
#[test]
#[ignore = "run by another test, with variables"]
fn wrong_program() {
    let error = Otlp::new().build().expect_err("a variable is wrong");
    assert!(error.to_string().starts_with("OTEL_EXPORTER_OTLP_PROTOCOL is \"udp\""));
}

#[test]
#[ignore = "run by another test, with variables"]
fn whole_program() {
    let otlp = Otlp::new().build().expect("a sink");
    let _isohub = isohub::init().sink(otlp).release("shop@1.2.3").environment("staging").install();
    isohub::start_span!("work").in_scope(|| isohub::capture_message("here", isohub::Level::Info));
}

/// Is itself instrumented, as libraries are that send.
#[derive(Clone)]
struct Instrumented(Kept);

impl Transport for Instrumented {
    fn send(&mut self, signal: Signal, body: &[u8]) -> Answer {
        isohub::start_span!("send").in_scope(|| isohub::capture_message("sent", isohub::Level::Info));
        self.0.send(signal, body)
    }
}

#[test]
#[ignore = "run by another test"]
fn instrumented_program() {
    let kept = Kept::default();
    let sink = otlp().transport(Instrumented(kept.clone())).build().expect("a sink");
    let accounts = sink.accounts();
    let isohub = isohub::init().sink(sink).install().expect("a pipeline");
    for sent in 1..=3 {
        isohub::start_span!("work").in_scope(|| {});
        isohub.flush(LONG).expect("a flush");
        wait_for(&accounts, |counts| counts.spans.sent == sent);
    }
    assert_eq!((isohub.stats().started, isohub.stats().events), (3, 0));
    assert_eq!((kept.sent().spans.len(), accounts.read().logs.taken), (3, 0));
}

#[test]
fn nothing_that_a_transport_does_is_sent() {
    run("instrumented_program", &[]);
}

/// Has all that libraries tell tracing recorded, which those that speak gRPC do with each frame.
#[test]
#[ignore = "run by another test, with variables"]
fn traced_program() {
    use tracing_subscriber::prelude::*;
    let layer = isohub_tracing::layer().spans(|_| true).events(|_| isohub_tracing::EventFilter::CAPTURE);
    tracing_subscriber::registry().with(layer).init();
    let sink = Otlp::new().build().expect("a sink");
    let accounts = sink.accounts();
    let isohub = isohub::init().sink(sink).install().expect("a pipeline");
    for sent in 1..=3 {
        isohub::start_span!("work").in_scope(|| {});
        isohub.flush(LONG).expect("a flush");
        wait_for(&accounts, |counts| counts.spans.sent == sent);
    }
    assert_eq!((isohub.stats().started, isohub.stats().events), (3, 0));
}

#[cfg(feature = "grpc")]
#[test]
fn nothing_that_a_connection_tells_tracing_is_sent() {
    let server = crate::grpc::Server::answering([]);
    let endpoint = format!("http://{}", server.address);
    let variables = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint)];
    run("traced_program", &variables);
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let (proxy, receiver) = (Receiver::taking(), Receiver::taking());
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url()),
        ("HTTP_PROXY", &proxy.url()),
        ("http_proxy", &proxy.url()),
        ("ALL_PROXY", &proxy.url()),
    ];
    run("whole_program", &variables);
    assert_eq!((proxy.requests().len(), receiver.requests().len()), (0, 2));
}

fn run(program: &str, variables: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", &format!("programs::{program}"), "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    text
}

#[test]
fn the_environment_of_the_process_is_read() {
    run("wrong_program", &[("OTEL_EXPORTER_OTLP_PROTOCOL", "udp")]);
}

#[test]
fn the_end_of_a_program_sends_what_waits_for_more() {
    let receiver = Receiver::taking();
    let text = run("whole_program", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
    assert!(!text.contains("isohub"), "{text}");
    let sent = Sent::of(receiver.bodies());
    assert_eq!((sent.spans.len(), sent.logs.len()), (1, 1));
    let of = |key| get(&sent.resources[0].attributes, key).cloned();
    let expected = [("service.name", "shop"), ("service.version", "1.2.3")];
    for (key, value) in expected.into_iter().chain([("deployment.environment.name", "staging")]) {
        assert_eq!(of(key), Some(crate::support::text(value)), "{key}");
    }
}

#[test]
fn a_program_ends_whether_its_receiver_is_silent_or_down() {
    let silent = Receiver::new([Reply::Never]);
    run("whole_program", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &silent.url())]);
    assert!(!silent.requests().is_empty());
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1/s3cret?key=s3cret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret"),
    ];
    let text = run("whole_program", &variables);
    let said = "isohub: otlp: traces: http://127.0.0.1:1 cannot be reached: io: Connection refused";
    assert_eq!(text.matches(said).count(), 1, "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}
