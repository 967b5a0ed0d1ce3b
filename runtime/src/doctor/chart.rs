//! What the doctor notes of a unit; the unit carries it.

use std::panic::Location;

use super::thread::{self, Ran};
use super::unread::Unread;
use super::{Finding, Held, Kind, is_on, spans};
use crate::pipeline_ref::PipelineRef;
use crate::scope::{Scope, Write};
use crate::value::Text;

/// What the doctor notes of a unit.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    pub(super) made: Option<&'static Location<'static>>,
    /// The thread on which it was made.
    pub(super) thread: u64,
    /// Which `#[span]` futures of the unit set what last.
    writers: Vec<Writer>,
    pub(super) unread: Unread,
    /// The span of the unit will carry its scope.
    pub(super) is_carried: bool,
}

#[derive(Debug)]
struct Writer {
    what: Text,
    future: u64,
    place: &'static Location<'static>,
}

/// Writers that are remembered for a unit.
const MAX_WRITERS: usize = 64;

/// A unit whose records go to `pipeline` is about to be put into the slot. `is_base` says whether nothing is around it.
#[inline(always)]
pub(crate) fn binding(chart: &mut Held<Chart>, pipeline: PipelineRef, is_base: fn() -> bool) {
    if is_on()
        && let Some(chart) = chart.get_mut()
    {
        chart.bound(pipeline, is_base);
    }
}

impl Chart {
    fn bound(&mut self, pipeline: PipelineRef, is_base: fn() -> bool) {
        // It was suspended, or it is made anew.
        self.read();
        let (made, is_foreign) = (self.made, self.made.is_some() && self.thread != thread::number());
        thread::ran(Ran { pipeline, made });
        if is_foreign && is_base() {
            thread::ran_foreign(Ran { pipeline, made });
        }
    }

    /// Something reads the scope, or might have read it.
    pub(super) fn read(&mut self) {
        self.unread.read(self.made);
    }

    pub(super) fn note(
        &mut self,
        scope: &Scope,
        write: &Write,
        future: u64,
        place: &'static Location<'static>,
    ) -> Option<Finding> {
        let what = write.what()?;
        let writer = Writer { what, future, place };
        let Some(before) = self.writers.iter_mut().find(|before| before.what == writer.what) else {
            if future != 0 && self.writers.len() < MAX_WRITERS {
                self.writers.push(writer);
            }
            return None;
        };
        let before = std::mem::replace(before, writer);
        let are_two = before.future != 0 && future != 0 && before.future != future;
        // Who writes what is there already takes nothing from anybody.
        (are_two && !scope.says(write) && spans::run_side_by_side(before.future, future))
            .then(|| Finding::new(Kind::SharedScope, before.what, place).and(Some(before.place)))
    }
}

#[cfg(all(test, feature = "enabled"))]
mod tests {
    use super::*;

    #[test]
    fn a_chart_is_bounded() {
        let (mut chart, scope, here) = (Chart::default(), Scope::default(), Location::caller());
        for n in 0..2 * MAX_WRITERS {
            assert!(chart.note(&scope, &Write::tag(n.to_string(), n), 1, here).is_none());
        }
        assert_eq!(chart.writers.len(), MAX_WRITERS);
    }
}

const _: () = {
    // Not a byte where it is not there.
    assert!(super::IS_PRESENT || size_of::<Held<Chart>>() == 0);
};
