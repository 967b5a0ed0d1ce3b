//! tracing and isohub, each in the other: a layer that makes spans, events and breadcrumbs of isohub out of those of
//! tracing, ids of isohub in log lines, and finished spans of isohub for tracing's subscribers.
//!
//! ```
//! use isohub::testing::Recorder;
//! use tracing_subscriber::prelude::*;
//!
//! #[tracing::instrument]
//! fn query(table: &str) {} // in a library
//!
//! #[isohub::span]
//! fn order(id: u32) {
//!     query("orders");
//! }
//!
//! let subscriber = tracing_subscriber::registry().with(isohub_tracing::layer());
//! let recorder = Recorder::new();
//! tracing::subscriber::with_default(subscriber, || recorder.run_sync(|| order(7)));
//! assert_eq!(recorder.tree(), "order\n  query table=orders\n");
//! ```
//!
//! - [`layer()`]: spans, events and breadcrumbs of isohub, made of tracing's.
//! - [`WithIds`] and [`current_span`]: trace and span ids for log lines.
//! - `Logger` (feature `log`): records of the crate `log`, in programs without tracing.
//! - [`TracingSink`]: finished traces of isohub for tracing's subscribers.
//! - [`isolate`]: a current span of tracing for each unit.
//!
//! The feature `fmt`, which is on by default, brings [`WithIds`]. Without the feature `enabled`, also on by default, nothing
//! is done.

mod events;
mod fields;
mod happened;
#[cfg(feature = "fmt")]
mod ids;
mod isolate;
mod layer;
#[cfg(feature = "log")]
mod log;
mod sink;
mod sites;
mod stack;

/// Whether this build records.
const ENABLED: bool = cfg!(feature = "enabled");

pub use happened::EventFilter;
#[cfg(feature = "fmt")]
pub use ids::WithIds;
pub use isolate::isolate;
pub use layer::{IsohubLayer, layer};
#[cfg(feature = "log")]
pub use log::Logger;
pub use sink::TracingSink;
pub use stack::current_span;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
