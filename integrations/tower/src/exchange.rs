//! A request and its response, as its span sees them.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body::Body;
use isohub::{Hub, Outcome, Span};

use crate::attributes::{
    ERROR_TYPE, GRPC_STATUS, STATUS, UNIMPLEMENTED, grpc_status, is_grpc, known, version,
};

/// Who looks at the exchange.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// What becomes of the span and the hub of an exchange when the head of the response is there.
#[derive(Debug, PartialEq)]
pub(crate) enum After {
    /// They stay until the body has come to its end.
    Body { bytes_left: Option<u64> },
    /// Nothing follows that is part of the exchange.
    Nothing,
}

/// A span that ends when this is dropped, and the hub of its unit.
#[derive(Debug)]
pub(crate) struct Exchange {
    side: Side,
    /// Of a client there is none: what it does is done in the unit that asks.
    hub: Option<Hub>,
    span: Option<Span>,
    /// How the span ends if this is dropped now.
    if_dropped: Outcome,
    /// How it ends if the rest of the response comes.
    answered: Outcome,
    method: Option<&'static str>,
    is_grpc: bool,
    trace_id_header: Option<HeaderName>,
}

impl Exchange {
    /// `span` has begun for a request; if there is a hub, it is active there.
    pub(crate) fn new(side: Side, hub: Option<Hub>, span: Span, request: &Parts) -> Self {
        Exchange {
            side,
            hub,
            span: Some(span),
            if_dropped: Outcome::Cancelled,
            answered: Outcome::Ok,
            method: known(&request.method),
            is_grpc: is_grpc(&request.headers),
            trace_id_header: None,
        }
    }

    /// Puts the trace id into a header of the response.
    pub(crate) fn with_trace_id_header(mut self, name: Option<HeaderName>) -> Self {
        self.trace_id_header = name;
        self
    }

    /// Runs `f` in the hub, with the span active. If it panics, so does the span.
    pub(crate) fn run<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let if_dropped = std::mem::replace(&mut self.if_dropped, Outcome::Panicked);
        let result = match (&mut self.hub, &self.span) {
            (Some(hub), _) => hub.run(f),
            (None, Some(span)) => span.in_scope(f),
            (None, None) => f(),
        };
        self.if_dropped = if_dropped;
        result
    }

    /// The head of the response is there.
    pub(crate) fn answer<B: Body>(&mut self, response: &mut Response<B>) -> After {
        let status = response.status();
        self.record(STATUS, i64::from(status.as_u16()));
        if self.side == Side::Client
            && let Some(version) = version(response.version())
        {
            self.record("network.protocol.version", version);
        }
        let is_error = status.is_server_error() || (self.side == Side::Client && status.is_client_error());
        if is_error {
            self.fail(status.as_str());
        }
        self.read_grpc_status(response.headers(), true);
        self.add_trace_id(response.headers_mut());
        self.after(response)
    }

    fn after<B: Body>(&mut self, response: &Response<B>) -> After {
        let (status, body) = (response.status(), response.body());
        let is_tunnel = self.method == Some(Method::CONNECT.as_str()) && status.is_success();
        let is_client_done = self.side == Side::Client && body.is_end_stream();
        if status == StatusCode::SWITCHING_PROTOCOLS || is_tunnel || is_client_done {
            self.if_dropped = self.answered;
            return After::Nothing;
        }
        let is_never_sent = self.method == Some(Method::HEAD.as_str())
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || body.is_end_stream();
        // A server may drop such a body without a look at it, and whoever asked, what it does not want.
        if is_never_sent || self.side == Side::Client {
            self.if_dropped = self.answered;
        }
        let declared = response.headers().get(CONTENT_LENGTH);
        let declared = declared.and_then(|it| it.to_str().ok()?.parse().ok());
        let bytes_left = declared.or(body.size_hint().exact());
        self.sent(bytes_left);
        After::Body { bytes_left }
    }

    /// Of the body, so many bytes are still to come, if that is known. Nobody asks for a frame after the last.
    pub(crate) fn sent(&mut self, bytes_left: Option<u64>) {
        if bytes_left == Some(0) {
            self.if_dropped = self.answered;
        }
    }

    /// The trailers of the response are there.
    pub(crate) fn read_trailers(&mut self, trailers: &HeaderMap) {
        self.read_grpc_status(trailers, false);
    }

    fn read_grpc_status(&mut self, headers: &HeaderMap, is_head: bool) {
        let Some(status) = grpc_status(headers).filter(|_| self.is_grpc) else { return };
        self.record(GRPC_STATUS, status);
        let is_error = match self.side {
            Side::Client => status != 0,
            // Unknown, deadline exceeded, unimplemented, internal, unavailable, data loss; the others are the caller's.
            Side::Server => matches!(status, 2 | 4 | 12..=15),
        };
        if is_error {
            self.fail(&status.to_string());
        }
        // Whoever asks can make up as many methods as they like; what they ask for is in the attributes.
        if is_head && status == UNIMPLEMENTED && self.side == Side::Server {
            self.rename(self.method.unwrap_or("HTTP"));
        }
    }

    fn add_trace_id(&self, headers: &mut HeaderMap) {
        let context = self.hub.as_ref().and_then(Hub::span_context);
        if let (Some(name), Some(context)) = (&self.trace_id_header, context)
            && let Ok(value) = HeaderValue::from_str(&context.trace_id().to_string())
        {
            headers.insert(name, value);
        }
    }

    /// Something failed, of a kind of which there are few.
    pub(crate) fn fail(&mut self, kind: &str) {
        self.answered = Outcome::Error;
        self.record(ERROR_TYPE, kind);
    }

    /// Nothing more will come: ends the span.
    pub(crate) fn complete(mut self) {
        self.if_dropped = self.answered;
    }

    fn record(&self, key: &'static str, value: impl isohub::ToValue) {
        if let Some(span) = &self.span {
            span.record(key, value);
        }
    }

    fn rename(&self, name: &'static str) {
        if let Some(span) = &self.span {
            span.set_name(name);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.if_dropped == Outcome::Panicked {
            self.record(ERROR_TYPE, "panic");
        }
        let Some(span) = self.span.take() else { return };
        match self.hub.take() {
            Some(hub) => span.end_in(hub, self.if_dropped),
            None => span.end(self.if_dropped),
        }
    }
}
