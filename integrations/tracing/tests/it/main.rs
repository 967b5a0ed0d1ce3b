//! tracing and isohub, each in the other.

#![allow(clippy::expect_used, clippy::panic, reason = "assertions of tests")]

#[cfg(feature = "enabled")]
mod cost;
#[cfg(not(feature = "enabled"))]
mod disabled;
#[cfg(feature = "enabled")]
mod events;
#[cfg(feature = "enabled")]
mod guards;
#[cfg(feature = "enabled")]
mod http;
#[cfg(feature = "enabled")]
mod lines;
#[cfg(feature = "enabled")]
mod logs;
#[cfg(feature = "enabled")]
mod sink;
#[cfg(feature = "enabled")]
mod spans;
#[cfg(feature = "enabled")]
mod support;
#[cfg(feature = "enabled")]
mod tasks;
