//! Thread-local contexts of other libraries, isolated as the hub is, and their spans, known to isohub.
//!
//! A program that comes to isohub from other crates still uses them for a while, and its libraries do for longer:
//! the `sentry` crate has a hub in a thread-local, OpenTelemetry a context, `tracing` its current span. [`isolate`]
//! gives each unit its own of such a context: taken with the hub that is cloned, current while the unit runs, on
//! whichever thread, and put away with it. It works whether or not anything is [installed](crate::init), so it can be
//! the first step of a migration. [`attach`] tells isohub which span is active in the other library, so that its own
//! attach there.
//!
//! The crates `isohub-sentry`, `isohub-opentelemetry` and `isohub-tracing` do both for theirs. This module is for others.
//!
//! Before anything is given to it, it costs a load and a branch where a unit is put into its place.
//!
//! ```
//! use std::cell::RefCell;
//!
//! // What another library might have.
//! thread_local!(static LOCALE: RefCell<String> = RefCell::new("en".into()));
//!
//! struct Locale;
//!
//! impl isohub::foreign::ForeignContext for Locale {
//!     type Context = String;
//!
//!     fn current(&self) -> String {
//!         LOCALE.with_borrow(String::clone)
//!     }
//!
//!     fn fork(&self, kept: &String) -> String {
//!         kept.clone()
//!     }
//!
//!     fn base(&self) -> String {
//!         "en".into()
//!     }
//!
//!     // In and out are the same: what is kept is exchanged with what is current.
//!     fn enter(&self, kept: &mut String) {
//!         LOCALE.with_borrow_mut(|current| std::mem::swap(current, kept));
//!     }
//!
//!     fn leave(&self, kept: &mut String) {
//!         self.enter(kept);
//!     }
//! }
//!
//! isohub::foreign::isolate(Locale);
//! LOCALE.set("fr".into());
//! let thread = isohub::spawn_isolated!(thread, || LOCALE.with_borrow(String::clone));
//! assert_eq!(thread.join().unwrap(), "fr");
//! isohub::suppress(|| assert_eq!(LOCALE.with_borrow(String::clone), "en"));
//! assert_eq!(LOCALE.with_borrow(String::clone), "fr");
//! ```

mod spans;
#[cfg(feature = "stackful")]
mod suspended;

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::caught::caught;

pub use spans::{ForeignSpans, active_span, attach};
pub(crate) use spans::{begins_here, further_in};
#[cfg(feature = "stackful")]
pub(crate) use suspended::SuspendedContexts;

/// A thread-local context of another library, of which each unit is to have its own; given to [`isolate`].
///
/// Each function is called with nothing of isohub's borrowed: it may use isohub. What panics goes no further, and is taken to
/// have done nothing. All of them are called on the thread that they are about.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no context of another library",
    label = "not a `ForeignContext`",
    note = "implement `isohub::foreign::ForeignContext` for a type that stands for the library's thread-local"
)]
pub trait ForeignContext: Send + Sync + 'static {
    /// What is kept of it with a hub.
    type Context: Send + Sync + 'static;

    /// What a unit begins with that is cloned from what now runs.
    fn current(&self) -> Self::Context;

    /// The same for a clone of a hub that does not run, with which `kept` is.
    fn fork(&self, kept: &Self::Context) -> Self::Context;

    /// That of the base hub: as in a program that has done nothing yet.
    fn base(&self) -> Self::Context;

    /// The unit begins to run on this thread, or goes on: makes what was kept current.
    fn enter(&self, kept: &mut Self::Context);

    /// The unit stops running on this thread: puts back what was current before, and keeps what is current now, if
    /// changes are to stay with the unit.
    fn leave(&self, kept: &mut Self::Context);
}

/// Gives each unit that is made from now on a context of its own, in the whole process and for good. Of contexts that depend
/// on one another the one that was given first is entered first, and left last.
///
/// It costs an allocation for each unit, beside what the context does. Call it once for each library, at the beginning of
/// `main`. In a build without `enabled` it does nothing.
///
/// In coroutines of `may` it does nothing: they change threads where nothing of isohub's runs, and have the contexts of their
/// thread.
pub fn isolate(context: impl ForeignContext) {
    if !crate::ENABLED {
        return;
    }
    let mut contexts = CONTEXTS.write().unwrap_or_else(PoisonError::into_inner);
    // For good, so that each unit copies a reference.
    let context: &dyn Isolated = Box::leak(Box::new(context));
    *contexts = Vec::leak([*contexts, &[context]].concat());
    drop(contexts);
    USED.fetch_or(ISOLATED, Ordering::Release);
}

static CONTEXTS: RwLock<&[&dyn Isolated]> = RwLock::new(&[]);
/// What is used of this module.
static USED: AtomicU8 = AtomicU8::new(0);
const ISOLATED: u8 = 1;
const ATTACHED: u8 = 2;

#[inline(always)]
pub(crate) fn is_used() -> bool {
    USED.load(Ordering::Relaxed) != 0
}

/// Whether units have contexts of other libraries.
#[inline(always)]
pub(crate) fn is_isolated() -> bool {
    USED.load(Ordering::Relaxed) & ISOLATED != 0
}

/// Whether another library is to be asked which span is active.
#[inline(always)]
pub(crate) fn is_attached() -> bool {
    USED.load(Ordering::Relaxed) & ATTACHED != 0
}

/// A context of whichever type.
trait Isolated: Send + Sync {
    fn keep_current(&'static self) -> Box<dyn Kept>;
    fn keep_base(&'static self) -> Box<dyn Kept>;
}

trait Kept: Send + Sync {
    fn fork(&self) -> Box<dyn Kept>;
    fn enter(&mut self);
    fn leave(&mut self);
}

struct KeptOf<C: ForeignContext> {
    library: &'static C,
    context: C::Context,
}

impl<C: ForeignContext> Isolated for C {
    fn keep_current(&'static self) -> Box<dyn Kept> {
        Box::new(KeptOf { library: self, context: self.current() })
    }

    fn keep_base(&'static self) -> Box<dyn Kept> {
        Box::new(KeptOf { library: self, context: self.base() })
    }
}

impl<C: ForeignContext> Kept for KeptOf<C> {
    fn fork(&self) -> Box<dyn Kept> {
        Box::new(KeptOf { library: self.library, context: self.library.fork(&self.context) })
    }

    fn enter(&mut self) {
        self.library.enter(&mut self.context);
    }

    fn leave(&mut self) {
        self.library.leave(&mut self.context);
    }
}

/// What a unit keeps of other libraries.
///
/// By whether it is entered, whoever exchanges two units knows which of them is inside the other.
pub(crate) struct Foreign {
    kept: Vec<Box<dyn Kept>>,
    is_entered: bool,
    /// That of the unit inside which it is entered: a coroutine that is suspended takes along both.
    outer: Option<Shared>,
}

/// The unit has it, and so does the one that is entered inside: if the outer ends first, it is left last all the same.
pub(crate) type Shared = Arc<Mutex<Foreign>>;

/// Nobody waits for it: a unit runs on one thread, and lends this to nobody while code of the library's is run on it.
pub(crate) fn lock(foreign: &Shared) -> MutexGuard<'_, Foreign> {
    foreign.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Foreign {
    /// What a unit has that is cloned from what now runs. None of these functions is called while the slot is open.
    pub(crate) fn current() -> Shared {
        Foreign::of(|library| library.keep_current())
    }

    /// What the base hub has.
    pub(crate) fn base() -> Shared {
        Foreign::of(|library| library.keep_base())
    }

    pub(crate) fn fork(&self) -> Shared {
        Foreign::keeping(self.kept.iter().filter_map(|kept| caught(|| kept.fork())).collect())
    }

    fn of(make: impl Fn(&'static dyn Isolated) -> Box<dyn Kept>) -> Shared {
        // Not while the lock is held, which the library might want.
        let libraries = *CONTEXTS.read().unwrap_or_else(PoisonError::into_inner);
        Foreign::keeping(libraries.iter().filter_map(|library| caught(|| make(*library))).collect())
    }

    fn keeping(kept: Vec<Box<dyn Kept>>) -> Shared {
        Arc::new(Mutex::new(Foreign { kept, is_entered: false, outer: None }))
    }

    pub(crate) fn is_entered(&self) -> bool {
        self.is_entered
    }

    pub(crate) fn enter(&mut self, outer: Option<Shared>) {
        (self.is_entered, self.outer) = (true, outer);
        for kept in &mut self.kept {
            caught(|| kept.enter());
        }
    }

    pub(crate) fn leave(&mut self) {
        self.is_entered = false;
        for kept in self.kept.iter_mut().rev() {
            caught(|| kept.leave());
        }
        // Not before: if its unit has ended, it is left by this.
        self.outer = None;
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // The unit of a block that ended before one inside it did.
        if self.is_entered {
            self.leave();
        }
        for kept in self.kept.drain(..).rev() {
            caught(|| drop(kept));
        }
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foreign").field("is_entered", &self.is_entered).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells when it is entered, and when it is left.
    struct Tells(&'static str, Arc<Mutex<Vec<String>>>);

    impl Tells {
        fn tell(&self, what: &str) {
            self.1.lock().expect("no panic").push(format!("{what} {}", self.0));
        }
    }

    impl Kept for Tells {
        fn fork(&self) -> Box<dyn Kept> {
            Box::new(Tells(self.0, Arc::clone(&self.1)))
        }

        fn enter(&mut self) {
            self.tell("enter");
        }

        fn leave(&mut self) {
            self.tell("leave");
        }
    }

    #[test]
    fn what_is_dropped_while_it_is_entered_is_left_after_what_is_inside() {
        let told = Arc::default();
        let [outer, inner] =
            ["outer", "inner"].map(|name| Foreign::keeping(vec![Box::new(Tells(name, Arc::clone(&told)))]));
        lock(&outer).enter(None);
        lock(&inner).enter(Some(Arc::clone(&outer)));
        drop(outer);
        lock(&inner).leave();
        drop(inner);
        let told = told.lock().expect("no panic");
        assert_eq!(*told, ["enter outer", "enter inner", "leave inner", "leave outer"]);
    }
}
