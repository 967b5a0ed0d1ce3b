//! Files that are written, as their readers see them.

mod browser;
mod chrome;
mod faults;
mod html;
mod lines;
mod support;
