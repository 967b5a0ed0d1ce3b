//! Requests and their hubs, from whichever side.

#![allow(clippy::expect_used, clippy::panic, reason = "assertions of tests")]

#[cfg(not(feature = "enabled"))]
mod disabled;
#[cfg(feature = "enabled")]
mod support;

#[cfg(feature = "enabled")]
mod bodies;
#[cfg(feature = "enabled")]
mod bounds;
#[cfg(feature = "enabled")]
mod client;
#[cfg(feature = "enabled")]
mod connections;
#[cfg(feature = "enabled")]
mod cost;
#[cfg(feature = "enabled")]
mod grpc;
#[cfg(feature = "enabled")]
mod options;
#[cfg(feature = "enabled")]
mod outcomes;
#[cfg(feature = "enabled")]
mod over_tonic;
#[cfg(feature = "enabled")]
mod routes;
#[cfg(feature = "enabled")]
mod shared;
