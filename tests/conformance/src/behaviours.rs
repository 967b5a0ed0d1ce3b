//! What holds for every unit.

mod continuity;
mod data;
mod endings;
mod foreign;
mod inheritance;
mod isolation;
mod spans;

pub(crate) use continuity::*;
pub(crate) use data::*;
pub(crate) use endings::*;
pub(crate) use foreign::*;
pub(crate) use inheritance::*;
pub(crate) use isolation::*;
pub(crate) use spans::*;
