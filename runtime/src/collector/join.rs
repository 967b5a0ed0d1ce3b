//! Joining the record of a span with what else was written about it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use crate::buffer::Words;
use crate::callsite::Callsite;
use crate::clock::{self, Anchor};
use crate::ids::{Flags, SpanContext, SpanId, TraceId};
use crate::payload::Detail;
use crate::pipeline_ref::PipelineRef;
use crate::record::{Outcome, SpanEvent, SpanRecord};
use crate::scope::cut_attributes;
use crate::span::{LOCAL_ROOT, ORPHAN, RANDOM};
use crate::value::{Attribute, Text, Value};

/// Span ids are random: they are their own hashes.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 ^= id;
    }
}

pub(crate) type ById<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// A detail of a span, and the tick at which it was written.
type Stamped = (u64, Detail);

/// About what the payload of spans that have not ended may take, in bytes.
const BUDGET: usize = 64 << 20;

/// Joined spans that are remembered, to tell what comes late from what comes early.
const REMEMBERED: usize = 32_768;

/// The payload of spans that have not ended.
#[derive(Default)]
pub(crate) struct Payloads {
    waiting: ById<SpanId, Waiting>,
    /// Spans in the order of their first payload; some have ended since.
    order: VecDeque<SpanId>,
    bytes: usize,
    /// Joined not long ago, and before that.
    joined: [Joined; 2],
}

/// Spans that were joined. They are hashed only when one is asked for: most programs never do.
#[derive(Default)]
struct Joined {
    ids: Vec<SpanId>,
    hashed: HashSet<SpanId, BuildHasherDefault<IdHasher>>,
}

impl Joined {
    fn contains(&mut self, span: SpanId) -> bool {
        self.hashed.extend(&self.ids[self.hashed.len()..]);
        self.hashed.contains(&span)
    }

    fn clear(&mut self) {
        self.ids.clear();
        self.hashed.clear();
    }
}

struct Waiting {
    pipeline: PipelineRef,
    details: Vec<Stamped>,
    bytes: usize,
}

impl Payloads {
    pub(crate) fn add(&mut self, pipeline: PipelineRef, span: SpanId, tick: u64, detail: Detail) {
        let bytes = size(&detail);
        let waiting = match self.waiting.entry(span) {
            Entry::Occupied(waiting) => waiting.into_mut(),
            Entry::Vacant(_) if self.joined.iter_mut().any(|joined| joined.contains(span)) => {
                if let Some(slot) = pipeline.live() {
                    slot.late.fetch_add(1, Ordering::Relaxed);
                }
                return;
            }
            Entry::Vacant(place) => {
                self.order.push_back(span);
                place.insert(Waiting { pipeline, details: Vec::new(), bytes: 0 })
            }
        };
        waiting.details.push((tick, detail));
        waiting.bytes += bytes;
        self.bytes += bytes;
        while self.bytes > BUDGET
            && let Some(oldest) = self.order.pop_front()
        {
            // Counted where it was recorded, whoever needs the room now.
            if let Some(evicted) = self.forget(oldest)
                && let Some(slot) = evicted.pipeline.live()
            {
                slot.evicted.fetch_add(evicted.details.len() as u64, Ordering::Relaxed);
            }
        }
    }

    /// Takes what was written about a span that has ended.
    #[inline]
    pub(crate) fn take(&mut self, span: SpanId) -> Vec<Stamped> {
        if self.joined[0].ids.len() >= REMEMBERED {
            self.joined.swap(0, 1);
            self.joined[0].clear();
        }
        self.joined[0].ids.push(span);
        if self.waiting.is_empty() {
            return Vec::new();
        }
        self.forget(span).map(|waiting| waiting.details).unwrap_or_default()
    }

    fn forget(&mut self, span: SpanId) -> Option<Waiting> {
        let waiting = self.waiting.remove(&span)?;
        self.bytes -= waiting.bytes;
        Some(waiting)
    }

    /// Forgets the order of those that have ended.
    pub(crate) fn tidy(&mut self) {
        if self.order.len() > 2 * self.waiting.len() + 1024 {
            self.order.retain(|span| self.waiting.contains_key(span));
        }
    }
}

fn size(detail: &Detail) -> usize {
    let text = |text: &Text| text.len();
    let attributes = |attributes: &[Attribute]| -> usize {
        attributes.iter().map(|attribute| 64 + attribute.key.len() + value_size(&attribute.value)).sum()
    };
    128 + match detail {
        Detail::Attributes(list) => attributes(list),
        Detail::Event(name, list) => text(name) + attributes(list),
        Detail::Link(link) => attributes(&link.attributes),
        Detail::Name(name) => text(name),
        Detail::Outcome(_) => 0,
        // Shared with whoever else has it; what is its own is not known.
        Detail::Scope(_) | Detail::Incoming(_) => 256,
    }
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::Str(text) => text.len(),
        Value::List(values) => values.iter().map(|value| 32 + value_size(value)).sum(),
        Value::Bool(_) | Value::I64(_) | Value::U64(_) | Value::F64(_) => 0,
    }
}

/// The record of a span that ended, as it was written.
pub(crate) struct Ended {
    pub(crate) id: SpanId,
    pub(crate) pipeline: PipelineRef,
    parent: u64,
    trace: TraceId,
    start: u64,
    end: u64,
    callsite: u32,
    outcome: Outcome,
    flags: u8,
}

impl Ended {
    #[inline]
    pub(crate) fn read(words: Words) -> Self {
        let [id, parent, high, low, start, end, pipeline, rest] = words;
        let outcome = match (rest >> 32) as u8 {
            0 => Outcome::Ok,
            1 => Outcome::Error,
            2 => Outcome::Cancelled,
            _ => Outcome::Panicked,
        };
        Ended {
            id: SpanId(id),
            pipeline: PipelineRef::from_bits(pipeline),
            parent,
            trace: TraceId { high, low },
            start,
            end,
            callsite: rest as u32,
            outcome,
            flags: (rest >> 40) as u8,
        }
    }

    /// Writes the span over what is at `record`, with its details, which count in the order in which they
    /// were written.
    #[inline]
    pub(crate) fn join(self, mut details: Vec<Stamped>, anchor: &Anchor, record: &mut SpanRecord) {
        let callsite = Callsite::numbered(self.callsite);
        let is_random = self.flags & RANDOM != 0;
        let flags = if is_random { Flags::SAMPLED.with(Flags::RANDOM) } else { Flags::SAMPLED };
        record.context = SpanContext::local(self.trace, self.id, flags);
        record.parent = (self.parent != 0).then_some(SpanId(self.parent));
        record.is_local_root = self.flags & LOCAL_ROOT != 0;
        record.callsite = callsite;
        record.name = Text::Borrowed(callsite.name());
        record.start = anchor.time_of(self.start);
        record.duration = clock::duration(self.start, self.end);
        record.outcome = self.outcome;
        free(&mut record.attributes);
        free(&mut record.events);
        free(&mut record.links);
        record.scope = None;
        record.incoming = None;
        record.is_orphan = self.flags & ORPHAN != 0;
        if details.is_empty() {
            return;
        }
        details.sort_by_key(|(tick, _)| *tick);
        for (tick, detail) in details {
            match detail {
                Detail::Attributes(attributes) => {
                    attributes.into_iter().for_each(|it| set(&mut record.attributes, it));
                }
                Detail::Event(name, attributes) => {
                    record.events.push(SpanEvent { name, time: anchor.time_of(tick), attributes });
                }
                Detail::Link(link) => record.links.push(*link),
                Detail::Name(name) => record.name = name,
                Detail::Outcome(outcome) => record.outcome = overridden(record.outcome, outcome),
                Detail::Incoming(incoming) => record.incoming = Some(incoming),
                Detail::Scope(scope) => record.scope = Some(scope.over(&crate::global::scope())),
            }
        }
        cut_attributes(&mut record.attributes);
    }
}

/// Frees a list, which most often is none.
#[inline]
fn free<T>(list: &mut Vec<T>) {
    if list.capacity() != 0 {
        *list = Vec::new();
    }
}

/// A record that is nobody's yet.
pub(crate) fn blank() -> SpanRecord {
    let callsite = Callsite::numbered(0);
    SpanRecord {
        context: SpanContext::local(TraceId { high: 0, low: 0 }, SpanId(0), Flags::NONE),
        parent: None,
        is_local_root: false,
        callsite,
        name: Text::Borrowed(callsite.name()),
        start: SystemTime::UNIX_EPOCH,
        duration: Duration::ZERO,
        outcome: Outcome::Ok,
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
        scope: None,
        incoming: None,
        is_orphan: false,
    }
}

fn overridden(was: Outcome, said: Outcome) -> Outcome {
    match was {
        Outcome::Ok | Outcome::Error => said,
        Outcome::Cancelled | Outcome::Panicked => was,
    }
}

/// Of two values of a key the later stays, in the place of the earlier.
fn set(attributes: &mut Vec<Attribute>, attribute: Attribute) {
    match attributes.iter_mut().find(|known| known.key == attribute.key) {
        Some(known) => known.value = attribute.value,
        None => attributes.push(attribute),
    }
}
