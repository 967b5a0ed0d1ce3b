//! A hub for every task of a tokio runtime, without a macro at the spawn.
//!
//! [`isolate_tasks`] installs hooks in the builder of a runtime. From then on each task that is spawned there
//! starts in a clone of its creator's hub, taken when it is spawned, as one spawned by
//! [`spawn_isolated!`](crate::spawn_isolated) does: what it writes is its own, and the span that was active in
//! its creator is the parent of its spans, which so are siblings of those of other tasks.
//!
//! ```
//! use isohub::{Hub, tokio::isolate_tasks};
//!
//! fn main() -> std::io::Result<()> {
//!     let mut builder = tokio::runtime::Builder::new_multi_thread();
//!     isolate_tasks(&mut builder);
//!     builder.build()?.block_on(async {
//!         isohub::set_tag("request", 7);
//!         let task = tokio::spawn(async {
//!             isohub::set_tag("step", "in the task");
//!             Hub::current().scope().tag("request").map(str::to_owned)
//!         });
//!         assert_eq!(task.await.unwrap().as_deref(), Some("7"));
//!         assert_eq!(Hub::current().scope().tag("step"), None);
//!     });
//!     Ok(())
//! }
//! ```
//!
//! `#[tokio::main]` and `#[tokio::test]` build their runtime themselves, without hooks: write a `main` as above
//! instead.
//!
//! # What it needs
//!
//! The feature `isolate-tasks`, and tokio's hooks, which are there in its unstable builds only. In the
//! `.cargo/config.toml` of the program write
//!
//! ```toml
//! [build]
//! rustflags = ["--cfg", "tokio_unstable"]
//! ```
//!
//! Without the flag the feature is an error of the compiler that says so. The hooks may change in any version
//! of tokio.
//!
//! # What is covered
//!
//! | what runs | its hub |
//! | --- | --- |
//! | a task: `spawn`, `JoinSet`, `Handle`, `task::Builder`, and all that spawns in their way | its own, from its creator |
//! | a task of a `LocalRuntime`, `spawn_local` in it included | its own, from its creator |
//! | a task that is aborted, or that panics | its own, in its destructors too |
//! | a task that the runtime drops as it shuts down | its own; but of the contexts of other libraries ([`isohub::foreign`](crate::foreign)) those of the thread, since tokio calls no hook before it |
//! | an annotated future or a `spawn_isolated!` in such a runtime | its own, as everywhere |
//! | the future of `block_on` | that of the thread that blocks, or of the unit that runs there: it is no task |
//! | branches of `join!` and `select!`, futures in a `FuturesUnordered` | that of their task, which they share: use [`isohub::join!`](crate::join), or annotate them |
//! | a task of a `LocalSet` | none: tokio calls no hook. What it writes is lost, and named once a place: use `spawn_isolated!(local, ..)` |
//! | a job of `spawn_blocking` | none: tokio calls no hook before it. What it writes is lost, and named once a place: use `spawn_isolated!(blocking, ..)` |
//! | a task that is spawned when the runtime is already shut down | none: tokio drops it before it calls a hook |
//! | what a task returned, if it is the `JoinHandle` that drops it | none: tokio says that it is still the task, whose hub is gone. What the destructor writes is lost, and named once a place: take it by `handle.await` |
//!
//! In annotated functions a bare `tokio::spawn(..)` stays an error of the compiler, since it is right in such
//! a runtime only: `allow(bare_spawn)` says that it is meant.
//!
//! # Cost
//!
//! A clone of the hub for each task, and for each poll two look-ups in a table that is divided into 64 parts, each
//! behind a lock of its own that is held for a few nanoseconds: about 360 instructions. The future of
//! `spawn_isolated!`, which needs no look-up, takes about 75. The table keeps room for as many tasks as there were at once.
//!
//! Where tokio polls a task on another thread before the hook after its last poll has run, the task waits for that: at
//! most for about a second, which a hook of your own would have to take, and then it is polled once without its hub.

mod hubs;

use ::tokio::runtime::{Builder, TaskMeta};

use crate::doctor::Made;
use crate::hub::Hub;
use crate::parked;
use crate::unit::Task;

pub(crate) use hubs::with_waiting_hub;

/// Has every task of the runtime that `builder` makes run in a hub of its own, cloned from its creator's.
///
/// The hooks on tasks that the builder had before are gone, since it holds one of each kind; those that are set on it
/// afterwards take the place of these, and isolation ends. Give them to what this returns instead:
///
/// ```
/// use isohub::tokio::isolate_tasks;
///
/// let mut builder = tokio::runtime::Builder::new_current_thread();
/// isolate_tasks(&mut builder).on_task_spawn(|task| isohub::set_tag("task", task.id()));
/// builder.build()?.block_on(async {
///     let task = tokio::spawn(async { isohub::Hub::current().scope().tag("task").is_some() });
///     assert!(task.await.unwrap());
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// For other runtimes that are built by the same builder it counts too. In a build without `enabled` it does
/// nothing.
pub fn isolate_tasks(builder: &mut Builder) -> IsolateTasks<'_> {
    if !crate::ENABLED {
        return IsolateTasks { builder };
    }
    hubs::leave_after_fork();
    builder.on_task_spawn(on_task_spawn);
    builder.on_before_task_poll(on_before_task_poll);
    builder.on_after_task_poll(on_after_task_poll);
    builder.on_task_terminate(on_task_terminate);
    IsolateTasks { builder }
}

/// Takes hooks of your own, for a runtime whose tasks are isolated; made by [`isolate_tasks`].
///
/// Each runs in the hub of its task, where the task has one: it can write tags and breadcrumbs there. Of each
/// kind the one that was given last counts. What a hook that panics means for the runtime tokio says; the hubs
/// are whole after it.
#[derive(Debug)]
pub struct IsolateTasks<'a> {
    builder: &'a mut Builder,
}

impl IsolateTasks<'_> {
    /// Calls `hook` when a task is spawned, on the thread of its creator and already in the task's hub.
    pub fn on_task_spawn(self, hook: impl Fn(&TaskMeta<'_>) + Send + Sync + 'static) -> Self {
        self.builder.on_task_spawn(move |task| spawned(task, &hook));
        self
    }

    /// Calls `hook` before each poll of a task.
    pub fn on_before_task_poll(self, hook: impl Fn(&TaskMeta<'_>) + Send + Sync + 'static) -> Self {
        self.builder.on_before_task_poll(move |task| before_poll(task, &hook));
        self
    }

    /// Calls `hook` after each poll of a task, also after one that panicked.
    pub fn on_after_task_poll(self, hook: impl Fn(&TaskMeta<'_>) + Send + Sync + 'static) -> Self {
        self.builder.on_after_task_poll(move |task| after_poll(task, &hook));
        self
    }

    /// Calls `hook` when a task has ended and its future is dropped. For a job of `spawn_blocking`, too, which
    /// has no hub.
    pub fn on_task_terminate(self, hook: impl Fn(&TaskMeta<'_>) + Send + Sync + 'static) -> Self {
        self.builder.on_task_terminate(move |task| terminated(task, &hook));
        self
    }
}

/// What [`isolate_tasks`] does when a task is spawned: for whoever has to install the hooks himself.
///
/// All four belong together: where [`on_after_task_poll`] is missing, each poll on another thread waits a second in
/// vain. What such a hook writes to a scope before or after this call is not the task's: after
/// [`on_before_task_poll`] it is lost.
///
/// ```
/// let mut builder = tokio::runtime::Builder::new_current_thread();
/// builder
///     .on_task_spawn(isohub::tokio::on_task_spawn)
///     .on_before_task_poll(isohub::tokio::on_before_task_poll)
///     .on_after_task_poll(isohub::tokio::on_after_task_poll)
///     .on_task_terminate(|task| {
///         isohub::tokio::on_task_terminate(task);
///         println!("task {} has ended", task.id());
///     });
/// ```
pub fn on_task_spawn(task: &TaskMeta<'_>) {
    spawned(task, |_| ());
}

/// What [`isolate_tasks`] does before each poll of a task; see [`on_task_spawn`].
pub fn on_before_task_poll(task: &TaskMeta<'_>) {
    before_poll(task, |_| ());
}

/// What [`isolate_tasks`] does after each poll of a task; see [`on_task_spawn`].
pub fn on_after_task_poll(task: &TaskMeta<'_>) {
    after_poll(task, |_| ());
}

/// What [`isolate_tasks`] does when a task has ended; see [`on_task_spawn`].
pub fn on_task_terminate(task: &TaskMeta<'_>) {
    terminated(task, |_| ());
}

/// How many tasks have a hub by these hooks now, in all runtimes of the process. Looks at each part of the table: for
/// tests and for watching, not for hot paths.
pub fn isolated_tasks() -> usize {
    hubs::count()
}

fn spawned(task: &TaskMeta<'_>, hook: impl Fn(&TaskMeta<'_>)) {
    if !crate::ENABLED {
        return hook(task);
    }
    let mut hub = Hub::current();
    hub.run(|| hook(task));
    hubs::insert(task.id(), hub.parked.made(Made::at(task.spawned_at())));
}

// In hooks no task runs, so while one of the user's does, the hub belongs to none.

fn before_poll(task: &TaskMeta<'_>, hook: impl Fn(&TaskMeta<'_>)) {
    if !crate::ENABLED || !hubs::enter(task.id()) {
        return hook(task);
    }
    let leave = Leave(task);
    hook(task);
    std::mem::forget(leave);
    parked::give_to(Task::of(task.id()));
}

fn after_poll(task: &TaskMeta<'_>, hook: impl Fn(&TaskMeta<'_>)) {
    if !crate::ENABLED {
        return hook(task);
    }
    parked::lend(Task::of(task.id()));
    let _leave = Leave(task);
    hook(task);
}

fn terminated(task: &TaskMeta<'_>, hook: impl Fn(&TaskMeta<'_>)) {
    if !crate::ENABLED {
        return hook(task);
    }
    // At the shutdown of a runtime no poll surrounds this.
    let is_polled = parked::lend(Task::of(task.id()));
    let _leave = (!is_polled && hubs::enter(task.id())).then(|| Leave(task));
    let _end = End(task);
    hook(task);
}

/// Takes the hub of a task out of the slot.
struct Leave<'a>(&'a TaskMeta<'a>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        hubs::leave(self.0.id());
    }
}

/// Says that a task has ended.
struct End<'a>(&'a TaskMeta<'a>);

impl Drop for End<'_> {
    fn drop(&mut self) {
        hubs::end(self.0.id());
    }
}
