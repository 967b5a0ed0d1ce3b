//! What sinks receive: finished spans, captured events, and whole traces.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::callsite::{Callsite, Level, SpanKind};
use crate::caught::caught;
use crate::ids::{EventId, SpanContext, SpanId};
use crate::place::Place;
use crate::propagation::Incoming;
use crate::scope::{Scope, cut_attributes};
use crate::value::{Attribute, MAX_TEXT, PANICKED, Text, ToValue, Value, cut};

/// How a span ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It returned, and what it returned is no error.
    #[default]
    Ok,
    /// It returned an error, or said that it failed.
    Error,
    /// It was dropped before it completed.
    Cancelled,
    /// A panic left it.
    Panicked,
}

impl Outcome {
    /// The name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Error => "error",
            Outcome::Cancelled => "cancelled",
            Outcome::Panicked => "panicked",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A moment of a span's life that has a name.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// What happened.
    pub name: Text,
    /// When.
    pub time: SystemTime,
    /// What else is known of it.
    pub attributes: Vec<Attribute>,
}

/// A span of this or of another trace that has to do with this one without being its parent.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The other span.
    pub context: SpanContext,
    /// What else is known of the relation.
    pub attributes: Vec<Attribute>,
}

impl From<SpanContext> for Link {
    fn from(context: SpanContext) -> Self {
        Link { context, attributes: Vec::new() }
    }
}

/// A finished span.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SpanRecord {
    /// Its ids. Whether that of the trace [is random](SpanContext::is_random) is known of the local root alone.
    pub context: SpanContext,
    /// Its parent; none for the first span of a trace.
    pub parent: Option<SpanId>,
    /// Whether it is the first span of its trace in this process: it has no parent, or a remote one.
    pub is_local_root: bool,
    /// Where it was written.
    pub callsite: &'static Callsite,
    /// What it is called: the callsite's name unless it was renamed.
    pub name: Text,
    /// When it began.
    pub start: SystemTime,
    /// How long it took, waits included.
    pub duration: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// What was recorded, in the order of first recording; of two values of one key the later stays.
    pub attributes: Vec<Attribute>,
    /// What happened in it, in the order of time.
    pub events: Vec<SpanEvent>,
    /// What it is linked to.
    pub links: Vec<Link>,
    /// The scope of the unit as it was when this span ended, over the global one; only the span of a
    /// unit and the local root of a trace carry one; of those that are started by hand, what
    /// [`Hub::start_span`](crate::Hub::start_span) began.
    pub scope: Option<Scope>,
    /// What came with the trace, if it is the local root of one that another process began, and was made with a
    /// [`Remote`](crate::Remote).
    pub incoming: Option<Incoming>,
    /// Whether it began where no unit was bound, and so may have lost its true parent.
    pub is_orphan: bool,
}

impl SpanRecord {
    /// The value of the attribute `key`.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.iter().find(|attribute| attribute.key == key).map(|it| &it.value)
    }

    /// When it ended; never before it began.
    pub fn end(&self) -> SystemTime {
        // A clock that is set wrong enough to overflow is of no use, but no reason to panic.
        self.start.checked_add(self.duration).unwrap_or(self.start)
    }

    /// What it is to its trace.
    pub fn kind(&self) -> SpanKind {
        self.callsite.kind()
    }
}

/// A span that began.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StartedSpan {
    /// Its ids.
    pub context: SpanContext,
    /// Its parent; none for the first span of a trace.
    pub parent: Option<SpanId>,
    /// Where it was written.
    pub callsite: &'static Callsite,
    /// When it began.
    pub start: SystemTime,
    /// Whether it began where no unit was bound.
    pub is_orphan: bool,
}

/// One error of a chain of causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// The type of the error, where it is known.
    pub ty: Option<Text>,
    /// Its `Display`.
    pub message: Text,
}

/// An event that is captured, such as an error: built by a program, completed at its capture, and
/// handed to the sinks.
///
/// ```
/// use isohub::{Event, Level};
/// let event = Event::message("disk almost full").level(Level::Warning).attribute("free", 12);
/// isohub::capture_event(event);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "an event is sent by `isohub::capture_event(event)`"]
pub struct Event {
    /// Its id, given at its making.
    pub id: EventId,
    /// When it was captured.
    pub time: SystemTime,
    /// Its level.
    pub level: Level,
    /// What happened, in words.
    pub message: Option<Text>,
    /// The error and its causes, the outermost first.
    pub exceptions: Vec<Exception>,
    /// What belongs to this event alone.
    pub attributes: Vec<Attribute>,
    /// What groups it with others; the scope's where it is empty.
    pub fingerprint: Vec<Text>,
    /// The scope in which it was captured, over the global one.
    pub scope: Scope,
    /// The span that was active, recorded or not, unless another was assigned before the capture.
    pub span: Option<SpanContext>,
    /// What came with the trace of that span from another process.
    pub incoming: Option<Incoming>,
    /// Where it was captured; of a panic, where that began.
    pub location: Place,
    /// What it was told by, if that was captured on behalf of other code, such as the logger of a program; `location`
    /// is its place then.
    pub callsite: Option<&'static Callsite>,
    /// The stack at its capture, if asked for, or where its error was made, if that kept one.
    pub backtrace: Option<StackTrace>,
    pub(crate) is_panic: bool,
}

impl Event {
    /// An event of level info that says `message`.
    #[track_caller]
    pub fn message(message: impl Into<Text>) -> Self {
        Event { message: Some(cut(message.into(), MAX_TEXT)), ..Event::empty(Level::Info) }
    }

    /// An event of level error made of `error` and its causes.
    #[track_caller]
    pub fn error<E: std::error::Error + ?Sized>(error: &E) -> Self {
        Event { exceptions: exceptions(error), ..Event::empty(Level::Error) }
    }

    /// A panic with this message.
    pub(crate) fn panic(message: Text, location: Place) -> Self {
        let panic = Exception { ty: Some(Text::Borrowed("panic")), message: cut(message, MAX_TEXT) };
        let exceptions = vec![panic];
        Event { exceptions, location, is_panic: true, ..Event::empty(Level::Fatal) }
    }

    #[track_caller]
    fn empty(level: Level) -> Self {
        Event {
            id: EventId::random(),
            time: SystemTime::now(),
            level,
            message: None,
            exceptions: Vec::new(),
            attributes: Vec::new(),
            fingerprint: Vec::new(),
            scope: Scope::default(),
            span: None,
            incoming: None,
            location: std::panic::Location::caller().into(),
            callsite: None,
            backtrace: None,
            is_panic: false,
        }
    }

    /// Whether it is a panic, captured by [`capture_panics`](crate::capture_panics) or
    /// [`capture_panic`](crate::capture_panic).
    pub fn is_panic(&self) -> bool {
        self.is_panic
    }

    /// Brings into bounds what was assigned to the fields.
    pub(crate) fn cut(&mut self) {
        let cut = |text: Text| crate::value::cut(text, crate::value::MAX_TEXT);
        self.message = self.message.take().map(cut);
        self.fingerprint.truncate(crate::scope::MAX_ATTRIBUTES);
        for part in &mut self.fingerprint {
            *part = cut(std::mem::take(part));
        }
        cut_attributes(&mut self.attributes);
    }

    /// The same event with another level.
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The same event with an attribute of its own; `None` adds nothing.
    pub fn attribute(mut self, key: impl Into<Text>, value: impl ToValue) -> Self {
        let value = caught(|| value.to_value()).unwrap_or(Some(Value::Str(PANICKED)));
        if let Some(value) = value {
            self.attributes.push(Attribute { key: key.into(), value });
            cut_attributes(&mut self.attributes);
        }
        self
    }

    /// The same event, grouped by `parts` alone.
    pub fn fingerprint<P: Into<Text>>(mut self, parts: impl IntoIterator<Item = P>) -> Self {
        self.fingerprint = parts.into_iter().map(Into::into).collect();
        self
    }

    /// The same event with the stack of the caller. Costs a walk of the stack now, and the look-up
    /// of names on the thread of a sink.
    pub fn backtrace(mut self) -> Self {
        self.backtrace = Some(StackTrace::capture());
        self
    }

    /// The same event with a stack that its error has kept since it was made, if it has kept one.
    /// `std` keeps none unless `RUST_BACKTRACE` or `RUST_LIB_BACKTRACE` says so. Costs the look-up of names now:
    /// some milliseconds, the first time.
    ///
    /// ```
    /// use std::backtrace::Backtrace;
    /// use isohub::Event;
    ///
    /// #[derive(Debug)]
    /// struct NoOrder {
    ///     backtrace: Backtrace,
    /// }
    /// # impl std::fmt::Display for NoOrder {
    /// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    /// #         f.write_str("no order")
    /// #     }
    /// # }
    /// # impl std::error::Error for NoOrder {}
    ///
    /// let error = NoOrder { backtrace: Backtrace::capture() };
    /// isohub::capture_event(Event::error(&error).backtrace_of(&error.backtrace));
    /// ```
    pub fn backtrace_of(mut self, backtrace: &Backtrace) -> Self {
        if backtrace.status() == BacktraceStatus::Captured {
            self.backtrace = Some(StackTrace::from(backtrace.to_string()));
        }
        self
    }
}

/// A stack. Its `Display` is that of [`std::backtrace::Backtrace`].
///
/// ```
/// let stack = isohub::StackTrace::capture();
/// assert!(stack.to_string().contains("main"));
/// ```
#[derive(Clone, Debug)]
pub struct StackTrace(Arc<Stack>);

#[derive(Debug)]
enum Stack {
    /// Its names are looked up when it is shown.
    Taken(Backtrace),
    Shown(String),
}

impl StackTrace {
    /// The stack of the caller, whatever the environment says. Costs a walk of the stack; names are looked up
    /// when it is shown.
    pub fn capture() -> Self {
        StackTrace(Arc::new(Stack::Taken(Backtrace::force_capture())))
    }
}

impl From<String> for StackTrace {
    /// Takes what a [`std::backtrace::Backtrace`] shows.
    fn from(shown: String) -> Self {
        StackTrace(Arc::new(Stack::Shown(shown)))
    }
}

impl fmt::Display for StackTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Stack::Taken(backtrace) => fmt::Display::fmt(backtrace, f),
            Stack::Shown(text) => f.write_str(text),
        }
    }
}

/// The longest chain of causes that an event keeps; a cyclic one would never end.
const MAX_CAUSES: usize = 32;

fn exceptions<E: std::error::Error + ?Sized>(error: &E) -> Vec<Exception> {
    let ty = Some(Text::Borrowed(std::any::type_name::<E>())).filter(|name| !name.starts_with("dyn "));
    fn text<E: std::error::Error + ?Sized>(error: &E) -> Text {
        let message = caught(|| Text::Owned(error.to_string()));
        cut(message.unwrap_or(PANICKED), MAX_TEXT)
    }
    let mut chain = vec![Exception { ty, message: text(error) }];
    let mut cause = error.source();
    while let Some(error) = cause.filter(|_| chain.len() < MAX_CAUSES) {
        chain.push(Exception { ty: None, message: text(error) });
        cause = error.source();
    }
    chain
}

/// The spans of one trace that ended in this process, up to the end of its local root.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trace {
    /// In the order of their start; no child begins before its parent.
    pub spans: Vec<Arc<SpanRecord>>,
    /// What was captured in the trace.
    pub events: Vec<Arc<Event>>,
    /// Whether this continues a trace of which a part was already delivered, or delivers a part of
    /// one whose local root is still open.
    pub is_partial: bool,
    /// What came with it from another process, as far as that is still known.
    pub incoming: Option<Incoming>,
}

/// What a pipeline knows of the program, for the sinks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// What the program is called among those that share its traces.
    pub service: Option<Text>,
    /// The version of the program.
    pub release: Option<Text>,
    /// Where it runs, such as `production`.
    pub environment: Option<Text>,
    /// The machine's name.
    pub server_name: Option<Text>,
}
