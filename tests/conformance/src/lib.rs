//! One list of behaviours, run over every kind of concurrency unit.
//!
//! An [`Adapter`] says how units of one kind are made, run beside each other, cancelled and waited for.
//! A [behaviour](Behaviour) is a scene for units that does not know of which kind they are. [`conform!`] makes
//! a test of each behaviour of each adapter, and [`table`] compares them with the table in the documentation.

mod adapter;
mod behaviour;
mod behaviours;
mod future;
mod on;
mod scene;
pub mod table;
mod within;

pub use adapter::{Ability, Adapter, Boxed, Creator, Sort};
pub use behaviour::{BEHAVIOURS, Behaviour, Verdict, assert_kept, run};
pub use future::{caught, caught_call, drive, drive_on_two_threads, joined, run_to_start};
pub use on::On;
pub use scene::{Body, Ended, Ending, Held, Plan, Probe, Refused, Scene, Started};
pub use within::{switch, tags};
