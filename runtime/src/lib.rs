//! Hubs, scopes and spans that are isolated per concurrency unit by construction.
//!
//! A **hub** is the contextual data of one concurrency unit: its scope (tags, user, breadcrumbs, ..),
//! its trace and active span, and where its data goes. It is a value that one unit owns. Cloning it
//! is isolation, and Rust's ownership forbids sharing it by accident.
//!
//! | | new hub | new span | parent |
//! | --- | --- | --- | --- |
//! | [`#[span]`](macro@span) | no: shares the hub of the unit that called it | yes | the span that was active at the call |
//! | [`#[isolated_hub]`](macro@isolated_hub) | a clone of the current hub, taken at the call | no | – |
//! | [`#[parallel_span]`](macro@parallel_span) | a clone, taken at the call | yes | the span that was active at the call, so that concurrent calls are siblings |
//!
//! They go on functions, `impl` blocks, traits and modules and, inside an annotated function, on async blocks,
//! closures, blocks and statements; their pages say what they take and what they refuse. A task that is
//! spawned there without a hub is a compile error. Who comes from another crate finds its words in
//! [`coming_from`], and in which steps to go in [`migrating`]; [`units`] lists every kind of unit, what to write for it, and the tests that show it.
//!
//! ```
//! use isohub::testing::Recorder;
//!
//! #[isohub::parallel_span(fields(city))]
//! fn ask(city: &str) {
//!     isohub::set_tag("city", city); // nobody else sees it
//! }
//!
//! let recorder = Recorder::new();
//! recorder.run_sync(|| {
//!     isohub::start_span!("forecast").in_scope(|| {
//!         ask("Oslo");
//!         ask("Rome");
//!     });
//! });
//! assert_eq!(recorder.tree(), "\
//! forecast
//!   ask city=Oslo {city=Oslo}
//!   ask city=Rome {city=Rome}
//! ");
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `enabled` (default) | recording; without it every item exists, checks its arguments and does nothing |
//! | `tokio` (default) | `spawn_isolated!` into tokio, and the detection of tasks that have no hub |
//! | `console` (default) | the sink `Console` |
//! | `isolate-tasks` | `isohub::tokio`: a hub for every task of a runtime; needs `--cfg tokio_unstable` |
//! | `rayon` | `isohub::rayon`: hubs for jobs and for the items of parallel iterators |
//! | `stackful`, `may` | `isohub::stackful`: hubs that follow coroutines from thread to thread, those of `may` by themselves |
//! | `sink` | what is bound to a hub may be a sink of `futures` |
//! | `body` | or a body of `http_body`, so that a response which is streamed after its handler has returned still knows what that has set |
//! | `anyhow`, `eyre` | `capture_anyhow`, `capture_eyre`: their errors with the stack of where they were made; `err(capture)` takes them |
//! | `doctor` | [`doctor`] also where debug assertions are off |
//!
//! Libraries annotate with `default-features = false`, and cost their users nothing until an application turns
//! `enabled` on.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod alarm;
mod api;
mod block;
mod buffer;
mod callsite;
mod capture;
mod carry;
mod caught;
mod clock;
mod collector;
mod command;
mod completion;
mod current;
pub mod doctor;
mod dropped;
mod emit;
mod engine;
#[cfg(any(feature = "anyhow", feature = "eyre"))]
mod errors;
mod filter;
pub mod foreign;
mod forest;
mod frame;
mod future;
mod given;
mod global;
mod held;
mod hub;
mod ids;
mod lane;
mod local;
mod locals;
mod merge;
mod panics;
mod parked;
mod payload;
mod pipeline;
mod pipeline_ref;
mod place;
mod pool;
mod position;
mod private;
mod propagation;
#[cfg(feature = "rayon")]
pub mod rayon;
mod record;
mod report;
mod sample;
mod scope;
pub mod sink;
mod slots;
mod span;
#[cfg(feature = "stackful")]
pub mod stackful;
mod strand;
mod sync;
pub mod testing;
mod thread_end;
#[cfg(all(feature = "isolate-tasks", tokio_unstable))]
pub mod tokio;
mod unit;
mod value;

#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

#[cfg(any(doc, doctest))]
pub mod coming_from {
    #![doc = include_str!("../docs/coming_from.md")]
}

#[cfg(any(doc, doctest))]
pub mod migrating {
    #![doc = include_str!("../docs/migrating.md")]
}

#[cfg(any(doc, doctest))]
pub mod units {
    #![doc = include_str!("../docs/units.md")]
}

#[cfg(any(doc, doctest))]
pub mod across_processes {
    #![doc = include_str!("../docs/across_processes.md")]
}
#[cfg(doctest)]
mod troubleshooting {
    #![doc = include_str!("../../TROUBLESHOOTING.md")]
}

#[cfg(all(feature = "isolate-tasks", not(tokio_unstable)))]
compile_error!(
    "the feature `isolate-tasks` of isohub needs tokio's unstable hooks: write `rustflags = [\"--cfg\", \
     \"tokio_unstable\"]` below `[build]` in `.cargo/config.toml`, or set `RUSTFLAGS=\"--cfg tokio_unstable\"`"
);

/// Whether this build records.
const ENABLED: bool = cfg!(feature = "enabled");

pub use api::{
    add_attachment, add_breadcrumb, add_event_processor, clear_breadcrumbs, clear_scope, configure_scope,
    current_scope, has_hub, is_installed, last_event_id, remove_context, remove_extra, remove_tag,
    remove_transaction_name, set_context, set_extra, set_fingerprint, set_level, set_tag, set_tags,
    set_transaction_name, set_user, with_scope,
};
pub use callsite::{Callsite, Level, SpanKind, UnknownLevel};
pub use capture::{capture_error, capture_event, capture_message};
pub use carry::{Carried, carry};
#[cfg(feature = "anyhow")]
pub use errors::capture_anyhow;
#[cfg(feature = "eyre")]
pub use errors::capture_eyre;
pub use filter::{Filter, InvalidFilter};
#[cfg(feature = "body")]
pub use future::HubBodyExt;
pub use future::{HubFutureExt, HubStreamExt, InHub, ReturningHub, WithScope};
pub use global::configure_global;
pub use hub::{Hub, suppress};
pub use ids::{EventId, InvalidTraceparent, SpanContext, SpanId, TraceId};
pub use isohub_macros::{
    breadcrumb, isolated, isolated_hub, join, parallel, parallel_span, record, span, spawn_isolated,
    start_span, try_join,
};
pub use local::{HubLocal, InHubLocal};
pub use merge::merge;
pub use panics::{capture_panic, capture_panics};
pub use pipeline::{FlushError, Guard, Init, InstallError, SinkStats, Stats, flush, init, stats};
pub use place::Place;
pub use pool::{IsolatedPool, Job};
pub use propagation::{
    Baggage, BaggageMember, Incoming, MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS, Propagation, Remote, baggage,
    inject, remove_baggage, set_baggage,
};
pub use record::{
    Event, Exception, Link, Outcome, Resource, SpanEvent, SpanRecord, StackTrace, StartedSpan, Trace,
};
pub use sample::{Rate, Root, Sampler};
pub use scope::{Attachment, Breadcrumb, Context, MAX_ATTRIBUTES, MAX_BREADCRUMBS, MAX_KEY, Scope, User};
#[cfg(feature = "console")]
pub use sink::{ColorChoice, Console};
pub use span::{
    InParallelSpan, InSpan, IntoParent, Span, SpanRef, StreamInSpan, Within, current_span, root_span,
};
pub use value::{Attribute, MAX_TEXT, Text, ToValue, Value};
