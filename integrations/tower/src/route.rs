//! The route of a request: the pattern by which a router found its handler.

use http::Extensions;
use isohub::SpanRef;

use crate::attributes::{self, ROUTE};

/// The span of the request in whose extensions it stands, until its route is known.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) span: SpanRef,
    pub(crate) method: Option<&'static str>,
}

/// Says what the route of a request is, given its extensions: for routers that find it inside of
/// [`ServerLayer`](crate::ServerLayer). The span is then called by it. A route is a pattern such as
/// `/users/{id}`; with ids in it, there would be too many names.
///
/// Does nothing if the layer knew the route, if the request is not recorded, or if there is no such layer.
///
/// ```
/// fn dispatch(request: http::Request<String>) {
///     isohub_tower::set_route(request.extensions(), "/users/{id}");
///     // and on to the handler
/// }
/// ```
pub fn set_route(extensions: &Extensions, route: &str) {
    if let Some(Served { span, method }) = extensions.get() {
        span.set_name(attributes::name(*method, Some(route)));
        span.record(ROUTE, route);
    }
}

#[cfg(not(feature = "axum"))]
pub(crate) fn matched(_: &Extensions) -> Option<String> {
    None
}

#[cfg(feature = "axum")]
pub(crate) use with_axum::matched;

#[cfg(feature = "axum")]
pub(crate) mod with_axum {
    use std::task::{Context, Poll};

    use axum::extract::MatchedPath;
    use http::{Extensions, Request};
    use tower_layer::Layer;
    use tower_service::Service;

    /// The route, if a router has already found it.
    pub(crate) fn matched(extensions: &Extensions) -> Option<Matched> {
        extensions.get().cloned().map(Matched)
    }

    pub(crate) struct Matched(MatchedPath);

    impl AsRef<str> for Matched {
        fn as_ref(&self) -> &str {
            self.0.as_str()
        }
    }

    /// Tells a [`ServerLayer`](crate::ServerLayer) around an axum router which route was found. With the feature
    /// `axum`.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use isohub_tower::{RouteLayer, ServerLayer};
    /// use tower::Layer as _;
    ///
    /// let app: Router = Router::new().route("/users/{id}", get(async || "hello")).layer(RouteLayer);
    /// let app = ServerLayer::new().layer(app); // everything is within, what finds no route, too
    /// # let _ = app;
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct RouteLayer;

    impl<S> Layer<S> for RouteLayer {
        type Service = RouteService<S>;

        fn layer(&self, inner: S) -> RouteService<S> {
            RouteService { inner }
        }
    }

    /// A service that tells which route was found; made by [`RouteLayer`].
    #[derive(Clone, Copy, Debug)]
    pub struct RouteService<S> {
        inner: S,
    }

    impl<S: Service<Request<B>>, B> Service<Request<B>> for RouteService<S> {
        type Response = S::Response;
        type Error = S::Error;
        type Future = S::Future;

        fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
            self.inner.poll_ready(cx)
        }

        fn call(&mut self, request: Request<B>) -> S::Future {
            if let Some(route) = matched(request.extensions()) {
                super::set_route(request.extensions(), route.as_ref());
            }
            self.inner.call(request)
        }
    }
}
