//! A transport that keeps what it is given, and a receiver on the loopback that answers as it is told.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use isohub::testing::Recorder;
use isohub_opentelemetry::{Accounts, Answer, Counts, Otlp, Signal, Transport};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, span};
use prost::Message;

/// Long enough for whatever does end.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A configuration that knows nothing of this process's environment, and does not wait for a batch to fill.
pub(crate) fn otlp() -> Otlp {
    let moment = Duration::from_millis(1);
    Otlp::of_variables(|_| None).batch(512, moment).retry(LONG, moment, moment)
}

pub(crate) fn taken() -> Answer {
    Answer::Taken { rejected: 0, message: String::new() }
}

/// A transport that keeps what it is given. Its clones are one.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    bodies: Vec<(Signal, Vec<u8>)>,
    answers: VecDeque<Answer>,
}

impl Transport for Kept {
    fn send(&mut self, signal: Signal, body: &[u8]) -> Answer {
        let mut inner = self.0.lock().unwrap();
        inner.bodies.push((signal, body.to_vec()));
        inner.answers.pop_front().unwrap_or_else(taken)
    }
}

impl Kept {
    /// One that answers so first, and then takes everything.
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let kept = Kept::default();
        kept.0.lock().unwrap().answers.extend(answers);
        kept
    }

    pub(crate) fn bodies(&self) -> Vec<(Signal, Vec<u8>)> {
        self.0.lock().unwrap().bodies.clone()
    }

    pub(crate) fn sent(&self) -> Sent {
        Sent::of(self.bodies())
    }
}

/// What was sent, decoded.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) resources: Vec<Resource>,
    /// With the names of their scopes.
    pub(crate) spans: Vec<(String, Span)>,
    pub(crate) logs: Vec<LogRecord>,
}

impl Sent {
    pub(crate) fn of(bodies: Vec<(Signal, Vec<u8>)>) -> Self {
        let mut sent = Sent::default();
        for (signal, body) in bodies {
            match signal {
                Signal::Traces => {
                    for of in ExportTraceServiceRequest::decode(&*body).expect("a message").resource_spans {
                        sent.resources.extend(of.resource);
                        for of in of.scope_spans {
                            let name = of.scope.unwrap_or_default().name;
                            sent.spans.extend(of.spans.into_iter().map(|it| (name.clone(), it)));
                        }
                    }
                }
                _ => {
                    for of in ExportLogsServiceRequest::decode(&*body).expect("a message").resource_logs {
                        sent.resources.extend(of.resource);
                        sent.logs.extend(of.scope_logs.into_iter().flat_map(|it| it.log_records));
                    }
                }
            }
        }
        sent
    }

    pub(crate) fn span(&self, name: &str) -> &Span {
        let mut found = self.spans.iter().map(|(_, span)| span).filter(|it| it.name == name);
        let span = found.next().unwrap_or_else(|| panic!("no span {name:?} in {:?}", self.spans));
        assert!(found.next().is_none(), "two spans {name:?}");
        span
    }
}

/// The value of `key`, which stands there at most once.
pub(crate) fn get<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a any_value::Value> {
    let mut found = attributes.iter().filter(|it| it.key == key);
    let value = found.next()?.value.as_ref()?.value.as_ref();
    assert!(found.next().is_none(), "two of {key}: {attributes:?}");
    value
}

pub(crate) fn text(text: &str) -> any_value::Value {
    any_value::Value::StringValue(text.to_owned())
}

pub(crate) fn event_names(events: &[span::Event]) -> Vec<&str> {
    events.iter().map(|it| it.name.as_str()).collect()
}

/// What is sent when `program` runs.
pub(crate) fn sent_by(program: impl FnOnce()) -> Sent {
    let kept = Kept::default();
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()));
    recorder.run_sync(program);
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, all_done);
    kept.sent()
}

pub(crate) fn recorder(otlp: Otlp) -> (Recorder, Accounts) {
    let sink = otlp.build().expect("a sink");
    let accounts = sink.accounts();
    (Recorder::builder().sink(sink).build(), accounts)
}

/// Nothing is under way of what was taken.
pub(crate) fn all_done(counts: Counts) -> bool {
    [counts.spans, counts.logs].iter().all(|it| it.taken == it.sent + it.lost)
}

pub(crate) fn wait_for(accounts: &Accounts, is_so: impl Fn(Counts) -> bool) -> Counts {
    let deadline = Instant::now() + LONG;
    loop {
        let counts = accounts.read();
        if is_so(counts) {
            return counts;
        }
        assert!(Instant::now() < deadline, "{counts:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How a receiver answers.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// With this status, these lines of headers, and this body.
    Status(u16, String, Vec<u8>),
    /// Not at all; the connection stays open.
    Never,
    /// Closes the connection when half of the request is there.
    HungUp,
    /// Says that more follows than then does.
    BrokenOff,
    /// What is no HTTP.
    Garbage,
}

pub(crate) fn status(status: u16, headers: &str) -> Reply {
    Reply::Status(status, headers.to_owned(), Vec::new())
}

/// A receiver on the loopback.
pub(crate) struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

struct State {
    /// The last one is given for good.
    replies: VecDeque<Reply>,
    requests: Vec<Request>,
    kept: Vec<TcpStream>,
}

impl Receiver {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let replies = replies.into_iter().collect();
        let state = Arc::new(Mutex::new(State { replies, requests: Vec::new(), kept: Vec::new() }));
        let its_state = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&its_state);
                std::thread::spawn(move || while serve(&stream, &state).is_some() {});
            }
        });
        Receiver { address, state }
    }

    pub(crate) fn taking() -> Self {
        Receiver::new([status(200, "")])
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    pub(crate) fn bodies(&self) -> Vec<(Signal, Vec<u8>)> {
        let signal = |head: &str| match head.lines().next() {
            Some("POST /v1/traces HTTP/1.1") => Signal::Traces,
            Some("POST /v1/logs HTTP/1.1") => Signal::Logs,
            other => panic!("{other:?}"),
        };
        self.requests().into_iter().map(|it| (signal(&it.head), it.body)).collect()
    }
}

/// Answers one request; `None` when the connection is over.
fn serve(stream: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let reply = {
        let mut state = state.lock().unwrap();
        if state.replies.len() > 1 { state.replies.pop_front()? } else { state.replies.front()?.clone() }
    };
    if let Reply::HungUp = reply {
        let _ = reader.read_exact(&mut vec![0; length / 2]);
        state.lock().unwrap().requests.push(Request { head, body: Vec::new() });
        let _ = stream.shutdown(std::net::Shutdown::Both);
        return None;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    state.lock().unwrap().requests.push(Request { head, body });
    let mut writer = stream;
    match reply {
        Reply::Status(status, headers, body) => {
            let length = body.len();
            write!(writer, "HTTP/1.1 {status} .\r\n{headers}Content-Length: {length}\r\n\r\n").ok()?;
            writer.write_all(&body).ok()
        }
        Reply::Never => {
            state.lock().unwrap().kept.push(stream.try_clone().ok()?);
            None
        }
        Reply::BrokenOff => {
            let _ = write!(writer, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{{");
            let _ = stream.shutdown(std::net::Shutdown::Both);
            None
        }
        Reply::Garbage => {
            let _ = writer.write_all(b"\x00\xffnonsense\r\n\r\n\r\n");
            let _ = stream.shutdown(std::net::Shutdown::Both);
            None
        }
        Reply::HungUp => None,
    }
}

#[derive(Debug)]
pub(crate) struct Failed(pub(crate) &'static str, pub(crate) Option<Box<Failed>>);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}
