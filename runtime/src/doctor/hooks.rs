//! Where the runtime tells the doctor what happens. Each of these is called with the slot whole and nothing borrowed,
//! except [`binding`] and [`Chart`]'s, which tell nobody anything.

use std::panic::Location;

use super::chart::Chart;
use super::tell::{self, found};
use super::thread::{self, Ran};
use super::{Finding, Kind, Made, Place, is_on, spans};
use crate::callsite::Callsite;
use crate::current::{self, Current};
use crate::parked::{self, Parked};
use crate::pipeline_ref::PipelineRef;
use crate::position::{Active, Position, TraceOrigin};
use crate::report;
use crate::scope::Write;
use crate::thread_end;
use crate::unit::Unit;
use crate::value::Text;

impl Parked {
    /// Notes where the unit was made.
    #[inline(always)]
    pub(crate) fn made(mut self, made: Made) -> Self {
        if is_on()
            && let Some(unit) = &mut self.unit
            && let Some(chart) = unit.chart.get_mut()
        {
            (chart.made, chart.thread) = (made.0.get().copied(), thread::number());
        }
        self
    }
}

impl Parked {
    /// Notes that it is this thread which runs the unit, of its own accord.
    #[inline(always)]
    pub(crate) fn taken_over(&mut self) {
        if is_on()
            && let Some(unit) = &mut self.unit
            && let Some(chart) = unit.chart.get_mut()
        {
            chart.thread = thread::number();
        }
    }

    /// Notes that the unit was made where another was.
    #[inline(always)]
    pub(crate) fn made_as(mut self, other: &Parked) -> Self {
        if is_on()
            && let (Some(unit), Some(other)) = (&mut self.unit, &other.unit)
            && let (Some(chart), Some(other)) = (unit.chart.get_mut(), other.chart.get())
        {
            (chart.made, chart.thread) = (other.made, other.thread);
        }
        self
    }
}

fn made(unit: &Unit) -> Option<&'static Location<'static>> {
    unit.chart.get()?.made
}

fn ran(unit: &Unit) -> Ran {
    Ran { pipeline: unit.flow.pipeline(), made: made(unit) }
}

/// The unit that the current one is, or is nearest to.
enum Nearest {
    Unit(Ran),
    /// The base of a thread; if it is a pool's, the unit that ran there before.
    Base(Option<Ran>),
    /// None is bound; what surrounds, or what ran here last.
    Unbound(Option<Ran>),
}

fn nearest() -> Nearest {
    let nearest = current::with(|current, _| match current {
        Current::Unit(unit) if unit.id == parked::thread_id() => Nearest::Base(None),
        Current::Unit(unit) => Nearest::Unit(ran(unit)),
        Current::Thread => Nearest::Base(None),
        Current::Unbound(unit) => Nearest::Unbound(unit.map(|unit| ran(unit)).or_else(thread::last)),
    });
    match nearest {
        Nearest::Base(_) => Nearest::Base(thread::ran_before()),
        nearest => nearest,
    }
}

/// The unit that surrounds what has none, or that ran on this thread last: its pipeline, and where it was made.
fn around() -> (PipelineRef, Option<&'static Location<'static>>) {
    match nearest() {
        Nearest::Unit(unit) | Nearest::Unbound(Some(unit)) => (unit.pipeline, unit.made),
        Nearest::Unbound(None) | Nearest::Base(_) => (current::pipeline(), None),
    }
}

/// A span, a capture or a write happens at `place`, in the trace of `root` if that is known.
fn happens(subject: impl FnOnce() -> Text, place: Place, root: Option<u64>) {
    match nearest() {
        Nearest::Unit(unit) => {
            if let Some(ago) = root.and_then(spans::ended_ago)
                && ago >= tell::long_after()
            {
                found(unit.pipeline, Finding::new(Kind::OutlivedRoot, subject(), place).and(unit.made));
            }
        }
        Nearest::Base(Some(before)) => {
            found(before.pipeline, Finding::new(Kind::BarePoolJob, subject(), place).and(before.made));
        }
        Nearest::Base(None) | Nearest::Unbound(_) => {}
    }
}

fn current_root() -> Option<u64> {
    current::position().and_then(|at| at.flow.root()).map(|root| root.span_id().0)
}

/// A span begins where no unit is bound.
#[cold]
pub(crate) fn orphan(callsite: &'static Callsite) {
    found_without_hub(Kind::Orphan, named(callsite), callsite.into());
}

/// A scope was written where no unit was bound.
#[cold]
pub(crate) fn lost_write(place: &'static Location<'static>) {
    // A plain thread has a hub as long as it lives.
    if current::with(|current, _| matches!(current, Current::Thread)) {
        return report::written_too_late(place);
    }
    report::count_lost_write();
    found_without_hub(Kind::LostWrite, "what is written to the scope".into(), place.into());
}

/// A span, or a write, finds no unit. Where the doctor is not there, or is off, that is named all the same.
fn found_without_hub(kind: Kind, subject: Text, place: Place) {
    let finding = Finding::new(kind, subject, place).in_rayon(parked::is_on_rayon());
    // A thread that ends has a hub no more, which is nobody's mistake.
    if !is_on() || thread_end::is_over() {
        return tell::named(&finding);
    }
    let (pipeline, made) = around();
    found(pipeline, finding.and(made));
}

/// A span, or an event, that finds no unit and so may be recorded nowhere; that is of interest to whoever records.
#[cold]
fn missed(finding: Finding) {
    let (pipeline, made) = around();
    if pipeline.live().is_some() {
        found(pipeline, finding.in_rayon(parked::is_on_rayon()).and(made));
    }
}

/// A span begins at `at`.
#[inline(always)]
pub(crate) fn starting(callsite: &'static Callsite, at: &Position, is_orphan: bool) {
    if is_on() {
        span_starts(callsite, at, is_orphan);
    }
}

fn span_starts(callsite: &'static Callsite, at: &Position, is_orphan: bool) {
    looked();
    // An orphan that is recorded is counted, and told then.
    if is_orphan && at.flow.pipeline().live().is_none() {
        return missed(Finding::new(Kind::Orphan, named(callsite), callsite));
    }
    // One that was given its parent has lost nothing.
    let is_child_or_lost = at.active != Active::NONE || at.flow.origin() == TraceOrigin::None;
    if is_child_or_lost {
        happens(|| named(callsite), callsite.into(), at.flow.root().map(|root| root.span_id().0));
    }
}

fn named(callsite: &Callsite) -> Text {
    format!("span `{}`", callsite.name()).into()
}

/// An event is captured at `place`.
#[inline(always)]
pub(crate) fn captured(place: &'static Location<'static>) {
    if is_on() {
        looked();
        let subject = Text::Borrowed("what is captured");
        // Not as the slot is: of a task that tokio drops, the hub is put there for each look.
        match current::with(|current, _| !matches!(current, Current::Unbound(_))) {
            true => happens(|| subject, place.into(), current_root()),
            false => missed(Finding::new(Kind::LostCapture, subject, place)),
        }
    }
}

/// The span of the current unit, recorded or not, is one whose record carries the scope.
#[inline(always)]
pub(crate) fn carrying() {
    if is_on() {
        with_chart(|chart| chart.is_carried = true);
    }
}

/// Something reads the scope of the current unit, or might have read what was written there.
#[inline(always)]
pub(crate) fn looked() {
    if is_on() {
        with_chart(Chart::read);
    }
}

fn with_chart(f: impl FnOnce(&mut Chart)) {
    current::with(|current, _| {
        if let Current::Unit(unit) = current
            && let Some(chart) = unit.chart.get_mut()
        {
            f(chart);
        }
    });
}

/// The current unit is about to be written to.
#[inline(always)]
pub(crate) fn wrote(writes: &[Write], place: &'static Location<'static>) {
    if is_on() {
        is_written(writes, place);
    }
}

fn is_written(writes: &[Write], place: &'static Location<'static>) {
    let noted = current::with(|current, active| match current {
        Current::Unit(unit) => Some((unit.flow.pipeline(), note_writes(unit, active, writes, place))),
        Current::Thread | Current::Unbound(_) => None,
    });
    happens(|| "what is written to the scope".into(), place.into(), current_root());
    if let Some((pipeline, findings)) = noted {
        findings.into_iter().for_each(|finding| found(pipeline, finding));
    }
}

fn note_writes(
    unit: &mut Unit,
    active: Active,
    writes: &[Write],
    place: &'static Location<'static>,
) -> Vec<Finding> {
    let Unit { scope, chart, .. } = unit;
    let Some(chart) = chart.get_mut() else { return Vec::new() };
    // Of what is not recorded, the span is not known that would have carried it.
    if active != Active::UNSAMPLED {
        writes.iter().for_each(|write| chart.unread.note(write, place));
    }
    let future = active.parent().and_then(|span| spans::future_around(span.0)).unwrap_or(0);
    writes.iter().filter_map(|write| chart.note(scope, write, future, place)).collect()
}

/// A value of `hub_local!` was set in the current unit. No span carries it.
#[inline(always)]
pub(crate) fn set_local(place: &'static Location<'static>) {
    if is_on() {
        with_chart(|chart| chart.unread.set(place));
    }
}

/// A unit is about to return `result`.
#[inline(always)]
pub(crate) fn returning<T>(parked: &mut Parked, result: &T) {
    if is_on()
        && let Some(unit) = &mut parked.unit
        && let Some(chart) = unit.chart.get_mut()
    {
        chart.unread.returning(result);
    }
}

/// A unit has returned, when the one that polled or called it is current again.
#[inline(always)]
pub(crate) fn completed(parked: &mut Parked) {
    if is_on()
        && let Some(unit) = &mut parked.unit
    {
        unit_completed(unit);
    }
}

fn unit_completed(unit: &mut Unit) {
    let is_merged = unit.merge.as_ref().is_some_and(|merge| merge.is_of_its_writes());
    let Some(chart) = unit.chart.get_mut() else { return };
    let Some(place) = chart.unread.dead(chart.made) else { return };
    let is_dead = !is_merged && !chart.is_carried;
    // In a task of its own it has no creator that could go on without what it wrote.
    let goes_on = unit.creator != 0 && unit.creator == current::unit_id();
    let pipeline = unit.flow.pipeline();
    if is_dead && goes_on && pipeline.live().is_some() {
        let subject = Text::Borrowed("what is written to the scope");
        found(pipeline, Finding::new(Kind::DeadWrite, subject, place).and(made(unit)));
    }
}

/// The future of a span that was called elsewhere is polled; `before` is the unit that polls it.
#[cold]
pub(crate) fn polled_elsewhere(callsite: u32, pipeline: PipelineRef, before: Option<&Unit>) {
    if is_on()
        && let Some(callsite) = spans::opened_at(callsite)
    {
        found(pipeline, Finding::new(Kind::OtherUnit, named(callsite), callsite).and(before.and_then(made)));
    }
}

/// The span that is active now is that of a future, or of a block that waits, that shares its unit with others.
#[inline(always)]
pub(crate) fn future_here() {
    if is_on()
        && let Some(at) = current::position()
    {
        spans::future(&at);
    }
}

/// Those of these spans that are still open, when their pipeline has stopped.
pub(crate) fn still_open(open: Vec<u64>) -> Vec<Finding> {
    let open = if is_on() { open } else { Vec::new() };
    let open = open.into_iter().filter_map(spans::callsite);
    open.map(|callsite| Finding::new(Kind::OpenSpan, named(callsite), callsite)).collect()
}

/// The global pipeline has stopped, with the process, while these spans were open. What ended meanwhile was on its way.
#[cold]
pub(crate) fn stopped(open: Vec<u64>) {
    if is_on() {
        still_open(open).iter().for_each(tell::found_at_the_end);
    }
}
