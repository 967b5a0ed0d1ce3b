//! What one process has once: the lanes, the table of pipelines and the collector.
//!
//! A forked child has memory of its parent's threads but not the threads. It therefore never uses
//! the parent's engine: as soon as the fork is noticed, everything is off until a pipeline is
//! installed anew, on an engine of the child's own. Nothing that a dead thread may hold locked is
//! touched again.

use std::io;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};

use crate::alarm::Alarm;
use crate::buffer::{Lanes, Limits, Reader};
use crate::command::Command;
use crate::doctor;
use crate::ids;
use crate::lane;
use crate::payload::Payload;
use crate::pipeline_ref::PipelineRef;
use crate::slots::{Slot, Slots};

/// Engines that one process can have in a row: itself, and forks of forks that install anew.
pub(crate) const MAX_FORKS: usize = 8;

static ENGINES: [OnceLock<Engine>; MAX_FORKS] = [const { OnceLock::new() }; MAX_FORKS];
static CURRENT: AtomicUsize = AtomicUsize::new(0);
/// The process that started the current engine; 0 before the first.
static PROCESS: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Engine {
    pub(crate) lanes: &'static Lanes<Payload>,
    /// How far the lanes were read, until the collector takes it.
    reader: Mutex<Option<Reader>>,
    pub(crate) slots: Slots,
    commands: Mutex<Vec<Command>>,
    pub(crate) alarm: Alarm,
}

/// How many forks lie between this process and the first that is known, as far as was noticed.
#[inline]
pub(crate) fn generation() -> usize {
    CURRENT.load(Ordering::Acquire)
}

/// The engine, if one was started.
#[inline]
pub(crate) fn engine() -> Option<&'static Engine> {
    ENGINES.get(CURRENT.load(Ordering::Acquire))?.get()
}

impl PipelineRef {
    /// The place of the pipeline, while it lives.
    #[inline]
    pub(crate) fn live(self) -> Option<&'static Slot> {
        engine()?.slots.live(self)
    }
}

/// What the collector's thread does.
pub(crate) type Collect = fn(&'static Engine, Reader);

/// The engine, started if need be, with a thread that runs `collect`.
///
/// # Errors
/// No thread was to be had for the collector.
pub(crate) fn start(collect: Collect) -> io::Result<&'static Engine> {
    leave_after_fork();
    let Some(place) = ENGINES.get(CURRENT.load(Ordering::Acquire)) else {
        return Err(io::Error::other("this process is a fork of too many forks"));
    };
    crate::clock::calibrate();
    let engine = place.get_or_init(Engine::new);
    PROCESS.store(std::process::id(), Ordering::Release);
    engine.start_collector(collect)?;
    Ok(engine)
}

/// Whether this process is a forked child that still sees its parent's engine; if so, it is left
/// behind. Costs a system call: for paths that are not hot.
pub(crate) fn leave_after_fork() -> bool {
    let process = PROCESS.load(Ordering::Acquire);
    if process == 0 || process == std::process::id() {
        return false;
    }
    PROCESS.store(0, Ordering::Release);
    CURRENT.fetch_add(1, Ordering::AcqRel);
    lane::forget();
    doctor::forget();
    ids::reseed();
    true
}

impl Engine {
    fn new() -> Self {
        // At most 64 MiB of spans wait for the collector, and 65,536 payloads of each thread.
        let (lanes, reader) = Lanes::leak(Limits { lanes: 4096, chunks: 16_384, payloads_per_lane: 65_536 });
        Engine {
            lanes,
            reader: Mutex::new(Some(reader)),
            slots: Slots::new(),
            commands: Mutex::new(Vec::new()),
            alarm: Alarm::default(),
        }
    }

    fn start_collector(&'static self, collect: Collect) -> io::Result<()> {
        let mut reader = self.reader.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Some(cursors) = reader.take() else { return Ok(()) };
        let (hand_over, taken) = mpsc::sync_channel(1);
        let run = move || {
            if let Ok(cursors) = taken.recv() {
                collect(self, cursors);
            }
        };
        // The cursors are handed over when the thread is there: they must outlive a failure.
        match std::thread::Builder::new().name("isohub-collector".into()).spawn(run) {
            Ok(handle) => {
                self.alarm.set(handle.thread().clone());
                let _ = hand_over.send(cursors);
                Ok(())
            }
            Err(error) => {
                *reader = Some(cursors);
                Err(error)
            }
        }
    }

    pub(crate) fn send(&self, command: Command) {
        self.commands.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(command);
        self.alarm.ring();
    }

    pub(crate) fn take_commands(&self) -> Vec<Command> {
        std::mem::take(&mut *self.commands.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}
