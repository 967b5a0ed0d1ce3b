//! Opening a pipeline: the global one by `init()`, others for recorders.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::collector;
use crate::command::Command;
use crate::doctor;
use crate::engine;
use crate::filter::Filter;
use crate::pipeline::{FlushError, Stats};
use crate::pipeline_ref::PipelineRef;
use crate::propagation::Propagation;
use crate::record::{Event, Resource};
use crate::sample::Sampler;
use crate::scope::{Breadcrumb, Write};
use crate::sink::{self, Sink, Worker};
use crate::slots::Config;
use crate::sync::PIPELINES;
use crate::thread_end::{self, Stage};
use crate::value::Text;

/// Starts the description of the global pipeline.
///
/// ```
/// # fn main() -> Result<(), isohub::InstallError> {
/// let _isohub = isohub::init().sink(isohub::Console::new()).tag("region", "eu").install()?;
/// # Ok(())
/// # }
/// ```
pub fn init() -> Init {
    Init::default()
}

/// What the global pipeline shall be; made by [`init`].
#[derive(Default)]
#[must_use = "nothing is recorded before `.install()`"]
pub struct Init {
    config: Config,
    resource: Resource,
    filter: Filter,
    sinks: Vec<Box<dyn Sink>>,
    global: Vec<Write>,
}

impl Init {
    /// Adds a sink. Without any, scopes are isolated and nothing is recorded.
    pub fn sink(mut self, sink: impl Sink) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// Decides which traces are recorded; all, unless said otherwise.
    pub fn sample(mut self, sampler: impl Sampler) -> Self {
        self.config.sampler = Some(Box::new(sampler));
        self
    }

    /// Lets only some callsites through; all, unless said otherwise.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Sets a tag of the global scope, which lies under the scope of every hub.
    pub fn tag(mut self, key: impl Into<Text>, value: impl ToString) -> Self {
        self.global.push(Write::tag(key, value));
        self
    }

    /// What the program is called among those that share its traces, such as `checkout`. OpenTelemetry calls it
    /// `service.name`.
    pub fn service(mut self, name: impl Into<Text>) -> Self {
        self.resource.service = Some(name.into());
        self
    }

    /// The version of the program.
    pub fn release(mut self, release: impl Into<Text>) -> Self {
        self.resource.release = Some(release.into());
        self
    }

    /// Where the program runs, such as `production`.
    pub fn environment(mut self, environment: impl Into<Text>) -> Self {
        self.resource.environment = Some(environment.into());
        self
    }

    /// The name of the machine.
    pub fn server_name(mut self, name: impl Into<Text>) -> Self {
        self.resource.server_name = Some(name.into());
        self
    }

    /// Changes or drops (`None`) each event before the sinks see it. Runs on a thread of isohub's
    /// own. If it panics, the event is dropped and counted: what it was to remove must not leave.
    pub fn before_send(mut self, f: impl Fn(Event) -> Option<Event> + Send + Sync + 'static) -> Self {
        self.config.before_send = Some(Box::new(f));
        self
    }

    /// Changes or drops (`None`) each breadcrumb before it is added. Runs on the thread that adds
    /// it. If it panics, the breadcrumb is dropped.
    pub fn before_breadcrumb(
        mut self,
        f: impl Fn(Breadcrumb) -> Option<Breadcrumb> + Send + Sync + 'static,
    ) -> Self {
        self.config.before_breadcrumb = Some(Box::new(f));
        self
    }

    /// Whether each captured event carries the stack at its capture; not, unless said otherwise.
    pub fn backtraces(mut self, wanted: bool) -> Self {
        self.config.backtraces = wanted;
        self
    }

    /// In which formats [`inject`](crate::inject) passes traces on: the W3C's, unless said otherwise.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.config.propagation = propagation;
        self
    }

    /// Opens the global pipeline. Takes up to 200 ms the first time, to calibrate the clock.
    ///
    /// # Errors
    /// [`InstallError::Installed`] if the process has a global pipeline, which goes on unchanged;
    /// [`InstallError::NoThread`] if a thread for the collector or a sink was not to be had:
    /// then nothing is recorded, and the program may go on.
    pub fn install(mut self) -> Result<Guard, InstallError> {
        self.config.resource = Arc::new(self.resource);
        open(Kind::Global, self.config, self.filter, self.sinks)?;
        crate::global::write(self.global);
        Ok(Guard { _private: () })
    }
}

impl fmt::Debug for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sinks: Vec<_> = self.sinks.iter().map(|sink| sink.name()).collect();
        f.debug_struct("Init").field("sinks", &sinks).field("filter", &self.filter).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Global,
    Scoped,
}

/// Opens a pipeline and starts a thread for each of its sinks.
pub(crate) fn open(
    kind: Kind,
    mut config: Config,
    filter: Filter,
    sinks: Vec<Box<dyn Sink>>,
) -> Result<PipelineRef, InstallError> {
    if !crate::ENABLED {
        return Ok(PipelineRef::NONE);
    }
    let engine = engine::start(collector::collect).map_err(InstallError::NoThread)?;
    if kind == Kind::Global && PipelineRef::GLOBAL.live().is_some() {
        return Err(InstallError::Installed);
    }
    let workers: Vec<Worker> =
        sinks.into_iter().map(sink::spawn).collect::<io::Result<_>>().map_err(InstallError::NoThread)?;
    let accounts: Vec<_> = workers.iter().map(Worker::account).collect();
    config.wants_starts = accounts.iter().any(|account| account.wants_starts);
    config.wants_traces = accounts.iter().any(|account| account.wants_traces);
    config.sinks = Arc::new(accounts);
    let config = Arc::new(config);
    let announced = Arc::clone(&config);
    let announce = |pipeline| engine.send(Command::Open { pipeline, config: announced, workers });
    let (pipeline, refused) = match kind {
        Kind::Global => {
            (engine.slots.open_global(engine.lanes, config, filter, announce), InstallError::Installed)
        }
        Kind::Scoped => (engine.slots.open(engine.lanes, config, filter, announce), InstallError::TooMany),
    };
    pipeline.ok_or(refused)
}

/// Why a pipeline was not opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum InstallError {
    /// The process has a global pipeline already.
    Installed,
    /// A thread for the collector or a sink was not to be had.
    NoThread(io::Error),
    /// There are as many scoped pipelines as can live at once.
    TooMany,
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstallError::Installed => f.write_str(
                "isohub is already installed in this process: install it once, in `main`, and give \
                 that one all the sinks; tests use `isohub::testing::Recorder`",
            ),
            InstallError::NoThread(_) => {
                f.write_str("no thread was to be had for isohub: nothing is recorded")
            }
            InstallError::TooMany => write!(f, "more than {} recorders live at once", PIPELINES - 1),
        }
    }
}

impl std::error::Error for InstallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            InstallError::NoThread(error) => Some(error),
            InstallError::Installed | InstallError::TooMany => None,
        }
    }
}

/// How long the guard, the end of the thread that dropped it, and a panic that ends the process wait for the sinks.
pub(crate) const LAST_FLUSH: Duration = Duration::from_secs(2);

/// Flushes the global pipeline when it is dropped; keep it in `main`.
///
/// The pipeline goes on accepting after that, until the process ends: a `#[tokio::main]` drops the
/// guard before its runtime cancels the tasks that still run. What these record is flushed when the
/// thread that dropped the guard ends, which for the main thread is the end of the process. Each of
/// the two flushes waits for the sinks 2 s at most.
#[derive(Debug)]
#[must_use = "dropping the guard flushes: bind it to a name, `let _isohub = ..`, not to `_`"]
pub struct Guard {
    _private: (),
}

impl Guard {
    /// Waits until all that was recorded before has been sent on; at most `timeout`.
    ///
    /// # Errors
    /// As [`isohub::flush`](crate::flush).
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        PipelineRef::GLOBAL.flush(timeout)
    }

    /// Exchanges the filter, from now on, in the whole process.
    pub fn set_filter(&self, filter: Filter) {
        if !engine::leave_after_fork()
            && let Some(slot) = PipelineRef::GLOBAL.live()
        {
            slot.set_filter(filter);
        }
    }

    /// The accounts of the pipeline.
    pub fn stats(&self) -> Stats {
        PipelineRef::GLOBAL.stats()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        flush_to_the_end();
        // If the thread is ending already, it has just been flushed.
        let _ = thread_end::run(Stage::Flush, stop);
    }
}

/// The thread that dropped the guard ends, and most likely the process with it.
fn stop() {
    let open = doctor::open_spans(PipelineRef::GLOBAL);
    flush_to_the_end();
    doctor::stopped(open);
}

/// Flushes what is there, traces that are not complete included. What does not arrive in time is shown by
/// the accounts; there is nobody to return an error to.
fn flush_to_the_end() {
    let _ = PipelineRef::GLOBAL.flush_all(LAST_FLUSH, true);
}
