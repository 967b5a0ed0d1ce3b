//! Closures of which each call is a unit, and that own their hub.

use std::mem;

use crate::hub::Origin;
use crate::parked::{self, Parked};

/// The hub in which each call of a closure starts, and in which what the closure captured is dropped with it.
///
/// A closure drops what it captured in the order in which its body mentions it. This stands before all else, and
/// [`ClosureEnd`] after it: when the closure is dropped, the one puts the hub into the slot, and the other takes it out.
#[derive(Clone, Debug)]
pub struct ClosureHub(Origin);

impl ClosureHub {
    /// That of a closure which is made now.
    pub fn of(origin: Origin) -> Self {
        ClosureHub(origin)
    }

    /// Where the unit of one call comes from.
    pub fn origin(&self) -> Origin {
        self.0.clone()
    }
}

impl Drop for ClosureHub {
    fn drop(&mut self) {
        let mut parked = mem::replace(&mut self.0.parked, Parked::EMPTY);
        if parked.unit.is_some() {
            parked.put_in();
            parked::keep_around(parked);
        }
    }
}

/// The last of what a closure captured.
#[derive(Clone, Debug)]
pub struct ClosureEnd;

impl Drop for ClosureEnd {
    fn drop(&mut self) {
        parked::put_back_around();
    }
}

/// What a call returned: the closure captures the end where this is called.
#[inline]
pub fn and_last<T>(returned: T, _: &ClosureEnd) -> T {
    returned
}
