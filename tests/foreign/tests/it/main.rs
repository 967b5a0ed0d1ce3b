//! Contexts and spans of other libraries, isolated as hubs are. That they go with every kind of unit, over every switch,
//! is two behaviours of the conformance suite.

mod contexts;
mod spans;
mod support;
