//! Over gRPC, a server of the protocol's own generated service takes what is sent.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use isohub::Level;
use isohub_opentelemetry::{Compression, Otlp, Protocol};
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};

use crate::support::{LONG, Receiver, Reply, all_done, otlp, recorder, wait_for};

/// Servers that take what they are given, after they have answered as they were told.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    first: VecDeque<Result<ExportTraceServiceResponse, Status>>,
    metadata: Vec<MetadataMap>,
    traces: Vec<ExportTraceServiceRequest>,
    logs: Vec<ExportLogsServiceRequest>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.metadata.push(request.metadata().clone());
        state.traces.push(request.into_inner());
        state
            .first
            .pop_front()
            .unwrap_or_else(|| Ok(ExportTraceServiceResponse::default()))
            .map(Response::new)
    }
}

#[tonic::async_trait]
impl LogsService for Collector {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.0.lock().unwrap().logs.push(request.into_inner());
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

/// A server that ends with the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    collector: Collector,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    pub(crate) fn answering(
        first: impl IntoIterator<Item = Result<ExportTraceServiceResponse, Status>>,
    ) -> Self {
        let collector = Collector::default();
        collector.0.lock().unwrap().first.extend(first);
        Server::new(collector, ([127, 0, 0, 1], 0).into())
    }

    fn new(collector: Collector, address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let incoming = {
            let _entered = runtime.enter();
            tonic::transport::server::TcpIncoming::bind(address).expect("a port")
        };
        let address = incoming.local_addr().expect("an address");
        let traces = TraceServiceServer::new(collector.clone()).accept_compressed(CompressionEncoding::Gzip);
        let logs = LogsServiceServer::new(collector.clone()).accept_compressed(CompressionEncoding::Gzip);
        let server = tonic::transport::Server::builder().add_service(traces).add_service(logs);
        runtime.spawn(server.serve_with_incoming(incoming));
        Server { address, collector, _runtime: runtime }
    }

    fn otlp(&self) -> Otlp {
        otlp().protocol(Protocol::Grpc).endpoint(format!("http://{}", self.address))
    }
}

fn work() {
    isohub::start_span!("work").in_scope(|| isohub::capture_message("here", Level::Info));
}

fn run(otlp: Otlp) -> isohub_opentelemetry::Counts {
    let (recorder, accounts) = recorder(otlp);
    recorder.run_sync(work);
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, all_done)
}

#[test]
fn spans_and_log_records_arrive() {
    for compression in [Compression::None, Compression::Gzip] {
        let server = Server::answering([]);
        let counts = run(server.otlp().compression(compression).header("x-api-key", "s3cret"));
        assert_eq!((counts.spans.sent, counts.logs.sent), (1, 1));
        let state = server.collector.0.lock().unwrap();
        let span = &state.traces[0].resource_spans[0].scope_spans[0].spans[0];
        let log = &state.logs[0].resource_logs[0].scope_logs[0].log_records[0];
        assert_eq!((span.name.as_str(), &span.span_id), ("work", &log.span_id));
        let metadata = |key| state.metadata[0].get(key).and_then(|it| it.to_str().ok()).map(str::to_owned);
        assert_eq!(metadata("x-api-key").as_deref(), Some("s3cret"));
        assert!(metadata("user-agent").is_some_and(|it| it.starts_with("isohub-opentelemetry/")));
        let is_gzip = metadata("grpc-encoding").as_deref() == Some("gzip");
        assert_eq!(is_gzip, compression == Compression::Gzip);
    }
}

#[test]
fn what_may_be_tried_again_is_sent_again_as_it_was() {
    let codes = [
        Code::Cancelled,
        Code::DeadlineExceeded,
        Code::Aborted,
        Code::OutOfRange,
        Code::Unavailable,
        Code::DataLoss,
    ];
    let server = Server::answering(codes.map(|code| Err(Status::new(code, "not now"))));
    assert_eq!(run(server.otlp()).spans.sent, 1);
    let state = server.collector.0.lock().unwrap();
    assert_eq!(state.traces.len(), codes.len() + 1);
    assert!(state.traces.iter().all(|it| *it == state.traces[0]));
}

#[test]
fn what_the_receiver_refuses_is_lost_and_not_sent_again() {
    let codes = [Code::InvalidArgument, Code::PermissionDenied, Code::Unimplemented, Code::Internal];
    // A limit of which nobody says when it ends is not waited for.
    for code in codes.into_iter().chain([Code::Unauthenticated, Code::Unknown, Code::ResourceExhausted]) {
        let server = Server::answering([Err(Status::new(code, "no"))]);
        let counts = run(server.otlp());
        assert_eq!((counts.spans.sent, counts.spans.lost, counts.logs.sent), (0, 1, 1), "{code:?}");
        assert_eq!(server.collector.0.lock().unwrap().traces.len(), 1, "{code:?}");
    }
}

/// A `google.rpc.Status` whose `RetryInfo` says one millisecond, as its bytes stand on the wire.
fn retry_info() -> Vec<u8> {
    let url = b"type.googleapis.com/google.rpc.RetryInfo";
    let delay = [0x0a, 0x04, 0x10, 0xc0, 0x84, 0x3d];
    let mut any = vec![0x0a, url.len() as u8];
    any.extend(url);
    any.extend([0x12, delay.len() as u8]);
    any.extend(delay);
    let mut status = vec![0x08, 0x08, 0x1a, any.len() as u8];
    status.extend(any);
    status
}

#[test]
fn a_limit_that_says_when_it_ends_is_waited_for() {
    let limit = Status::with_details(Code::ResourceExhausted, "later", retry_info().into());
    let server = Server::answering([Err(limit)]);
    let counts = run(server.otlp());
    assert_eq!((counts.spans.sent, counts.spans.lost), (1, 0));
    assert_eq!(server.collector.0.lock().unwrap().traces.len(), 2);
}

#[test]
fn what_is_rejected_of_a_batch_is_counted() {
    let partial_success =
        Some(ExportTracePartialSuccess { rejected_spans: 1, error_message: "too old".to_owned() });
    let server = Server::answering([Ok(ExportTraceServiceResponse { partial_success })]);
    let counts = run(server.otlp());
    assert_eq!((counts.spans.sent, counts.spans.lost), (0, 1));
}

#[test]
fn a_receiver_that_is_down_is_tried_again_and_given_up() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let moment = Duration::from_millis(1);
    let otlp =
        otlp().protocol(Protocol::Grpc).endpoint(format!("http://{address}")).retry(moment, moment, moment);
    let counts = run(otlp);
    assert_eq!((counts.spans.sent, counts.spans.lost), (0, 1));
}

#[test]
fn a_connection_that_ended_between_two_batches_is_made_anew() {
    let server = Server::answering([]);
    let (address, collector) = (server.address, server.collector.clone());
    let once = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (recorder, accounts) = recorder(server.otlp().retry(once.0, once.1, once.2));
    recorder.run_sync(work);
    wait_for(&accounts, |counts| counts.spans.sent == 1);
    drop(server);
    let _server = Server::new(collector, address);
    recorder.run_sync(work);
    let counts = wait_for(&accounts, |counts| counts.spans.taken == 2 && all_done(counts));
    assert_eq!(counts.spans.sent, 2);
}

#[test]
fn what_is_no_grpc_is_an_answer_like_others() {
    for reply in [Reply::Garbage, Reply::HungUp] {
        let receiver = Receiver::new([reply]);
        let moment = Duration::from_millis(1);
        let otlp = otlp().protocol(Protocol::Grpc).endpoint(receiver.url()).retry(moment, moment, moment);
        let counts = run(otlp);
        assert_eq!((counts.spans.sent, counts.spans.lost), (0, 1));
    }
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    // The connection is accepted by the system, and by nobody else.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let moment = Duration::from_millis(20);
    let otlp =
        otlp().protocol(Protocol::Grpc).endpoint(endpoint).timeout(moment).retry(moment, moment, moment);
    let counts = run(otlp);
    assert_eq!((counts.spans.sent, counts.spans.lost), (0, 1));
}

#[test]
fn a_sink_may_be_made_and_dropped_where_a_runtime_runs() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async { drop(otlp().protocol(Protocol::Grpc).build().expect("a sink")) });
}
