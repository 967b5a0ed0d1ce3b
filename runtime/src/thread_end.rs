//! What is done when a thread ends.

use std::cell::Cell;

/// In this order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// The unit of the thread is dropped, which may record.
    Unit,
    /// The lane is given back.
    Lane,
    /// What the thread recorded is flushed.
    Flush,
}

thread_local! {
    static THREAD_END: ThreadEnd = const { ThreadEnd([const { Cell::new(None) }; 3]) };
}

/// What is to run at a stage.
type Last = Cell<Option<fn()>>;

struct ThreadEnd([Last; 3]);

impl Drop for ThreadEnd {
    fn drop(&mut self) {
        self.0.iter().filter_map(Cell::get).for_each(|last| last());
    }
}

/// Whether this thread ends, so that no unit can be made for it any more.
pub(crate) fn is_over() -> bool {
    THREAD_END.try_with(|_| ()).is_err()
}

/// Has `last` run at a stage of this thread's end, once however often this is asked for; false if it is
/// too late.
// As what `strand` declares; a thread-local with a destructor has to be asked whether it is still there.
#[cfg_attr(feature = "stackful", inline(never))]
pub(crate) fn run(stage: Stage, last: fn()) -> bool {
    THREAD_END.try_with(|end| end.0[stage as usize].set(Some(last))).is_ok()
}
