//! What isohub-opentelemetry promises.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod decoded;
mod environment;
mod faults;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "http")]
mod http;
mod programs;
mod receivers;
mod support;
#[cfg(feature = "bridge")]
mod unisolated;
mod words;
