//! Where a signal is sent, and how.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Uri};

use crate::environment::{Environment, Found};
use crate::error::InvalidConfig;
use crate::signal::Signal;

/// What the protocol is carried by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// HTTP/1.1 with bodies of protobuf; usually on port 4318. Needs the feature `http`.
    HttpProtobuf,
    /// gRPC; usually on port 4317. Needs the feature `grpc`.
    Grpc,
}

impl Protocol {
    /// The one that is used unless said otherwise.
    const fn usual() -> Self {
        if cfg!(feature = "grpc") && !cfg!(feature = "http") {
            Protocol::Grpc
        } else {
            Protocol::HttpProtobuf
        }
    }

    pub(crate) const fn feature(self) -> &'static str {
        match self {
            Protocol::HttpProtobuf => "http",
            Protocol::Grpc => "grpc",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Protocol::HttpProtobuf => "http/protobuf",
            Protocol::Grpc => "grpc",
        })
    }
}

/// How bodies are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// By gzip.
    Gzip,
}

/// What the program says of where to send, and how; what it does not say, the environment does.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) endpoint: Option<String>,
    pub(crate) endpoints: Vec<(Signal, String)>,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) compression: Option<Compression>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

/// All that a transport is to know. Its `Debug` shows no value of a header.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) protocol: Protocol,
    pub(crate) url: Uri,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) timeout: Duration,
    pub(crate) is_compressed: bool,
    pub(crate) tls: Tls,
}

/// Files of PEM, as they were read.
#[derive(Default)]
pub(crate) struct Tls {
    /// Whom to trust; the usual ones if none.
    pub(crate) authorities: Option<Vec<u8>>,
    /// The certificate of this program, and its key.
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (authorities, identity) = (self.authorities.is_some(), self.identity.is_some());
        f.debug_struct("Tls").field("authorities", &authorities).field("identity", &identity).finish()
    }
}

impl Settings {
    pub(crate) fn new(said: &Said, environment: &Environment, signal: Signal) -> Result<Self, InvalidConfig> {
        let protocol = protocol(said, environment, signal)?;
        Ok(Settings {
            protocol,
            url: url(said, environment, signal, protocol)?,
            headers: headers(said, environment, signal)?,
            timeout: timeout(said, environment, signal)?,
            is_compressed: compression(said, environment, signal)? == Compression::Gzip,
            tls: tls(said, environment, signal)?,
        })
    }

    /// Where it is sent, as far as it may be shown: paths and queries may hold a secret.
    pub(crate) fn place(&self) -> String {
        let authority = self.url.authority().map_or("", |it| it.as_str());
        format!("{}://{authority}", self.url.scheme_str().unwrap_or_default())
    }
}

fn protocol(said: &Said, environment: &Environment, signal: Signal) -> Result<Protocol, InvalidConfig> {
    if let Some(protocol) = said.protocol {
        return Ok(protocol);
    }
    let Some(found) = environment.nearest(signal, "PROTOCOL") else { return Ok(Protocol::usual()) };
    match found.value.as_str() {
        "http/protobuf" => Ok(Protocol::HttpProtobuf),
        "grpc" => Ok(Protocol::Grpc),
        _ => Err(found.wrong("write `http/protobuf` or `grpc`")),
    }
}

/// The place for the signal: its own as it stands, or a path below the common one.
fn url(
    said: &Said,
    environment: &Environment,
    signal: Signal,
    protocol: Protocol,
) -> Result<Uri, InvalidConfig> {
    let found = |name: &str, value: &String| Found { name: name.to_owned(), value: value.trim().to_owned() };
    let own = said.endpoints.iter().find(|(of, _)| *of == signal);
    let own = own.map(|(_, value)| found(&format!("{signal}_endpoint"), value));
    let common = said.endpoint.as_ref().map(|value| found("endpoint", value));
    // What the program says of all goes before what the environment says of one.
    let own = own.or_else(|| environment.of_signal(signal, "ENDPOINT").filter(|_| common.is_none()));
    let is_own = own.is_some();
    let usual = || Found {
        name: "endpoint".to_owned(),
        value: match protocol {
            Protocol::HttpProtobuf => "http://localhost:4318".to_owned(),
            Protocol::Grpc => "http://localhost:4317".to_owned(),
        },
    };
    let found = own.or(common).or_else(|| environment.of_all("ENDPOINT")).unwrap_or_else(usual);
    match protocol {
        Protocol::HttpProtobuf => {
            let url = parse(&found, &found.value, 4318)?;
            if is_own { Ok(url) } else { below(&url, &format!("v1/{signal}"), &found) }
        }
        Protocol::Grpc => {
            let insecure = environment.nearest(signal, "INSECURE").map_or(Ok(false), |it| it.flag())?;
            let scheme = if insecure { "http" } else { "https" };
            let has_scheme = found.value.contains("://");
            let text = if has_scheme { found.value.clone() } else { format!("{scheme}://{}", found.value) };
            let url = parse(&found, &text, 4317)?;
            if url.path() != "/" {
                return Err(unusable(&found, "gRPC has no path: write scheme, host and port alone"));
            }
            Ok(url)
        }
    }
}

fn parse(found: &Found, text: &str, port: u16) -> Result<Uri, InvalidConfig> {
    let example = format!("write a URL such as `http://localhost:{port}`");
    let wrong = |instead: &str| unusable(found, instead);
    let url = text.parse::<Uri>().map_err(|_| wrong(&example))?;
    let authority = url.authority().filter(|_| url.scheme().is_some()).ok_or_else(|| wrong(&example))?;
    if authority.as_str().contains('@') {
        return Err(wrong("write no user and password into the URL, but a header `authorization`"));
    }
    match url.scheme_str() {
        Some("http" | "https") => Ok(url),
        _ => Err(wrong("its scheme is none of `http` and `https`")),
    }
}

/// What is wrong with a URL, which is not repeated: it may hold a secret.
fn unusable(found: &Found, instead: &str) -> InvalidConfig {
    InvalidConfig::new(format!("{} is not usable: {instead}", found.name))
}

fn below(url: &Uri, path: &str, found: &Found) -> Result<Uri, InvalidConfig> {
    let mut parts = url.clone().into_parts();
    let query = url.query().map(|it| format!("?{it}")).unwrap_or_default();
    let path = format!("{}/{path}{query}", url.path().trim_end_matches('/'));
    parts.path_and_query =
        Some(PathAndQuery::try_from(path).map_err(|_| unusable(found, "write a shorter path"))?);
    Uri::from_parts(parts).map_err(|_| unusable(found, "write a URL"))
}

/// Those of the program, then those of the signal, then those of all: the first of a name counts.
fn headers(
    said: &Said,
    environment: &Environment,
    signal: Signal,
) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidConfig> {
    let mut headers: Vec<(HeaderName, HeaderValue)> = Vec::new();
    let of = |found: Option<Found>| found.map_or(Ok(Vec::new()), |it| it.headers());
    // The later of two in one list replaces the earlier.
    let mut add = |list: Vec<(HeaderName, HeaderValue)>| {
        for (name, value) in list.into_iter().rev() {
            if headers.iter().all(|(known, _)| *known != name) {
                headers.push((name, value));
            }
        }
    };
    add(said.headers.clone());
    add(of(environment.of_signal(signal, "HEADERS"))?);
    add(of(environment.of_all("HEADERS"))?);
    Ok(headers)
}

fn timeout(said: &Said, environment: &Environment, signal: Signal) -> Result<Duration, InvalidConfig> {
    const USUAL: Duration = Duration::from_secs(10);
    match (said.timeout, environment.nearest(signal, "TIMEOUT")) {
        (Some(Duration::ZERO), _) => {
            Err(InvalidConfig::new("the timeout is zero: write one in which a request can be done"))
        }
        (Some(timeout), _) => Ok(timeout),
        (None, Some(found)) => found.milliseconds(),
        (None, None) => Ok(USUAL),
    }
}

fn compression(said: &Said, environment: &Environment, signal: Signal) -> Result<Compression, InvalidConfig> {
    match (said.compression, environment.nearest(signal, "COMPRESSION")) {
        (Some(compression), _) => Ok(compression),
        (None, None) => Ok(Compression::None),
        (None, Some(found)) => match found.value.as_str() {
            "gzip" => Ok(Compression::Gzip),
            "none" => Ok(Compression::None),
            _ => Err(found.wrong("write `gzip` or `none`")),
        },
    }
}

fn tls(said: &Said, environment: &Environment, signal: Signal) -> Result<Tls, InvalidConfig> {
    let found = |name| {
        let found = environment.nearest(signal, name);
        found.map(|it| read(Path::new(&it.value), &it.name)).transpose()
    };
    let authorities = match &said.certificate {
        Some(path) => Some(read(path, "certificate")?),
        None => found("CERTIFICATE")?,
    };
    let identity = match &said.identity {
        Some((certificate, key)) => Some((read(certificate, "identity")?, read(key, "identity")?)),
        None => match (found("CLIENT_CERTIFICATE")?, found("CLIENT_KEY")?) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => {
                return Err(InvalidConfig::new(
                    "a client certificate needs its key: set both OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE \
                     and OTEL_EXPORTER_OTLP_CLIENT_KEY",
                ));
            }
        },
    };
    Ok(Tls { authorities, identity })
}

fn read(path: &Path, of: &str) -> Result<Vec<u8>, InvalidConfig> {
    let wrong =
        |what: &str| InvalidConfig::new(format!("{of} names {path:?}, which {what}: write a file of PEM"));
    let bytes = std::fs::read(path).map_err(|error| wrong(&format!("cannot be read ({error})")))?;
    // Not all transports look before they connect.
    let is_pem = bytes.windows(11).any(|it| it == b"-----BEGIN ");
    if is_pem { Ok(bytes) } else { Err(wrong("holds none")) }
}
