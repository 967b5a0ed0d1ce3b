//! OpenTelemetry's API and isohub, each in the other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "assertions of tests")]

mod around;
mod contexts;
mod mixed;
mod spans;
mod support;
