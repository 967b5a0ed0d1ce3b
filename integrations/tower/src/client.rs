//! The layer of clients.

use std::fmt;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use isohub::{Callsite, Span, SpanKind};
use tower_layer::Layer;
use tower_service::Service;

use crate::attributes;
use crate::body::ResponseBody;
use crate::exchange::{Exchange, Side};
use crate::future::ResponseFuture;
use crate::headers::inject_with;
use crate::question::Question;

static CLIENT: Callsite = Callsite::new("HTTP", module_path!(), file!(), line!(), column!())
    .with_kind(SpanKind::Client)
    .with_op("http.client")
    .with_fields();

/// The pattern of the path of a request, such as `/users/{id}`, put into its extensions: the client's span is then
/// called by it.
///
/// ```
/// use isohub_tower::UrlTemplate;
///
/// let request = http::Request::get("https://api.example/users/7").extension(UrlTemplate("/users/{id}")).body(());
/// # assert!(request.is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrlTemplate(pub &'static str);

/// Gives each request a client span and passes the trace on, by headers.
///
/// The span is below the one that is active where the service is called, and active itself in the inner service, its
/// future and the body of the response; all of that in the hub of the unit that asks. It ends when the body has been read
/// to its end, or is dropped: what was read slowly took long. Whoever leaves a body unread has not cancelled
/// anything; who drops the future has.
///
/// | what happens | outcome | `error.type` |
/// | --- | --- | --- |
/// | the response is there | ok | |
/// | 4xx, 5xx; a gRPC status that is not 0 | error | the status |
/// | the service, or the body, gives an error | error | the type of the error |
/// | the future is dropped before the response is there | cancelled | |
///
/// It is called by its method, `GET`, or `GET /users/{id}` if a [`UrlTemplate`] says so; gRPC requests are called
/// `package.Service/Method`. `url.full` has neither credentials nor the query.
///
/// Put it inside of layers that retry or follow redirects: each attempt is then a span, and has headers of its
/// own. A client in front of it is any service of `http` requests:
///
/// ```
/// use http_body_util::Empty;
/// use hyper_util::client::legacy::Client;
/// use hyper_util::rt::TokioExecutor;
/// use isohub_tower::ClientLayer;
/// use tower::{Layer as _, ServiceExt as _};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
/// let client = ClientLayer::new().layer(client);
/// let request = http::Request::get("http://127.0.0.1:3000/users/7").body(Empty::new())?;
/// let response = client.oneshot(request).await?;
/// # drop(response); Ok(()) }
/// ```
///
/// reqwest has types of its own, which convert to those of `http` and back. By itself it follows redirects, and sends the
/// headers on to wherever it is sent, baggage included: tell it not to.
///
/// ```
/// use isohub_tower::ClientLayer;
/// use tower::Layer as _;
///
/// let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// let client = ClientLayer::new().layer(tower::service_fn(move |request: http::Request<reqwest::Body>| {
///     let client = client.clone();
///     async move { client.execute(request.try_into()?).await.map(http::Response::from) }
/// }));
/// # fn is_client<S: tower::Service<http::Request<reqwest::Body>, Error = reqwest::Error>>(_: S) {}
/// # is_client(client);
/// # Ok::<_, reqwest::Error>(())
/// ```
///
/// A request costs some fifteen allocations if it is recorded, five if not, those of the headers included; nothing is boxed.
/// Nothing here fails or panics.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is given to a service"]
pub struct ClientLayer {
    config: Config,
}

impl ClientLayer {
    /// A layer that passes trace and baggage on to everyone who is asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Passes trace and baggage on only with requests for which `trusted` is true. The others have a span all
    /// the same. If `trusted` panics, nothing is passed on.
    ///
    /// ```
    /// use isohub_tower::ClientLayer;
    /// let layer = ClientLayer::new().propagate_if(|request| request.uri.host() == Some("stock.internal"));
    /// ```
    pub fn propagate_if(mut self, trusted: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.config.propagate_if = Some(Question::new(trusted));
        self
    }

    /// Passes on the trace alone: for hosts that are not one's own.
    pub fn without_baggage(mut self) -> Self {
        self.config.without_baggage = true;
        self
    }

    /// Records the query of each request, as a part of `url.full`. Queries hold what users typed, and tokens: it is
    /// not done unasked.
    pub fn with_query(mut self) -> Self {
        self.config.with_query = true;
        self
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> ClientService<S> {
        ClientService { inner, config: self.config.clone() }
    }
}

#[derive(Clone, Default)]
struct Config {
    propagate_if: Option<Question<bool>>,
    without_baggage: bool,
    with_query: bool,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("without_baggage", &self.without_baggage)
            .field("with_query", &self.with_query)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Begins the span of a request, and passes it on.
    fn begin(&self, request: &mut Parts) -> Exchange {
        let template = request.extensions.get().map(|UrlTemplate(template)| *template);
        let span = Span::start(&CLIENT, || attributes::of_client(request, template, self.with_query));
        if span.is_recorded() {
            span.set_name(match attributes::grpc_method(request) {
                Some((service, method)) => format!("{service}/{method}").into(),
                None => attributes::name(attributes::known(&request.method), template),
            });
        }
        let is_trusted =
            self.propagate_if.as_ref().is_none_or(|trusted| trusted.ask(request).unwrap_or(false));
        if is_trusted {
            span.in_scope(|| inject_with(&mut request.headers, !self.without_baggage));
        }
        Exchange::new(Side::Client, None, span, request)
    }
}

/// A service whose requests have a client span each; made by [`ClientLayer`].
#[derive(Clone, Debug)]
pub struct ClientService<S> {
    inner: S,
    config: Config,
}

impl<S, Q, B> Service<Request<Q>> for ClientService<S>
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
