//! A pipeline of one test's own.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::doctor::{self, Finding, Held, Ledger};
use crate::filter::Filter;
use crate::future::{HubFutureExt, InHub};
use crate::hub::Hub;
use crate::pipeline::{self, Kind, Stats};
use crate::pipeline_ref::PipelineRef;
use crate::propagation::Propagation;
use crate::record::{Event, SpanRecord};
use crate::sample::Sampler;
use crate::scope::Breadcrumb;
use crate::sink::{Memory, Sink};
use crate::slots::Config;
use crate::testing::tree::{self, TreeOptions, TreeSpan};
use crate::value::Text;

/// Records what runs in it, and nothing else: recorders live side by side in one process, without
/// global state, so that tests need not be serial.
///
/// It prints its tree if the test panics.
///
/// ```
/// use isohub::testing::Recorder;
///
/// #[isohub::span(fields(n))]
/// fn step(n: u32) {}
///
/// let recorder = Recorder::new();
/// recorder.run_sync(|| isohub::start_span!("walk").in_scope(|| {
///     step(1);
///     step(2);
/// }));
/// assert_eq!(recorder.tree(), "walk\n  step n=1\n  step n=2\n");
/// ```
#[derive(Debug)]
pub struct Recorder {
    memory: Memory,
    pipeline: PipelineRef,
    ledger: Arc<Ledger>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// A recorder with nothing in it.
    ///
    /// # Panics
    /// No thread was to be had, or more than 1,023 recorders live at once.
    #[track_caller]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A recorder that samples, filters or changes what it records.
    pub fn builder() -> RecorderBuilder {
        RecorderBuilder::default()
    }

    /// A future that is recorded: it runs in an empty hub whose data comes here. So does what it spawns
    /// as units.
    ///
    /// An annotated function takes its hub and its parent where it is *called*: call it inside.
    ///
    /// ```
    /// #[isohub::parallel_span]
    /// async fn work() {}
    ///
    /// # async fn example() {
    /// let recorder = isohub::testing::Recorder::new();
    /// recorder.run(async { work().await }).await; // not `recorder.run(work())`
    /// assert_eq!(recorder.tree(), "work\n");
    /// # }
    /// ```
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn run<F: Future>(&self, future: F) -> InHub<F> {
        future.bind_hub(self.hub())
    }

    /// Runs a closure that is recorded.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn run_sync<T>(&self, f: impl FnOnce() -> T) -> T {
        self.hub().run(f)
    }

    /// An empty hub whose data comes here.
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn hub(&self) -> Hub {
        Hub::of_pipeline(self.pipeline)
    }

    /// A sink that hands what the global pipeline records to this recorder. Flush that pipeline before
    /// looking: the recorder waits for its own only.
    pub fn sink(&self) -> impl Sink {
        self.memory.clone()
    }

    /// Waits until every span that began has ended and everything has arrived, at most `timeout`.
    ///
    /// # Errors
    /// Some spans are still open, or what was recorded did not arrive in time.
    pub fn settled(&self, timeout: Duration) -> Result<(), Unsettled> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let left = deadline.map_or(timeout, |it| it.saturating_duration_since(Instant::now()));
            let flushed = self.pipeline.flush(left).is_ok();
            let stats = self.stats();
            if flushed && stats.open == 0 {
                return Ok(());
            }
            if left.is_zero() {
                return Err(Unsettled { open: stats.open, tree: self.shown(TreeOptions::default()) });
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// What was recorded so far, as text: a line a span, children below their parents by two spaces,
    /// siblings in the order of their start, then the outcome if it is not ok (or `open`, `orphan`),
    /// the attributes, and the tags of a unit's own span in braces.
    pub fn tree(&self) -> String {
        self.text(TreeOptions::default())
    }

    /// The same with the duration of each span.
    pub fn tree_with_times(&self) -> String {
        self.text(TreeOptions::default().times(true))
    }

    /// The same with a number for each span, by which links refer to it.
    pub fn tree_with_ids(&self) -> String {
        self.text(TreeOptions::default().ids(true))
    }

    fn text(&self, options: TreeOptions) -> String {
        self.flush();
        self.shown(options)
    }

    /// What has arrived, as text.
    fn shown(&self, options: TreeOptions) -> String {
        let (ended, open) = (self.memory.spans(), self.memory.open_spans());
        let ended = ended.iter().map(|span| TreeSpan::Ended(span));
        let open = open.iter().map(|span| TreeSpan::Open {
            context: span.context,
            parent: span.parent,
            name: span.callsite.name(),
            start: span.start,
        });
        let spans: Vec<_> = ended.chain(open).collect();
        tree::render(&spans, options)
    }

    /// The spans that ended, in the order in which they arrived.
    pub fn spans(&self) -> Vec<Arc<SpanRecord>> {
        self.flush();
        self.memory.spans()
    }

    /// The only span of this name.
    ///
    /// # Panics
    /// There is none that ended, or more than one.
    #[track_caller]
    pub fn span(&self, name: &str) -> Arc<SpanRecord> {
        let mut found: Vec<_> = self.spans().into_iter().filter(|span| span.name == name).collect();
        match (found.pop(), found.len()) {
            (Some(span), 0) => span,
            (last, others) => {
                self.fail(&format!("{} spans are called `{name}`", others + usize::from(last.is_some())))
            }
        }
    }

    /// The events, in the order in which they arrived.
    pub fn events(&self) -> Vec<Arc<Event>> {
        self.flush();
        self.memory.events()
    }

    /// The only event.
    ///
    /// # Panics
    /// There is none, or more than one.
    #[track_caller]
    pub fn event(&self) -> Arc<Event> {
        let mut events = self.events();
        match (events.pop(), events.len()) {
            (Some(event), 0) => event,
            (last, others) => {
                self.fail(&format!("{} events were captured", others + usize::from(last.is_some())))
            }
        }
    }

    /// The accounts of this recorder's pipeline.
    pub fn stats(&self) -> Stats {
        self.pipeline.stats()
    }

    /// What the [doctor](crate::doctor) found in what was recorded here, in the order in which it was found; nothing
    /// where it is not compiled in, or is off.
    ///
    /// ```
    /// use isohub::testing::Recorder;
    ///
    /// let recorder = Recorder::new();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(recorder.run(async {
    /// tokio::spawn(async { isohub::set_tag("step", 1) }).await.unwrap(); // in a task without a hub
    /// # }));
    /// # if isohub::doctor::IS_PRESENT {
    /// let [finding] = &recorder.findings()[..] else { panic!("one mistake") };
    /// assert_eq!(finding.kind(), isohub::doctor::Kind::LostWrite);
    /// assert_eq!(finding.place().file(), file!());
    /// # }
    /// ```
    pub fn findings(&self) -> Vec<Finding> {
        self.ledger.ask()
    }

    /// Stops recording, and gives what the [doctor](crate::doctor) found, with the spans that are still open.
    pub fn close(self) -> Vec<Finding> {
        let mut findings = self.findings();
        findings.extend(doctor::still_open(doctor::open_spans(self.pipeline)));
        findings
    }

    /// Waits for what was recorded. What the assertions then miss, their messages tell.
    fn flush(&self) {
        let _ = self.pipeline.flush(Duration::from_secs(10));
    }

    #[track_caller]
    #[allow(clippy::panic, reason = "an assertion of a test")]
    fn fail(&self, problem: &str) -> ! {
        panic!("expected exactly one, but {problem}");
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "recorded until the panic:\n{}", self.tree());
        }
        pipeline::close(self.pipeline);
        doctor::close(&self.ledger);
    }
}

/// What a recorder shall be; made by [`Recorder::builder`].
#[derive(Debug, Default)]
#[must_use = "nothing is recorded before `.build()`"]
pub struct RecorderBuilder {
    config: Config,
    filter: Filter,
    sinks: Vec<ExtraSink>,
}

struct ExtraSink(Box<dyn Sink>);

impl fmt::Debug for ExtraSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl RecorderBuilder {
    /// Adds a sink beside the recorder's own.
    pub fn sink(mut self, sink: impl Sink) -> Self {
        self.sinks.push(ExtraSink(Box::new(sink)));
        self
    }

    /// As [`Init::release`](crate::Init::release).
    pub fn release(mut self, release: impl Into<Text>) -> Self {
        Arc::make_mut(&mut self.config.resource).release = Some(release.into());
        self
    }

    /// As [`Init::environment`](crate::Init::environment).
    pub fn environment(mut self, environment: impl Into<Text>) -> Self {
        Arc::make_mut(&mut self.config.resource).environment = Some(environment.into());
        self
    }

    /// As [`Init::server_name`](crate::Init::server_name).
    pub fn server_name(mut self, name: impl Into<Text>) -> Self {
        Arc::make_mut(&mut self.config.resource).server_name = Some(name.into());
        self
    }

    /// As [`Init::sample`](crate::Init::sample).
    pub fn sample(mut self, sampler: impl Sampler) -> Self {
        self.config.sampler = Some(Box::new(sampler));
        self
    }

    /// As [`Init::filter`](crate::Init::filter).
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// As [`Init::before_send`](crate::Init::before_send).
    pub fn before_send(mut self, f: impl Fn(Event) -> Option<Event> + Send + Sync + 'static) -> Self {
        self.config.before_send = Some(Box::new(f));
        self
    }

    /// As [`Init::before_breadcrumb`](crate::Init::before_breadcrumb).
    pub fn before_breadcrumb(
        mut self,
        f: impl Fn(Breadcrumb) -> Option<Breadcrumb> + Send + Sync + 'static,
    ) -> Self {
        self.config.before_breadcrumb = Some(Box::new(f));
        self
    }

    /// As [`Init::backtraces`](crate::Init::backtraces).
    pub fn backtraces(mut self, wanted: bool) -> Self {
        self.config.backtraces = wanted;
        self
    }

    /// As [`Init::propagation`](crate::Init::propagation).
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.config.propagation = propagation;
        self
    }

    /// The recorder.
    ///
    /// # Panics
    /// As [`Recorder::new`].
    #[track_caller]
    #[allow(clippy::panic, reason = "a test that cannot record cannot go on")]
    pub fn build(mut self) -> Recorder {
        let ledger = Arc::new(Ledger::default());
        self.config.ledger = Held::new(Some(Arc::clone(&ledger)));
        let memory = Memory::new();
        let mut sinks: Vec<Box<dyn Sink>> = vec![Box::new(memory.clone())];
        sinks.extend(self.sinks.into_iter().map(|ExtraSink(sink)| sink));
        match pipeline::open(Kind::Scoped, self.config, self.filter, sinks) {
            Ok(pipeline) => Recorder { memory, pipeline, ledger },
            Err(error) => panic!("{error}"),
        }
    }
}

/// What is missing after the time was over.
#[derive(Clone, Debug)]
pub struct Unsettled {
    open: u64,
    tree: String,
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spans are still open:\n{}", self.open, self.tree)
    }
}

impl std::error::Error for Unsettled {}
