//! What the suite must know of a kind of unit.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::scene::{Ended, Probe, Scene};

/// A future that an adapter returns.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What creates units. It has its hub with it, so that it runs anywhere as it is.
pub type Creator = Boxed<()>;

/// A kind of unit, and one way of making them.
pub trait Adapter: Send + Sync {
    /// Runs `creator` to its end, in such a place as units of this kind are made in.
    fn stage(&self, creator: Creator);

    /// Makes a unit of each body of the scene, as code of a user would, and sees to it that they end as the
    /// scene plans. Called by a creator, and by units for units of their own.
    ///
    /// A unit has a span of its own that is called `unit`, unless the adapter lacks [`Ability::Span`].
    fn play(&self, scene: Scene) -> Boxed<Vec<Ended>>;

    /// Runs `probe` where units ran before, but not as a unit: in the same pool, on the same thread.
    fn reuse(&self, _probe: Probe) -> Boxed<()> {
        unreachable!("an adapter that does not lack `Ability::Reuse` says how")
    }

    /// What it cannot do, and why.
    fn lacks(&self) -> &[(Ability, &'static str)] {
        &[]
    }
}

/// A kind of unit by its name.
#[derive(Clone, Copy)]
pub struct Sort {
    /// The name of its tests, and in the table.
    pub name: &'static str,
    /// Makes it.
    pub adapter: fn() -> Arc<dyn Adapter>,
}

/// What some behaviours need, and not all units can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    /// Units are made one after the other, and their creator may do something in between.
    InTurn,
    /// The creator goes on when they are made, before they run or beside them.
    Meanwhile,
    /// All are under way at the same time.
    Together,
    /// Each can wait for all others at each of its steps.
    InStep,
    /// A unit is polled by several threads in turn.
    Move,
    /// A unit has a span of its own.
    Span,
    /// A unit can make units.
    Nest,
    /// The others go on when one panics.
    Panic,
    /// A unit that is under way can be cancelled.
    Cancel,
    /// A unit can be dropped before it has run at all.
    Unrun,
    /// What ran units runs something else afterwards.
    Reuse,
    /// What a unit wrote can be given back to its creator.
    Merge,
    /// Other libraries' thread-locals go with a unit.
    Foreign,
}

impl Ability {
    /// Those of which the table says for each unit whether it has them: the word for it.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Ability::Panic => Some("panic"),
            Ability::Cancel => Some("cancel"),
            Ability::Unrun => Some("drop before the start"),
            Ability::Reuse => Some("reuse"),
            Ability::Merge => Some("merge"),
            Ability::InTurn
            | Ability::Meanwhile
            | Ability::Together
            | Ability::InStep
            | Ability::Move
            | Ability::Span
            | Ability::Nest
            | Ability::Foreign => None,
        }
    }
}
