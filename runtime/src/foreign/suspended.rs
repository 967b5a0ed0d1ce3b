//! What a coroutine that is suspended has of other libraries: that of each unit which is entered in it, inside one another.

use std::sync::Arc;

use super::{Foreign, Shared, lock};
use crate::parked;
use crate::unit::Unit;

/// The contexts of a coroutine's units. A future that waits leaves each unit that it is in by itself; a coroutine is out of all of
/// them at once, and whoever is to leave them is on its stack.
pub(crate) struct SuspendedContexts {
    /// Of the coroutine's own unit, the outermost.
    own: Option<Shared>,
    /// What was left when it was suspended, the innermost first.
    left: Vec<Shared>,
}

impl SuspendedContexts {
    /// Of a coroutine that has not run yet.
    pub(crate) fn of(unit: Option<&Unit>) -> Self {
        let own = unit.and_then(|unit| unit.foreign.clone());
        SuspendedContexts { left: own.iter().cloned().collect(), own }
    }

    /// Makes them current, when the unit in which the coroutine was suspended is in the slot; inside `resumer`.
    #[cold]
    pub(crate) fn resume(&mut self, resumer: Option<Shared>) {
        let mut outer = resumer;
        parked::with_foreign(|_| {
            for foreign in self.left.drain(..).rev() {
                let outer = outer.replace(Arc::clone(&foreign));
                lock(&foreign).enter(outer);
            }
        });
    }

    /// Puts them away, while the unit in which the coroutine is suspended is in the slot.
    #[cold]
    pub(crate) fn suspend(&mut self) {
        parked::with_foreign(|innermost| {
            let mut next = Some(Arc::clone(innermost));
            while let Some(foreign) = next.take() {
                let mut entered = lock(&foreign);
                if self.own.as_ref().is_none_or(|own| !Arc::ptr_eq(own, &foreign)) {
                    next = entered.outer.take();
                }
                if entered.is_entered {
                    Foreign::leave(&mut entered);
                    drop(entered);
                    self.left.push(foreign);
                }
            }
        });
    }
}
