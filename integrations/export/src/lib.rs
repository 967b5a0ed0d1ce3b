//! Traces of [isohub] as files: for [Perfetto](ChromeTrace), [one record a line](JsonLines), and
//! [a page for the browser](HtmlPage).
//!
//! Each is a [`Sink`](isohub::sink::Sink). None of them panics into, blocks, or fails the program: what
//! cannot be written is counted by [`Losses`], and said once.
//!
//! ```no_run
//! use isohub_export::{ChromeTrace, HtmlPage, JsonLines};
//!
//! let _isohub = isohub::init()
//!     .sink(ChromeTrace::new("trace.json"))
//!     .sink(JsonLines::new("spans.jsonl"))
//!     .sink(HtmlPage::new("traces.html"))
//!     .install()?;
//! # Ok::<_, isohub::InstallError>(())
//! ```

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod chrome;
mod html;
mod json;
mod lines;
mod losses;
mod place;

pub use chrome::ChromeTrace;
pub use html::HtmlPage;
pub use lines::JsonLines;
pub use losses::Losses;
