//! Receivers that nobody here wrote take what is sent: the code that the standard generates for Python knows every
//! field, and each says what was recorded. They come from PyPI (`opentelemetry-proto`, `grpcio`), in the virtual
//! environment that `ISOHUB_OTLP_PYTHON` names the Python of, or else `target/tools/sentry`.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use isohub_opentelemetry::{Compression, Otlp, Protocol};
use serde_json::Value as Json;

use crate::decoded::{compare, program};
use crate::support::{Kept, LONG, all_done, otlp, recorder, wait_for};

/// Prints a message as JSON, and fails at what the generated code does not know. Bytes are written in hexadecimal
/// digits, floats as Python writes them.
const PRINT: &str = r#"
import json, sys, threading
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs

def plain(it):
    if hasattr(it, "ListFields"):
        assert len(UnknownFieldSet(it)) == 0, f"unknown fields in {type(it)}"
        return {field.name: plain(value) for field, value in it.ListFields()}
    if isinstance(it, bytes):
        return it.hex()
    if isinstance(it, float):
        return {"float": repr(it)}
    if isinstance(it, (bool, int, str)):
        return it
    return [plain(value) for value in it]

lock = threading.Lock()

def say(signal, message):
    with lock:
        print(json.dumps([signal, plain(message)]), flush=True)
"#;

const DECODE: &str = r#"
for argument in sys.argv[1:]:
    signal, path = argument.split("=", 1)
    kind = trace.ExportTraceServiceRequest if signal == "traces" else logs.ExportLogsServiceRequest
    say(signal, kind.FromString(open(path, "rb").read()))
"#;

/// Ends when its input does. Its arguments are files: a certificate, its key, and the authority of its clients.
const SERVE_GRPC: &str = r#"
import grpc
from concurrent.futures import ThreadPoolExecutor
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as trace_grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as logs_grpc

class Traces(trace_grpc.TraceServiceServicer):
    def Export(self, request, context):
        say("traces", request)
        return trace.ExportTraceServiceResponse()

class Logs(logs_grpc.LogsServiceServicer):
    def Export(self, request, context):
        say("logs", request)
        return logs.ExportLogsServiceResponse()

server = grpc.server(ThreadPoolExecutor(max_workers=2))
trace_grpc.add_TraceServiceServicer_to_server(Traces(), server)
logs_grpc.add_LogsServiceServicer_to_server(Logs(), server)
if len(sys.argv) > 1:
    certificate, key, authority = [open(path, "rb").read() for path in sys.argv[1:]]
    identity = grpc.ssl_server_credentials([(key, certificate)], authority, require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", identity)
else:
    port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(None).wait()
"#;

/// The same over HTTP.
const SERVE_HTTP: &str = r#"
import gzip, ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/x-protobuf"
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        signal = self.path.removeprefix("/v1/")
        kind = trace.ExportTraceServiceRequest if signal == "traces" else logs.ExportLogsServiceRequest
        say(signal, kind.FromString(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.load_verify_locations(sys.argv[3])
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
"#;

/// A Python that has the modules, or `None` and a reason in the output. With `ISOHUB_REQUIRE_TOOLS` that is
/// a failure.
fn python() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/sentry/bin/python");
    let python = env::var_os("ISOHUB_OTLP_PYTHON").map_or(default, PathBuf::from);
    let import = Command::new(&python).args(["-c", "import grpc, opentelemetry.proto"]).output();
    let missing = match import {
        Ok(output) if output.status.success() => return Some(python),
        Ok(_) => format!("{} has no `opentelemetry-proto` and `grpcio`", python.display()),
        Err(error) => format!("{} does not run: {error}", python.display()),
    };
    assert!(env::var_os("ISOHUB_REQUIRE_TOOLS").is_none(), "{missing}");
    // Not `eprintln!`, whose text is shown of tests that fail.
    let _ = writeln!(std::io::stderr(), "skipped: {missing}; `.ci/run` installs them");
    None
}

fn lines(text: &str) -> Vec<(String, Json)> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn the_generated_code_of_python_reads_what_was_recorded() {
    let Some(python) = python() else { return };
    let kept = Kept::default();
    let (recorder, accounts) = recorder(otlp().transport(kept.clone()).service_name("shop"));
    recorder.run_sync(program);
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, all_done);
    let directory = env::temp_dir().join(format!("isohub-otlp-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let mut command = Command::new(python);
    command.args(["-c", &[PRINT, DECODE].concat()]);
    for (number, (signal, body)) in kept.bodies().into_iter().enumerate() {
        let file = directory.join(number.to_string());
        std::fs::write(&file, body).expect("a file");
        command.arg(format!("{signal}={}", file.display()));
    }
    let output = command.output().expect("python runs");
    let _ = std::fs::remove_dir_all(&directory);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    compare(&lines(&String::from_utf8_lossy(&output.stdout)), &recorder);
}

/// A server in Python, which ends with the test.
struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    port: u16,
}

fn tls(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls").join(file)
}

impl Server {
    /// One that asks for certificates if it `is_secure`; none where there is no Python for it.
    fn new(script: &str, is_secure: bool) -> Option<Self> {
        let mut command = Command::new(python()?);
        command.args(["-c", &[PRINT, script].concat()]);
        if is_secure {
            command.args(["certificate.pem", "key.pem", "authority.pem"].map(tls));
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python runs");
        let mut output = BufReader::new(child.stdout.take().expect("an output"));
        let mut port = String::new();
        output.read_line(&mut port).expect("a port");
        let port = port.trim().parse().expect("a port");
        Some(Server { child, output, port })
    }

    /// Has the program recorded and sent, and compares what the server was given with what was recorded.
    fn compare(mut self, otlp: Otlp) {
        let (recorder, accounts) = recorder(otlp.service_name("shop"));
        recorder.run_sync(program);
        recorder.settled(LONG).expect("every span ends");
        let counts = wait_for(&accounts, all_done);
        drop(self.child.stdin.take());
        let mut text = String::new();
        self.output.read_to_string(&mut text).expect("an output");
        assert_eq!((counts.spans.lost, counts.logs.lost), (0, 0), "{text}");
        compare(&lines(&text), &recorder);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn secured(otlp: Otlp) -> Otlp {
    otlp.certificate(tls("authority.pem")).identity(tls("certificate.pem"), tls("key.pem"))
}

#[cfg(feature = "grpc")]
#[test]
fn a_server_in_python_receives_it_over_grpc() {
    for compression in [Compression::None, Compression::Gzip] {
        let Some(server) = Server::new(SERVE_GRPC, false) else { return };
        let endpoint = format!("http://127.0.0.1:{}", server.port);
        server.compare(otlp().protocol(Protocol::Grpc).endpoint(endpoint).compression(compression));
    }
}

#[cfg(feature = "grpc")]
#[test]
fn a_server_that_asks_for_a_certificate_receives_it_over_grpc() {
    let Some(server) = Server::new(SERVE_GRPC, true) else { return };
    let endpoint = format!("https://127.0.0.1:{}", server.port);
    server.compare(secured(otlp().protocol(Protocol::Grpc).endpoint(endpoint)));
}

#[cfg(feature = "http")]
#[test]
fn a_server_in_python_receives_it_over_http() {
    for compression in [Compression::None, Compression::Gzip] {
        let Some(server) = Server::new(SERVE_HTTP, false) else { return };
        let endpoint = format!("http://127.0.0.1:{}", server.port);
        server.compare(otlp().endpoint(endpoint).compression(compression));
    }
}

#[cfg(feature = "http")]
#[test]
fn a_server_that_asks_for_a_certificate_receives_it_over_http() {
    let Some(server) = Server::new(SERVE_HTTP, true) else { return };
    let endpoint = format!("https://127.0.0.1:{}", server.port);
    server.compare(secured(otlp().endpoint(endpoint)));
}

#[test]
fn a_server_that_is_not_trusted_is_sent_nothing() {
    for (script, protocol) in [(SERVE_GRPC, Protocol::Grpc), (SERVE_HTTP, Protocol::HttpProtobuf)] {
        let Some(server) = Server::new(script, true) else { return };
        let moment = std::time::Duration::from_millis(1);
        let endpoint = format!("https://127.0.0.1:{}", server.port);
        let otlp = otlp().protocol(protocol).endpoint(endpoint).retry(moment, moment, moment);
        let (recorder, accounts) = recorder(otlp);
        recorder.run_sync(|| isohub::start_span!("work").in_scope(|| {}));
        recorder.settled(LONG).expect("every span ends");
        let counts = wait_for(&accounts, |counts| counts.spans.taken == 1 && all_done(counts));
        assert_eq!((counts.spans.sent, counts.spans.lost), (0, 1));
    }
}
