//! Between a client and servers that speak HTTP with one another.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::get;
use isohub::testing::Recorder;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::{Headers, TRACE, TRACEPARENT, serve};

/// Starts a server, recorded by the recorder, that answers with what it would send on, a line a header, in as many
/// requests as it is asked for.
fn server(runtime: &Runtime, recorder: &'static Recorder) -> SocketAddr {
    async fn answer(
        State(recorder): State<&'static Recorder>,
        Path(requests): Path<usize>,
        headers: HeaderMap,
    ) -> String {
        let headers = Headers(headers);
        let sent = recorder.run(async { serve(&headers, requests).await }).await;
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}\r\n", value.to_str().expect("ASCII"))
        };
        let requests = sent.iter().map(|headers| headers.0.iter().map(line).collect::<String>());
        requests.collect::<Vec<_>>().join("\r\n")
    }
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let app = Router::new().route("/{requests}", get(answer)).with_state(recorder);
        tokio::spawn(isohub::isolated!(fresh, async { axum::serve(listener, app).await }));
        address
    })
}

/// The body of the answer to a request with these header lines.
fn ask(server: SocketAddr, requests: usize, lines: &[u8]) -> String {
    let mut stream = TcpStream::connect(server).expect("it listens");
    let head = format!("GET /{requests} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    stream.write_all(&[head.as_bytes(), lines, b"\r\n"].concat()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    body.to_owned()
}

/// What a recorded server sends in each of its requests, asked over HTTP with these lines as they are.
pub(super) fn sent<V: AsRef<[u8]>>(lines: &[(&str, V)], requests: usize) -> Vec<Headers> {
    static SERVER: LazyLock<(Runtime, SocketAddr)> = LazyLock::new(|| {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let address = server(&runtime, Box::leak(Box::new(Recorder::new())));
        (runtime, address)
    });
    let line = |(name, value): &(&str, V)| [name.as_bytes(), b": ", value.as_ref(), b"\r\n"].concat();
    let answer = ask(SERVER.1, requests, &lines.iter().flat_map(line).collect::<Vec<_>>());
    let requests = answer.split("\r\n\r\n").map(|lines| lines.lines().filter(|line| !line.is_empty()));
    let pairs =
        |line: &'_ str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    requests
        .map(|lines| lines.filter_map(pairs).collect::<Vec<_>>())
        .map(|lines| Headers::new(&lines.iter().map(|(name, value)| (&**name, value)).collect::<Vec<_>>()))
        .collect()
}

#[test]
fn headers_go_from_server_to_server() {
    let recorder: &'static Recorder = Box::leak(Box::new(Recorder::new()));
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let servers = [server(&runtime, recorder), server(&runtime, recorder), server(&runtime, recorder)];
    let mut lines = format!(
        "TraceParent: \t{TRACEPARENT} \r\nTraceState: congo=1 ,\r\nTRACESTATE:\r\ntracestate: rojo= 2\r\n\
         Baggage: user = alice;ttl=3\r\nbaggage: note=%C3%A9%0D%0A\r\n"
    );
    for server in servers {
        lines = ask(server, 1, lines.as_bytes());
        let traceparent =
            lines.lines().find_map(|line| line.strip_prefix("traceparent: ")).expect("there is one");
        assert!(traceparent.contains(TRACE) && traceparent.ends_with("-01"), "{traceparent}");
        assert!(lines.contains("tracestate: congo=1,rojo= 2\r\n"), "{lines}");
        assert!(lines.contains("baggage: user=alice;ttl=3,note=%C3%A9%0D%0A\r\n"), "{lines}");
    }
    assert!(ask(servers[0], 1, b"").starts_with("traceparent: 00-"), "a new trace");
    let expected =
        "server\n  client\n    server\n      client\n        server\n          client\n\nserver\n  client\n";
    assert_eq!(recorder.tree(), expected);
}
