//! OTLP over gRPC.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use http::HeaderMap;
use http::uri::PathAndQuery;
use prost::Message;
use tokio::runtime::{Builder, Runtime};
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};

use super::{Answer, Transport, answer};
use crate::error::InvalidConfig;
use crate::settings::{Settings, Tls};
use crate::signal::Signal;

const AGENT: &str = concat!("isohub-opentelemetry/", env!("CARGO_PKG_VERSION"));

pub(super) struct Grpc {
    endpoint: Endpoint,
    /// Where that is, as far as it may be shown.
    place: String,
    metadata: MetadataMap,
    timeout: Duration,
    is_compressed: bool,
    /// Made by the thread that sends: a runtime is neither made nor dropped where another one runs.
    connection: Option<(Runtime, Channel)>,
}

impl Grpc {
    pub(super) fn new(settings: &Settings) -> Result<Self, InvalidConfig> {
        let wrong = |error: tonic::transport::Error| {
            InvalidConfig::new(format!("no connection can be made as it is asked for: {}", chain(&error)))
        };
        let endpoint = Endpoint::from(settings.url.clone()).user_agent(AGENT).map_err(wrong)?;
        let endpoint = endpoint.connect_timeout(settings.timeout);
        let is_secure = settings.url.scheme_str() == Some("https");
        let endpoint =
            if is_secure { endpoint.tls_config(tls(&settings.tls)).map_err(wrong)? } else { endpoint };
        let headers: HeaderMap = settings.headers.iter().cloned().collect();
        Ok(Grpc {
            endpoint,
            place: settings.place(),
            metadata: MetadataMap::from_headers(headers),
            timeout: settings.timeout,
            is_compressed: settings.is_compressed,
            connection: None,
        })
    }

    fn call(&mut self, signal: Signal, body: &[u8]) -> Result<Bytes, Status> {
        let mut request = Request::new(Bytes::copy_from_slice(body));
        *request.metadata_mut() = self.metadata.clone();
        request.set_timeout(self.timeout);
        let (timeout, is_compressed) = (self.timeout, self.is_compressed);
        let (runtime, channel) = match &mut self.connection {
            Some(connection) => connection,
            empty => empty.insert(connect(&self.endpoint).map_err(|it| Status::unavailable(it.to_string()))?),
        };
        let mut client = tonic::client::Grpc::new(channel.clone());
        if is_compressed {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        client = client.accept_compressed(CompressionEncoding::Gzip);
        let call = async {
            client.ready().await.map_err(|error| Status::from_error(error.into()))?;
            client.unary(request, path(signal), Raw).await.map(tonic::Response::into_inner)
        };
        runtime.block_on(async {
            // What came while nobody looked, such as the end of the connection, is seen before it is used.
            tokio::time::sleep(Duration::from_millis(1)).await;
            // Deadlines are the receiver's; this one is ours.
            let answer = tokio::time::timeout(timeout, call).await;
            answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("it does not answer in time")))
        })
    }
}

impl Transport for Grpc {
    fn send(&mut self, signal: Signal, body: &[u8]) -> Answer {
        let status = match self.call(signal, body) {
            Ok(body) => return answer::taken(signal, &body),
            Err(status) => status,
        };
        let details = answer::Status::decode(status.details()).unwrap_or_default();
        let retry_after = details.retry_after();
        let why = match status.source() {
            Some(behind) => format!("{} cannot be reached: {}", self.place, chain(behind)),
            None => format!("{} answers {:?} ({})", self.place, status.code(), status.message()),
        };
        match status.code() {
            // A limit that is told how long it lasts will be over.
            Code::ResourceExhausted if retry_after.is_none() => Answer::Refused { why },
            Code::Cancelled
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
            | Code::DataLoss => Answer::Unavailable { why, retry_after },
            _ => Answer::Refused { why },
        }
    }
}

fn connect(endpoint: &Endpoint) -> io::Result<(Runtime, Channel)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let channel = {
        let _entered = runtime.enter();
        endpoint.connect_lazy()
    };
    Ok((runtime, channel))
}

fn path(signal: Signal) -> PathAndQuery {
    PathAndQuery::from_static(match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    })
}

fn tls(tls: &Tls) -> ClientTlsConfig {
    let config = ClientTlsConfig::new();
    let config = match &tls.authorities {
        Some(pem) => config.ca_certificate(Certificate::from_pem(pem)),
        None => config.with_webpki_roots(),
    };
    match &tls.identity {
        Some((certificate, key)) => config.identity(Identity::from_pem(certificate, key)),
        None => config,
    }
}

/// An error with what lies behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Messages that are encoded already.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
