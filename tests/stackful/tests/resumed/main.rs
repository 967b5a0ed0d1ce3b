//! Coroutines that are resumed by a call, on other threads than they were suspended on.

mod continuity;
mod endings;
mod generators;
mod hosts;
mod isolation;
mod support;
