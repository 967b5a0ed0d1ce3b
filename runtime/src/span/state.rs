//! The span of a future: when it begins, when it is active, how it ends.
//!
//! One lies in every annotated future, so it is kept small: what a span needs in each phase of its life
//! takes eight words, and what hardly ever happens is in a box.

use crate::callsite::Callsite;
use crate::capture;
use crate::clock::ticks;
use crate::current::{self, Fit};
use crate::doctor;
use crate::foreign;
use crate::parked::Parked;
use crate::position::{Active, Position, Rootless};
use crate::record::Outcome;
use crate::span::Attachment;
use crate::span::start::{LOCAL_ROOT, Running, Unended, end, start, start_child};

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

/// How a span that is active is left: small, as it is handed on around each poll.
#[derive(Clone, Copy, Debug)]
pub(super) enum Around {
    /// It is not active.
    Same,
    /// This was, in the same trace.
    Active(Active),
    /// What was, the span keeps, but for the root of its trace.
    Position { root: u64 },
    /// What was, the span keeps in its own unit.
    OwnUnit,
}

impl Life {
    // Out of line, so that it is put together where it is to lie, and not copied there in words of another width
    // than it was written in.
    #[inline(never)]
    pub(super) fn below_active(callsite: &'static Callsite) -> Self {
        match current::position_in() {
            // Unless another library is to be asked which span is active.
            Some((at, unit)) if !foreign::is_attached() => Life::Created { callsite, at, unit, flags: 0 },
            _ => Life::below(Attachment::active(), callsite),
        }
    }

    #[inline(never)]
    pub(super) fn below(parent: Attachment, callsite: &'static Callsite) -> Self {
        Life::Created { callsite, at: parent.position(), unit: parent.unit(), flags: parent.flags() }
    }

    pub(super) fn has_begun(&self) -> bool {
        !matches!(self, Life::Created { .. })
    }

    /// A span that is simply active in the trace of the current unit.
    pub(super) fn simple(&self) -> Option<(Active, Running)> {
        match self {
            Life::Running { active, .. } => self.running().map(|running| (*active, running)),
            _ => None,
        }
    }

    /// The record of such a span, if that is all there is to be written at its end.
    #[inline]
    pub(super) fn record(&self) -> Option<Unended> {
        let (_, running) = self.simple().filter(|(_, running)| running.is_plain())?;
        Unended::new(&running, &self.kept(0))
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
        match *self {
            Life::Created { callsite, at, unit, flags } => self.begin(callsite, at, unit, flags),
            _ => self.enter_again(),
        }
    }

    #[inline]
    fn enter_again(&mut self) -> Around {
        let fit = match self {
            Life::Running { flow, active, unit, .. } => {
                current::activate(*unit, |current| flow.is_of(current), *active)
            }
            Life::Unrecorded { at, unit, is_active: true, .. } => {
                current::activate(*unit, |current| *current == at.flow, at.active)
            }
            Life::Unrecorded { unit, .. } if current::is_unit(*unit) => return Around::Same,
            Life::Apart(apart) if apart.own_unit.is_none() && current::is_unit(apart.unit) => Fit::OtherFlow,
            _ => Fit::OtherUnit,
        };
        match fit {
            Fit::Same(before) => Around::Active(before),
            Fit::OtherFlow => self.exchange_position(self.root()),
            Fit::OtherUnit => self.enter_own_unit(),
        }
    }

    /// Tells the doctor if it is polled in another unit than the one that called.
    #[inline(always)]
    pub(super) fn polled(&self, around: Option<Around>) {
        if doctor::IS_PRESENT
            && let (Life::Apart(apart), Some(Around::OwnUnit)) = (self, around)
            && let (Some(running), Some(own_unit)) = (&apart.running, &apart.own_unit)
            && apart.unit != 0
        {
            // While it runs in its own unit, the one that polls is kept there.
            let pipeline = apart.at.flow.pipeline();
            doctor::polled_elsewhere(running.callsite, pipeline, own_unit.unit.as_deref());
        }
    }

    /// Begins the span, which almost always is a child of one that is active in the unit that called and polls.
    #[inline(never)]
    fn begin(&mut self, callsite: &'static Callsite, at: Position, unit: u64, flags: u8) -> Around {
        if current::is_unit_in(unit, &at.flow)
            && let Some((active, running)) = start_child(callsite, &at, flags)
        {
            let at = Position { active, ..at };
            doctor::future(&at);
            *self = Life::running_in(&at, running, unit, capture::captures());
            let before = current::set_active(active);
            if let Life::Running { start, .. } = self {
                *start = ticks();
            }
            return Around::Active(before);
        }
        self.begin_anywhere(callsite, at, unit, flags);
        self.enter_again()
    }

    #[inline(never)]
    fn begin_anywhere(&mut self, callsite: &'static Callsite, at: Position, unit: u64, flags: u8) {
        let captures = capture::captures();
        foreign::begins_here();
        let (at, running) = match start(callsite, at, flags) {
            Some((at, Some(running))) => (at, running),
            unrecorded => {
                let (at, is_active) = unrecorded.map_or((at, false), |(at, _)| (at, true));
                *self = Life::Unrecorded { at, unit, is_active, captures };
                return;
            }
        };
        doctor::future(&at);
        // A trace that is not decided on will be another, and a root that only the caller's unit knows, or
        // knew, would be lost.
        let keeps_root = running.is_local_root() || at.flow.root().is_none() || current::is_flow(&at.flow);
        if at.active.recorded().is_some() && keeps_root {
            *self = Life::running_in(&at, running, unit, captures);
        } else {
            let running = Some(running);
            *self = Life::Apart(Box::new(Apart { at, running, unit, own_unit: None, captures }));
        }
    }

    #[inline]
    fn running_in(at: &Position, running: Running, unit: u64, captures: u16) -> Self {
        let (flow, active) = (at.flow.rootless(), at.active);
        let Running { parent, start, callsite, flags } = running;
        Life::Running { flow, active, unit, parent, start, callsite, captures, flags }
    }

    /// What is active inside, while it is not.
    fn position(&self) -> Position {
        match self {
            Life::Apart(apart) => apart.own_unit.as_ref().map_or(apart.at, Parked::position),
            _ => self.kept(self.root()),
        }
    }

    /// The root of the trace, where the span itself is that; else 0, as it is not known.
    fn root(&self) -> u64 {
        match self {
            Life::Running { active, flags, .. } if flags & LOCAL_ROOT != 0 => {
                active.recorded().map_or(0, |id| id.0)
            }
            _ => 0,
        }
    }

    /// The position that is kept here. Where there is no room for the root of its trace, that is `root`.
    fn kept(&self, root: u64) -> Position {
        match self {
            Life::Created { at, .. } | Life::Unrecorded { at, .. } => *at,
            Life::Running { flow, active, .. } => Position { flow: flow.with_root(root), active: *active },
            Life::Apart(apart) => apart.at,
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

    /// Makes the position that is kept here that of the current unit, and keeps that one.
    fn exchange_position(&mut self, root: u64) -> Around {
        let kept = self.kept(root);
        let Some(before) = current::set_position(kept) else { return Around::Same };
        match self {
            Life::Created { at, .. } | Life::Unrecorded { at, .. } => *at = before,
            Life::Running { flow, active, .. } => (*flow, *active) = (before.flow.rootless(), before.active),
            Life::Apart(apart) => apart.at = before,
        }
        Around::Position { root: before.flow.root_bits() }
    }

    #[cold]
    fn enter_own_unit(&mut self) -> Around {
        let (at, running, captures) = (self.position(), self.running(), self.captures());
        let own_unit = match self {
            Life::Apart(apart) => &mut apart.own_unit,
            Life::Created { unit, .. } | Life::Unrecorded { unit, .. } | Life::Running { unit, .. } => {
                let apart = Box::new(Apart { at, running, unit: *unit, own_unit: None, captures });
                *self = Life::Apart(apart);
                return self.enter_own_unit();
            }
        };
        let own_unit = own_unit.get_or_insert_with(|| Parked::empty(at));
        own_unit.swap_in();
        Around::OwnUnit
    }

    /// Puts back what was there before.
    #[inline]
    pub(super) fn leave(&mut self, around: Around) {
        match around {
            Around::Same => {}
            Around::Active(before) => {
                current::set_active(before);
            }
            Around::Position { .. } | Around::OwnUnit => self.leave_position(around),
        }
    }

    /// Apart from [`leave`](Self::leave), which is written out in every annotated function.
    #[cold]
    fn leave_position(&mut self, around: Around) {
        if let Around::Position { root } = around {
            self.exchange_position(root);
        } else if let Life::Apart(apart) = self
            && let Some(own_unit) = &mut apart.own_unit
        {
            own_unit.swap();
        }
    }

    /// Ends the span, if it began, when it is no longer active.
    pub(super) fn end(self, outcome: Outcome) {
        let Some(running) = self.running() else { return };
        let at = self.position();
        match self {
            Life::Apart(apart) => match apart.own_unit {
                Some(own_unit) => end(running, at, outcome, || own_unit.unit.map(|unit| unit.scope)),
                None => end(running, at, outcome, current::scope),
            },
            _ => end(running, at, outcome, current::scope),
        }
    }
}
