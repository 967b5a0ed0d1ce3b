//! Files that are written, as their readers see them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod browser;
mod chrome;
mod faults;
mod hostile;
mod html;
mod join;
mod lines;
mod support;
