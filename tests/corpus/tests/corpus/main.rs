//! An annotated function behaves like the plain one, for functions of every shape in each edition.
//!
//! - `accepted/`: shapes that compile. They show the same: calls, drops, results, panics, auto traits.
//! - `rejected/`: shapes that do not compile. The compiler reports the same errors at the same places.
//! - `linted/`: shapes that are linted. The compiler and clippy warn of the same at the same places.
//! - `documented/`: public items. Their documentation is the same.
//!
//! In each `#[unit]` stands for the attribute. What is known to differ is in `differences.rs`, by name and
//! with its reason; the tests fail when it does not differ any more.

mod accepted;
mod compiler;
mod differences;
mod documented;
mod judged;
