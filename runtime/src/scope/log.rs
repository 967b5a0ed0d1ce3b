//! What was written to a scope since a moment, to be written to another.

use super::{Scope, Write};

/// What was written to a scope since its log was started.
#[derive(Clone, Default)]
pub(crate) struct Log {
    cleared: bool,
    breadcrumbs_cleared: bool,
    /// What was written since the clearing, if any. A scope that begins empty is just that.
    written: Scope,
}

impl Log {
    pub(super) fn write(&mut self, write: Write) {
        self.cleared |= matches!(write, Write::Clear);
        self.breadcrumbs_cleared |= matches!(write, Write::ClearBreadcrumbs);
        self.written.write(write);
    }
}

impl Scope {
    /// Remembers what is written from now on.
    pub(crate) fn start_log(&mut self) {
        self.log = Some(Box::default());
    }

    /// What was written since, after which no more is remembered.
    pub(crate) fn take_log(&mut self) -> Option<Log> {
        self.log.take().map(|log| *log)
    }

    /// What was written since; all that the scope holds if nobody started a log.
    pub(crate) fn take_log_or_all(&mut self) -> Log {
        let all = |scope: &Scope| Log { written: scope.clone(), ..Log::default() };
        self.take_log().unwrap_or_else(|| all(self))
    }

    /// A clone that remembers what it was given, as this one does.
    pub(crate) fn clone_with_log(&self) -> Scope {
        Scope { log: self.log.clone(), ..self.clone() }
    }

    /// A clone that remembers what is written to it from now on.
    pub(crate) fn logging(&self) -> Scope {
        Scope { log: Some(Box::default()), ..self.clone() }
    }

    /// Writes what was written to another scope, breadcrumbs in the order of time.
    ///
    /// What this drops may be the user's, as in [`Scope::write`].
    pub(crate) fn merge(&mut self, log: &Log) {
        if log.cleared {
            self.write(Write::Clear);
        }
        if log.breadcrumbs_cleared {
            self.write(Write::ClearBreadcrumbs);
        }
        log.written.writes.live_writes().into_iter().cloned().for_each(|write| self.write(write));
        let breadcrumbs = &log.written.breadcrumbs;
        if let Some(own) = &mut self.log {
            own.written.breadcrumbs = breadcrumbs.over(&own.written.breadcrumbs);
        }
        self.breadcrumbs = breadcrumbs.over(&self.breadcrumbs);
    }

    /// The writes that do to another scope what was done to this one since [`Scope::logging`].
    ///
    /// If another value was assigned in the meantime, they give the other scope that value.
    pub(crate) fn into_log(mut self) -> Vec<Write> {
        let log = match self.log.take() {
            Some(log) => *log,
            None => Log { cleared: true, breadcrumbs_cleared: false, written: self },
        };
        let clear = log.cleared.then_some(Write::Clear);
        let clear_breadcrumbs = log.breadcrumbs_cleared.then_some(Write::ClearBreadcrumbs);
        let writes = log.written.writes.live_writes().into_iter().cloned();
        let breadcrumbs = log.written.breadcrumbs.list().into_iter().cloned().map(Write::Breadcrumb);
        clear.into_iter().chain(clear_breadcrumbs).chain(writes).chain(breadcrumbs).collect()
    }
}
