//! What a unit passes on beside ids; the unit carries it.

use std::fmt;
use std::sync::Arc;

use crate::ids::TraceId;
use crate::propagation::member::BaggageMember;

/// What a hub passes on beside ids.
#[derive(Clone, Default)]
pub(crate) struct Propagated {
    pub(super) foreign: Option<Incoming>,
    pub(super) baggage: Vec<BaggageMember>,
}

impl Propagated {
    /// What came with this trace.
    pub(crate) fn incoming(&self, trace: TraceId) -> Option<Incoming> {
        self.foreign.clone().filter(|incoming| incoming.trace_id() == trace)
    }
}

/// What came with a trace from another process beside its ids, and is to go on with it unchanged: for sinks. The
/// baggage of the program is no part of it.
///
/// A clone costs a reference count. `Debug` shows no values: what callers send is not to be logged by accident.
///
/// ```
/// fn tracestate(root: &isohub::SpanRecord) -> &str {
///     root.incoming.as_ref().and_then(|incoming| incoming.tracestate()).unwrap_or_default()
/// }
/// ```
#[derive(Clone)]
pub struct Incoming(Arc<Foreign>);

struct Foreign {
    trace_id: TraceId,
    tracestate: Option<Box<str>>,
    sampling: Option<Vec<BaggageMember>>,
}

impl Incoming {
    pub(super) fn new(
        trace_id: TraceId,
        tracestate: Option<Box<str>>,
        sampling: Option<Vec<BaggageMember>>,
    ) -> Self {
        Incoming(Arc::new(Foreign { trace_id, tracestate, sampling }))
    }

    /// The trace with which it came.
    pub fn trace_id(&self) -> TraceId {
        self.0.trace_id
    }

    /// What other tracing systems sent with the trace, as one line.
    pub fn tracestate(&self) -> Option<&str> {
        self.0.tracestate.as_deref()
    }

    /// What Sentry calls the dynamic sampling context: members of baggage whose keys begin with `sentry-`. If some,
    /// though it be empty, whoever began the trace has said what there is to say.
    pub fn sampling_context(&self) -> Option<&[BaggageMember]> {
        self.0.sampling.as_deref()
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("trace_id", &self.trace_id()).finish_non_exhaustive()
    }
}
