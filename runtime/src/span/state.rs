//! A span around a function or a future: when it begins, when it is active, how it ends.

use crate::callsite::Callsite;
use crate::capture;
use crate::current::{self, Current, Parked};
use crate::pipeline_ref::PipelineRef;
use crate::record::Outcome;
use crate::span::start::{OF_UNIT, ORPHAN, Running, end, start};
use crate::unit::Position;

/// Where a span attaches: taken when an annotated function is called.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    position: Position,
    /// The unit that called; 0 where none was bound.
    unit: u64,
    flags: u8,
}

impl Parent {
    /// The span that is active now.
    #[inline]
    pub fn active() -> Self {
        current::with(|current, active| match &current {
            Current::Unit(unit) => {
                Parent { position: Position { flow: unit.flow, active }, unit: unit.id, flags: 0 }
            }
            Current::Thread => {
                Parent { position: Position::none(PipelineRef::GLOBAL), unit: current::thread_id(), flags: 0 }
            }
            Current::Unbound(_) => {
                Parent { position: Position::none(current.pipeline()), unit: 0, flags: ORPHAN }
            }
        })
    }

    /// None: the span begins a trace, which is linked to the span that is active now.
    pub fn detached() -> Self {
        let active = Self::active();
        Parent { position: active.position.detached(), flags: 0, ..active }
    }

    /// This one; `None` begins a trace.
    pub fn of(parent: impl super::IntoParent) -> Self {
        let active = Self::active();
        let pipeline = active.position.flow.pipeline();
        let position = Position::below(pipeline, parent.into_parent());
        Parent { position, flags: 0, ..active }
    }

    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Whether a unit was bound where the function was called.
    #[inline]
    pub(crate) fn is_bound(&self) -> bool {
        self.unit != 0
    }

    pub(crate) fn flags(&self) -> u8 {
        self.flags
    }

    /// What is active in a unit that is not bound yet; the span will be that unit's own.
    pub(crate) fn of_unit(parked: &Parked) -> Self {
        let unit = parked.unit.as_ref().map_or(0, |unit| unit.id);
        Parent { position: parked.position(), unit, flags: OF_UNIT }
    }
}

/// How the span is made active while its body runs.
#[derive(Debug)]
enum Mode {
    /// The body has not begun to run.
    Created,
    /// Not at all: nothing is recorded.
    Unrecorded,
    /// The active span of the unit is exchanged.
    Active,
    /// So is the trace.
    Position,
    /// The body runs in another unit than the one that called: an empty one of its own.
    OwnUnit(Box<Parked>),
    /// The span has ended.
    Ended,
}

/// The life of a span from the call of an annotated function to the end of its body.
#[derive(Debug)]
pub(crate) struct SpanState {
    callsite: &'static Callsite,
    /// Where the span attaches, then where its children do; while the body runs, what was there before.
    position: Position,
    running: Option<Running>,
    unit: u64,
    mode: Mode,
    flags: u8,
    entered: bool,
    /// What `err(capture)` had captured before it began.
    captures: u32,
}

impl SpanState {
    #[inline]
    pub(crate) fn new(parent: Parent, callsite: &'static Callsite) -> Self {
        let Parent { position, unit, flags } = parent;
        SpanState {
            callsite,
            position,
            running: None,
            unit,
            mode: Mode::Created,
            flags,
            entered: false,
            captures: 0,
        }
    }

    /// Makes the span active, and begins it the first time, until the guard says otherwise.
    #[inline]
    pub(crate) fn enter(&mut self) -> EnteredSpan<'_> {
        if matches!(self.mode, Mode::Created) {
            self.begin();
        }
        self.activate();
        EnteredSpan { state: self }
    }

    fn begin(&mut self) {
        self.captures = capture::captures();
        self.mode = match start(self.callsite, self.position, self.flags) {
            Some((position, running)) => {
                self.position = position;
                self.running = running;
                // When the sampler has answered, the trace will be another.
                let is_undecided = position.active.undecided_callsite().is_some();
                if is_undecided { Mode::Position } else { Mode::Active }
            }
            None => Mode::Unrecorded,
        };
    }

    /// Makes the span active for its body, its destructors included.
    #[inline]
    pub(crate) fn activate(&mut self) {
        match self.mode {
            Mode::Created | Mode::Ended | Mode::OwnUnit(_) => {}
            Mode::Unrecorded | Mode::Active | Mode::Position => {
                match current::fit(self.unit, &self.position.flow) {
                    current::Fit::Same => {}
                    current::Fit::OtherFlow if matches!(self.mode, Mode::Active) => {
                        self.mode = Mode::Position
                    }
                    current::Fit::OtherFlow => {}
                    current::Fit::OtherUnit => {
                        self.mode = Mode::OwnUnit(Box::new(Parked::empty(self.position)));
                    }
                }
            }
        }
        if let Mode::OwnUnit(unit) = &mut self.mode {
            unit.bind();
        }
        self.exchange();
        self.entered = true;
    }

    #[inline]
    fn exchange(&mut self) {
        match &mut self.mode {
            Mode::Created | Mode::Unrecorded | Mode::Ended => {}
            Mode::Active => self.position.active = current::set_active(self.position.active),
            Mode::Position => self.position = current::set_position(self.position).unwrap_or(self.position),
            Mode::OwnUnit(unit) => unit.swap(),
        }
    }

    #[inline]
    fn deactivate(&mut self) {
        if std::mem::take(&mut self.entered) {
            self.exchange();
        }
    }

    /// Ends the span, if it began and has not ended.
    #[inline]
    fn end(&mut self, outcome: Outcome) {
        let mode = std::mem::replace(&mut self.mode, Mode::Ended);
        let Some(running) = self.running.take() else { return };
        match mode {
            Mode::OwnUnit(own) => {
                let Some(unit) = own.unit else { return };
                let at = Position { flow: unit.flow, active: own.active };
                end(self.callsite, running, at, outcome, || Some(unit.scope));
            }
            _ => end(self.callsite, running, self.position, outcome, current::scope),
        }
    }
}

impl Drop for SpanState {
    #[inline]
    fn drop(&mut self) {
        if !matches!(self.mode, Mode::Ended) {
            self.deactivate();
            self.end(Outcome::Cancelled);
        }
    }
}

/// A span whose body runs. Dropped without a word, it was left by a panic.
pub(crate) struct EnteredSpan<'a> {
    state: &'a mut SpanState,
}

impl EnteredSpan<'_> {
    /// What `err(capture)` had captured before the span began.
    #[inline]
    pub(crate) fn captures(&self) -> u32 {
        self.state.captures
    }

    /// The body waits.
    #[inline]
    pub(crate) fn pause(self) {
        self.state.deactivate();
    }

    /// The body has returned.
    #[inline]
    pub(crate) fn finish(self, outcome: Outcome) {
        self.state.deactivate();
        self.state.end(outcome);
    }
}

impl Drop for EnteredSpan<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.state.entered {
            self.state.deactivate();
            self.state.end(Outcome::Panicked);
        }
    }
}
