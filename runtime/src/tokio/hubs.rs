//! The hubs of the tasks that are isolated by hooks, by the ids of the tasks.
//!
//! An entry is exchanged with the slot, as the hub of a future is: while its task is polled it holds what was in the
//! slot before. So runtimes may run inside one another, and nothing but the entry is needed to put all back. No code of
//! the program's runs while a part of the table is locked: what is taken out is dropped afterwards.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hash as _, Hasher};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use ::tokio::task::Id;

use crate::caught::caught;
use crate::engine::MAX_FORKS;
use crate::foreign::is_isolated;
use crate::parked::{self, Parked};

const PARTS: usize = 64;
/// As many threads may wait in the midst of a spawn, in each part.
const MAX_ENDED: usize = 16;

/// One table for this process, and others for forks of forks: what another thread had locked when the process
/// was forked stays locked.
static TABLES: [[Part; PARTS]; MAX_FORKS] = [const { [const { Part::new() }; PARTS] }; MAX_FORKS];
static CURRENT: AtomicUsize = AtomicUsize::new(0);
/// The process that uses the current table; 0 before the first.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Has a forked child use a table of its own.
pub(super) fn leave_after_fork() {
    let process = std::process::id();
    let before = PROCESS.swap(process, Ordering::AcqRel);
    if before != 0 && before != process {
        CURRENT.fetch_add(1, Ordering::AcqRel);
    }
}

// In cache lines of their own.
#[repr(align(128))]
struct Part(Mutex<Tasks>);

struct Tasks {
    hubs: HashMap<Id, Entry, BuildHasherDefault<IdHasher>>,
    /// The last that ended without having an entry. Tokio calls the hook for a spawn when the task already belongs to the
    /// runtime: if that has shut down, or does meanwhile, the task has ended before. Not one alone: the thread that spawns
    /// may be kept waiting between the two. Not all: jobs of the blocking pool end here too, and are never spawned.
    ended: VecDeque<Id>,
}

struct Entry {
    /// The hub of the task; while that is polled, what was in the slot before.
    parked: Parked,
    state: State,
    /// The thread that polls it, or did last.
    thread: u64,
}

impl Entry {
    /// Whether the hub is in the slot of this thread. A thread that waited for it in vain polls the task without.
    fn is_here(&self) -> bool {
        self.state != State::Waiting && self.thread == parked::thread_id()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Polled,
    /// Still polled, for the last time.
    Ended,
}

impl Part {
    const fn new() -> Self {
        let hubs = HashMap::with_hasher(BuildHasherDefault::new());
        Part(Mutex::new(Tasks { hubs, ended: VecDeque::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn table() -> &'static [Part; PARTS] {
    &TABLES[CURRENT.load(Ordering::Acquire) % MAX_FORKS]
}

fn part(id: Id) -> MutexGuard<'static, Tasks> {
    let mut hasher = IdHasher::default();
    id.hash(&mut hasher);
    // Another piece of the hash than those by which the map goes, its lowest and highest bits.
    table()[(hasher.finish() >> 32) as usize % PARTS].lock()
}

/// What leaves the table, dropped outside it. Values that the program put into the hub may panic then.
fn drop_hub(parked: Option<Parked>) {
    if parked.is_some() {
        caught(|| drop(parked));
    }
}

/// Keeps the hub of a task that was spawned.
pub(super) fn insert(id: Id, parked: Parked) {
    let mut part = part(id);
    let dropped = match part.ended.iter().rposition(|ended| *ended == id) {
        Some(at) => {
            part.ended.remove(at);
            Some(parked)
        }
        None => {
            part.hubs.insert(id, Entry { parked, state: State::Waiting, thread: 0 }).map(|entry| entry.parked)
        }
    };
    drop(part);
    drop_hub(dropped);
}

/// Puts the hub of a task that waits into the slot; whether it has one.
///
/// As soon as a poll is over tokio may poll the task on another thread, before it has called the hook after the first
/// poll. Then the hub is awaited, which nothing but that hook delays.
pub(super) fn enter(id: Id) -> bool {
    for round in 0..MAX_ROUNDS {
        match try_enter(id) {
            Some(entered) => {
                if entered {
                    parked::enter_foreign(None);
                }
                return entered;
            }
            None if round < 1000 => std::thread::yield_now(),
            None => std::thread::sleep(ROUND),
        }
    }
    false
}

/// About a second: whoever installs hooks himself may have forgotten the one for which this waits.
const MAX_ROUNDS: u32 = 10_000;
const ROUND: Duration = Duration::from_micros(100);

/// `None` while the hub is in the slot of another thread.
fn try_enter(id: Id) -> Option<bool> {
    let mut part = part(id);
    let Some(entry) = part.hubs.get_mut(&id) else { return Some(false) };
    if entry.state != State::Waiting {
        return None;
    }
    (entry.state, entry.thread) = (State::Polled, parked::thread_id());
    entry.parked.bind();
    entry.parked.exchange();
    Some(true)
}

/// Takes the hub of a task that was polled out of the slot.
pub(super) fn leave(id: Id) {
    if is_isolated() && is_here(id) {
        // Code of other libraries, while no lock is held and nobody else enters the hub.
        parked::leave_foreign();
    }
    let mut part = part(id);
    let Some(entry) = part.hubs.get_mut(&id).filter(|entry| entry.is_here()) else { return };
    entry.parked.exchange();
    let ended = match entry.state {
        State::Ended => part.hubs.remove(&id),
        _ => {
            entry.state = State::Waiting;
            None
        }
    };
    drop(part);
    drop_hub(ended.map(|entry| entry.parked));
}

fn is_here(id: Id) -> bool {
    part(id).hubs.get(&id).is_some_and(Entry::is_here)
}

/// The task has ended. If it is polled, its hub stays until that is over.
pub(super) fn end(id: Id) {
    let mut part = part(id);
    let ended = match part.hubs.get_mut(&id) {
        Some(entry) if entry.state == State::Waiting => part.hubs.remove(&id),
        Some(entry) => {
            entry.state = State::Ended;
            None
        }
        None => {
            if part.ended.len() == MAX_ENDED {
                part.ended.pop_front();
            }
            part.ended.push_back(id);
            None
        }
    };
    drop(part);
    drop_hub(ended.map(|entry| entry.parked));
}

/// Runs `f` with the hub of the running task in the slot, if tokio has called no hook for what it does with the
/// task: it drops it. `f` runs nothing of the user's.
#[cold]
pub(crate) fn with_waiting_hub<R>(f: impl FnOnce() -> R) -> R {
    let Some(id) = ::tokio::task::try_id() else { return f() };
    let mut part = part(id);
    match part.hubs.get_mut(&id) {
        Some(entry) if entry.state == State::Waiting => {
            entry.parked.bind();
            entry.parked.exchange();
            let result = f();
            entry.parked.exchange();
            result
        }
        _ => {
            drop(part);
            f()
        }
    }
}

pub(super) fn count() -> usize {
    table().iter().map(|part| part.lock().hubs.len()).sum()
}

/// Ids are numbers that are given out in order.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write_u64(&mut self, n: u64) {
        self.0 = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
