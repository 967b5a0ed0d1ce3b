//! A hub and a server span for each request, and client spans that pass the trace on: layers of
//! tower for isohub. They go on axum, tonic, hyper's clients and any
//! other service of `http` requests.
//!
//! ```
//! use axum::{Router, extract::Path, routing::get};
//! use isohub::testing::Recorder;
//! use isohub_tower::ServerLayer;
//! use tower::ServiceExt as _;
//!
//! async fn user(Path(id): Path<u64>) -> String {
//!     isohub::set_tag("user", id); // of this request, and no other
//!     format!("user {id}")
//! }
//!
//! # #[cfg(feature = "axum")]
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let app: Router = Router::new().route("/users/{id}", get(user)).layer(ServerLayer::new());
//!
//! let recorder = Recorder::new();
//! let request = http::Request::get("/users/7").body(axum::body::Body::empty()).unwrap();
//! let response = recorder.run(app.oneshot(request)).await;
//! drop(response); // the request is over when its body is
//!
//! let span = recorder.span("GET /users/{id}");
//! assert_eq!(span.scope.as_ref().unwrap().tag("user"), Some("7"));
//! # });
//! ```
//!
//! - [`ServerLayer`]: what becomes of a request, its hub and its span.
//! - [`ClientLayer`]: the same for those that are sent, with hyper and reqwest.
//! - [`extract`] and [`inject`]: contexts in headers, for what is no tower service.
//!
//! Attributes follow OpenTelemetry's semantic conventions for HTTP, and for gRPC. The feature `axum` takes names from
//! the routes of axum. Without the feature `enabled`, which is on by default, the layers pass everything on as it is.

mod attributes;
mod body;
mod client;
mod exchange;
mod future;
mod headers;
mod question;
mod route;
mod server;

/// Whether this build records.
const ENABLED: bool = cfg!(feature = "enabled");

pub use body::ResponseBody;
pub use client::{ClientLayer, ClientService, UrlTemplate};
pub use future::ResponseFuture;
pub use headers::{extract, inject};
pub use route::set_route;
#[cfg(feature = "axum")]
pub use route::with_axum::{RouteLayer, RouteService};
pub use server::{Incoming, ServerLayer, ServerService};

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
