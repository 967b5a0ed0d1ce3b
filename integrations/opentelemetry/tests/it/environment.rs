//! What the environment says is done, and what cannot be used is said.

use isohub_opentelemetry::{InvalidConfig, Otlp, Protocol, Signal};

use crate::support::{LONG, Receiver, all_done, recorder, wait_for};

/// A configuration of these variables.
fn of<const N: usize>(variables: [(&str, &str); N]) -> Otlp {
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Otlp::of_variables(move |name| {
        variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    })
}

fn error(otlp: Otlp) -> String {
    let result: Result<_, InvalidConfig> = otlp.build();
    result.err().map_or_else(|| panic!("nothing was wrong"), |it| it.to_string())
}

/// The heads of what is sent by one span and one message.
fn heads(otlp: Otlp, receiver: &Receiver) -> Vec<String> {
    let (recorder, accounts) = recorder(otlp);
    recorder.run_sync(|| {
        isohub::start_span!("work").in_scope(|| isohub::capture_message("here", isohub::Level::Info));
    });
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, all_done);
    let mut heads: Vec<_> = receiver.requests().into_iter().map(|it| it.head.to_ascii_lowercase()).collect();
    heads.sort();
    heads
}

#[test]
fn the_variables_of_a_signal_go_before_those_of_all() {
    let receiver = Receiver::taking();
    let own = format!("{}/own", receiver.url());
    let otlp = of([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url()),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &own),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=1, b=two%20words,c=3,c=4"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=own"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "9000"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", " "),
    ]);
    let [traces, logs] = &heads(otlp.header("b", "of the program"), &receiver)[..] else { panic!() };
    let (traces, logs) = if traces.contains("post /own") { (traces, logs) } else { (logs, traces) };
    assert!(traces.starts_with("post /own http/1.1\r\n") && logs.starts_with("post /v1/logs http/1.1\r\n"));
    for head in [traces, logs] {
        assert!(head.contains("\r\nb: of the program\r\n") && head.contains("\r\nc: 4\r\n"), "{head}");
        assert!(!head.contains("two words") && !head.contains("c: 3"), "{head}");
    }
    assert!(traces.contains("\r\na: own\r\n") && !traces.contains("gzip"), "{traces}");
    assert!(logs.contains("\r\na: 1\r\n") && logs.contains("content-encoding: gzip"), "{logs}");
}

#[test]
fn the_program_goes_before_the_environment() {
    let receiver = Receiver::taking();
    let otlp = of([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/own"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ]);
    let otlp = otlp.endpoint(receiver.url()).protocol(Protocol::HttpProtobuf);
    assert_eq!(heads(otlp, &receiver).len(), 2);
}

#[test]
fn what_cannot_be_used_is_said_with_what_to_write() {
    let wrong = [
        (
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "http/json",
            r#"OTEL_EXPORTER_OTLP_PROTOCOL is "http/json": write `http/protobuf` or `grpc`"#,
        ),
        (
            "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
            "10s",
            r#"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT is "10s": write milliseconds, such as `10000`"#,
        ),
        (
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "0",
            r#"OTEL_EXPORTER_OTLP_TIMEOUT is "0": write milliseconds, such as `10000`"#,
        ),
        (
            "OTEL_EXPORTER_OTLP_COMPRESSION",
            "zstd",
            r#"OTEL_EXPORTER_OTLP_COMPRESSION is "zstd": write `gzip` or `none`"#,
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "localhost:4318",
            "OTEL_EXPORTER_OTLP_ENDPOINT is not usable: write a URL such as `http://localhost:4318`",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "ftp://host/",
            "OTEL_EXPORTER_OTLP_ENDPOINT is not usable: its scheme is none of `http` and `https`",
        ),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "a=b,s3cret",
            "member 2 of OTEL_EXPORTER_OTLP_HEADERS is no pair: write `name=value,name=value`",
        ),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "a b=s3cret",
            r#"the header "a b" of OTEL_EXPORTER_OTLP_HEADERS has no valid name: write letters, digits and `-`, such as `x-api-key`"#,
        ),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "a=s3cret%0d%0ab: c",
            r#"the header "a" of OTEL_EXPORTER_OTLP_HEADERS has a value that no header can have: write it in one line of ASCII"#,
        ),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "a=%ff",
            "member 1 of OTEL_RESOURCE_ATTRIBUTES has a value that is not percent-encoded UTF-8: write `%25` for each `%`",
        ),
        ("OTEL_TRACES_EXPORTER", "jaeger", r#"OTEL_TRACES_EXPORTER is "jaeger": write `otlp` or `none`"#),
        ("OTEL_SDK_DISABLED", "yes", r#"OTEL_SDK_DISABLED is "yes": write `true` or `false`"#),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many", r#"OTEL_BSP_MAX_QUEUE_SIZE is "many": write a whole number"#),
    ];
    for (name, value, expected) in wrong {
        assert_eq!(error(of([(name, value)])), expected);
    }
    let key = std::env::temp_dir().join(format!("isohub-otlp-{}.pem", std::process::id()));
    std::fs::write(&key, "-----BEGIN PRIVATE KEY-----\n").expect("a file");
    let alone = error(of([("OTEL_EXPORTER_OTLP_CLIENT_KEY", key.to_str().expect("a path"))]));
    let _ = std::fs::remove_file(&key);
    assert_eq!(
        alone,
        "a client certificate needs its key: set both OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and \
         OTEL_EXPORTER_OTLP_CLIENT_KEY"
    );
    let missing = error(of([("OTEL_EXPORTER_OTLP_CERTIFICATE", "no/such.pem")]));
    assert!(
        missing.starts_with("OTEL_EXPORTER_OTLP_CERTIFICATE names \"no/such.pem\", which cannot be read")
    );
}

#[test]
fn certificates_that_are_none_are_errors_of_the_build() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let otlp = of([("OTEL_EXPORTER_OTLP_CERTIFICATE", "Cargo.toml")]);
        let message = error(otlp.endpoint("https://localhost:1").protocol(protocol));
        assert!(message.contains("write a file of PEM"), "{protocol}: {message}");
    }
}

#[test]
fn over_grpc_an_endpoint_may_have_no_scheme_and_has_no_path() {
    let grpc = |variables: [(&str, &str); 2]| of(variables).protocol(Protocol::Grpc);
    let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    assert!(grpc([(endpoint, "localhost:4317"), ("OTEL_EXPORTER_OTLP_INSECURE", "true")]).build().is_ok());
    assert_eq!(
        error(grpc([(endpoint, "http://localhost:4317/v1/traces"), ("", "")])),
        r#"OTEL_EXPORTER_OTLP_ENDPOINT is not usable: gRPC has no path: write scheme, host and port alone"#
    );
}

#[test]
fn secrets_are_shown_nowhere() {
    let otlp = of([("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret")]).header("x-api-key", "s3cret");
    assert!(!format!("{otlp:?}").contains("s3cret"));
    assert!(!format!("{:?}", otlp.build().expect("a sink")).contains("s3cret"));
    for url in ["https://user:s3cret@host/", "https://user:s3cret @host/", "s3cret"] {
        let message = error(of([]).endpoint(url));
        assert!(!message.contains("s3cret"), "{message}");
    }
    let otlp = of([]).header("x-api-key", "s3cret\n").endpoint_of(Signal::Logs, "http://host");
    assert!(!error(otlp).contains("s3cret"));
}
