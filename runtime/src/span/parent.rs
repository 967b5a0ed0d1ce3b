//! Where a span attaches.

use crate::current::{self, Current};
use crate::foreign;
use crate::parked::{self, Parked};
use crate::pipeline_ref::PipelineRef;
use crate::position::Position;
use crate::span::SpanRef;
use crate::span::start::{OF_UNIT, ORPHAN};

/// The parent that a span is to have: what is active where it is made, unless another was given.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    given: Option<Attachment>,
}

/// Where a span attaches: taken when an annotated function is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attachment {
    position: Position,
    /// The unit that called; 0 where none was bound.
    unit: u64,
    flags: u8,
    /// Whether this is where the unit itself is, and not what was given.
    is_current: bool,
}

impl Parent {
    /// The span that is active when this one is made, which is at once.
    #[inline]
    pub fn active() -> Self {
        Parent { given: None }
    }

    /// None: the span begins a trace, which is linked to the span that is active now.
    pub fn detached() -> Self {
        let active = Attachment::active();
        Parent::to(active.position.detached(), active)
    }

    /// This one; `None` begins a trace.
    pub fn of(parent: impl super::IntoParent) -> Self {
        let active = Attachment::active();
        let pipeline = active.position.flow.pipeline();
        Parent::to(Position::below(pipeline, parent.into_parent()), active)
    }

    /// This span; `None` begins a trace. Where what runs has no unit of its own, the span is recorded where this one
    /// is: nobody there has said where else.
    pub(super) fn of_span(parent: Option<SpanRef>) -> Self {
        let active = Attachment::active();
        let own = active.position.flow.pipeline();
        let pipeline = parent.and_then(|parent| parent.live_pipeline());
        let pipeline = pipeline.filter(|_| !active.is_bound() || parked::is_base()).unwrap_or(own);
        Parent::to(Position::below(pipeline, parent.and_then(|parent| parent.context())), active)
    }

    /// What is active in a unit that is not bound yet; the span will be that unit's own.
    pub(crate) fn of_unit(parked: &Parked) -> Self {
        let unit = parked.unit.as_ref().map_or(0, |unit| unit.id);
        let given = Attachment::at(parked.position(), unit);
        Parent { given: Some(Attachment { flags: OF_UNIT, is_current: false, ..given }) }
    }

    fn to(position: Position, active: Attachment) -> Self {
        Parent { given: Some(Attachment { position, flags: 0, is_current: false, ..active }) }
    }

    /// What was given; `None` if it is what is active where the span is made.
    #[inline]
    pub(super) fn given(self) -> Option<Attachment> {
        self.given
    }

    /// Takes it, where the span is made.
    #[inline]
    pub(crate) fn take(self) -> Attachment {
        self.given.unwrap_or_else(Attachment::active)
    }
}

impl Attachment {
    /// The span that is active now.
    pub(super) fn active() -> Self {
        let own = Attachment::of_current();
        if !foreign::is_attached() {
            return own;
        }
        let position = foreign::further_in(own.position);
        let is_current = own.position.flow == position.flow;
        // A task without a unit that has a parent has lost nothing.
        Attachment { position, is_current, flags: if is_current { own.flags } else { 0 }, ..own }
    }

    #[inline]
    fn of_current() -> Self {
        current::with(|current, active| match &current {
            Current::Unit(unit) => Attachment::at(Position { flow: unit.flow, active }, unit.id),
            Current::Thread => Attachment::at(Position::none(PipelineRef::GLOBAL), parked::thread_id()),
            Current::Unbound(_) => {
                Attachment { flags: ORPHAN, ..Attachment::at(Position::none(current.pipeline()), 0) }
            }
        })
    }

    #[inline]
    fn at(position: Position, unit: u64) -> Self {
        Attachment { position, unit, flags: 0, is_current: true }
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
