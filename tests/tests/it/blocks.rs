//! Blocks stay blocks: an attribute on a block or a statement makes neither a closure nor a future, so
//! that control leaves it as it would leave the plain one, and what it changed is undone however that is.

#![allow(
    clippy::never_loop,
    clippy::single_match,
    clippy::useless_vec,
    reason = "each form of statement and expression, not the shortest"
)]

mod exits;
mod places;
mod waiting;
