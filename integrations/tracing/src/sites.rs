//! Callsites of isohub for what tracing knows by its metadata.

use std::cell::Cell;
use std::collections::HashMap;
use std::ptr;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use isohub::{Callsite, Level, SpanKind};
use tracing::Metadata;

use crate::fields::KIND;

/// What is known of an instrumented place. Metadata live as long as the program, and so do these.
#[derive(Debug)]
pub(crate) struct Site {
    metadata: &'static Metadata<'static>,
    /// A callsite has one kind, a span of tracing a field that says which: one for each that occurs.
    callsites: [OnceLock<Callsite>; KINDS.len()],
    /// Whether it has the field that says the kind.
    pub(crate) has_kind: bool,
    /// Whether it has fields that say something of the span itself.
    pub(crate) says: bool,
}

const KINDS: [SpanKind; 5] =
    [SpanKind::Internal, SpanKind::Client, SpanKind::Server, SpanKind::Producer, SpanKind::Consumer];

/// Sites that this thread has seen last, by the address of their metadata: no lock and no hash where a span begins.
const SEEN: usize = 64;

thread_local! {
    static RECENT: [Cell<Option<&'static Site>>; SEEN] = const { [const { Cell::new(None) }; SEEN] };
}

/// The site of these metadata.
pub(crate) fn site(metadata: &'static Metadata<'static>) -> &'static Site {
    let place = (ptr::from_ref(metadata).addr() / align_of::<Metadata<'static>>()) % SEEN;
    let recent = RECENT.try_with(|recent| recent[place].get()).ok().flatten();
    if let Some(site) = recent.filter(|site| ptr::eq(site.metadata, metadata)) {
        return site;
    }
    let site = site_of(metadata);
    // On a thread whose locals are gone it is looked for again.
    let _ = RECENT.try_with(|recent| recent[place].set(Some(site)));
    site
}

static SITES: LazyLock<Mutex<HashMap<usize, &'static Site>>> = LazyLock::new(Mutex::default);

/// Whether a callsite was made for a place of tracing's. Looks at all of them.
pub(crate) fn is_of_tracing(callsite: &'static Callsite) -> bool {
    let sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    sites.values().any(|site| site.has(callsite))
}

#[cold]
fn site_of(metadata: &'static Metadata<'static>) -> &'static Site {
    let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    sites.entry(ptr::from_ref(metadata).addr()).or_insert_with(|| Box::leak(Box::new(Site::new(metadata))))
}

impl Site {
    fn new(metadata: &'static Metadata<'static>) -> Self {
        let has_kind = metadata.fields().field(KIND).is_some();
        let says = metadata.fields().iter().any(|field| field.name().starts_with("otel."));
        Site { metadata, callsites: [const { OnceLock::new() }; KINDS.len()], has_kind, says }
    }

    fn has(&self, callsite: &'static Callsite) -> bool {
        self.callsites.iter().any(|it| it.get().is_some_and(|it| ptr::eq(it, callsite)))
    }

    /// Its callsite for spans of this kind. What isohub filters by is the target, as in tracing.
    pub(crate) fn callsite(&'static self, kind: SpanKind) -> &'static Callsite {
        let at = KINDS.iter().position(|it| *it == kind).unwrap_or(0);
        self.callsites[at].get_or_init(|| {
            let (metadata, file) = (self.metadata, self.metadata.file().unwrap_or("(unknown)"));
            let line = metadata.line().unwrap_or(0);
            let callsite = Callsite::new(metadata.name(), metadata.target(), file, line, 0)
                .with_kind(KINDS[at])
                .with_level(level(metadata.level()));
            match metadata.fields().is_empty() {
                true => callsite,
                // A sampler sees them.
                false => callsite.with_fields(),
            }
        })
    }
}

pub(crate) fn level(level: &tracing::Level) -> Level {
    match *level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warning,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    }
}
