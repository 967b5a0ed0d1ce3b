//! What isohub promises: a file per promise, in one binary.

mod accounts;
mod api_edges;
mod blocks;
mod child;
mod continuity;
mod documents;
mod events;
mod faults;
mod inheritance;
mod isolation;
mod locals;
mod model;
mod nothing_left;
mod probe;
mod process;
mod reentrancy;
mod sampling;
mod scope_api;
mod siblings;
mod sinks;
mod support;
mod transparency;
mod unasked;
