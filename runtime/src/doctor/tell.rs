//! To whom a finding is told, and that it is told once.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::io::Write as _;
use std::panic::Location;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::ledger::{Ledger, MAX_TOLD, locked};
use super::{Finding, IS_PRESENT, Kind, Place};
use crate::parked;
use crate::pipeline_ref::PipelineRef;
use crate::report;
use crate::strand::strand_bound;
use crate::thread_end;

/// What the doctor does with what it finds; made by [`Doctor::log`] and the others, and put to work by [`set`].
#[derive(Clone, Debug)]
pub struct Doctor {
    report: Report,
    long_after: Duration,
}

#[derive(Clone)]
enum Report {
    Off,
    Log,
    Panic,
    File(PathBuf),
    Call(Arc<dyn Fn(&Finding) + Send + Sync>),
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Report::Off => "Off",
            Report::Log => "Log",
            Report::Panic => "Panic",
            Report::File(_) => "File",
            Report::Call(_) => "Call",
        })
    }
}

/// How long a unit may outlive the root of its trace, unless said otherwise.
const LONG_AFTER: Duration = Duration::from_secs(10);

impl Doctor {
    fn new(report: Report) -> Self {
        Doctor { report, long_after: LONG_AFTER }
    }

    /// Looks at nothing. Spans and writes without a hub are named all the same, as in a release build.
    pub fn off() -> Self {
        Doctor::new(Report::Off)
    }

    /// Writes each finding to standard error, in one line. So it is unless said otherwise. For the program's own log, by
    /// whatever crate: [`call`](Doctor::call).
    pub fn log() -> Self {
        Doctor::new(Report::Log)
    }

    /// Panics where the mistake happens, for tests; a task that panics fails its test only if that awaits it. While the thread unwinds, and at the end of a thread, it writes to
    /// standard error instead. A [`Recorder`](crate::testing::Recorder) panics when it is dropped, if something was found in
    /// it and nobody asked.
    pub fn panic() -> Self {
        Doctor::new(Report::Panic)
    }

    /// Adds a line for each finding to a file, and of a [`Recorder`](crate::testing::Recorder) those that nobody asked
    /// for: to look over a whole suite of tests. A line begins with the name of the thread, which is that of the test.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Doctor::new(Report::File(path.into()))
    }

    /// Calls `f` with each finding, on the thread that made the mistake, in an empty hub whose data goes nowhere. If it
    /// panics, that goes no further; what the doctor would find in it, it does not tell. Threads that find something at
    /// once call it at once; nothing is locked meanwhile.
    ///
    /// ```
    /// # mod log { macro_rules! say { ($($it:tt)*) => { eprintln!($($it)*) } } pub(crate) use say as warn; }
    /// use isohub::doctor::{self, Doctor};
    /// doctor::set(Doctor::call(|finding| log::warn!("{finding}"))); // or `tracing::warn!`
    /// ```
    pub fn call(f: impl Fn(&Finding) + Send + Sync + 'static) -> Self {
        Doctor::new(Report::Call(Arc::new(f)))
    }

    /// How long a unit may outlive the root of its trace before that is a finding; 10 s, unless said otherwise.
    pub fn long_after(mut self, time: Duration) -> Self {
        self.long_after = time;
        self
    }

    /// What the environment says.
    fn of_environment() -> Self {
        let said = std::env::var("ISOHUB_DOCTOR").unwrap_or_default();
        match (&*said, said.strip_prefix("file:")) {
            ("off", _) => Doctor::off(),
            ("panic", _) => Doctor::panic(),
            (_, Some(path)) => Doctor::file(path),
            _ => Doctor::log(),
        }
    }
}

/// Whether it looks: not known yet, no, or yes.
static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
const OFF: u8 = 1;
const ON: u8 = 2;

static LONG_AFTER_MILLIS: AtomicU64 = AtomicU64::new(0);
static DOCTOR: Mutex<Option<Doctor>> = Mutex::new(None);

/// Says what is done with what is found from now on, in the whole process. Does nothing where the doctor is not
/// [present](super::IS_PRESENT).
///
/// ```
/// use isohub::doctor::{self, Doctor};
/// doctor::set(Doctor::call(|finding| eprintln!("{}: {}", finding.place(), finding.instead())));
/// ```
pub fn set(doctor: Doctor) {
    if IS_PRESENT {
        put(doctor);
    }
}

fn put(doctor: Doctor) {
    let state = if matches!(doctor.report, Report::Off) { OFF } else { ON };
    let millis = doctor.long_after.as_millis().try_into().unwrap_or(u64::MAX);
    LONG_AFTER_MILLIS.store(millis, Ordering::Relaxed);
    let mut place = DOCTOR.lock().unwrap_or_else(PoisonError::into_inner);
    let before = place.replace(doctor);
    STATE.store(state, Ordering::Release);
    drop(place);
    // What the callback before owned may be the user's, so the lock is open.
    drop(before);
}

#[inline]
pub(super) fn is_on() -> bool {
    match STATE.load(Ordering::Acquire) {
        UNKNOWN => ask_environment(),
        state => state == ON,
    }
}

#[cold]
fn ask_environment() -> bool {
    let doctor = Doctor::of_environment();
    if let Some(place) = locked(&DOCTOR)
        && place.is_none()
    {
        drop(place);
        put(doctor);
    }
    STATE.load(Ordering::Acquire) == ON
}

pub(super) fn long_after() -> Duration {
    Duration::from_millis(LONG_AFTER_MILLIS.load(Ordering::Relaxed))
}

/// What is meant, by kind and file.
static ALLOWED: Mutex<Vec<(Kind, &'static str)>> = Mutex::new(Vec::new());

/// Says that what is found of `kind` in the file of the caller is meant, and is not to be told: for a test that makes
/// the mistake on purpose. [`Recorder::findings`](crate::testing::Recorder::findings) shows it all the same.
///
/// ```
/// use isohub::doctor::{self, Kind};
/// doctor::allow(Kind::DeadWrite);
/// ```
#[track_caller]
pub fn allow(kind: Kind) {
    let allowed = (kind, Location::caller().file());
    if IS_PRESENT
        && let Some(mut list) = locked(&ALLOWED)
        && !list.contains(&allowed)
    {
        list.push(allowed);
    }
}

fn is_allowed(finding: &Finding) -> bool {
    locked(&ALLOWED).is_some_and(|list| list.contains(&(finding.kind(), finding.place().file())))
}

type Pair = (Kind, Place, Option<Place>);

/// What was told; so many are enough for everyone to know.
static TOLD: Mutex<Option<HashSet<Pair>>> = Mutex::new(None);

fn is_new(finding: &Finding) -> bool {
    locked(&TOLD).is_some_and(|mut told| {
        let told = told.get_or_insert_default();
        told.len() < MAX_TOLD && told.insert((finding.kind(), finding.place(), finding.other_place()))
    })
}

/// The recorder of a ledger is dropped: what nobody asked for is told, if tests are looked over.
#[track_caller]
#[allow(clippy::panic, reason = "an assertion of a test")]
pub(crate) fn close(ledger: &Ledger) {
    if !IS_PRESENT || ledger.is_asked() {
        return;
    }
    let mut findings = ledger.ask();
    findings.retain(|finding| !is_allowed(finding));
    match report() {
        _ if findings.is_empty() => {}
        Report::File(path) => findings.iter().for_each(|finding| add_to_file(&path, finding)),
        _ if thread::panicking() => findings.iter().for_each(say),
        Report::Panic => {
            let lines: Vec<_> = findings.iter().map(|finding| format!("isohub: {finding}")).collect();
            panic!("{}", lines.join("\n"))
        }
        Report::Off | Report::Log | Report::Call(_) => {}
    }
}

fn report() -> Report {
    let report = locked(&DOCTOR).and_then(|doctor| doctor.as_ref().map(|doctor| doctor.report.clone()));
    report.unwrap_or(Report::Log)
}

fn say(finding: &Finding) {
    report::say(format_args!("{finding}"));
}

fn add_to_file(path: &PathBuf, finding: &Finding) {
    let thread = thread::current();
    // In one call, so that lines of several processes do not mix. Whom to tell if there is no such file?
    let line = format!("{}: {finding}\n", thread.name().unwrap_or("(unnamed)"));
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
}

strand_bound! {
    /// Whether a function of the program is being told something.
    fn telling: Cell<bool> = Cell::new(false);
}

/// Tells what was found in the unit or on the thread whose data goes to `pipeline`. Called where nothing of ours is
/// borrowed or out of its place: the program's function runs here, and a panic may begin here.
#[cold]
pub(super) fn found(pipeline: PipelineRef, finding: Finding) {
    if telling(Cell::get) {
        return;
    }
    if let Some(ledger) = ledger(pipeline) {
        ledger.add(finding);
    } else if !is_allowed(&finding) && is_new(&finding) {
        tell(&finding, true);
    }
}

/// The same at the end of a thread, where nothing may panic.
#[cold]
pub(super) fn found_at_the_end(finding: &Finding) {
    if !is_allowed(finding) && is_new(finding) {
        tell(finding, false);
    }
}

/// Names what is lost where the doctor is not present, or is off.
#[cold]
pub(super) fn named(finding: &Finding) {
    if is_new(finding) {
        say(finding);
    }
}

fn ledger(pipeline: PipelineRef) -> Option<Arc<Ledger>> {
    let config = pipeline.live()?.config()?;
    config.ledger.get().and_then(Clone::clone)
}

#[allow(clippy::panic, reason = "the program asked for it")]
fn tell(finding: &Finding, may_panic: bool) {
    match report() {
        Report::Off => {}
        Report::Panic if may_panic && !thread::panicking() && !thread_end::is_over() => {
            panic!("isohub: {finding}")
        }
        Report::Log | Report::Panic => say(finding),
        Report::File(path) => add_to_file(&path, finding),
        Report::Call(f) => {
            telling(|it| it.set(true));
            // Within `caught`, and with the flag reset whatever the function does.
            report::caught(|| parked::unrecorded(|| f(finding)));
            report::caught(move || drop(f));
            telling(|it| it.set(false));
        }
    }
}
