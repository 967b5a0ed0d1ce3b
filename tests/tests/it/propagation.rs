//! What comes with a request goes with the requests that it causes, and with no other.

mod arbitrary;
mod conformance;
mod formats;
mod hubs;
mod loopback;
mod seen;

use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use isohub::testing::Recorder;
use isohub::{Remote, parallel_span};

pub(super) const TRACE: &str = "12345678901234567890123456789012";
pub(super) const SPAN: &str = "1234567890123456";
pub(super) const TRACEPARENT: &str = "00-12345678901234567890123456789012-1234567890123456-01";

/// The headers of a message.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers(HeaderMap);

impl Headers {
    pub(super) fn new<V: AsRef<[u8]>>(lines: &[(&str, V)]) -> Self {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            map.append(name, HeaderValue::from_bytes(value.as_ref()).expect("a value"));
        }
        Headers(map)
    }

    /// What the current unit passes on.
    pub(super) fn injected() -> Self {
        let mut headers = HeaderMap::new();
        isohub::inject(|name, value| {
            let before = headers.insert(name, HeaderValue::from_str(value).expect("printable"));
            assert!(before.is_none(), "{name} was set before");
        });
        Headers(headers)
    }

    pub(super) fn remote(&self) -> Remote {
        Remote::extract(|name| self.0.get_all(name))
    }

    /// The value of a header that has one line; empty if it has none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The parts of the `traceparent`.
    pub(super) fn traceparent(&self) -> Vec<&str> {
        self.get("traceparent").split('-').collect()
    }
}

/// A server that asks another `requests` times; what it sends there.
#[parallel_span("server", kind = server, fresh, parent = headers.remote())]
pub(super) async fn serve(headers: &Headers, requests: usize) -> Vec<Headers> {
    let mut sent = Vec::new();
    for _ in 0..requests {
        sent.push(request().await);
    }
    sent
}

#[isohub::span("client", kind = client)]
async fn request() -> Headers {
    crate::support::pause().await;
    Headers::injected()
}

/// What a recorded server sends that was asked with these lines: over HTTP, and alike where they come as they are,
/// with the white space that servers of HTTP take away.
pub(super) fn answered<V: AsRef<[u8]>>(lines: &[(&str, V)]) -> Headers {
    let (recorder, headers) = (Recorder::new(), Headers::new(lines));
    let here = crate::support::poll_to_end(recorder.run(async { serve(&headers, 1).await })).remove(0);
    let there = loopback::sent(lines, 1).remove(0);
    let what_came = |sent: &Headers| (sent.traceparent()[1] == TRACE, sent.get("tracestate").to_owned());
    assert_eq!(what_came(&here), what_came(&there));
    there
}
