//! Blocks stay blocks: an attribute on a block or a statement makes neither a closure nor a future, so
//! that control leaves it as it would leave the plain one, and what it changed is undone however that is.

mod exits;
mod places;
mod waiting;
