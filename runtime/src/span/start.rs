//! The beginning and the end of a span: decisions and records, apart from how it is made active.

use std::sync::atomic::Ordering;

use crate::buffer::Counter;
use crate::callsite::Callsite;
use crate::caught::caught;
use crate::clock::ticks;
use crate::current;
use crate::doctor;
use crate::emit;
use crate::engine;
use crate::ids::{SpanContext, SpanId, TraceId};
use crate::parked;
use crate::payload::{About, Detail, Start};
use crate::pipeline_ref::PipelineRef;
use crate::position::{Active, Flow, Position, TraceOrigin};
use crate::propagation;
use crate::record::{Link, Outcome};
use crate::sample::Root;
use crate::scope::Scope;
use crate::slots::{Slot, Verdict};
use crate::value::Attribute;

/// Flags of a record, above the outcome.
pub(crate) const ORPHAN: u8 = 1;
pub(crate) const LOCAL_ROOT: u8 = 2;
/// The span of a unit: its record carries the scope.
pub(crate) const OF_UNIT: u8 = 4;

/// The id of the trace is random; known of local roots alone.
pub(crate) const RANDOM: u8 = 8;

/// Where the flags tell in which of a row of forked processes the span began.
const PROCESS: u32 = 4;

fn process() -> u8 {
    (engine::generation() as u8) << PROCESS
}

/// A span that began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    pub(super) parent: u64,
    pub(super) start: u64,
    /// The number of its callsite.
    pub(super) callsite: u32,
    pub(super) flags: u8,
}

impl Running {
    /// What began before a fork is reported by the parent.
    #[inline]
    fn is_of_this_process(&self) -> bool {
        self.flags >> PROCESS == process() >> PROCESS
    }

    /// Whether it is the first span in this process of its trace.
    pub(super) fn is_local_root(&self) -> bool {
        self.flags & LOCAL_ROOT != 0
    }
}

/// Begins a recorded child of the span that is active at `at`; `None`, with nothing done, where that takes
/// more than to note the time.
#[inline(always)]
pub(crate) fn start_child(
    callsite: &'static Callsite,
    at: &Position,
    flags: u8,
) -> Option<(Active, Running)> {
    let parent = at.active.parent()?;
    let slot = at.flow.pipeline().live()?;
    if slot.takes_detours() || !slot.allows(callsite) {
        return None;
    }
    doctor::starting(callsite, at, false);
    let callsite = callsite.number();
    emit::count(at.flow.pipeline(), Counter::Started);
    let (active, flags) = (Active::new_span(), flags | process());
    let running = Running { parent: parent.0, start: ticks(), callsite, flags };
    tell_doctor(at.flow.pipeline(), active, &running);
    Some((active, running))
}

/// What is active inside a child of the span that is active at `at` that the filter keeps out; `None` if it does
/// not, or there is no such span.
pub(crate) fn filtered_child(callsite: &'static Callsite, at: &Position) -> Option<Active> {
    at.active.parent()?;
    if at.flow.pipeline().live()?.allows(callsite) {
        return None;
    }
    doctor::starting(callsite, at, false);
    Some(at.active.filtered())
}

/// Begins a span at `at`, and says where its children will attach: at it, or, where nothing is to be
/// recorded (`None`), where they would have without it. The second is `None` also for the root of a
/// trace that is not recorded.
#[inline]
pub(crate) fn start(
    callsite: &'static Callsite,
    at: Position,
    flags: u8,
) -> Option<(Position, Option<Running>)> {
    doctor::starting(callsite, &at, flags & ORPHAN != 0);
    let slot = at.flow.pipeline().live()?;
    if !slot.allows(callsite) {
        return Some((Position { active: at.active.filtered(), ..at }, None));
    }
    if let Some(parent) = at.active.parent() {
        let active = Active::new_span();
        let (callsite_number, flags) = (callsite.number(), flags | process());
        let running = Running { parent: parent.0, start: ticks(), callsite: callsite_number, flags };
        let position = Position { flow: at.flow, active };
        began(slot, callsite, position, running);
        return Some((position, Some(running)));
    }
    // In a trace that is not recorded, or of which is not known whether it will be, nothing begins.
    if at.active == Active::NONE { start_root(slot, callsite, at.flow, flags) } else { None }
}

#[cold]
fn start_root(
    slot: &Slot,
    callsite: &'static Callsite,
    flow: Flow,
    flags: u8,
) -> Option<(Position, Option<Running>)> {
    if engine::leave_after_fork() {
        return None;
    }
    let (parent, trace_id, running) = root_of(callsite, &flow, flags);
    let root = Root { callsite, attributes: &[], parent, trace_id };
    match slot.sample(&root, callsite.has_fields()) {
        Verdict::Ask if !ask_sampler(slot, &root) => Some((unsampled(&flow, trace_id), None)),
        Verdict::Skip => Some((unsampled(&flow, trace_id), None)),
        Verdict::Record | Verdict::Ask => {
            let position = begin_trace(slot, callsite, flow, trace_id, running);
            Some((position, Some(running)))
        }
        Verdict::AskWithFields => {
            let active = Active::undecided(callsite.number(), flags & ORPHAN != 0);
            Some((Position { flow, active }, Some(running)))
        }
    }
}

/// Asks a sampler that is a function. It runs with nothing borrowed and nothing recorded.
#[cold]
fn ask_sampler(slot: &Slot, root: &Root<'_>) -> bool {
    let Some(config) = slot.config() else { return true };
    let Some(sampler) = &config.sampler else { return true };
    let asked = caught(|| parked::unrecorded(|| sampler.sample(root)));
    asked.unwrap_or_else(|| {
        slot.panics.fetch_add(1, Ordering::Relaxed);
        true
    })
}

/// The remote parent, the trace and the span of a root that a flow begins.
fn root_of(callsite: &'static Callsite, flow: &Flow, flags: u8) -> (Option<SpanContext>, TraceId, Running) {
    let parent = flow.beginning().filter(|_| matches!(flow.origin(), TraceOrigin::Remote(_)));
    let trace_id = parent.map_or_else(TraceId::random, |parent| parent.trace_id());
    let random = if parent.is_none_or(|parent| parent.is_random()) { RANDOM } else { 0 };
    let running = Running {
        parent: parent.map_or(0, |parent| parent.span_id().0),
        start: ticks(),
        callsite: callsite.number(),
        flags: flags | LOCAL_ROOT | random | process(),
    };
    (parent, trace_id, running)
}

fn unsampled(flow: &Flow, trace: TraceId) -> Position {
    Position { flow: flow.begun(trace, 0, false), active: Active::UNSAMPLED }
}

/// A place in the trace of `at`, or in a new one, where no span is recorded.
pub(crate) fn unrecorded(at: Position) -> Position {
    unsampled(&at.flow, at.flow.context(at.active).map_or_else(TraceId::random, |it| it.trace_id()))
}

fn begin_trace(
    slot: &Slot,
    callsite: &'static Callsite,
    flow: Flow,
    trace: TraceId,
    running: Running,
) -> Position {
    if running.flags & ORPHAN != 0 {
        slot.orphans.fetch_add(1, Ordering::Relaxed);
        doctor::orphan(callsite);
    }
    let active = Active::new_span();
    let id = active.parent().map_or(0, |id| id.0);
    let position = Position { flow: flow.begun(trace, id, true), active };
    if slot.wants_traces() {
        emit::payload(flow.pipeline(), About::RootStart(trace));
    }
    began(slot, callsite, position, running);
    if matches!(flow.origin(), TraceOrigin::Remote(_))
        && let Some(incoming) = propagation::incoming(trace)
    {
        emit::detail(flow.pipeline(), SpanId(id), Detail::Incoming(incoming));
    }
    if let (TraceOrigin::Detached(_), Some(creator)) = (flow.origin(), flow.beginning()) {
        let link = Link { context: creator, attributes: Vec::new() };
        emit::detail(flow.pipeline(), SpanId(id), Detail::Link(Box::new(link)));
    }
    position
}

#[inline]
fn began(slot: &Slot, callsite: &'static Callsite, position: Position, running: Running) {
    emit::count(position.flow.pipeline(), Counter::Started);
    tell_doctor(position.flow.pipeline(), position.active, &running);
    if slot.wants_starts() {
        tell_start(callsite, position, running);
    }
}

#[inline(always)]
fn tell_doctor(pipeline: PipelineRef, active: Active, running: &Running) {
    let Running { parent, callsite, flags, .. } = *running;
    doctor::opened(active, parent, callsite, pipeline, running.is_local_root(), flags & OF_UNIT != 0);
}

#[cold]
fn tell_start(callsite: &'static Callsite, position: Position, running: Running) {
    let Some(context) = position.flow.context(position.active) else { return };
    let start = Start {
        context,
        parent: (running.parent != 0).then_some(SpanId(running.parent)),
        callsite,
        tick: running.start,
        is_orphan: running.flags & ORPHAN != 0,
    };
    emit::payload(position.flow.pipeline(), About::Start(Box::new(start)));
}

/// Asks the sampler, which waited for the fields of the root that is active in the current unit, and
/// makes the span active or not, as it says. Returns whether it is recorded.
#[cold]
pub(crate) fn decide(attributes: &[Attribute]) -> bool {
    let Some(at) = current::position() else { return false };
    let Some(position) = decided(at, attributes) else { return false };
    current::set_position(position);
    position.active.recorded().is_some()
}

/// Where the children of an undecided root attach, after its sampler was asked; `None` for any other
/// position.
pub(crate) fn decided(at: Position, attributes: &[Attribute]) -> Option<Position> {
    let callsite = Callsite::numbered(at.active.undecided_callsite()?);
    let Some(slot) = at.flow.pipeline().live() else { return Some(Position { active: Active::NONE, ..at }) };
    let flags = if at.active.is_orphan() { ORPHAN } else { 0 };
    let (parent, trace_id, running) = root_of(callsite, &at.flow, flags);
    if !ask_sampler(slot, &Root { callsite, attributes, parent, trace_id }) {
        return Some(unsampled(&at.flow, trace_id));
    }
    Some(begin_trace(slot, callsite, at.flow, trace_id, running))
}

/// Ends a span whose position is now `at`. `scope` is asked for the scope of the unit if the record
/// is to carry it.
#[inline]
pub(crate) fn end(running: Running, at: Position, outcome: Outcome, scope: impl FnOnce() -> Option<Scope>) {
    let end = ticks();
    if running.flags & (OF_UNIT | LOCAL_ROOT) == 0 {
        record(&running, &at, end, outcome);
    } else if running.is_of_this_process() {
        // The body may have ended before its fields were evaluated.
        let at = if at.active.recorded().is_some() { Some(at) } else { decided(at, &[]) };
        if let Some(at) = at {
            tell_scope(&at, end, scope());
            record(&running, &at, end, outcome);
        }
    }
}

#[inline(never)]
fn tell_scope(at: &Position, end: u64, scope: Option<Scope>) {
    doctor::looked();
    if let Some(span) = at.active.recorded()
        && let Some(scope) = scope
        && !scope.is_empty()
    {
        let about = About::Span { span, tick: end, detail: Detail::Scope(scope) };
        emit::payload(at.flow.pipeline(), about);
    }
}

/// Writes the record of a span that ends at the tick `end`, if it is recorded.
#[inline(never)]
pub(crate) fn record(running: &Running, at: &Position, end: u64, outcome: Outcome) {
    let Some(id) = at.active.recorded().filter(|_| running.is_of_this_process()) else { return };
    // The destructors that end the spans of a dropped coroutine see a stack that is unwound, as by a panic.
    let is_cancelled = outcome == Outcome::Panicked && parked::is_dropped();
    let outcome = if is_cancelled { Outcome::Cancelled } else { outcome };
    doctor::ended(id.0, running.is_local_root());
    let pipeline = at.flow.pipeline();
    let TraceId { high, low } = at.flow.trace();
    let rest = u64::from(running.callsite) | (outcome as u64) << 32 | u64::from(running.flags) << 40;
    emit::span(pipeline, [id.0, running.parent, high, low, running.start, end, pipeline.to_bits(), rest]);
}
