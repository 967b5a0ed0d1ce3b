//! Where a span attaches.

use crate::current::{self, Current, Parked};
use crate::pipeline_ref::PipelineRef;
use crate::span::start::{OF_UNIT, ORPHAN};
use crate::unit::Position;

/// Where a span attaches: taken when an annotated function is called.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    position: Position,
    /// The unit that called; 0 where none was bound.
    unit: u64,
    flags: u8,
    /// Whether this is where the unit itself is, and not what was given.
    is_current: bool,
}

impl Parent {
    /// The span that is active now.
    #[inline]
    pub fn active() -> Self {
        current::with(|current, active| match &current {
            Current::Unit(unit) => Parent::at(Position { flow: unit.flow, active }, unit.id),
            Current::Thread => Parent::at(Position::none(PipelineRef::GLOBAL), current::thread_id()),
            Current::Unbound(_) => {
                Parent { flags: ORPHAN, ..Parent::at(Position::none(current.pipeline()), 0) }
            }
        })
    }

    /// None: the span begins a trace, which is linked to the span that is active now.
    pub fn detached() -> Self {
        let active = Self::active();
        Parent { position: active.position.detached(), flags: 0, is_current: false, ..active }
    }

    /// This one; `None` begins a trace.
    pub fn of(parent: impl super::IntoParent) -> Self {
        let active = Self::active();
        let pipeline = active.position.flow.pipeline();
        let position = Position::below(pipeline, parent.into_parent());
        Parent { position, flags: 0, is_current: false, ..active }
    }

    /// What is active in a unit that is not bound yet; the span will be that unit's own.
    pub(super) fn of_unit(parked: &Parked) -> Self {
        let unit = parked.unit.as_ref().map_or(0, |unit| unit.id);
        Parent { flags: OF_UNIT, is_current: false, ..Parent::at(parked.position(), unit) }
    }

    #[inline]
    fn at(position: Position, unit: u64) -> Self {
        Parent { position, unit, flags: 0, is_current: true }
    }

    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Whether a unit was bound where the function was called.
    #[inline]
    pub(crate) fn is_bound(&self) -> bool {
        self.unit != 0
    }

    pub(super) fn unit(&self) -> u64 {
        self.unit
    }

    /// Whether the current unit is in this flow, if it is still the one that called.
    pub(super) fn is_current(&self) -> bool {
        self.is_current
    }

    pub(crate) fn flags(&self) -> u8 {
        self.flags
    }
}
