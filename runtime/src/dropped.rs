//! What is dropped in a hub without having a destructor itself: the first of its parts that is dropped puts the hub into
//! the slot, and the last, an [`End`], takes it out again.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::parked::Parked;
use crate::strand::strand_bound;

/// Whether an end was dropped before its beginning. The language promises the order for the fields of a struct, and only
/// keeps to it for what a closure captured; where it does not, that is dropped in whatever hub is current.
static IS_REORDERED: AtomicBool = AtomicBool::new(false);

/// Puts a hub into the slot, until the end is dropped.
pub(crate) fn begin(mut parked: Parked) {
    if IS_REORDERED.load(Ordering::Relaxed) {
        return drop(parked);
    }
    parked.put_in();
    let outer = exchange(None);
    exchange(Some(Box::new(Around { parked, outer })));
}

/// The last part.
#[derive(Clone, Debug)]
pub struct End;

impl Drop for End {
    fn drop(&mut self) {
        match exchange(None) {
            Some(around) => {
                let Around { mut parked, outer } = *around;
                exchange(outer);
                parked.take_out();
            }
            None => IS_REORDERED.store(true, Ordering::Relaxed),
        }
    }
}

/// What was in the slot before. The first part is gone by then, and a clone of a closure clones all parts, so that none of
/// them can keep it.
#[derive(Debug)]
pub(crate) struct Around {
    parked: Parked,
    /// The same of what this one is dropped within.
    outer: Option<Box<Around>>,
}

strand_bound! {
    // Without a destructor, as the slot of the current unit: who puts something in takes it out.
    fn place: Cell<ManuallyDrop<Option<Box<Around>>>> = Cell::new(ManuallyDrop::new(None));
}

pub(crate) fn exchange(around: Option<Box<Around>>) -> Option<Box<Around>> {
    ManuallyDrop::into_inner(place(|place| place.replace(ManuallyDrop::new(around))))
}
