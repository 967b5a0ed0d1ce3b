//! Contexts in the headers of HTTP.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use isohub::Remote;

const BAGGAGE: HeaderName = HeaderName::from_static("baggage");
/// What names the trace. `tracestate` says nothing of another `traceparent` than that beside which it stands.
const OF_TRACE: [HeaderName; 3] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("sentry-trace"),
];

/// What another process sent with a request, as [`Remote::extract`]: every line of each header is seen.
///
/// [`ServerLayer`](crate::ServerLayer) does this by itself. It is for servers that are no tower service, and for
/// messages that carry headers.
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// headers.insert("traceparent", http::HeaderValue::from_static(traceparent));
/// assert_eq!(isohub_tower::extract(&headers).context(), traceparent.parse().ok());
/// ```
pub fn extract(headers: &HeaderMap) -> Remote {
    Remote::extract(|name| headers.get_all(name))
}

/// Passes on the trace of the current unit, and its baggage, as [`isohub::inject`]. Where there is a trace, it takes
/// the place of one that stood there, as in headers that a proxy copied; baggage takes the place of baggage.
///
/// [`ClientLayer`](crate::ClientLayer) does this by itself. It is for clients that are no tower service:
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// # let recorder = isohub::testing::Recorder::new();
/// # recorder.run_sync(|| {
/// isohub::start_span!("ask").in_scope(|| isohub_tower::inject(&mut headers));
/// # });
/// assert!(headers.contains_key("traceparent"));
/// ```
///
/// What cannot stand in a header is left out; there is nothing of that kind in what isohub passes on.
pub fn inject(headers: &mut HeaderMap) {
    inject_with(headers, true);
}

pub(crate) fn inject_with(headers: &mut HeaderMap, with_baggage: bool) {
    let mut is_first = true;
    isohub::inject(|name, value| {
        let name = HeaderName::from_static(name);
        let is_of_trace = OF_TRACE.contains(&name);
        if is_of_trace && std::mem::take(&mut is_first) {
            for stale in OF_TRACE {
                headers.remove(stale);
            }
        }
        if (with_baggage || name != BAGGAGE)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    });
}
