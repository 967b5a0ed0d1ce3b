//! Capturing events.

use std::cell::Cell;
use std::collections::VecDeque;
use std::error::Error;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::callsite::Level;
use crate::current::{self, Current};
use crate::doctor;
use crate::emit;
use crate::foreign;
use crate::global;
use crate::ids::EventId;
use crate::parked;
use crate::payload::About;
use crate::pipeline_ref::PipelineRef;
use crate::position::Position;
use crate::record::{Event, StackTrace};
use crate::report;
use crate::scope::Scope;
use crate::slots::Slot;
use crate::strand::strand_bound;
use crate::value::Text;

/// Captures a message.
///
/// ```
/// use isohub::Level;
/// isohub::capture_message("disk almost full", Level::Warning);
/// ```
#[track_caller]
pub fn capture_message(message: impl Into<Text>, level: Level) -> EventId {
    capture_event(Event::message(message).level(level))
}

/// Captures an error, with its whole chain of causes.
///
/// ```
/// if let Err(error) = "x".parse::<u8>() {
///     isohub::capture_error(&error);
/// }
/// ```
#[track_caller]
pub fn capture_error<E: Error + ?Sized>(error: &E) -> EventId {
    capture_event(Event::error(error))
}

/// Captures an event: completes it with the scope of the current unit over the global one and with
/// the active span, lets the event processors of the scope and `before_send` change it, and hands it
/// to the sinks. Costs some microseconds, and a walk of the stack if one is asked for. Events are
/// captured in traces that are not recorded, too.
///
/// Where nothing is installed the event goes nowhere; its id is returned all the same.
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn capture_event(mut event: Event) -> EventId {
    let id = event.id;
    if !crate::ENABLED {
        return id;
    }
    doctor::captured(Location::caller());
    let Some((pipeline, slot)) = complete(&mut event) else { return id };
    let Some(_nested) = report::nested() else {
        // A processor that captures at each event that it sees would never end.
        slot.lost_events.fetch_add(1, Ordering::Relaxed);
        return id;
    };
    for processor in event.scope.event_processors() {
        match report::caught(|| processor.process(event)) {
            Some(Some(processed)) => event = processed,
            Some(None) => return id,
            None => {
                slot.lost_events.fetch_add(1, Ordering::Relaxed);
                return id;
            }
        }
    }
    emit::payload(pipeline, About::Event(Box::new(event)));
    id
}

/// Captures a panic. Inside a panic hook a further panic would end the process, so that nothing of the program's
/// runs here: the functions that change the event run on the collector's thread.
pub(crate) fn capture_panicked(mut event: Event) -> EventId {
    let id = event.id;
    if let Some((pipeline, _)) = complete(&mut event) {
        emit::payload(pipeline, About::Event(Box::new(event)));
    }
    id
}

/// Adds to an event what the current unit knows; `None` if nobody is to receive it.
fn complete(event: &mut Event) -> Option<(PipelineRef, &'static Slot)> {
    let (id, is_given) = (event.id, event.span.is_some());
    let (scope, pipeline) = current::with(|current, active| {
        let pipeline = current.pipeline();
        match current {
            Current::Unit(unit) => {
                if !is_given {
                    event.span = unit.flow.context(active);
                }
                if let (Some(propagated), Some(span)) = (&unit.propagated, &event.span) {
                    event.incoming = propagated.incoming(span.trace_id());
                }
                (unit.scope.clone(), pipeline)
            }
            Current::Thread | Current::Unbound(_) => (Scope::default(), pipeline),
        }
    });
    // In a panic hook nothing is called that might panic.
    if foreign::is_attached() && !is_given && !event.is_panic {
        let at = current::position().unwrap_or_else(|| Position::none(pipeline));
        let at = foreign::further_in(at);
        event.span = at.flow.context(at.active);
    }
    current::with_unit(|unit| unit.last_event = Some(id));
    let slot = pipeline.live()?;

    event.cut();
    let scope = scope.over(&global::scope());
    event.level = scope.level().unwrap_or(event.level);
    if event.fingerprint.is_empty() {
        event.fingerprint = scope.fingerprint().to_vec();
    }
    if event.backtrace.is_none() && slot.config().is_some_and(|config| config.backtraces) {
        event.backtrace = Some(StackTrace::capture());
    }
    event.scope = scope;
    Some((pipeline, slot))
}

/// Errors that were captured by `err(capture)` not long ago.
static RECENT: Mutex<VecDeque<Captured>> = Mutex::new(VecDeque::new());

/// Errors that are remembered.
const MAX_RECENT: usize = 256;

/// How many errors were captured by `err(capture)` so far: tells what came before a span and what in it.
static CAPTURES: AtomicU16 = AtomicU16::new(0);

///
/// Half the counter, as it is kept in each span that runs. That is enough: the errors that are remembered
/// are the last few, and to a span in which more than 32,767 others were captured they count as old.
pub(crate) fn captures() -> u16 {
    CAPTURES.load(Ordering::Relaxed)
}

struct Captured {
    pipeline: PipelineRef,
    /// The unit that the error has reached on its way up.
    unit: Relation,
    /// What the error that was captured says.
    message: Text,
    number: u16,
}

/// A unit, and the one of which it is a clone.
#[derive(Clone, Copy)]
struct Relation {
    id: u64,
    creator: u64,
}

strand_bound! {
    /// What was captured before the span began whose outcome is being asked for.
    fn before_ending_span: Cell<u16> = Cell::new(0);
}

/// Says what was captured before the span began whose outcome is asked for next on this thread, and returns
/// what was said before.
#[inline]
pub(crate) fn ending_span(captures: u16) -> u16 {
    before_ending_span(|before| before.replace(captures))
}

/// Captures the `event` of an error of the span that ends, when it is complete, unless this error, or one that is among its causes, was
/// captured since that span began in this unit or in one that was made in it: on its way up an error is
/// captured once, but what fails alike beside it is another.
#[track_caller]
pub(crate) fn capture_once(event: Event, complete: impl FnOnce(Event) -> Event) {
    let pipeline = current::pipeline();
    let unit = current::with(|current, _| match current {
        Current::Unit(unit) => Relation { id: unit.id, creator: unit.creator },
        Current::Thread | Current::Unbound(_) => Relation { id: parked::thread_id(), creator: 0 },
    });
    let before = before_ending_span(Cell::get);
    let is_known = |known: &&mut Captured| {
        known.pipeline == pipeline
            && (known.unit.id == unit.id || known.unit.creator == unit.id)
            && known.number.wrapping_sub(before).cast_signed() > 0
            && event.exceptions.iter().any(|exception| exception.message == known.message)
    };
    // Never waits: if another thread is just looking, an error may be captured twice.
    if let Ok(mut recent) = RECENT.try_lock() {
        if let Some(known) = recent.iter_mut().rev().find(is_known) {
            known.unit = unit;
            return;
        }
        if recent.len() == MAX_RECENT {
            recent.pop_front();
        }
        if let Some(outermost) = event.exceptions.first() {
            let number = CAPTURES.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            recent.push_back(Captured { pipeline, unit, message: outermost.message.clone(), number });
        }
    }
    capture_event(complete(event));
}
