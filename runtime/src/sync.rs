//! The primitives on which the buffers stand; the model checker swaps in its own.

pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{Mutex, OnceLock};

/// Spans in a chunk: 64 × 64 bytes are the 4 KiB that stay in the cache of the writing core.
pub(crate) const CHUNK_LEN: usize = 64;

/// Pipelines that can live at once.
pub(crate) const PIPELINES: usize = 1024;
