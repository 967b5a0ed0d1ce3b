//! What isohub promises: a file per promise, in one binary.

mod accounts;
mod api_edges;
mod child;
mod containers;
mod continuity;
mod documents;
mod events;
mod faults;
mod inheritance;
mod isolation;
mod locals;
mod merge;
mod model;
mod nothing_left;
mod probe;
mod process;
mod queued;
mod reentrancy;
mod sampling;
mod scope_api;
mod siblings;
mod sinks;
mod sizes;
mod streams;
mod support;
mod unasked;
