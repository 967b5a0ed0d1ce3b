//! isohub and its peers on the same work.
//!
//! `work` says what is measured, `peers` how each library does it, `measure` takes turns among them, and
//! `table` prints. The program `benches` measures time with the allocator that programs have; the program
//! `allocations` counts, with one that would distort the times.

pub mod growth;
pub mod leaf;
pub mod measure;
pub mod peers;
pub mod plot;
pub mod request;
pub mod table;
pub mod work;
