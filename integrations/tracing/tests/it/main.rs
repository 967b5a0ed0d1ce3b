//! tracing and isohub, each in the other.

#![allow(clippy::expect_used, clippy::panic, reason = "assertions of tests")]

mod support;

mod events;
mod guards;
mod spans;
mod tasks;
