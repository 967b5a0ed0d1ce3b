//! Blocks that wait, by their numbers in the frame of their future.

use crate::block::{Leave, Left, Level};
use crate::callsite::Callsite;
use crate::doctor;
use crate::frame;
use crate::hub::Origin;
use crate::span::Parent;

/// A block that waits: the number of a level of the frame of its future.
#[derive(Debug)]
pub struct HeldBlock {
    number: u64,
}

impl HeldBlock {
    /// Where there is no frame, nothing would take the level out of the slot while the future waits: so
    /// nothing begins.
    fn begin(make: impl FnOnce() -> Level) -> Self {
        if !frame::exists() {
            return HeldBlock { number: 0 };
        }
        let mut level = make();
        level.exchange();
        HeldBlock { number: frame::push(level) }
    }
}

impl Leave for HeldBlock {
    fn captures(&self) -> u16 {
        frame::with_level(self.number, |level, _| level.captures).unwrap_or_default()
    }

    fn keep(&self, left: Left) {
        let replaced = frame::with_level(self.number, |_, kept| kept.replace(left));
        drop(replaced);
    }
}

impl Drop for HeldBlock {
    fn drop(&mut self) {
        if let Some((level, left)) = frame::pop(self.number) {
            level.end(left);
        }
    }
}

/// As [`span_block`](crate::block::span_block), for a block that waits.
#[inline]
pub fn held_span_block(parent: Parent, callsite: &'static Callsite) -> HeldBlock {
    let block = HeldBlock::begin(|| Level::of_span(parent, callsite));
    if block.number != 0 {
        doctor::future_here();
    }
    block
}

/// As [`hub_block`](crate::block::hub_block), for a block that waits.
#[inline]
pub fn held_hub_block(origin: Origin) -> HeldBlock {
    HeldBlock::begin(|| Level::of_hub(origin))
}

/// As [`parallel_block`](crate::block::parallel_block), for a block that waits.
#[inline]
pub fn held_parallel_block(origin: Origin, callsite: &'static Callsite) -> HeldBlock {
    HeldBlock::begin(|| Level::of_hub_and_span(origin, callsite))
}
