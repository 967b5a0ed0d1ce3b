//! What has become of the span of a future or stream.
//!
//! Every annotated function contains what is inline or generic here, so that is little.

use crate::callsite::Callsite;
use crate::capture;
use crate::current;
use crate::pipeline_ref::PipelineRef;
use crate::position::{Active, Position};
use crate::record::Outcome;
use crate::span::Parent;
use crate::span::start::{Running, end};
use crate::span::state::{Around, Life};

/// A span, which ends no later than this is dropped.
#[derive(Debug)]
pub(super) struct Live(Phase);

#[derive(Debug)]
enum Phase {
    /// The future may be polled.
    Open(Life),
    /// It is being dropped inside the span, in the trace of the current unit.
    Leaving { before: Active, active: Active, running: Running },
    /// It is being dropped in another trace or another unit, or nothing is recorded.
    LeavingApart(Box<(Life, Around)>),
    /// The span has ended, or there was none to end.
    Ended,
}

impl Live {
    #[inline]
    pub(super) fn new(parent: Parent, callsite: &'static Callsite) -> Self {
        let life = match parent.given() {
            Some(parent) => Life::below(parent, callsite),
            None => Life::below_active(callsite),
        };
        Live(Phase::Open(life))
    }

    fn take(&mut self) -> Phase {
        std::mem::replace(&mut self.0, Phase::Ended)
    }

    /// Makes the span active; `None` when it has ended.
    #[inline(never)]
    pub(super) fn enter(&mut self) -> Option<Around> {
        match &mut self.0 {
            Phase::Open(life) => Some(life.enter()),
            Phase::Leaving { .. } | Phase::LeavingApart(_) | Phase::Ended => None,
        }
    }

    #[inline(always)]
    pub(super) fn tell_doctor(&self, around: Option<Around>) {
        if let Phase::Open(life) = &self.0 {
            life.polled(around);
        }
    }

    /// Puts back what was there before; the span goes on.
    #[inline(never)]
    pub(super) fn leave(&mut self, around: Option<Around>) {
        if let (Phase::Open(life), Some(around)) = (&mut self.0, around) {
            life.leave(around);
        }
    }

    /// Puts back what was there before; the span ends.
    #[inline(never)]
    pub(super) fn finish(&mut self, around: Option<Around>, outcome: Outcome) {
        let (Some(around), Phase::Open(life)) = (around, &mut self.0) else { return };
        life.leave(around);
        if let Some((at, running)) = life.simple_end() {
            // There is nothing to be moved away or dropped.
            self.0 = Phase::Ended;
            end(running, at, outcome, current::scope);
        } else if let Phase::Open(life) = self.take() {
            life.end(outcome);
        }
    }

    /// Whether the body has begun to run, and has not ended.
    pub(super) fn is_running(&self) -> bool {
        matches!(&self.0, Phase::Open(life) if life.has_begun())
    }

    /// What `err(capture)` had captured before the span began.
    #[inline]
    pub(super) fn captures(&self) -> u16 {
        match &self.0 {
            Phase::Open(life) => life.captures(),
            Phase::Leaving { .. } | Phase::LeavingApart(_) | Phase::Ended => 0,
        }
    }

    /// Says that the outcome of the span is asked for next.
    #[inline(never)]
    pub(super) fn end_next(&self) {
        capture::ending_span(self.captures());
    }

    /// Makes the span active for the drop of its future, unless it has not begun.
    #[inline]
    pub(super) fn enter_for_drop(&mut self) {
        if self.is_running() {
            self.begin_leaving();
        }
    }

    #[inline(never)]
    fn begin_leaving(&mut self) {
        let Phase::Open(mut life) = self.take() else { return };
        self.0 = match (life.enter(), life.simple()) {
            (Around::Same, _) => Phase::Ended,
            (Around::Active(before), Some((active, running))) => Phase::Leaving { before, active, running },
            (around, _) => Phase::LeavingApart(Box::new((life, around))),
        };
    }

    #[inline(never)]
    fn end_leaving(&mut self) {
        match self.take() {
            Phase::Leaving { before, active, running } => {
                current::set_active(before);
                let at = current::position().map(|at| Position { active, ..at });
                let at = at.unwrap_or(Position::none(PipelineRef::NONE));
                end(running, at, Outcome::Cancelled, current::scope);
            }
            Phase::LeavingApart(mut apart) => {
                let around = apart.1;
                apart.0.leave(around);
                apart.0.end(Outcome::Cancelled);
            }
            Phase::Open(_) | Phase::Ended => {}
        }
    }
}

impl Drop for Live {
    #[inline]
    fn drop(&mut self) {
        if let Phase::Leaving { .. } | Phase::LeavingApart(_) = &self.0 {
            self.end_leaving();
        }
    }
}
