//! For tests: a recorder that sees what one test does, beside others in the same process.

pub(crate) mod tree;

mod recorder;

pub use recorder::{Recorder, Unsettled};
