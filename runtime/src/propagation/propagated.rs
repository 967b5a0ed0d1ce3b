//! What a unit passes on beside ids; the unit carries it.

use crate::ids::TraceId;
use crate::propagation::member::BaggageMember;

/// What a hub passes on beside ids.
#[derive(Clone, Default)]
pub(crate) struct Propagated {
    pub(super) foreign: Option<Foreign>,
    pub(super) baggage: Vec<BaggageMember>,
}

/// What came with a trace, and says nothing of any other.
#[derive(Clone)]
pub(super) struct Foreign {
    pub(super) trace_id: TraceId,
    pub(super) tracestate: Option<Box<str>>,
    /// What Sentry calls the dynamic sampling context; if some, it is another's and must stay as it is.
    pub(super) sampling: Option<Vec<BaggageMember>>,
}
