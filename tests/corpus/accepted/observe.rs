//! What a program can see of a function: its log, its drops, its result and the auto traits of it, its
//! panic and where that is.

use std::cell::RefCell;
use std::fmt::Debug;
pub use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A shape's name, and what is seen of it.
pub type Shape = (&'static str, fn() -> String);

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Adds a word to the log, which is one line.
pub fn say(word: impl Into<String>) {
    LOG.with(|log| log.borrow_mut().push(word.into().replace('\n', " ")));
}

/// Panics say what and where; the file is that of a copy, so its name tells nothing.
pub fn say_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| (place.line(), place.column()));
        say(format!("! {} at {:?}", message(info.payload()), place));
    }));
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
}

/// Says when it is dropped.
#[derive(Debug)]
pub struct Loud(pub &'static str);

impl Drop for Loud {
    fn drop(&mut self) {
        say(format!("-{}", self.0));
    }
}

impl Loud {
    /// Something to borrow from a temporary.
    pub fn name(&self) -> &str {
        say(format!("name {}", self.0));
        self.0
    }

    /// A temporary that borrows.
    pub fn lend(&self) -> Lent<'_> {
        Lent(self)
    }
}

/// Borrows from what it must not outlive, and says when it is dropped.
#[derive(Debug)]
pub struct Lent<'a>(pub &'a Loud);

impl Lent<'_> {
    pub fn len(&self) -> usize {
        self.0.0.len()
    }

    /// As a condition.
    pub fn some(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        say(format!("-lent {}", self.0.0));
    }
}

/// A pattern's worth of them.
#[derive(Debug)]
pub struct Pair {
    pub left: Loud,
    pub right: Loud,
}

pub fn pair(left: &'static str, right: &'static str) -> Pair {
    Pair { left: Loud(left), right: Loud(right) }
}

/// Something whose auto traits are asked for: a method of the type itself is found only where its bound
/// holds, and before that of a trait.
pub struct Probe<T>(PhantomData<fn() -> T>);

pub fn probe<T>(_: &T) -> Probe<T> {
    Probe(PhantomData)
}

macro_rules! probes {
    ($($method:ident: $bound:path),*) => {
        $(
            impl<T: $bound> Probe<T> {
                pub fn $method(&self) -> &'static str {
                    concat!(" ", stringify!($bound))
                }
            }
        )*

        pub trait Otherwise {
            $(
                fn $method(&self) -> &'static str {
                    ""
                }
            )*
        }

        impl<T> Otherwise for &Probe<T> {}
    };
}

probes!(send: Send, sync: Sync, unpin: Unpin, unwind_safe: UnwindSafe, ref_unwind_safe: RefUnwindSafe);

/// The auto traits that the type of a value has.
macro_rules! auto_traits {
    ($value:expr) => {
        // A `match`, so that what the value borrows from lives as long as it.
        match &$crate::observe::probe(&$value) {
            probe => {
                #[allow(unused_imports)]
                use $crate::observe::Otherwise as _;
                let (unwind_safe, ref_unwind_safe) = (probe.unwind_safe(), probe.ref_unwind_safe());
                ["is", probe.send(), probe.sync(), probe.unpin(), unwind_safe, ref_unwind_safe].concat()
            }
        }
    };
}

/// What an expression shows: the log, then the result with its auto traits, or the panic.
macro_rules! called {
    ($call:expr) => {
        $crate::observe::called(|| {
            let result = $call;
            $crate::observe::say(auto_traits!(result));
            result
        })
    };
}

/// What a future shows that is polled until it is ready, and one that is dropped after its first poll.
macro_rules! lived {
    ($call:expr) => {
        $crate::observe::lived(|| {
            let future = $call;
            $crate::observe::say(auto_traits!(future));
            future
        })
    };
}

pub fn called<T: Debug>(f: impl FnOnce() -> T) -> String {
    take_log();
    if let Ok(result) = catch_unwind(AssertUnwindSafe(f)) {
        say(format!("= {:?}", result));
        drop(result);
    }
    take_log()
}

fn take_log() -> String {
    LOG.with(|log| log.borrow_mut().drain(..).collect::<Vec<String>>().join(", "))
}

pub fn lived<F: Future>(make: impl Fn() -> F) -> String
where
    F::Output: Debug,
{
    let completed = called(|| complete(make()));
    let cancelled = called(|| {
        let mut future = Box::pin(make());
        say("made");
        let ready = poll(future.as_mut()).is_ready();
        say(if ready { "ready" } else { "pending" });
    });
    format!("completed: {}; cancelled: {}", completed, cancelled)
}

/// What a future shows that is dropped without having been polled.
pub fn unpolled<F: Future>(make: impl Fn() -> F) -> String {
    called(|| {
        let future = make();
        say("made");
        drop(future);
    })
}

/// Polls to the end, and says when the future has returned and when it is gone.
pub fn complete<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    say("made");
    let output = loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            break output;
        }
        say("pending");
    };
    say("ready");
    drop(future);
    say("gone");
    output
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Is pending once.
pub async fn pause() {
    let mut paused = false;
    std::future::poll_fn(
        |_| {
            if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
        },
    )
    .await;
}
