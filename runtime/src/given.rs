//! What a unit gives to another when it completes; the unit carries it.

use crate::ids::EventId;
use crate::scope::Log;

/// To whom a unit gives what it wrote, when it completes.
#[derive(Clone)]
pub(crate) struct Merge {
    /// The unit that created it; 0 where none was bound.
    pub(crate) creator: u64,
    pub(crate) gives: Gives,
}

#[derive(Clone)]
pub(crate) enum Gives {
    /// What it wrote, and the last event, if it is not the one that was the last before.
    Writes { last_event: Option<EventId> },
    /// Nothing, until it has returned an error.
    Nothing { last_event: Option<EventId> },
    /// What units of its creator gave that completed in it.
    Passed(Vec<Given>),
}

/// What a unit gave.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) log: Log,
    pub(crate) last_event: Option<EventId>,
}

impl Merge {
    /// Whether what the unit itself wrote is given, or was meant to be if it had failed.
    pub(crate) fn is_of_its_writes(&self) -> bool {
        !matches!(self.gives, Gives::Passed(_))
    }
}
