//! What goes from one process to the next: trace, tracestate and baggage, in the headers of a request.
//!
//! The ids of a trace are in the [`Flow`](crate::position::Flow) of a unit. What goes with them and is no id is a
//! [`Propagated`]: shared by the clones of a hub, and there only if something came or was set.

mod baggage;
mod formats;
mod member;
mod propagated;
mod sentry;
#[cfg(test)]
mod tests;
mod tracestate;

use std::fmt;
use std::sync::Arc;

use crate::current::{self, Current};
use crate::foreign;
use crate::ids::{SpanContext, TraceId};
use crate::pipeline_ref::PipelineRef;
use crate::position::Position;
use crate::slots::{Config, Slot};

use member::trimmed;

pub use baggage::{Baggage, baggage, remove_baggage, set_baggage};
pub use formats::Propagation;
pub use member::{BaggageMember, MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS};
pub use propagated::Incoming;
pub(crate) use propagated::Propagated;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const BAGGAGE: &str = "baggage";
const SENTRY_TRACE: &str = "sentry-trace";

/// What another process sent with a request: the span that asks, and what goes with its trace.
///
/// It goes where a parent goes: `#[parallel_span(fresh, parent = remote)]`,
/// [`Hub::with_parent`](crate::Hub::with_parent). The hub made there then holds its tracestate and its baggage,
/// which [`inject`] passes on from there and from every clone. A `#[span]` has no hub of its own, and takes the
/// trace alone; so does, anywhere, `parent = remote.context()`: for callers whose baggage is not to be trusted.
///
/// A clone costs a reference count.
///
/// ```
/// use isohub::Remote;
///
/// let headers = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
/// let remote = Remote::extract(|name| headers.iter().filter(move |it| it.0 == name).map(|it| it.1));
/// assert!(remote.context().is_some_and(|context| context.is_sampled()));
/// ```
#[derive(Clone, Default)]
pub struct Remote {
    context: Option<SpanContext>,
    propagated: Option<Arc<Propagated>>,
}

impl Remote {
    /// Reads the headers of a request. `lines` is called with the name of a header, in lower case, and gives the
    /// values of all its lines in their order: of an `http::HeaderMap` it is `|name| headers.get_all(name)`, of a
    /// map with one value a name `|name| map.get(name)`. Names of headers have no case: see to it that
    /// `Traceparent` is found.
    ///
    /// `traceparent` and `tracestate` are read as the [standard](https://www.w3.org/TR/trace-context-2/) says,
    /// by its strict reading: two lines of `traceparent`, or one that is malformed, are none, and then no
    /// `tracestate` is read; a `tracestate` with a malformed member or more than 32 is none. Where there is no
    /// valid `traceparent`, a `sentry-trace` takes its place. Of `baggage`, at most [`MAX_BAGGAGE_MEMBERS`] and
    /// [`MAX_BAGGAGE_BYTES`] are kept, and what is malformed is left out. Nothing of this is an error: what
    /// cannot be read is not there.
    ///
    /// Costs an allocation for each part that is there, the `traceparent` apart. Panics if `lines` does. In a
    /// build without `enabled` nothing is read.
    pub fn extract<L>(mut lines: impl FnMut(&'static str) -> L) -> Self
    where
        L: IntoIterator,
        L::Item: AsRef<[u8]>,
    {
        if !crate::ENABLED {
            return Remote::default();
        }
        let traceparent = only(lines(TRACEPARENT), |text| text.parse().ok());
        let sentry_trace = only(lines(SENTRY_TRACE), sentry::read);
        let tracestate = traceparent.and_then(|_| tracestate::read(lines(TRACESTATE)));
        let (sampling, baggage) = member::read(lines(BAGGAGE));
        let context = match (traceparent, sentry_trace) {
            (Some(context), Some(sentry)) => Some(sentry::reconciled(context, sentry)),
            (context, sentry) => context.or(sentry),
        };
        let foreign = context.and_then(|context| {
            let trace_id = context.trace_id();
            let sampling = match sentry_trace {
                Some(sentry) => (sentry.trace_id() == trace_id).then_some(sampling),
                None => Some(sampling).filter(|members| !members.is_empty()),
            };
            let is_there = tracestate.is_some() || sampling.is_some();
            is_there.then(|| Incoming::new(trace_id, tracestate, sampling))
        });
        let is_there = foreign.is_some() || !baggage.is_empty();
        Remote { context, propagated: is_there.then(|| Arc::new(Propagated { foreign, baggage })) }
    }

    pub(crate) fn of(context: Option<SpanContext>) -> Self {
        Remote { context, propagated: None }
    }

    /// The span that asks; `None` if the request named none, and then a trace begins.
    pub fn context(&self) -> Option<SpanContext> {
        self.context
    }

    /// What other tracing systems sent with the trace, as one line.
    pub fn tracestate(&self) -> Option<&str> {
        self.propagated.as_ref()?.foreign.as_ref()?.tracestate()
    }

    /// The baggage of the request.
    pub fn baggage(&self) -> Baggage {
        Baggage::of(self.propagated.clone())
    }

    /// Adds to what a hub passes on.
    pub(crate) fn receive(self, place: &mut Option<Arc<Propagated>>) {
        let Some(received) = self.propagated else { return };
        let Some(own) = place else {
            *place = Some(received);
            return;
        };
        let own = Arc::make_mut(own);
        if received.foreign.is_some() {
            own.foreign = received.foreign.clone();
        }
        for member in &received.baggage {
            member::put(&mut own.baggage, member.clone());
        }
    }
}

/// What `read` makes of a header of which there must be one line.
fn only<L: IntoIterator>(lines: L, read: impl FnOnce(&str) -> Option<SpanContext>) -> Option<SpanContext>
where
    L::Item: AsRef<[u8]>,
{
    let mut lines = lines.into_iter();
    let (line, second) = (lines.next()?, lines.next());
    if second.is_some() {
        return None;
    }
    read(trimmed(std::str::from_utf8(line.as_ref()).ok()?))
}

impl fmt::Debug for Remote {
    /// Shows no values: what callers send is not to be logged by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("context", &self.context).field("baggage", &self.baggage()).finish()
    }
}

/// Passes on the trace of the current unit, and its baggage, to a process that is about to be asked: calls `set`
/// with the name and the value of each header. Names are in lower case; values are printable ASCII, whatever was
/// received or set.
///
/// Of a unit with a trace these are `traceparent` and, if one came with that trace, `tracestate`; of one with
/// baggage `baggage`. [`Propagation`] says whether there is a `sentry-trace`, too. The parent is the span that is
/// active: begin one of `kind = client` around the request. A trace that is not recorded is passed on as such, so
/// that who is asked records nothing either. Where no span has begun, a trace that came is passed on as it came.
///
/// This is the only place from which anything leaves, and goes to whom you ask: leave `baggage` out of what goes to a
/// host that is not yours.
///
/// ```
/// # let host_is_ours = false;
/// let mut headers = Vec::new();
/// isohub::inject(|name, value| {
///     if host_is_ours || name != "baggage" {
///         headers.push((name, value.to_owned()));
///     }
/// });
/// ```
///
/// Costs a formatted string for each header. Panics if `set` does. In a build without `enabled`, and in a task
/// that has no unit, nothing is set.
pub fn inject(mut set: impl FnMut(&'static str, &str)) {
    if !crate::ENABLED {
        return;
    }
    // `set` is the program's: it runs when the slot is whole.
    let (at, propagated) = current::with(|current, active| match &current {
        Current::Unit(unit) => (Position { flow: unit.flow, active }, unit.propagated.clone()),
        Current::Thread | Current::Unbound(_) => (Position::none(PipelineRef::GLOBAL), None),
    });
    let at = foreign::further_in(at);
    let config = at.flow.pipeline().live().and_then(Slot::config).unwrap_or_default();
    let context = at.flow.context(at.active);
    let foreign = propagated.as_ref().and_then(|it| it.foreign.as_ref());
    let foreign = foreign.filter(|it| context.is_some_and(|context| context.trace_id() == it.trace_id()));
    if let Some(context) = context {
        if config.propagation.w3c {
            set(TRACEPARENT, &context.to_string());
            if let Some(tracestate) = foreign.and_then(Incoming::tracestate) {
                set(TRACESTATE, tracestate);
            }
        }
        if config.propagation.sentry.is_some() {
            set(SENTRY_TRACE, &sentry::write(context));
        }
    }
    let own = || own_sampling(&config, context);
    let sampling = foreign.and_then(Incoming::sampling_context).map_or_else(own, <[_]>::to_vec);
    let members = propagated.iter().flat_map(|it| &it.baggage);
    let baggage = member::write(sampling.iter().chain(members));
    if !baggage.is_empty() {
        set(BAGGAGE, &baggage);
    }
}

/// What came with this trace, if the current unit has it.
pub(crate) fn incoming(trace: TraceId) -> Option<Incoming> {
    current::with(|current, _| match current {
        Current::Unit(unit) => unit.propagated.as_ref().and_then(|it| it.incoming(trace)),
        Current::Thread | Current::Unbound(_) => None,
    })
}

/// The sampling context of a trace that began in this process.
fn own_sampling(config: &Config, context: Option<SpanContext>) -> Vec<BaggageMember> {
    match (&config.propagation.sentry, context) {
        (Some(public_key), Some(context)) if !context.is_remote() => {
            sentry::sampling(public_key, config, context)
        }
        _ => Vec::new(),
    }
}
