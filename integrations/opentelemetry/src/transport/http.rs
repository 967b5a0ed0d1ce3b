//! OTLP over HTTP, as protobuf.

use std::io::Write;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use prost::Message;
use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, TlsProvider, parse_pem};

use super::answer::{self, harmless};
use super::{Answer, Transport};
use crate::error::InvalidConfig;
use crate::settings::{Settings, Tls};
use crate::signal::Signal;

const AGENT: &str = concat!("isohub-opentelemetry/", env!("CARGO_PKG_VERSION"));

/// How much of an answer is read: all of it, so that the connection can be used again, but no flood.
const MAX_ANSWER: u64 = 64 * 1024;

pub(super) struct Http {
    agent: Agent,
    url: Uri,
    /// Where that is, as far as it may be shown.
    place: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    is_compressed: bool,
}

impl Http {
    pub(super) fn new(settings: &Settings) -> Result<Self, InvalidConfig> {
        let agent = Agent::config_builder()
            .tls_config(tls(&settings.tls)?)
            // Not that of the environment: nothing is sent to a host that the program did not name.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(AGENT)
            .timeout_global(Some(settings.timeout))
            .build()
            .new_agent();
        Ok(Http {
            agent,
            url: settings.url.clone(),
            place: settings.place(),
            headers: settings.headers.clone(),
            is_compressed: settings.is_compressed,
        })
    }

    /// The status of the answer, its headers, and as much of its body as came.
    fn post(&self, body: &[u8]) -> Result<(u16, HeaderMap, Vec<u8>), ureq::Error> {
        let mut request = self.agent.post(&self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.content_type("application/x-protobuf");
        let mut answer = if self.is_compressed {
            request.header("content-encoding", "gzip").send(&compressed(body)?[..])?
        } else {
            request.send(body)?
        };
        // An answer that breaks off was an answer.
        let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().unwrap_or_default();
        Ok((answer.status().as_u16(), answer.headers().clone(), text))
    }
}

impl Transport for Http {
    fn send(&mut self, signal: Signal, body: &[u8]) -> Answer {
        let (status, headers, text) = match self.post(body) {
            Ok(answer) => answer,
            Err(error) => {
                let why = format!("{} cannot be reached: {error}", self.place);
                return Answer::Unavailable { why, retry_after: None };
            }
        };
        if (200..300).contains(&status) {
            return answer::taken(signal, &text);
        }
        let why = format!("{} answers {status}{}", self.place, words(&headers, &text));
        match status {
            429 | 502..=504 => Answer::Unavailable { why, retry_after: retry_after(&headers) },
            _ => Answer::Refused { why },
        }
    }
}

fn compressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body)?;
    gzip.finish()
}

/// What the receiver says is wrong.
fn words(headers: &HeaderMap, text: &[u8]) -> String {
    let kind = headers.get("content-type").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let message = match kind.split(';').next().map(str::trim) {
        Some("application/x-protobuf") => {
            answer::Status::decode(text).map(|it| it.message).unwrap_or_default()
        }
        Some("text/plain" | "application/json") => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    };
    if message.is_empty() { message } else { format!(" ({})", harmless(message.trim())) }
}

/// How long the receiver wants to be left alone: seconds, or a time.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    let seconds = value.parse().map(Duration::from_secs).ok();
    seconds.or_else(|| httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).ok())
}

fn tls(tls: &Tls) -> Result<TlsConfig, InvalidConfig> {
    let wrong = |what: &str| InvalidConfig::new(format!("a file of {what} holds none: write PEM"));
    let mut config = TlsConfig::builder().provider(TlsProvider::Rustls);
    if let Some(pem) = &tls.authorities {
        config = config.root_certs(RootCerts::from(certificates(pem).ok_or_else(|| wrong("certificates"))?));
    }
    if let Some((certificate, key)) = &tls.identity {
        let chain = certificates(certificate).ok_or_else(|| wrong("certificates"))?;
        let key = PrivateKey::from_pem(key).map_err(|_| wrong("a private key"))?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(config.build())
}

fn certificates(pem: &[u8]) -> Option<Vec<Certificate<'static>>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let found: Vec<_> = parse_pem(pem).filter_map(certificate).collect();
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_time() {
        let of = |value: &str| {
            let value = value.parse().expect("a value");
            retry_after(&[("retry-after".parse().expect("a name"), value)].into_iter().collect())
        };
        assert_eq!(of(" 120 "), Some(Duration::from_secs(120)));
        let in_an_hour = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
        assert!(of(&in_an_hour).is_some_and(|it| it > Duration::from_secs(1800)));
        for nothing in ["", "-1", "1.5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"] {
            assert_eq!(of(nothing), None, "{nothing:?}");
        }
    }
}
