//! Raw reads of the processor's clock on the hot path, turned into wall time by the collector.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

static CLOCK: OnceLock<quanta::Clock> = OnceLock::new();

/// Calibrates the clock, which takes 10 to 200 ms once in a process.
pub(crate) fn calibrate() {
    CLOCK.get_or_init(quanta::Clock::new);
}

/// The clock's ticks now; 0 before the first pipeline calibrated it.
#[inline]
pub(crate) fn ticks() -> u64 {
    match CLOCK.get() {
        Some(clock) => clock.raw(),
        None => 0,
    }
}

/// A moment known in ticks and in wall time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    ticks: u64,
    time: SystemTime,
}

impl Anchor {
    pub(crate) fn now() -> Self {
        Anchor { ticks: ticks(), time: SystemTime::now() }
    }

    /// The wall time of a tick before or after the anchor; that of the anchor where there is none.
    pub(crate) fn time_of(&self, ticks: u64) -> SystemTime {
        let time = if ticks >= self.ticks {
            self.time.checked_add(duration(self.ticks, ticks))
        } else {
            self.time.checked_sub(duration(ticks, self.ticks))
        };
        time.unwrap_or(self.time)
    }
}

/// The time between two ticks; zero where `end` is not after `start`.
pub(crate) fn duration(start: u64, end: u64) -> Duration {
    match CLOCK.get() {
        Some(clock) => clock.delta(start, end.max(start)),
        None => Duration::ZERO,
    }
}
