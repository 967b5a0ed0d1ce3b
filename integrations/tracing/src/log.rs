//! Records of the crate `log`.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use isohub::{Attribute, Callsite, Level, Value};
use log::kv::{self, VisitValue};
use log::{Log, Metadata, Record};

use crate::ENABLED;
use crate::fields::Fields;
use crate::happened::{EventFilter, Happened, asked, mean_breadcrumbs};
use crate::stack;

/// A logger for programs without tracing: records become breadcrumbs, captured events or events of spans, and then go on
/// to another logger.
///
/// Key-value pairs are attributes; an error among them is the exception of what is captured. Programs with tracing have
/// `tracing_log::LogTracer` instead, whose records [`IsohubLayer`](crate::IsohubLayer) takes by their own target,
/// file and line.
///
/// ```
/// use isohub_tracing::Logger;
/// use log::LevelFilter;
///
/// # struct Other;
/// # impl log::Log for Other {
/// #     fn enabled(&self, _: &log::Metadata) -> bool { false }
/// #     fn log(&self, _: &log::Record) {}
/// #     fn flush(&self) {}
/// # }
/// # let env_logger = Other;
/// log::set_boxed_logger(Box::new(Logger::new().forward_to(env_logger)))?;
/// log::set_max_level(LevelFilter::Info);
///
/// let recorder = isohub::testing::Recorder::new();
/// recorder.run_sync(|| {
///     log::info!("three rows");
///     log::error!("no fourth");
/// });
/// let event = recorder.event();
/// assert_eq!(event.message.as_deref(), Some("no fourth"));
/// assert_eq!(event.scope.breadcrumbs().len(), 1);
/// # Ok::<_, log::SetLoggerError>(())
/// ```
pub struct Logger {
    filter: LogFilter,
    next: Option<Box<dyn Log>>,
}

type LogFilter = Box<dyn Fn(&Metadata<'_>) -> EventFilter + Send + Sync>;

impl Default for Logger {
    fn default() -> Self {
        Logger::new()
    }
}

impl Logger {
    /// Captures errors, makes breadcrumbs of warnings and infos, and ignores the rest.
    pub fn new() -> Self {
        mean_breadcrumbs();
        Logger { filter: Box::new(by_level), next: None }
    }

    fn asked(&self, metadata: &Metadata<'_>) -> EventFilter {
        asked(|| (self.filter)(metadata)).unwrap_or_else(|| by_level(metadata))
    }

    /// What becomes of records. If `filter` panics, their level tells, as without it.
    ///
    /// ```
    /// use isohub_tracing::{EventFilter, Logger};
    /// let breadcrumbs = Logger::new().records(|_| EventFilter::BREADCRUMB);
    /// ```
    #[must_use]
    pub fn records(mut self, filter: impl Fn(&Metadata<'_>) -> EventFilter + Send + Sync + 'static) -> Self {
        self.filter = Box::new(filter);
        self
    }

    /// Gives every record to `next` as well.
    #[must_use]
    pub fn forward_to(mut self, next: impl Log + 'static) -> Self {
        self.next = Some(Box::new(next));
        self
    }
}

fn by_level(metadata: &Metadata<'_>) -> EventFilter {
    EventFilter::of_level(tracing_level(metadata.level()))
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger").finish_non_exhaustive()
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_wanted = ENABLED && self.asked(metadata) != EventFilter::IGNORE;
        is_wanted || self.next.as_ref().is_some_and(|next| next.enabled(metadata))
    }

    fn log(&self, record: &Record<'_>) {
        if ENABLED {
            record_log(self.asked(record.metadata()), record);
        }
        if let Some(next) = &self.next {
            next.log(record);
        }
    }

    fn flush(&self) {
        if let Some(next) = &self.next {
            next.flush();
        }
    }
}

fn record_log(filter: EventFilter, record: &Record<'_>) {
    let place = stack::current_span();
    if filter == EventFilter::IGNORE || !(isohub::is_installed() || place.is_recorded()) {
        return;
    }
    let metadata = record.metadata();
    let level = crate::sites::level(&tracing_level(metadata.level()));
    let message = crate::fields::debug(record.args());
    let mut pairs = Pairs::default();
    pairs.fields.attributes.push(Attribute { key: "message".into(), value: message });
    // Nothing here gives an error.
    let _ = record.key_values().visit(&mut pairs);
    let happened =
        Happened { fields: pairs.fields, level, target: metadata.target().to_owned().into(), name: "log" };
    happened.record(filter, place, || {
        interned(metadata.target(), record.file(), record.line().unwrap_or(0), level)
    });
}

fn tracing_level(level: log::Level) -> tracing::Level {
    match level {
        log::Level::Error => tracing::Level::ERROR,
        log::Level::Warn => tracing::Level::WARN,
        log::Level::Info => tracing::Level::INFO,
        log::Level::Debug => tracing::Level::DEBUG,
        log::Level::Trace => tracing::Level::TRACE,
    }
}

/// The callsite of a record that came through tracing-log.
pub(crate) fn callsite(metadata: &tracing::Metadata<'_>) -> Option<&'static Callsite> {
    let level = crate::sites::level(metadata.level());
    interned(metadata.target(), metadata.file(), metadata.line().unwrap_or(0), level)
}

/// Places of captured records that are remembered: their text is not static, so that each is leaked once.
const MAX_PLACES: usize = 1000;

fn interned(target: &str, file: Option<&str>, line: u32, level: Level) -> Option<&'static Callsite> {
    type Places = HashMap<(String, String, u32), &'static Callsite>;
    static PLACES: Mutex<Option<Places>> = Mutex::new(None);
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let places = places.get_or_insert_default();
    let key = (target.to_owned(), file.unwrap_or("(unknown)").to_owned(), line);
    if let Some(known) = places.get(&key) {
        return Some(known);
    }
    if places.len() == MAX_PLACES {
        return None;
    }
    let (target, file) = (key.0.clone().leak(), key.1.clone().leak());
    let callsite: &Callsite =
        Box::leak(Box::new(Callsite::new("log", target, file, line, 0).with_level(level)));
    places.insert(key, callsite);
    Some(callsite)
}

/// Collects key-value pairs.
#[derive(Default)]
struct Pairs {
    fields: Fields,
    key: String,
}

impl Pairs {
    fn add(&mut self, value: Value) -> Result<(), kv::Error> {
        self.fields.attributes.push(Attribute { key: self.key.clone().into(), value });
        Ok(())
    }
}

impl<'kvs> kv::VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        self.key = key.as_str().to_owned();
        value.visit(self)
    }
}

impl<'v> VisitValue<'v> for Pairs {
    fn visit_any(&mut self, value: kv::Value<'_>) -> Result<(), kv::Error> {
        self.add(crate::fields::debug(&format_args!("{value}")))
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.add(i64::try_from(value).map_or(Value::U64(value), Value::I64))
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.add(Value::I64(value))
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.add(Value::F64(value))
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.add(Value::Bool(value))
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.add(Value::text(value.to_owned()))
    }
}
