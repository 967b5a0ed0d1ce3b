//! Panics, captured in the hub of the unit in which they happen.
//!
//! A hook runs where the panic began, before anything is unwound: the unit is still in its place, and the stack is
//! whole. But a panic inside a hook ends the process, whoever would catch it, so that no code of the program's runs
//! here.

use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::capture;
use crate::current;
use crate::ids::EventId;
use crate::pipeline::LAST_FLUSH;
use crate::place::Place;
use crate::record::Event;
use crate::thread_end;
use crate::value::Text;

/// From now on each panic of the process is captured as an event, with the scope and the span of the unit in which
/// it happens, and the stack as it is there. Its level is fatal, its one exception is of type `panic`, its place is
/// that of the panic, and the attribute `thread.name` says on which thread. Called again it does nothing.
///
/// ```
/// # fn main() -> Result<(), isohub::InstallError> {
/// let _isohub = isohub::init().sink(isohub::Console::new()).install()?;
/// isohub::capture_panics();
/// # Ok(())
/// # }
/// ```
///
/// What was the panic hook until then runs afterwards: call this after `set_hook`. A panic is captured whether or not
/// somebody catches it, once, where it began; the spans that it leaves end as
/// [`Outcome::Panicked`](crate::Outcome::Panicked) all the same. In a task without a hub the event has neither scope nor
/// trace. Panics on the threads of isohub itself, such as those of a sink, are in
/// [`SinkStats`](crate::SinkStats) and not captured. Event processors and
/// [`before_send`](crate::Init::before_send) see the event on a thread of isohub's own.
///
/// A panic that ends the program by unwinding `main` is sent by the guard of `install()`. One that ends the process at
/// once is sent before, for which the hook waits, 2 s at most: in a program built with `panic = "abort"`, in a function
/// that cannot unwind, in a destructor that runs while another panic unwinds, and in the thread-locals of a thread
/// that ends. A hook that ends the process itself captures and waits by [`capture_panic`].
///
/// Costs a walk of the stack for each panic. Where panics are expected, and caught, in great numbers, write a hook of your
/// own. Called while the thread panics, and in a build without `enabled`, it does nothing.
pub fn capture_panics() {
    static IS_SET: AtomicBool = AtomicBool::new(false);
    // Hooks cannot be exchanged by a thread that panics: that would be a panic.
    if !crate::ENABLED || thread::panicking() || IS_SET.swap(true, Ordering::Relaxed) {
        return;
    }
    let next = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let message = message(info);
        if !FOLLOWS.contains(&message.as_ref()) {
            capture_panic(info);
        }
        if ends_process(&message) {
            // What does not arrive in time is lost with the process.
            let _ = current::pipeline().flush_all(LAST_FLUSH, true);
        }
        next(info);
    }));
}

/// Captures one panic as [`capture_panics`] does, and does not wait: for a hook of one's own.
///
/// ```
/// use std::time::Duration;
///
/// std::panic::set_hook(Box::new(|info| {
///     isohub::capture_panic(info);
///     let _ = isohub::flush(Duration::from_secs(2));
///     std::process::exit(101);
/// }));
/// ```
pub fn capture_panic(info: &PanicHookInfo<'_>) -> EventId {
    let place = info.location().map_or_else(Place::unknown, Place::kept);
    let mut event = Event::panic(message(info), place);
    if crate::ENABLED && current::pipeline().live().is_some() {
        event = event.backtrace();
        // At the very end of a thread, to ask for its name would be a panic.
        if !thread_end::is_over()
            && let Some(name) = thread::current().name()
        {
            event = event.attribute("thread.name", name);
        }
    }
    capture::capture_panicked(event)
}

/// What the standard library says when it ends the process because a panic, which the hook has seen, cannot go on.
const FOLLOWS: [&str; 2] = ["panic in a function that cannot unwind", "panic in a destructor during cleanup"];

/// Whether the process ends when the hook returns.
fn ends_process(message: &str) -> bool {
    let is_of_checks = || message.starts_with("unsafe precondition(s) violated");
    cfg!(panic = "abort") || thread_end::is_over() || FOLLOWS.contains(&message) || is_of_checks()
}

/// What most panics say, and what the standard library shows of the others.
fn message(info: &PanicHookInfo<'_>) -> Text {
    let payload = info.payload();
    let constant = payload.downcast_ref::<&'static str>().map(|text| Text::Borrowed(text));
    let made = || payload.downcast_ref::<String>().map(|text| Text::Owned(text.clone()));
    constant.or_else(made).unwrap_or(Text::Borrowed("Box<dyn Any>"))
}
