//! Names and attributes of spans, by OpenTelemetry's semantic conventions for HTTP and RPC.

use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, USER_AGENT};
use http::request::Parts;
use http::uri::Authority;
use http::{Method, Version};
use isohub::{Attribute, Value};

pub(crate) const ROUTE: &str = "http.route";
pub(crate) const STATUS: &str = "http.response.status_code";
pub(crate) const GRPC_STATUS: &str = "rpc.grpc.status_code";
pub(crate) const ERROR_TYPE: &str = "error.type";

const GRPC_STATUS_HEADER: HeaderName = HeaderName::from_static("grpc-status");
/// What a server that does not know the method answers.
pub(crate) const UNIMPLEMENTED: i64 = 12;

/// A request method as it may stand in names: one of those that the standards know.
pub(crate) fn known(method: &Method) -> Option<&'static str> {
    const KNOWN: [&str; 10] =
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY"];
    KNOWN.into_iter().find(|known| *known == method.as_str())
}

/// What a span is called. `path` is a pattern: there are few of them.
pub(crate) fn name(method: Option<&'static str>, path: Option<&str>) -> isohub::Text {
    let method = method.unwrap_or("HTTP");
    path.map_or(method.into(), |path| format!("{method} {path}").into())
}

/// The service and the method that a gRPC request asks for.
pub(crate) fn grpc_method(parts: &Parts) -> Option<(&str, &str)> {
    if !is_grpc(&parts.headers) {
        return None;
    }
    let (service, method) = parts.uri.path().strip_prefix('/')?.split_once('/')?;
    let is_method = !service.is_empty() && !method.is_empty() && !method.contains('/');
    is_method.then_some((service, method))
}

/// Not of gRPC-Web, whose trailers are in the body.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.as_bytes().strip_prefix(b"application/grpc"));
    kind.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// The status of a gRPC call, from the head or the trailers of its response.
pub(crate) fn grpc_status(headers: &HeaderMap) -> Option<i64> {
    headers.get(GRPC_STATUS_HEADER)?.to_str().ok()?.parse::<u8>().ok().map(i64::from)
}

/// The attributes of a server's span that are known when it begins.
pub(crate) fn of_server(parts: &Parts, route: Option<&str>, with_query: bool) -> Vec<Attribute> {
    let mut attributes = Attributes(Vec::with_capacity(12));
    attributes.add_method(&parts.method);
    attributes.add("url.path", owned(parts.uri.path()));
    attributes.add_query(parts, with_query);
    // A proxy before this server may know better: `on_request` can say so.
    attributes.add("url.scheme", parts.uri.scheme_str().map_or("http".into(), |it| it.to_owned().into()));
    attributes.add_address(authority(parts).as_ref(), None);
    if let Some(agent) = parts.headers.get(USER_AGENT).and_then(|it| it.to_str().ok()) {
        attributes.add("user_agent.original", owned(agent));
    }
    attributes.add_version(parts.version);
    if let Some(route) = route {
        attributes.add(ROUTE, owned(route));
    }
    attributes.add_grpc(parts);
    attributes.0
}

/// The attributes of a client's span that are known when it begins.
pub(crate) fn of_client(parts: &Parts, template: Option<&'static str>, with_query: bool) -> Vec<Attribute> {
    let mut attributes = Attributes(Vec::with_capacity(8));
    attributes.add_method(&parts.method);
    let authority = authority(parts);
    let (scheme, path) = (parts.uri.scheme_str(), parts.uri.path());
    match (scheme, &authority) {
        (Some(scheme), Some(authority)) => {
            // An authority may begin with a name and a password.
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            let query = parts.uri.query().filter(|_| with_query);
            let (mark, query) = query.map_or(("", ""), |query| ("?", query));
            attributes.add("url.full", format!("{scheme}://{host}{path}{mark}{query}").into());
        }
        _ => {
            attributes.add("url.path", owned(path));
            attributes.add_query(parts, with_query);
        }
    }
    let default_port = match scheme {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    };
    attributes.add_address(authority.as_ref(), default_port);
    if let Some(template) = template {
        attributes.add("url.template", template.into());
    }
    attributes.add_grpc(parts);
    attributes.0
}

/// The host that is asked: in the target of the request, or in its header.
fn authority(parts: &Parts) -> Option<Authority> {
    let of_header = || Authority::try_from(parts.headers.get(HOST)?.as_bytes()).ok();
    parts.uri.authority().cloned().or_else(of_header)
}

/// The version of HTTP, without the name.
pub(crate) fn version(version: Version) -> Option<&'static str> {
    Some(match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_11 => "1.1",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => return None,
    })
}

fn owned(text: &str) -> isohub::Text {
    text.to_owned().into()
}

struct Attributes(Vec<Attribute>);

impl Attributes {
    fn add(&mut self, key: &'static str, text: isohub::Text) {
        self.0.push(Attribute { key: key.into(), value: Value::text(text) });
    }

    fn add_method(&mut self, method: &Method) {
        self.add("http.request.method", known(method).unwrap_or("_OTHER").into());
        if known(method).is_none() {
            self.add("http.request.method_original", owned(method.as_str()));
        }
    }

    fn add_query(&mut self, parts: &Parts, is_wanted: bool) {
        if let Some(query) = parts.uri.query().filter(|_| is_wanted) {
            self.add("url.query", owned(query));
        }
    }

    fn add_address(&mut self, authority: Option<&Authority>, default_port: Option<u16>) {
        let Some(authority) = authority else { return };
        // The brackets of a version 6 address are no part of it.
        self.add("server.address", owned(authority.host().trim_matches(['[', ']'])));
        if let Some(port) = authority.port_u16().or(default_port) {
            self.0.push(Attribute { key: "server.port".into(), value: Value::I64(port.into()) });
        }
    }

    fn add_version(&mut self, protocol: Version) {
        if let Some(version) = version(protocol) {
            self.add("network.protocol.version", version.into());
        }
    }

    fn add_grpc(&mut self, parts: &Parts) {
        if let Some((service, method)) = grpc_method(parts) {
            self.add("rpc.system", "grpc".into());
            self.add("rpc.service", owned(service));
            self.add("rpc.method", owned(method));
        }
    }
}
