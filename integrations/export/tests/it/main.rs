//! Files that are written, as their readers see them.

mod browser;
mod chrome;
mod faults;
mod lines;
mod support;
