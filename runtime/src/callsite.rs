//! The `static` description of an instrumented place.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How important a span or an event is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Of use to the author of the code only.
    Trace,
    /// Of use when something is being debugged.
    Debug,
    /// The normal course of things.
    #[default]
    Info,
    /// Not wrong yet.
    Warning,
    /// Something failed.
    Error,
    /// The program cannot go on.
    Fatal,
}

impl Level {
    /// The name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "trace" => Level::Trace,
            "debug" => Level::Debug,
            "info" => Level::Info,
            "warning" | "warn" => Level::Warning,
            "error" => Level::Error,
            "fatal" => Level::Fatal,
            _ => return Err(UnknownLevel(name.to_owned())),
        })
    }
}

/// A level's name that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLevel(pub(crate) String);

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown level `{}`: use trace, debug, info, warning, error or fatal", self.0)
    }
}

impl std::error::Error for UnknownLevel {}

/// What a span is to its trace, as OpenTelemetry's span kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// An operation inside the program.
    #[default]
    Internal,
    /// A request that is sent.
    Client,
    /// A request that is served.
    Server,
    /// A message that is put into a queue.
    Producer,
    /// A message that is taken from a queue.
    Consumer,
}

impl SpanKind {
    /// The name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            SpanKind::Internal => "internal",
            SpanKind::Client => "client",
            SpanKind::Server => "server",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
        }
    }
}

/// One instrumented place of the program, made by the macros.
pub struct Callsite {
    name: &'static str,
    module_path: &'static str,
    file: &'static str,
    line: u32,
    column: u32,
    op: Option<&'static str>,
    kind: SpanKind,
    level: Level,
    has_fields: bool,
    /// The number by which records name this callsite; 0 until its first use.
    pub(crate) number: AtomicU32,
    /// The verdict of the filter that was asked last: `stamp << 1 | enabled`.
    pub(crate) verdict: AtomicU64,
}

impl Callsite {
    /// A callsite of level info and kind internal.
    pub const fn new(
        name: &'static str,
        module_path: &'static str,
        file: &'static str,
        line: u32,
        column: u32,
    ) -> Self {
        // An empty name is unreadable everywhere and refused by some receivers.
        let name = if name.is_empty() { "(unnamed)" } else { name };
        Callsite {
            name,
            module_path,
            file,
            line,
            column,
            op: None,
            kind: SpanKind::Internal,
            level: Level::Info,
            has_fields: false,
            number: AtomicU32::new(0),
            verdict: AtomicU64::new(0),
        }
    }

    /// The same with a kind of work, such as `db.query`.
    pub const fn with_op(mut self, op: &'static str) -> Self {
        self.op = Some(op);
        self
    }

    /// The same of another kind.
    pub const fn with_kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same of another level.
    pub const fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The same, of which a sampler sees the fields: they are evaluated before it decides.
    pub const fn with_fields(mut self) -> Self {
        self.has_fields = true;
        self
    }

    /// What the span is called.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The module in which it stands.
    pub const fn module_path(&self) -> &'static str {
        self.module_path
    }

    /// The file in which it stands, as the compiler was given it.
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// Its line, from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Its column, from 1.
    pub const fn column(&self) -> u32 {
        self.column
    }

    /// The kind of work, such as `db.query`, where one was given.
    pub const fn op(&self) -> Option<&'static str> {
        self.op
    }

    /// What the span is to its trace.
    pub const fn kind(&self) -> SpanKind {
        self.kind
    }

    /// Its level.
    pub const fn level(&self) -> Level {
        self.level
    }

    pub(crate) const fn has_fields(&self) -> bool {
        self.has_fields
    }
}

impl fmt::Debug for Callsite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {self}", self.name)
    }
}

impl fmt::Display for Callsite {
    /// `file:line:column`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Callsites that a program can have; the spans of further ones carry the name of [`OVERFLOW`].
const MAX_CALLSITES: usize = BLOCKS * BLOCK;
const BLOCKS: usize = 256;
const BLOCK: usize = 256;

type Block = [OnceLock<&'static Callsite>; BLOCK];

/// Callsites by number, from 1. It grows by blocks, so that readers and writers never wait.
static NUMBERED: [OnceLock<Box<Block>>; BLOCKS] = [const { OnceLock::new() }; BLOCKS];
static NUMBERS: AtomicU32 = AtomicU32::new(1);
static OVERFLOW: Callsite = Callsite::new("(too many callsites)", "isohub", file!(), line!(), 1);

impl Callsite {
    /// The number of this callsite, given at its first use.
    #[inline]
    pub(crate) fn number(&'static self) -> u32 {
        match self.number.load(Ordering::Acquire) {
            0 => self.take_number(),
            number => number,
        }
    }

    #[cold]
    fn take_number(&'static self) -> u32 {
        let taken = NUMBERS.fetch_add(1, Ordering::Relaxed);
        if taken as usize >= MAX_CALLSITES {
            NUMBERS.fetch_sub(1, Ordering::Relaxed);
            return 0;
        }
        let block =
            NUMBERED[taken as usize / BLOCK].get_or_init(|| Box::new([const { OnceLock::new() }; BLOCK]));
        // A number is taken once, so that its place is empty.
        let _ = block[taken as usize % BLOCK].set(self);
        // Of two threads that number a callsite at once both numbers stay good.
        match self.number.compare_exchange(0, taken, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => taken,
            Err(first) => first,
        }
    }

    /// The callsite of a number that was given.
    pub(crate) fn numbered(number: u32) -> &'static Callsite {
        let block = NUMBERED.get(number as usize / BLOCK).and_then(OnceLock::get);
        block.and_then(|block| block[number as usize % BLOCK].get().copied()).unwrap_or(&OVERFLOW)
    }
}
