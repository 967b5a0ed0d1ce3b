//! What a sink shall be.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::environment::{Environment, header};
use crate::error::InvalidConfig;
use crate::exporter::{Exporter, Retry};
use crate::queue::Bounds;
use crate::settings::{Compression, Protocol, Said, Settings};
use crate::signal::Signal;
use crate::sink::OtlpSink;
use crate::transport::{self, Transport};
use crate::{Accounts, words};

/// Bytes that one request has at most, unless one record has more: receivers of gRPC take 4 MiB.
const BATCH_BYTES: usize = 3 << 20;

/// Bytes of each signal that wait at most.
const QUEUE_BYTES: usize = 32 << 20;

/// What a sink shall be; what the program does not say, the environment variables of the standard do, and what
/// they do not say is as the standard has it.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use isohub_opentelemetry::{Compression, Otlp};
/// let otlp = Otlp::new()
///     .endpoint("https://collector.example.com:4318")
///     .header("x-api-key", "secret")
///     .compression(Compression::Gzip)
///     .service_name("shop");
/// let _isohub = isohub::init().sink(otlp.build()?).install()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `.build()?` is given to `isohub::init().sink(..)`"]
pub struct Otlp {
    environment: Environment,
    said: Said,
    wrong: Option<InvalidConfig>,
    resource: Vec<(String, String)>,
    batch: Option<usize>,
    delay: Option<Duration>,
    queue: Option<usize>,
    retry: Retry,
    transport: Option<Box<dyn CloneTransport>>,
}

/// A transport of which each signal has one.
trait CloneTransport: Send {
    fn of_signal(&self) -> Box<dyn Transport>;
}

impl<T: Transport + Clone> CloneTransport for T {
    fn of_signal(&self) -> Box<dyn Transport> {
        Box::new(self.clone())
    }
}

impl Default for Otlp {
    fn default() -> Self {
        Otlp::new()
    }
}

impl Otlp {
    /// What the environment of the process says.
    pub fn new() -> Self {
        Otlp::with(Environment::of_process())
    }

    /// What these variables say, in place of those of the process: for programs that keep them elsewhere.
    ///
    /// ```
    /// # use isohub_opentelemetry::Otlp;
    /// let wrong = Otlp::of_variables(|name| (name == "OTEL_EXPORTER_OTLP_PROTOCOL").then(|| "udp".to_owned()));
    /// assert_eq!(
    ///     wrong.build().unwrap_err().to_string(),
    ///     r#"OTEL_EXPORTER_OTLP_PROTOCOL is "udp": write `http/protobuf` or `grpc`"#
    /// );
    /// ```
    pub fn of_variables(look: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        Otlp::with(Environment::of(look))
    }

    fn with(environment: Environment) -> Self {
        let retry = Retry {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(10),
            total: Duration::from_secs(60),
        };
        Otlp {
            environment,
            said: Said::default(),
            wrong: None,
            resource: Vec::new(),
            batch: None,
            delay: None,
            queue: None,
            retry,
            transport: None,
        }
    }

    /// Where all is sent, such as `http://127.0.0.1:4318`. By HTTP, `/v1/traces` and `/v1/logs` are added to it.
    /// Unless said otherwise, `http://localhost` with the port that the protocol usually has.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.said.endpoint = Some(url.into());
        self
    }

    /// Where one signal is sent; by HTTP, the whole URL.
    pub fn endpoint_of(mut self, signal: Signal, url: impl Into<String>) -> Self {
        self.said.endpoints.retain(|(of, _)| *of != signal);
        self.said.endpoints.push((signal, url.into()));
        self
    }

    /// What carries it; HTTP unless said otherwise.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.said.protocol = Some(protocol);
        self
    }

    /// A header of each request, such as one that authorizes. Its value is shown nowhere.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match header(name, value, "the program") {
            Ok(header) => self.said.headers.push(header),
            Err(wrong) => self.wrong = self.wrong.or(Some(wrong)),
        }
        self
    }

    /// How long one request may take; 10 s unless said otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.said.timeout = Some(timeout);
        self
    }

    /// How bodies are compressed; not, unless said otherwise.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.said.compression = Some(compression);
        self
    }

    /// A file of PEM with the certificates to be trusted, in place of those of the Mozilla Foundation.
    pub fn certificate(mut self, file: impl Into<PathBuf>) -> Self {
        self.said.certificate = Some(file.into());
        self
    }

    /// Files of PEM with the certificate by which this program is known, and its key.
    pub fn identity(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.said.identity = Some((certificate.into(), key.into()));
        self
    }

    /// What the program is called. Unless said otherwise, what the environment or the release (`name@version`)
    /// says, or `unknown_service` with the name of the executable.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.resource("service.name", name)
    }

    /// An attribute of the resource, such as `service.namespace`.
    pub fn resource(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.resource.push((key.into(), value.into()));
        self
    }

    /// How many records are sent at once at most, and how long one waits for others; 512, and 5 s for spans and 1 s
    /// for log records, unless said otherwise.
    pub fn batch(mut self, records: usize, delay: Duration) -> Self {
        (self.batch, self.delay) = (Some(records), Some(delay));
        self
    }

    /// How many records of each signal wait at most while the receiver takes nothing: 16384 unless said otherwise,
    /// and of 32 MiB. What then comes is lost.
    pub fn queue(mut self, records: usize) -> Self {
        self.queue = Some(records);
        self
    }

    /// How long a batch is tried again before it is lost, and the first and the longest pause between attempts: 60 s,
    /// 0.5 s, 10 s unless said otherwise.
    pub fn retry(mut self, total: Duration, first: Duration, longest: Duration) -> Self {
        self.retry = Retry { first, longest: longest.max(first), total };
        self
    }

    /// Brings batches to a receiver in a way of the program's own: then nothing that is said of endpoints, headers,
    /// timeouts, compression or certificates is looked at. Each signal has a clone.
    pub fn transport(mut self, transport: impl Transport + Clone) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// The sink. Nothing is connected to before there is something to send.
    ///
    /// # Errors
    /// [`InvalidConfig`] says which value cannot be used, and what to write in its place. Reads the files of
    /// certificates.
    pub fn build(mut self) -> Result<OtlpSink, InvalidConfig> {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        let accounts = Accounts::default();
        let mut sink = OtlpSink::new(accounts.clone(), words::detected(), self.said_of_resource()?);
        if !self.environment.flag("OTEL_SDK_DISABLED")? {
            sink.traces = self.exporter(Signal::Traces, &accounts)?;
            sink.logs = self.exporter(Signal::Logs, &accounts)?;
        }
        Ok(sink)
    }

    /// The exporter of a signal, unless the environment says that it is not wanted.
    fn exporter(&self, signal: Signal, accounts: &Accounts) -> Result<Option<Exporter>, InvalidConfig> {
        if let Some(found) =
            self.environment.get(&format!("OTEL_{}_EXPORTER", signal.as_str().to_uppercase()))
        {
            match found.value.as_str() {
                "otlp" => {}
                "none" => return Ok(None),
                _ => return Err(found.wrong("write `otlp` or `none`")),
            }
        }
        let transport = match &self.transport {
            Some(transport) => transport.of_signal(),
            None => transport::open(&Settings::new(&self.said, &self.environment, signal)?)?,
        };
        Ok(Some(Exporter::new(signal, transport, self.bounds(signal)?, self.retry, accounts.clone())))
    }

    fn bounds(&self, signal: Signal) -> Result<Bounds, InvalidConfig> {
        let (prefix, usual_delay) = match signal {
            Signal::Traces => ("OTEL_BSP", 5_000),
            Signal::Logs => ("OTEL_BLRP", 1_000),
        };
        let of = |name| self.environment.number(&format!("{prefix}_{name}"));
        let records = |said: Option<usize>, name, usual| -> Result<usize, InvalidConfig> {
            let found = said.or(of(name)?.map(|it| usize::try_from(it).unwrap_or(usize::MAX)));
            Ok(found.unwrap_or(usual).max(1))
        };
        let queue = records(self.queue, "MAX_QUEUE_SIZE", 16_384)?;
        let batch = records(self.batch, "MAX_EXPORT_BATCH_SIZE", 512)?.min(queue);
        let found = of("SCHEDULE_DELAY")?.unwrap_or(usual_delay);
        let delay = self.delay.unwrap_or(Duration::from_millis(found));
        Ok(Bounds { queue, queue_bytes: QUEUE_BYTES, batch, batch_bytes: BATCH_BYTES, delay })
    }

    /// What the program and then the environment say of the resource.
    fn said_of_resource(&self) -> Result<Vec<(String, String)>, InvalidConfig> {
        // Of two by the program, the later counts; of one key, the first in this list.
        let mut said: Vec<_> = self.resource.iter().rev().cloned().collect();
        let name = self.environment.get("OTEL_SERVICE_NAME");
        said.extend(name.map(|found| ("service.name".to_owned(), found.value)));
        if let Some(found) = self.environment.get("OTEL_RESOURCE_ATTRIBUTES") {
            said.extend(found.pairs()?.into_iter().rev());
        }
        Ok(said)
    }
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> =
            self.said.headers.iter().map(|(name, _): &(HeaderName, HeaderValue)| name).collect();
        f.debug_struct("Otlp")
            .field("headers", &headers)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
