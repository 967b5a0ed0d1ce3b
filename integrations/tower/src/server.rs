//! The layer of servers.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::HeaderName;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use isohub::{Callsite, Hub, Remote, Span, SpanContext, SpanKind};
use tower_layer::Layer;
use tower_service::Service;

use crate::attributes;
use crate::body::ResponseBody;
use crate::exchange::{Exchange, Side};
use crate::future::ResponseFuture;
use crate::headers;
use crate::question::Question;
use crate::route::{self, Served};

static SERVER: Callsite = Callsite::new("HTTP", module_path!(), file!(), line!(), column!())
    .with_kind(SpanKind::Server)
    .with_op("http.server")
    .with_fields();

/// What becomes of the trace that a request says it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incoming {
    /// It goes on, with its tracestate and its baggage: for callers that are one's own.
    #[default]
    Continue,
    /// It goes on; baggage and tracestate are not taken. The caller still decides what is sampled.
    IdsOnly,
    /// A new trace begins, linked to the span that asks: for callers that are not to decide what is sampled.
    Link,
    /// A new trace begins.
    Ignore,
}

/// Gives each request a hub of its own and a server span.
///
/// The hub is a clone of the base hub, with the trace and the baggage that came with the request. It is the current one
/// in the inner service, in its future, in each frame of the response's body, and in the destructors of these. The span
/// ends, with the scope of the hub, when the body has come to its end or is dropped.
///
/// | what happens | outcome | `error.type` |
/// | --- | --- | --- |
/// | the response is there, 4xx included | ok | |
/// | 5xx; a gRPC status that is the server's fault | error | the status |
/// | the service, or the body, gives an error | error | the type of the error |
/// | it panics; the panic goes on | panicked | `panic` |
/// | the client goes away before it has all of the response | cancelled | |
///
/// The span is called `GET /users/{id}` where the route is known, and `GET` where it is not: the path is no name, since
/// there are too many of them. With axum (feature `axum`) the route is known if the layer is given to
/// `Router::layer`; where it stands around the whole router, so that other layers and fallbacks are within, add
/// `RouteLayer` to the router. Other routers call [`set_route`](crate::set_route). gRPC requests are
/// called `package.Service/Method`.
///
/// After a response that switches protocols (101, or 2xx to CONNECT) span and hub are over: what is then
/// spoken is the handler's own, and [`spawn_isolated!`](isohub::spawn_isolated) gives it a clone of the hub. axum, which
/// spawns for a WebSocket by itself, is given a function that has one:
/// `upgrade.on_upgrade(isohub::parallel!("chat", async move |socket| ..))`.
///
/// Put it outside of layers that answer by themselves, such as timeouts, and inside of those that change paths.
/// Behind one that catches panics a request that panics is shown as panicked, and around one as an error 500.
/// What the inner service does in `poll_ready` is done before there is a request, and in no hub of one.
///
/// A request costs a dozen allocations if it is recorded, one if not, and those of what came in its headers;
/// nothing is boxed.
/// Nothing here fails or panics.
///
/// ```
/// use axum::{Router, extract::Path, routing::get};
/// use isohub_tower::ServerLayer;
///
/// async fn user(Path(id): Path<u64>) -> String {
///     isohub::set_tag("user", id); // of this request, and no other
///     format!("user {id}")
/// }
///
/// let app: Router = Router::new().route("/users/{id}", get(user)).layer(ServerLayer::new());
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is given to a service"]
pub struct ServerLayer {
    config: Config,
}

impl ServerLayer {
    /// A layer that continues incoming traces and records every request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets each request begin with a clone of `hub`, its scope and its pipeline, instead of the base hub: for what
    /// is true of all requests of one listener, and in tests, where the server's tasks know nothing of the recorder.
    ///
    /// ```
    /// use isohub::Hub;
    /// use isohub_tower::ServerLayer;
    /// let layer = ServerLayer::new().in_hub(Hub::base().with_tag("listener", "admin"));
    /// ```
    pub fn in_hub(mut self, hub: Hub) -> Self {
        self.config.hub = Some(hub);
        self
    }

    /// What becomes of the trace that a request says it belongs to; [`Incoming::Continue`] unless said otherwise.
    ///
    /// ```
    /// use isohub_tower::{Incoming, ServerLayer};
    /// let at_the_edge = ServerLayer::new().incoming(Incoming::Link);
    /// ```
    pub fn incoming(mut self, incoming: Incoming) -> Self {
        self.config.incoming = incoming;
        self
    }

    /// Records only requests for which `wanted` is true. Of the others neither the span nor what is below it is
    /// recorded, and those who are asked on their behalf are told so. They have a hub all the same. If `wanted` panics,
    /// the request is recorded.
    ///
    /// ```
    /// use isohub_tower::ServerLayer;
    /// let layer = ServerLayer::new().record_if(|request| request.uri.path() != "/health");
    /// ```
    pub fn record_if(mut self, wanted: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.config.record_if = Some(Question::new(wanted));
        self
    }

    /// Calls `f` with the head of each request, in its hub and with its span active, before the inner service is
    /// called. If it panics, that is all.
    ///
    /// ```
    /// use isohub_tower::ServerLayer;
    /// let layer = ServerLayer::new().on_request(|request| {
    ///     if let Some(tenant) = request.headers.get("x-tenant").and_then(|it| it.to_str().ok()) {
    ///         isohub::set_tag("tenant", tenant);
    ///         isohub::current_span().record("app.tenant", tenant);
    ///     }
    /// });
    /// ```
    pub fn on_request(mut self, f: impl Fn(&Parts) + Send + Sync + 'static) -> Self {
        self.config.on_request = Some(Question::new(f));
        self
    }

    /// Puts the trace id into this header of each response, in place of what stands there, so that who asks can name
    /// the trace. Of a trace that is not recorded the id is sent as well; it is in the logs.
    ///
    /// ```
    /// use http::HeaderName;
    /// use isohub_tower::ServerLayer;
    /// let layer = ServerLayer::new().trace_id_header(HeaderName::from_static("x-trace-id"));
    /// ```
    pub fn trace_id_header(mut self, name: HeaderName) -> Self {
        self.config.trace_id_header = Some(name);
        self
    }

    /// Records the query of each request as `url.query`. Queries hold what users typed, and tokens: it is not done
    /// unasked.
    pub fn with_query(mut self) -> Self {
        self.config.with_query = true;
        self
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> ServerService<S> {
        ServerService { inner, config: Arc::new(self.config.clone()) }
    }
}

#[derive(Clone, Default)]
struct Config {
    hub: Option<Hub>,
    incoming: Incoming,
    record_if: Option<Question<bool>>,
    on_request: Option<Question<()>>,
    trace_id_header: Option<HeaderName>,
    with_query: bool,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("incoming", &self.incoming)
            .field("trace_id_header", &self.trace_id_header)
            .field("with_query", &self.with_query)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Begins the unit and the span of a request.
    fn begin(&self, request: &mut Parts) -> Exchange {
        let remote = match self.incoming {
            Incoming::Ignore => Remote::default(),
            _ => headers::extract(&request.headers),
        };
        let mut hub = self.hub_of(request, &remote);
        let route = route::matched(&request.extensions);
        let span = hub.start_span(&SERVER, || {
            attributes::of_server(request, route.as_ref().map(AsRef::as_ref), self.with_query)
        });
        if span.is_recorded() {
            self.describe(&span, request, route.as_ref().map(AsRef::as_ref), remote.context());
        }
        let mut exchange = Exchange::new(Side::Server, Some(hub), span, request)
            .with_trace_id_header(self.trace_id_header.clone());
        if let Some(on_request) = &self.on_request {
            exchange.run(|| on_request.ask(request));
        }
        exchange
    }

    fn hub_of(&self, request: &Parts, remote: &Remote) -> Hub {
        let hub = self.hub.clone().unwrap_or_else(Hub::base);
        let hub = match self.incoming {
            Incoming::Continue => hub.with_parent(remote.clone()),
            Incoming::IdsOnly => hub.with_parent(remote.context()),
            Incoming::Link | Incoming::Ignore => hub.with_parent(None::<SpanContext>),
        };
        let is_wanted = self.record_if.as_ref().is_none_or(|wanted| wanted.ask(request).unwrap_or(true));
        if is_wanted { hub } else { hub.unrecorded() }
    }

    fn describe(&self, span: &Span, request: &mut Parts, route: Option<&str>, caller: Option<SpanContext>) {
        let method = attributes::known(&request.method);
        match attributes::grpc_method(request) {
            Some((service, name)) => span.set_name(format!("{service}/{name}")),
            None => {
                span.set_name(attributes::name(method, route));
                if route.is_none() {
                    request.extensions.insert(Served { span: span.handle(), method });
                }
            }
        }
        if let (Incoming::Link, Some(caller)) = (self.incoming, caller) {
            span.add_link(caller);
        }
    }
}

/// A service whose requests have a hub and a server span each; made by [`ServerLayer`].
#[derive(Clone, Debug)]
pub struct ServerService<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S, Q, B> Service<Request<Q>> for ServerService<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Body,
{
    type Response = Response<ResponseBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        ResponseFuture::of_call(&mut self.inner, request, |parts| self.config.begin(parts))
    }
}
