//! Blocks and statements, inside a body that runs, that have a span or a hub of their own.
//!
//! A block makes no closure and no future, so `?`, `return`, `break` and `.await` in it keep their
//! targets: it is between a value that is made at its beginning and the drop of that value. What the block
//! put into the slot is a [`Level`]. Where the block does not wait, the value owns it ([`Block`]). Where
//! it waits, its future has to take it out of the slot at each suspension, so it belongs to the future's
//! [frame](crate::frame), and the value is but its number ([`HeldBlock`](crate::held::HeldBlock)).

use std::cell::Cell;
use std::fmt;

use crate::callsite::Callsite;
use crate::capture;
use crate::current;
use crate::emit;
use crate::hub::Origin;
use crate::parked::{self, Parked};
use crate::payload::Detail;
use crate::position::Position;
use crate::record::Outcome;
use crate::report;
use crate::span::{OF_UNIT, Parent, Running, end_span, start_span_at};
use crate::value::{Attribute, Text, Value};

/// What a block changed, exchanged with what was there before: while the block runs it holds what was
/// before, and while its future is suspended, what is in the block.
#[derive(Debug)]
pub(crate) struct Level {
    exchanged: Exchanged,
    span: Option<Running>,
    /// What `err(capture)` had captured before the block began.
    pub(crate) captures: u16,
}

#[derive(Debug)]
enum Exchanged {
    /// Nothing: no span is recorded, and the hub is that of the unit.
    Nothing,
    /// The trace and the active span of the unit.
    Position(Position),
    /// The unit.
    Unit(Parked),
}

/// How a block was left.
#[derive(Debug, Default)]
pub struct Left {
    outcome: Outcome,
    error: Option<Value>,
}

impl Left {
    /// With a value that says whether it is an error.
    #[inline]
    pub fn outcome(outcome: Outcome) -> Self {
        Left { outcome, error: None }
    }

    /// With an error of which the text is recorded.
    pub(crate) fn error(text: Option<Value>) -> Self {
        Left { outcome: Outcome::Error, error: text }
    }

    /// Records the error in the span that is active, which is that of a body that has returned.
    pub fn recorded(self) -> Outcome {
        if let Some(error) = self.error {
            crate::span::fields(|fields| fields.add("error", || Some(error)));
        }
        self.outcome
    }

    pub(crate) fn panicked() -> Self {
        Left::outcome(Outcome::Panicked)
    }

    pub(crate) fn cancelled() -> Self {
        Left::outcome(Outcome::Cancelled)
    }
}

fn begin(callsite: &'static Callsite, at: Position, flags: u8) -> (Option<Position>, Option<Running>) {
    start_span_at(callsite, at, flags).map_or((None, None), |(position, running)| (Some(position), running))
}

impl Level {
    pub(crate) fn of_span(parent: Parent, callsite: &'static Callsite) -> Self {
        let captures = capture::captures();
        let parent = parent.take();
        let (position, running) = begin(callsite, parent.position(), parent.flags());
        let exchanged = match position {
            _ if !parent.is_bound() => {
                Exchanged::Unit(Parked::empty(position.unwrap_or_else(|| parent.position())))
            }
            Some(position) => Exchanged::Position(position),
            None => Exchanged::Nothing,
        };
        Level { exchanged, span: running, captures }
    }

    pub(crate) fn of_hub(origin: Origin) -> Self {
        let unit = Exchanged::Unit(origin.parked.staying());
        Level { exchanged: unit, span: None, captures: capture::captures() }
    }

    pub(crate) fn of_hub_and_span(origin: Origin, callsite: &'static Callsite) -> Self {
        let mut level = Level::of_hub(origin);
        if let Exchanged::Unit(parked) = &mut level.exchanged {
            let (position, running) = begin(callsite, parked.position(), OF_UNIT);
            if let Some(position) = position {
                parked.set_position(position);
            }
            level.span = running;
        }
        level
    }

    /// Exchanges what is in the block with what was there before.
    #[inline]
    pub(crate) fn exchange(&mut self) {
        match &mut self.exchanged {
            Exchanged::Nothing => {}
            Exchanged::Position(position) => match current::set_position(*position) {
                Some(before) => *position = before,
                // Polled where no unit is bound: what it writes there must not be lost either.
                None => {
                    let mut parked = Parked::empty(*position);
                    parked.bind();
                    parked.swap();
                    self.exchanged = Exchanged::Unit(parked);
                }
            },
            Exchanged::Unit(parked) => {
                parked.bind();
                parked.swap();
            }
        }
    }

    /// As [`exchange`](Level::exchange), where the level `inner` is still in the slot, inside this one.
    pub(crate) fn give_way(&mut self, inner: &mut Level) {
        std::mem::swap(&mut self.exchanged, &mut inner.exchanged);
    }

    /// Ends the span of a level that has been exchanged.
    pub(crate) fn end(self, left: Left) {
        let (at, own) = match self.exchanged {
            Exchanged::Nothing => return,
            Exchanged::Position(position) => (position, None),
            Exchanged::Unit(parked) => (parked.position(), parked.unit),
        };
        let Some(running) = self.span else { return };
        if let (Some(error), Some(span)) = (left.error, at.active.recorded()) {
            let attribute = Attribute { key: Text::Borrowed("error"), value: error };
            emit::detail(at.flow.pipeline(), span, Detail::Attributes(vec![attribute]));
        }
        let scope = || own.map(|unit| unit.scope).or_else(current::scope);
        end_span(running, at, left.outcome, scope);
    }
}

/// A block that runs; what it was left with, unless it is left by a panic or because its future is dropped.
pub trait Leave {
    /// What `err(capture)` had captured before the block began.
    fn captures(&self) -> u16;

    /// Keeps what the block is left with.
    fn keep(&self, left: Left);
}

/// Passes on a value with which a block may be left. What is asked may be the user's; if it panics, the
/// block is ok.
#[inline]
pub fn leave<T>(value: T, block: &impl Leave, look: impl FnOnce(&T) -> Left) -> T {
    capture::ending_span(block.captures());
    block.keep(report::caught(|| look(&value)).unwrap_or_default());
    value
}

/// A block that does not wait. Its end is the drop.
pub struct Block {
    level: Option<Level>,
    left: Cell<Option<Left>>,
    /// Whether the thread was unwinding when the block began.
    unwinding: bool,
}

impl Block {
    fn begin(mut level: Level) -> Self {
        level.exchange();
        Block { level: Some(level), left: Cell::new(None), unwinding: parked::is_unwinding() }
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("level", &self.level).finish_non_exhaustive()
    }
}

impl Leave for Block {
    fn captures(&self) -> u16 {
        self.level.as_ref().map_or(0, |level| level.captures)
    }

    fn keep(&self, left: Left) {
        self.left.set(Some(left));
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let Some(mut level) = self.level.take() else { return };
        level.exchange();
        let panicked = parked::is_unwinding() && !self.unwinding;
        level.end(if panicked { Left::panicked() } else { self.left.take().unwrap_or_default() });
    }
}

/// Begins a block with a span.
#[inline]
pub fn span_block(parent: Parent, callsite: &'static Callsite) -> Block {
    Block::begin(Level::of_span(parent, callsite))
}

/// Begins a block with a hub.
#[inline]
pub fn hub_block(origin: Origin) -> Block {
    Block::begin(Level::of_hub(origin))
}

/// Begins a block with a hub and a span.
#[inline]
pub fn parallel_block(origin: Origin, callsite: &'static Callsite) -> Block {
    Block::begin(Level::of_hub_and_span(origin, callsite))
}

/// Ends a statement's block.
#[inline]
pub fn end_block(block: impl Leave) {
    drop(block);
}
