//! A module for each contender.

mod fastrace;
mod isohub;
mod opentelemetry;
mod plain;
mod sentry;
mod tracing;
mod tracing_otel;

use std::sync::atomic::{AtomicU64, Ordering};

use crate::work::Contender;

/// What a sink has received.
#[derive(Debug)]
pub(crate) struct Received(AtomicU64);

impl Received {
    pub(crate) const fn new() -> Self {
        Received(AtomicU64::new(0))
    }

    pub(crate) fn add(&self, records: usize) {
        self.0.fetch_add(records as u64, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All contenders: first those that others are compared with, then isohub, then its peers.
pub fn all() -> Vec<Box<dyn Contender>> {
    vec![
        Box::new(plain::Plain),
        Box::new(plain::Clock::default()),
        Box::new(isohub::Isohub::default()),
        Box::new(fastrace::Fastrace),
        Box::new(tracing::Tracing),
        Box::new(tracing_otel::TracingOtel::default()),
        Box::new(opentelemetry::Opentelemetry::default()),
        Box::new(sentry::Sentry::default()),
    ]
}

/// The names of those that others are compared with.
pub const PLAIN: &str = "plain";
/// The call between two reads of the clock.
pub const CLOCK: &str = "two clock reads";
/// Us.
pub const ISOHUB: &str = "isohub";
