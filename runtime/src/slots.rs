//! The table of pipelines, as the recording threads see it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use crate::buffer::{Counter, Lanes};
use crate::callsite::Callsite;
use crate::doctor::{Held, Ledger};
use crate::filter::Filter;
use crate::foreign;
use crate::payload::Payload;
use crate::pipeline_ref::{LAST_GENERATION, PipelineRef};
use crate::propagation::Propagation;
use crate::record::{Event, Resource};
use crate::sample::{self, Root, Sampler};
use crate::scope::Breadcrumb;
use crate::sink::SinkAccount;
use crate::sync::PIPELINES;

/// What a pipeline was told, in so far as the recording threads and the collector need it.
#[derive(Default)]
pub(crate) struct Config {
    pub(crate) sampler: Option<Box<dyn Sampler>>,
    pub(crate) before_send: Option<BeforeSend>,
    pub(crate) before_breadcrumb: Option<BeforeBreadcrumb>,
    pub(crate) resource: Arc<Resource>,
    pub(crate) sinks: Arc<Vec<Arc<SinkAccount>>>,
    pub(crate) wants_starts: bool,
    pub(crate) wants_traces: bool,
    pub(crate) backtraces: bool,
    pub(crate) propagation: Propagation,
    /// Where what the doctor finds is kept, if not told at once.
    pub(crate) ledger: Held<Option<Arc<Ledger>>>,
}

pub(crate) type BeforeSend = Box<dyn Fn(Event) -> Option<Event> + Send + Sync>;
pub(crate) type BeforeBreadcrumb = Box<dyn Fn(Breadcrumb) -> Option<Breadcrumb> + Send + Sync>;

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("resource", &self.resource).finish_non_exhaustive()
    }
}

/// What a root's sampler says before the fields of the root are known.
pub(crate) enum Verdict {
    Record,
    Skip,
    /// A function decides, now.
    Ask,
    /// A function decides, when the fields have been evaluated.
    AskWithFields,
}

/// What the lanes count for a pipeline.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) started: u64,
    pub(crate) dropped: u64,
    pub(crate) lost_payloads: u64,
}

impl Counts {
    fn read(lanes: &Lanes<Payload>, index: u32) -> Self {
        let sum = |counter| lanes.sum(counter, index as usize);
        // What happens later is read first: no span is counted at its end alone.
        let (lost_payloads, dropped) = (sum(Counter::LostPayload), sum(Counter::Dropped));
        Counts { started: sum(Counter::Started), dropped, lost_payloads }
    }
}

/// A place in the table of pipelines.
pub(crate) struct Slot {
    /// Which pipeline lives here; 0 if none does.
    generation: AtomicU32,
    has_sampler: AtomicBool,
    wants_starts: AtomicBool,
    /// No span is as simple as most are.
    takes_detours: AtomicBool,
    wants_traces: AtomicBool,
    threshold: AtomicU64,
    /// Changes with each filter, so that callsites can keep its verdict; 0 lets everything through.
    filter_stamp: AtomicU64,
    filter: RwLock<Filter>,
    config: RwLock<Arc<Config>>,
    /// What the accounts of the lanes showed when this pipeline was opened.
    before: Mutex<Counts>,
    pub(crate) delivered: AtomicU64,
    pub(crate) orphans: AtomicU64,
    pub(crate) events: AtomicU64,
    pub(crate) lost_events: AtomicU64,
    pub(crate) evicted: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) panics: AtomicU64,
}

static FILTERS: AtomicU64 = AtomicU64::new(0);

impl Slot {
    fn new() -> Self {
        Slot {
            generation: AtomicU32::new(0),
            has_sampler: AtomicBool::new(false),
            wants_starts: AtomicBool::new(false),
            takes_detours: AtomicBool::new(false),
            wants_traces: AtomicBool::new(false),
            threshold: AtomicU64::new(u64::MAX),
            filter_stamp: AtomicU64::new(0),
            filter: RwLock::default(),
            config: RwLock::default(),
            before: Mutex::default(),
            delivered: AtomicU64::new(0),
            orphans: AtomicU64::new(0),
            events: AtomicU64::new(0),
            lost_events: AtomicU64::new(0),
            evicted: AtomicU64::new(0),
            late: AtomicU64::new(0),
            panics: AtomicU64::new(0),
        }
    }

    /// Whether the filter lets `callsite` through.
    #[inline]
    pub(crate) fn allows(&self, callsite: &Callsite) -> bool {
        let stamp = self.filter_stamp.load(Ordering::Relaxed);
        if stamp == 0 {
            return true;
        }
        let verdict = callsite.verdict.load(Ordering::Relaxed);
        if verdict >> 1 == stamp { verdict & 1 == 1 } else { self.ask_filter(callsite, stamp) }
    }

    #[cold]
    fn ask_filter(&self, callsite: &Callsite, stamp: u64) -> bool {
        // While the filter is being exchanged, everything passes.
        let Ok(filter) = self.filter.try_read() else { return true };
        let allows = filter.allows(callsite);
        callsite.verdict.store(stamp << 1 | u64::from(allows), Ordering::Relaxed);
        allows
    }

    pub(crate) fn set_filter(&self, filter: Filter) {
        let stamp = match filter == Filter::default() {
            true => 0,
            false => FILTERS.fetch_add(1, Ordering::Relaxed) + 1,
        };
        let mut place = self.filter.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        *place = filter;
        self.filter_stamp.store(stamp, Ordering::Relaxed);
    }

    /// Decides on a trace, as far as can be without the fields of its root.
    #[inline]
    pub(crate) fn sample(&self, root: &Root<'_>, has_fields: bool) -> Verdict {
        let is_recorded = if !self.has_sampler.load(Ordering::Relaxed) {
            root.is_within(self.threshold.load(Ordering::Relaxed))
        } else {
            return if has_fields { Verdict::AskWithFields } else { Verdict::Ask };
        };
        if is_recorded { Verdict::Record } else { Verdict::Skip }
    }

    /// What the pipeline was told; `None` for the moment in which it is opened or closed.
    pub(crate) fn config(&self) -> Option<Arc<Config>> {
        self.config.try_read().ok().map(|config| Arc::clone(&config))
    }

    pub(crate) fn wants_starts(&self) -> bool {
        self.wants_starts.load(Ordering::Relaxed)
    }

    /// Whether there is more to do for a span that begins than for most.
    #[inline]
    pub(crate) fn takes_detours(&self) -> bool {
        self.takes_detours.load(Ordering::Relaxed)
    }

    pub(crate) fn wants_traces(&self) -> bool {
        self.wants_traces.load(Ordering::Relaxed)
    }

    /// What the lanes counted since this pipeline was opened.
    pub(crate) fn counts(&self, lanes: &Lanes<Payload>, index: u32) -> Counts {
        let before = *self.before.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let now = Counts::read(lanes, index);
        Counts {
            started: now.started.saturating_sub(before.started),
            dropped: now.dropped.saturating_sub(before.dropped),
            lost_payloads: now.lost_payloads.saturating_sub(before.lost_payloads),
        }
    }

    fn open(&self, lanes: &Lanes<Payload>, pipeline: PipelineRef, config: Arc<Config>, filter: Filter) {
        let rate = config.sampler.as_ref().map_or(Some(1.0), |sampler| sampler.rate());
        self.has_sampler.store(rate.is_none(), Ordering::Relaxed);
        self.threshold.store(sample::threshold(rate.unwrap_or(1.0)), Ordering::Relaxed);
        self.wants_starts.store(config.wants_starts, Ordering::Relaxed);
        self.takes_detours.store(config.wants_starts || foreign::is_attached(), Ordering::Relaxed);
        self.wants_traces.store(config.wants_traces, Ordering::Relaxed);
        self.set_filter(filter);
        *self.config.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = config;
        *self.before.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) =
            Counts::read(lanes, pipeline.index());
        for count in [
            &self.delivered,
            &self.orphans,
            &self.events,
            &self.lost_events,
            &self.evicted,
            &self.late,
            &self.panics,
        ] {
            count.store(0, Ordering::Relaxed);
        }
        self.generation.store(pipeline.generation(), Ordering::Release);
    }

    fn close(&self) {
        self.generation.store(0, Ordering::Release);
        *self.config.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::default();
    }
}

/// The table of pipelines.
pub(crate) struct Slots {
    slots: Box<[Slot]>,
    /// Places that are free, the one that has been so for longest first: what still refers to a
    /// closed pipeline meets a new one at its place as late as possible.
    free: Mutex<std::collections::VecDeque<u32>>,
    /// How many pipelines were opened beside the global one.
    opened: AtomicU32,
}

impl Slots {
    pub(crate) fn new() -> Self {
        Slots {
            slots: (0..PIPELINES).map(|_| Slot::new()).collect(),
            free: Mutex::new((1..PIPELINES as u32).collect()),
            opened: AtomicU32::new(0),
        }
    }

    #[inline]
    fn get(&self, pipeline: PipelineRef) -> Option<&Slot> {
        self.slots.get(pipeline.index() as usize)
    }

    /// The place of a pipeline, while it lives.
    #[inline]
    pub(crate) fn live(&self, pipeline: PipelineRef) -> Option<&Slot> {
        let slot = self.get(pipeline)?;
        (slot.generation.load(Ordering::Acquire) == pipeline.generation()).then_some(slot)
    }

    /// Opens the global pipeline; `None` if it is open. `announce` is called before anything can be
    /// recorded for it.
    pub(crate) fn open_global(
        &self,
        lanes: &Lanes<Payload>,
        config: Arc<Config>,
        filter: Filter,
        announce: impl FnOnce(PipelineRef),
    ) -> Option<PipelineRef> {
        let _one_at_a_time = self.free.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let slot = self.get(PipelineRef::GLOBAL)?;
        if slot.generation.load(Ordering::Acquire) != 0 {
            return None;
        }
        announce(PipelineRef::GLOBAL);
        slot.open(lanes, PipelineRef::GLOBAL, config, filter);
        Some(PipelineRef::GLOBAL)
    }

    /// Opens one more pipeline; `None` if there are too many.
    pub(crate) fn open(
        &self,
        lanes: &Lanes<Payload>,
        config: Arc<Config>,
        filter: Filter,
        announce: impl FnOnce(PipelineRef),
    ) -> Option<PipelineRef> {
        let index = self.free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop_front()?;
        let opened = self.opened.fetch_add(1, Ordering::Relaxed);
        // Neither none, nor that of the global pipeline, nor that of no pipeline.
        let pipeline = PipelineRef::new(index, 2 + opened % (LAST_GENERATION - 2));
        announce(pipeline);
        self.get(pipeline)?.open(lanes, pipeline, config, filter);
        Some(pipeline)
    }

    /// Says that another library is to be asked at each span.
    pub(crate) fn take_detours(&self) {
        for slot in &self.slots {
            slot.takes_detours.store(true, Ordering::Relaxed);
        }
    }

    /// Closes a pipeline that is not the global one.
    pub(crate) fn close(&self, pipeline: PipelineRef) {
        if let Some(slot) = self.live(pipeline) {
            slot.close();
            self.free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push_back(pipeline.index());
        }
    }
}
