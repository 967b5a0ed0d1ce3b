//! What a hub holds.

use std::fmt;
use std::sync::Arc;

use crate::doctor::{Chart, Held};
use crate::foreign;
use crate::given::Merge;
use crate::ids::{EventId, random};
use crate::locals::Locals;
use crate::position::Flow;
use crate::propagation::Propagated;
use crate::scope::Scope;

/// The data of one concurrency unit.
pub(crate) struct Unit {
    /// Tells units apart, for the futures that are to be polled in one and not in another.
    pub(crate) id: u64,
    /// The unit of which this is a clone; 0 if it is of none.
    pub(crate) creator: u64,
    /// The task in which the unit is bound now.
    pub(crate) task: Task,
    pub(crate) flow: Flow,
    pub(crate) scope: Scope,
    pub(crate) locals: Locals,
    pub(crate) last_event: Option<EventId>,
    /// What it passes on to other processes beside the ids of its trace; none for most.
    pub(crate) propagated: Option<Arc<Propagated>>,
    /// What becomes of its writes, if they do not vanish with it.
    pub(crate) merge: Option<Box<Merge>>,
    /// What it keeps of other libraries; there where their contexts are isolated, and not for the unit of a thread.
    pub(crate) foreign: Option<foreign::Shared>,
    /// What the doctor notes.
    pub(crate) chart: Held<Chart>,
}

impl Unit {
    // Below, the box is there before what goes into it, which so is not put together elsewhere and then moved.

    /// A unit with an empty scope.
    pub(crate) fn empty(id: u64, flow: Flow) -> Box<Self> {
        Box::write(
            Box::new_uninit(),
            Unit {
                id,
                creator: 0,
                task: Task::none(),
                flow,
                scope: Scope::default(),
                locals: Locals::default(),
                last_event: None,
                propagated: None,
                merge: None,
                foreign: None,
                chart: Held::default(),
            },
        )
    }

    /// Another unit that starts with what this one holds.
    pub(crate) fn fork(&self) -> Box<Self> {
        Box::write(
            Box::new_uninit(),
            Unit {
                id: random(),
                creator: self.id,
                task: Task::none(),
                flow: self.flow,
                scope: self.scope.clone(),
                locals: self.locals.clone(),
                last_event: self.last_event,
                propagated: self.propagated.clone(),
                merge: None,
                foreign: None,
                chart: Held::default(),
            },
        )
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unit").field("scope", &self.scope).field("flow", &self.flow).finish_non_exhaustive()
    }
}

/// The tokio task that runs on this thread, if any. A unit that is found bound while another task
/// runs than the one it was bound in is not the unit of that task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    #[cfg(feature = "tokio")]
    id: Option<tokio::task::Id>,
}

impl Task {
    #[inline]
    pub(crate) fn current() -> Self {
        Task {
            #[cfg(feature = "tokio")]
            id: tokio::task::try_id(),
        }
    }

    /// The task of this id, which need not run now.
    #[cfg(all(feature = "isolate-tasks", tokio_unstable))]
    pub(crate) fn of(id: tokio::task::Id) -> Self {
        Task { id: Some(id) }
    }

    #[inline]
    pub(crate) const fn none() -> Self {
        Task {
            #[cfg(feature = "tokio")]
            id: None,
        }
    }
}
