//! A value that is there for a closure, or for a future.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::current;
use crate::doctor;
use crate::locals::{Key, Local};
use crate::unit::Unit;

/// A value for the times at which something runs, and in those times the value that was there before.
pub(super) struct Scoped {
    key: Key,
    local: Option<Local>,
    /// Where it was set; `None` once it was said that it is lost.
    place: Option<&'static Location<'static>>,
}

// The value is shared with whoever asked for it, and is only ever exchanged as a whole.
impl UnwindSafe for Scoped {}
impl RefUnwindSafe for Scoped {}

impl Scoped {
    pub(super) fn new(
        key: Key,
        value: Arc<dyn Any + Send + Sync>,
        place: &'static Location<'static>,
    ) -> Self {
        Scoped { key, local: Some(Local { unit: 0, value }), place: Some(place) }
    }

    /// Puts the value into the current unit, whichever that is, until the guard is dropped.
    pub(super) fn enter(&mut self) -> Entered<'_> {
        let is_bound = current::with_unit(|unit| {
            if let Some(local) = &mut self.local {
                local.unit = unit.id;
            }
            self.exchange(unit);
        });
        if is_bound.is_none()
            && let Some(place) = self.place.take()
        {
            doctor::lost_write(place);
        }
        Entered { scoped: self, is_bound: is_bound.is_some() }
    }

    fn exchange(&mut self, unit: &mut Unit) {
        self.local = unit.locals.replace(self.key, self.local.take());
    }
}

impl fmt::Debug for Scoped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scoped")
    }
}

pub(super) struct Entered<'a> {
    scoped: &'a mut Scoped,
    is_bound: bool,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if self.is_bound {
            current::with_unit(|unit| self.scoped.exchange(unit));
        }
    }
}

pin_project! {
    /// A future that runs with a value of its own; made by
    /// [`HubLocal::scope_async`](crate::HubLocal::scope_async).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InHubLocal<F> {
        // Some until the drop, so that it is dropped with its value.
        #[pin]
        future: Option<F>,
        scoped: Scoped,
    }

    impl<F> PinnedDrop for InHubLocal<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // Whoever drops it has lost nothing.
            this.scoped.place = None;
            let _entered = this.scoped.enter();
            this.future.set(None);
        }
    }
}

impl<F> InHubLocal<F> {
    pub(super) fn new(scoped: Scoped, future: F) -> Self {
        InHubLocal { future: Some(future), scoped }
    }
}

impl<F: Future> Future for InHubLocal<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let _entered = this.scoped.enter();
        future.poll(cx)
    }
}
