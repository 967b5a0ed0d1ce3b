//! Head sampling: whether a trace is recorded is decided once, at its root.

use std::fmt;

use crate::callsite::Callsite;
use crate::ids::{SpanContext, TraceId};
use crate::value::{Attribute, Value};

/// What is known of a trace when its first span in this process begins.
#[derive(Debug)]
#[non_exhaustive]
pub struct Root<'a> {
    /// The place of its first span.
    pub callsite: &'static Callsite,
    /// Its `fields`. What they evaluate is not itself traced where a function decides.
    pub attributes: &'a [Attribute],
    /// The span of another process that it continues.
    pub parent: Option<SpanContext>,
    /// Its trace id.
    pub trace_id: TraceId,
}

impl Root<'_> {
    /// The value of the attribute `key`.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.iter().find(|attribute| attribute.key == key).map(|it| &it.value)
    }

    /// What a rate says: the remote decision, or, where none was made, whether the trace id is among those
    /// that are recorded.
    pub(crate) fn is_within(&self, threshold: u64) -> bool {
        match self.parent {
            Some(parent) if !parent.is_deferred() => parent.is_sampled(),
            _ => is_below(self.trace_id, threshold),
        }
    }
}

/// Decides which traces are recorded. What is not recorded is isolated all the same, and its events
/// are captured.
///
/// A function is a sampler. One that panics lets the trace be recorded.
///
/// ```
/// let _isohub = isohub::init().sample(|root: &isohub::Root<'_>| root.callsite.name() != "health");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sampler",
    label = "not a sampler",
    note = "write `Rate(0.1)` to record a tenth of all traces, or a function `|root: &isohub::Root<'_>| -> bool`"
)]
pub trait Sampler: Send + Sync + 'static {
    /// Whether the trace that begins with `root` is recorded.
    fn sample(&self, root: &Root<'_>) -> bool;

    #[doc(hidden)]
    fn rate(&self) -> Option<f64> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<F: Fn(&Root<'_>) -> bool + Send + Sync + 'static> Sampler for F {
    fn sample(&self, root: &Root<'_>) -> bool {
        self(root)
    }
}

/// Records this share of all traces, from 0 to 1; what lies outside is taken as the nearer of the
/// two, and NaN as 1.
///
/// A trace that continues a remote one follows the remote decision, unless that was
/// [left to others](SpanContext::is_deferred). The others are chosen by their
/// trace id, so that all processes that use the same rate choose the same traces.
#[derive(Clone, Copy, PartialEq)]
pub struct Rate(pub f64);

impl Sampler for Rate {
    fn sample(&self, root: &Root<'_>) -> bool {
        root.is_within(threshold(self.0))
    }

    fn rate(&self) -> Option<f64> {
        Some(self.0)
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rate({})", self.0)
    }
}

/// Trace ids whose lower half is below this are recorded; `u64::MAX` records all.
pub(crate) fn threshold(rate: f64) -> u64 {
    if rate.is_nan() || rate >= 1.0 {
        return u64::MAX;
    }
    // Saturates at 0 for what is negative.
    (rate * u64::MAX as f64) as u64
}

fn is_below(trace: TraceId, threshold: u64) -> bool {
    threshold == u64::MAX || trace.low < threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_recorded_traces_is_the_rate() {
        for (rate, low, high) in [(0.0, 0, 0), (0.25, 2200, 2800), (1.0, 10_000, 10_000), (-3.0, 0, 0)] {
            let recorded = (0..10_000).filter(|_| is_below(TraceId::random(), threshold(rate))).count();
            assert!((low..=high).contains(&recorded), "{rate}: {recorded}");
        }
    }
}
