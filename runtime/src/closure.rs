//! Closures of which each call is a unit, and that own their hub.

use std::cell::Cell;
use std::mem::{self, ManuallyDrop};

use crate::hub::Origin;
use crate::parked::Parked;
use crate::strand::strand_bound;

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
        parked.put_in();
        let outer = exchange(None);
        exchange(Some(Box::new(Around { parked, outer })));
    }
}

/// The last of what a closure captured.
#[derive(Clone, Debug)]
pub struct ClosureEnd;

impl Drop for ClosureEnd {
    fn drop(&mut self) {
        if let Some(around) = exchange(None) {
            let Around { mut parked, outer } = *around;
            exchange(outer);
            parked.take_out();
        }
    }
}

/// What a call returned: the closure captures the end where this is called.
#[inline]
pub fn and_last<T>(returned: T, _: &ClosureEnd) -> T {
    returned
}

/// What was in the slot before a closure that is dropped put its hub there. The one of its two values is gone by
/// then, and a clone of the closure clones both, so that neither can keep it.
#[derive(Debug)]
pub(crate) struct Around {
    parked: Parked,
    /// The same of a closure of which this one is dropped within.
    outer: Option<Box<Around>>,
}

strand_bound! {
    // Without a destructor, as the slot of the current unit: who puts something in takes it out.
    fn place: Cell<ManuallyDrop<Option<Box<Around>>>> = Cell::new(ManuallyDrop::new(None));
}

pub(crate) fn exchange(around: Option<Box<Around>>) -> Option<Box<Around>> {
    ManuallyDrop::into_inner(place(|place| place.replace(ManuallyDrop::new(around))))
}
