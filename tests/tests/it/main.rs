//! What isohub promises: a file per promise, in one binary.

mod transparency;
