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

mod events;
mod fields;
#[cfg(feature = "fmt")]
mod ids;
mod layer;
#[cfg(feature = "log")]
mod log;
mod sites;
mod stack;

/// Whether this build records.
const ENABLED: bool = cfg!(feature = "enabled");

pub use events::EventFilter;
#[cfg(feature = "fmt")]
pub use ids::WithIds;
pub use layer::{IsohubLayer, layer};
#[cfg(feature = "log")]
pub use log::Logger;
pub use stack::current_span;
