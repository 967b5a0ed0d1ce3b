//! What another library might be: one with a value and one that refuses to work, and one with spans.

use std::cell::{Cell, RefCell};
use std::sync::Once;

use isohub::SpanContext;
use isohub::foreign::{self, ForeignContext, ForeignSpans};

thread_local! {
    /// The context of the library.
    pub(crate) static LIBRARY: Cell<u32> = const { Cell::new(0) };
    /// What the two contexts were asked to do, in turn.
    pub(crate) static CALLS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// How often it was asked for its spans.
    pub(crate) static ASKED: Cell<u32> = const { Cell::new(0) };
    /// Which function of the second one panics.
    pub(crate) static PANICS: Cell<&'static str> = const { Cell::new("") };
    /// The spans that the library holds active, and what was active in isohub when they began to be.
    pub(crate) static SPANS: RefCell<Vec<(SpanContext, Option<SpanContext>)>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn calls() -> String {
    CALLS.take().join(", ")
}

fn called(what: &str) {
    CALLS.with_borrow_mut(|calls| calls.push(what.to_owned()));
}

struct Library;

impl ForeignContext for Library {
    type Context = u32;

    fn current(&self) -> u32 {
        LIBRARY.get()
    }

    fn fork(&self, kept: &u32) -> u32 {
        *kept
    }

    fn base(&self) -> u32 {
        0
    }

    fn enter(&self, kept: &mut u32) {
        called("enter first");
        *kept = LIBRARY.replace(*kept);
    }

    fn leave(&self, kept: &mut u32) {
        called("leave first");
        *kept = LIBRARY.replace(*kept);
    }
}

/// Uses isohub in each of its functions, and panics if that is asked for.
struct Busy;

impl Busy {
    fn does(what: &'static str) {
        called(&format!("{what} second"));
        isohub::breadcrumb!("busy", what);
        let _ = isohub::current_span().context();
        if PANICS.get() == what {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }
}

struct Kept;

impl Drop for Kept {
    fn drop(&mut self) {
        if PANICS.get() == "drop" {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }
}

impl ForeignContext for Busy {
    type Context = Kept;

    fn current(&self) -> Kept {
        Busy::does("current");
        Kept
    }

    fn fork(&self, _: &Kept) -> Kept {
        Busy::does("fork");
        Kept
    }

    fn base(&self) -> Kept {
        Busy::does("base");
        Kept
    }

    fn enter(&self, _: &mut Kept) {
        Busy::does("enter");
    }

    fn leave(&self, _: &mut Kept) {
        Busy::does("leave");
    }
}

struct Spans;

impl ForeignSpans for Spans {
    fn active(&self, active: Option<SpanContext>) -> Option<SpanContext> {
        if PANICS.get() == "active" {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
        ASKED.set(ASKED.get() + 1);
        // Nobody is asked while this is.
        assert_eq!(isohub::current_span().context(), foreign::active_span());
        let (span, around) = SPANS.with_borrow(|spans| spans.last().copied())?;
        (around == active).then_some(span)
    }
}

pub(crate) fn isolate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // A breadcrumb for each exchange is more than anybody reads.
        isohub::doctor::allow(isohub::doctor::Kind::DeadWrite);
        foreign::isolate(Library);
        foreign::isolate(Busy);
    });
}

pub(crate) fn attach() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| foreign::attach(Spans));
}

/// Runs `f` while the library holds `span` active.
pub(crate) fn held<T>(span: SpanContext, f: impl FnOnce() -> T) -> T {
    let around = foreign::active_span();
    SPANS.with_borrow_mut(|spans| spans.push((span, around)));
    let result = f();
    SPANS.with_borrow_mut(Vec::pop);
    result
}
