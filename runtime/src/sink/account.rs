//! What is counted of a sink.

use std::sync::atomic::AtomicU64;

/// The accounts of a sink while it works.
#[derive(Debug, Default)]
pub(crate) struct SinkAccount {
    pub(crate) name: String,
    pub(crate) received: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) panics: AtomicU64,
}
