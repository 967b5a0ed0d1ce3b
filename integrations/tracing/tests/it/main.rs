//! tracing and isohub, each in the other.

#![allow(clippy::expect_used, clippy::panic, reason = "assertions of tests")]

mod support;

mod cost;
mod events;
mod guards;
mod http;
mod lines;
mod logs;
mod sink;
mod spans;
mod tasks;
