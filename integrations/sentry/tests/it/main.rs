//! What isohub-sentry promises.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bridge;
mod events;
mod faults;
mod headers;
mod large;
mod like_sentry;
mod panics;
mod receivers;

mod support;
mod transactions;
