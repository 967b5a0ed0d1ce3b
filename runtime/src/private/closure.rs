//! Closures of which each call is a unit, and that own their hub.

use std::mem;

use crate::dropped;
use crate::hub::Origin;
use crate::parked::Parked;

/// The hub in which each call of a closure starts, and in which what the closure captured is dropped with it.
///
/// A closure drops what it captured in the order in which its body mentions it. This stands before all else, and the
/// [end](dropped::End) after it.
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
        dropped::begin(mem::replace(&mut self.0.parked, Parked::EMPTY));
    }
}

/// What a call returned: the closure captures the end where this is called.
#[inline]
pub fn and_last<T>(returned: T, _: &dropped::End) -> T {
    returned
}
