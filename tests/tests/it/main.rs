//! What isohub promises: a file per promise, in one binary.

mod transparency;
mod child;
mod probe;
mod accounts;
mod faults;
mod process;
mod reentrancy;
mod sampling;
mod events;
mod sinks;
mod api_edges;
mod support;
mod isolation;
mod inheritance;
mod continuity;
mod siblings;
mod nothing_left;
mod unasked;
mod locals;
mod scope_api;
mod model;
