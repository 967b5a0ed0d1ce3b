//! A program to be recorded, and a receiver on the loopback that answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use isohub::testing::Recorder;
use isohub_sentry::{Accounts, Counts, Sentry};
use sentry::protocol::{Envelope, EnvelopeItem, Event, Transaction};
use sentry::test::TestTransport;
use sentry::{Client, ClientOptions};

pub(crate) const DSN: &str = "https://public@sentry.invalid/1";

/// Long enough for whatever does end.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) fn recorder(sentry: Sentry) -> Recorder {
    let builder = Recorder::builder().sink(sentry);
    builder.release("shop@1.2.3").environment("staging").server_name("machine-7").build()
}

/// What a client that the program has is given when `program` runs.
pub(crate) fn given_to(options: ClientOptions, program: impl FnOnce()) -> (Vec<Envelope>, Counts) {
    let transport = TestTransport::new();
    let options = options.dsn(DSN).transport(transport.clone());
    let sentry = Sentry::of(Arc::new(Client::from(options)));
    let accounts = sentry.accounts();
    let recorder = recorder(sentry);
    recorder.run_sync(program);
    recorder.settled(LONG).expect("every span ends");
    (transport.fetch_and_clear_envelopes(), accounts.read())
}

pub(crate) fn envelopes(program: impl FnOnce()) -> Vec<Envelope> {
    given_to(ClientOptions::new(), program).0
}

pub(crate) fn events(envelopes: &[Envelope]) -> Vec<Event<'static>> {
    envelopes.iter().filter_map(|envelope| envelope.event().cloned()).collect()
}

pub(crate) fn transactions(envelopes: &[Envelope]) -> Vec<Transaction<'static>> {
    let of = |item: &EnvelopeItem| match item {
        EnvelopeItem::Transaction(transaction) => Some((**transaction).clone()),
        _ => None,
    };
    envelopes.iter().flat_map(|envelope| envelope.items()).filter_map(of).collect()
}

/// How a receiver answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// With this status and these lines of headers.
    Status(u16, &'static str),
    /// Not at all; the connection stays open.
    Never,
    /// Closes the connection when half of the request is there.
    HungUp,
    /// Says that more follows than then does.
    BrokenOff,
    /// What is no HTTP.
    Garbage,
}

pub(crate) const OK: Answer = Answer::Status(200, "");

/// A receiver on the loopback.
pub(crate) struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    answer: Answer,
    bodies: Vec<Vec<u8>>,
    requests: usize,
    heads: Vec<String>,
    kept: Vec<TcpStream>,
}

impl Receiver {
    pub(crate) fn new(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = State { answer, bodies: Vec::new(), requests: 0, heads: Vec::new(), kept: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let its_state = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&its_state);
                std::thread::spawn(move || while serve(&stream, &state).is_some() {});
            }
        });
        Receiver { address, state }
    }

    pub(crate) fn dsn(&self) -> String {
        format!("http://secretkey@{}/42", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn answer(&self, answer: Answer) {
        self.state.lock().unwrap().answer = answer;
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }

    /// The first lines and headers of the requests.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.state.lock().unwrap().heads.clone()
    }

    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        self.state.lock().unwrap().bodies.clone()
    }

    /// The header of each envelope with the payloads that are JSON, by their types.
    pub(crate) fn items(&self) -> Vec<(serde_json::Value, Vec<(String, serde_json::Value)>)> {
        self.bodies().iter().map(|body| read_envelope(body)).collect()
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
    let answer = {
        let mut state = state.lock().unwrap();
        state.requests += 1;
        state.heads.push(head);
        state.answer
    };
    if let Answer::HungUp = answer {
        let _ = reader.read_exact(&mut vec![0; length / 2]);
        let _ = stream.shutdown(std::net::Shutdown::Both);
        return None;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    state.lock().unwrap().bodies.push(body);
    let mut writer = stream;
    match answer {
        Answer::Status(status, headers) => {
            write!(writer, "HTTP/1.1 {status} .\r\n{headers}Content-Length: 2\r\n\r\n{{}}").ok()
        }
        Answer::Never => {
            state.lock().unwrap().kept.push(stream.try_clone().ok()?);
            None
        }
        Answer::BrokenOff => {
            let _ = write!(writer, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{{");
            let _ = stream.shutdown(std::net::Shutdown::Both);
            None
        }
        Answer::Garbage => {
            let _ = writer.write_all(b"\x00\xffnonsense\r\n\r\n\r\n");
            let _ = stream.shutdown(std::net::Shutdown::Both);
            None
        }
        Answer::HungUp => None,
    }
}

fn read_envelope(body: &[u8]) -> (serde_json::Value, Vec<(String, serde_json::Value)>) {
    fn line(rest: &mut &[u8]) -> serde_json::Value {
        let end = rest.iter().position(|byte| *byte == b'\n').expect("a line");
        let (line, after) = rest.split_at(end);
        *rest = &after[1..];
        serde_json::from_slice(line).expect("a line of JSON")
    }
    let mut rest = body;
    let header = line(&mut rest);
    let mut items = Vec::new();
    while !rest.is_empty() {
        let header = line(&mut rest);
        let length = header["length"].as_u64().expect("a length") as usize;
        let (payload, after) = rest.split_at(length);
        rest = after.strip_prefix(b"\n").expect("an end of line");
        let kind = header["type"].as_str().expect("a type").to_owned();
        items.push((kind, serde_json::from_slice(payload).unwrap_or_default()));
    }
    (header, items)
}

/// Waits until what was made has come to an end.
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
