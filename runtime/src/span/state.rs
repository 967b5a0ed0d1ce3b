//! The span of a future: when it begins, when it is active, how it ends.
//!
//! One lies in every annotated future, so it is kept small: what a span needs in each phase of its life
//! takes eight words, and what hardly ever happens is in a box.

use crate::callsite::Callsite;
use crate::capture;
use crate::current::{self, Before, Current, Parked};
use crate::record::Outcome;
use crate::scope::Scope;
use crate::span::Parent;
use crate::span::start::{Running, end, start};
use crate::unit::{Active, Position, Rootless};

/// The life of a span from the call of an annotated function to the end of its body.
#[derive(Debug)]
pub(super) enum Life {
    /// The body has not begun to run.
    Created { callsite: &'static Callsite, at: Position, unit: u64, flags: u8 },
    /// Nothing is recorded. If the span `is_active`, its children attach at another place than without it.
    Unrecorded { at: Position, unit: u64, is_active: bool, captures: u16 },
    /// The span has begun, in the trace that was under way in its unit, or in one of which it is the root.
    ///
    /// The fields are those of [`Running`] and of its position, laid out so that no byte is lost. The
    /// local root of the trace stands nowhere: the unit knows it, as long as the span is polled there.
    Running {
        flow: Rootless,
        active: Active,
        unit: u64,
        parent: u64,
        start: u64,
        callsite: u32,
        captures: u16,
        flags: u8,
    },
    /// What does not fit.
    Apart(Box<Apart>),
}

/// A span that is not simply one of the unit that called.
#[derive(Debug)]
pub(super) struct Apart {
    /// Where its children attach; while the body runs in its own unit, what was there before.
    at: Position,
    running: Option<Running>,
    unit: u64,
    /// The body runs in another unit than the one that called, or in none: in an empty one of its own.
    own_unit: Option<Parked>,
    captures: u16,
}

/// What was active around a span while its body runs.
#[derive(Debug)]
pub(super) enum Around {
    /// The span is not active.
    Same,
    Active(Active),
    Position(Position),
    /// It is kept in the span.
    Kept,
}

impl From<Before> for Around {
    #[inline]
    fn from(before: Before) -> Self {
        match before {
            Before::Active(active) => Around::Active(active),
            Before::Position(position) => Around::Position(position),
        }
    }
}

impl Life {
    #[inline]
    pub(super) fn new(parent: Parent, callsite: &'static Callsite) -> Self {
        Life::Created { callsite, at: parent.position(), unit: parent.unit(), flags: parent.flags() }
    }

    pub(super) fn has_begun(&self) -> bool {
        !matches!(self, Life::Created { .. })
    }

    /// What `err(capture)` had captured before the span began.
    pub(super) fn captures(&self) -> u16 {
        match self {
            Life::Created { .. } => 0,
            Life::Unrecorded { captures, .. } | Life::Running { captures, .. } => *captures,
            Life::Apart(apart) => apart.captures,
        }
    }

    /// Makes the span active, and begins it the first time.
    #[inline]
    pub(super) fn enter(&mut self) -> Around {
        if let Life::Created { callsite, at, unit, flags } = *self {
            return self.begin(callsite, at, unit, flags);
        }
        let before = match &*self {
            Life::Running { flow, active, unit, .. } => {
                current::activate(*unit, |current| flow.is_of(current), *active, || self.position())
            }
            Life::Unrecorded { at, unit, is_active: true, .. } => {
                current::activate(*unit, |current| *current == at.flow, at.active, || *at)
            }
            Life::Unrecorded { unit, .. } if current::is_unit(*unit) => return Around::Same,
            _ => None,
        };
        before.map_or_else(|| self.enter_apart(), Around::from)
    }

    #[inline]
    fn begin(&mut self, callsite: &'static Callsite, at: Position, unit: u64, flags: u8) -> Around {
        let captures = capture::captures();
        let (at, running) = match start(callsite, at, flags) {
            Some((at, Some(running))) => (at, running),
            unrecorded => {
                let (at, is_active) = unrecorded.map_or((at, false), |(at, _)| (at, true));
                *self = Life::Unrecorded { at, unit, is_active, captures };
                return self.enter();
            }
        };
        // A trace that is not decided on will be another, and a root that only the caller's unit knows, or
        // knew, would be lost.
        let keeps_root = running.is_local_root() || at.flow.root().is_none() || current::is_flow(&at.flow);
        if at.active.recorded().is_some() && keeps_root {
            let (flow, active) = (at.flow.rootless(), at.active);
            let Running { parent, start, callsite, flags } = running;
            *self = Life::Running { flow, active, unit, parent, start, callsite, captures, flags };
            return self.enter();
        }
        let running = Some(running);
        *self = Life::Apart(Box::new(Apart { at, running, unit, own_unit: None, captures }));
        self.enter_apart()
    }

    /// What is active inside.
    fn position(&self) -> Position {
        match self {
            Life::Created { at, .. } | Life::Unrecorded { at, .. } => *at,
            Life::Running { flow, active, .. } => {
                let is_root = self.running().is_some_and(|running| running.is_local_root());
                let root = active.recorded().filter(|_| is_root).map_or(0, |id| id.0);
                Position { flow: flow.with_root(root), active: *active }
            }
            Life::Apart(apart) => match &apart.own_unit {
                Some(own_unit) => own_unit.position(),
                None => apart.at,
            },
        }
    }

    fn running(&self) -> Option<Running> {
        match self {
            Life::Created { .. } | Life::Unrecorded { .. } => None,
            Life::Running { parent, start, callsite, flags, .. } => {
                Some(Running { parent: *parent, start: *start, callsite: *callsite, flags: *flags })
            }
            Life::Apart(apart) => apart.running,
        }
    }

    #[cold]
    fn enter_apart(&mut self) -> Around {
        let (at, running, captures) = (self.position(), self.running(), self.captures());
        match self {
            Life::Apart(apart) => apart.enter(),
            Life::Created { unit, .. } | Life::Unrecorded { unit, .. } | Life::Running { unit, .. } => {
                let mut apart = Box::new(Apart { at, running, unit: *unit, own_unit: None, captures });
                let around = apart.enter();
                *self = Life::Apart(apart);
                around
            }
        }
    }

    /// Puts back what was there before.
    #[inline]
    pub(super) fn leave(&mut self, around: Around) {
        match around {
            Around::Same => {}
            Around::Active(before) => {
                current::set_active(before);
            }
            Around::Position(before) => {
                let own = current::set_position(before);
                // A root that waited for its sampler is in another trace when that has answered.
                if let (Life::Apart(apart), Some(own)) = (self, own) {
                    apart.at = own;
                }
            }
            Around::Kept => {
                if let Life::Apart(apart) = self
                    && let Some(own_unit) = &mut apart.own_unit
                {
                    own_unit.swap();
                }
            }
        }
    }

    /// Ends the span, if it began, when it is no longer active.
    #[inline]
    pub(super) fn end(self, outcome: Outcome) {
        let Some(running) = self.running() else { return };
        let at = self.position();
        match self {
            Life::Apart(apart) => match apart.own_unit {
                Some(own_unit) => end(running, at, outcome, || own_unit.unit.map(|unit| unit.scope)),
                None => end(running, at, outcome, current_scope),
            },
            _ => end(running, at, outcome, current_scope),
        }
    }
}

impl Apart {
    fn enter(&mut self) -> Around {
        if self.own_unit.is_none() {
            if current::is_unit(self.unit) {
                return current::set_position(self.at).map_or(Around::Same, Around::Position);
            }
            self.own_unit = Some(Parked::empty(self.at));
        }
        if let Some(own_unit) = &mut self.own_unit {
            own_unit.bind();
            own_unit.swap();
        }
        Around::Kept
    }
}

/// The scope of the unit in which a span ends.
pub(super) fn current_scope() -> Option<Scope> {
    current::with(|current, _| match current {
        Current::Unit(unit) => Some(unit.scope.clone()),
        Current::Thread | Current::Unbound(_) => None,
    })
}
