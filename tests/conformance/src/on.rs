//! One behaviour on one adapter: what it does, what it saw, what was recorded.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use isohub::testing::Recorder;
use isohub::{Outcome, SpanId, SpanRecord};

use crate::adapter::{Ability, Adapter};
use crate::scene::{Ended, PATIENCE, Probe, Scene, Started};
use crate::within::tags;

/// The adapter that a behaviour runs on, with a recorder, and with what is found to be wrong: nothing panics for
/// it, because a panic in a unit would be taken for that unit's.
#[derive(Clone)]
pub struct On {
    adapter: Arc<dyn Adapter>,
    recorder: Arc<Recorder>,
    wrong: Arc<Mutex<Vec<String>>>,
    notes: Arc<Mutex<Vec<String>>>,
}

impl On {
    pub(crate) fn new(adapter: Arc<dyn Adapter>) -> Self {
        On { adapter, recorder: Arc::default(), wrong: Arc::default(), notes: Arc::default() }
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    pub(crate) fn can(&self, ability: Ability) -> bool {
        self.lack(ability).is_none()
    }

    pub(crate) fn lack(&self, ability: Ability) -> Option<&'static str> {
        self.adapter.lacks().iter().find(|(lacking, _)| *lacking == ability).map(|(_, why)| *why)
    }

    /// Runs what creates units, in a hub whose data comes here.
    pub(crate) fn stage<F>(&self, creator: impl FnOnce(On) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let on = self.clone();
        self.adapter.stage(Box::pin(self.recorder.run(async { creator(on).await })));
    }

    /// Plays a scene, and sees to it that the creator's active span is the same afterwards.
    pub(crate) async fn play(&self, scene: Scene) -> Vec<Ended> {
        let before = isohub::current_span().context();
        let ended = self.adapter.play(scene).await;
        self.equal(
            "the span that is active in the creator afterwards",
            isohub::current_span().context(),
            before,
        );
        ended
    }

    /// Notes what is left where the units ran.
    pub(crate) async fn look_at_what_is_left(&self, look: impl FnOnce() + Send + 'static) {
        self.adapter.reuse(Probe(Box::new(look))).await;
    }

    /// A place where `count` units meet, so that all are under way at the same time; if they can be.
    pub(crate) fn meeting(&self, count: usize) -> Meeting {
        Meeting(self.can(Ability::Together).then(|| Started::expecting(count)))
    }

    /// The same for one step of many, if units can take steps together.
    pub(crate) fn step(&self, count: usize) -> Meeting {
        if self.can(Ability::InStep) { self.meeting(count) } else { Meeting(None) }
    }

    /// Says what is wrong if these are not equal.
    pub(crate) fn equal<T: PartialEq<U> + Debug, U: Debug>(&self, what: &str, found: T, expected: U) {
        if found != expected {
            self.wrong(format!("{what}: found {found:?}, expected {expected:?}"));
        }
    }

    pub(crate) fn wrong(&self, what: String) {
        self.wrong.lock().expect("no panic in here").push(what);
    }

    pub(crate) fn all_wrong(&self) -> Vec<String> {
        self.wrong.lock().expect("no panic in here").clone()
    }

    /// Something that notes, when it is dropped, in which unit that was.
    pub(crate) fn witness(&self, name: &str) -> Witness {
        Witness { on: self.clone(), name: name.to_owned() }
    }

    pub(crate) fn note(&self, note: String) {
        self.notes.lock().expect("no panic in here").push(note);
    }

    /// What was noted must be these, in any order. What was cancelled on another thread is waited for.
    pub(crate) fn expect_notes(&self, mut expected: Vec<String>) {
        let deadline = Instant::now() + PATIENCE;
        let notes = || self.notes.lock().expect("no panic in here").clone();
        while notes().len() < expected.len() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut notes = notes();
        notes.sort();
        expected.sort();
        self.equal("notes", notes, expected);
    }

    /// Waits until all has been delivered, and finds what is not accounted for.
    pub(crate) fn settle(&self) {
        if let Err(open) = self.recorder.settled(Duration::from_secs(20)) {
            self.wrong(open.to_string());
        }
        let stats = self.recorder.stats();
        self.equal(
            "spans that were delivered, and orphans",
            (stats.delivered, stats.orphans),
            (stats.started, 0),
        );
    }

    /// Units that are right are right for the doctor, too.
    pub(crate) fn expect_no_findings(&self) {
        for finding in self.recorder.findings() {
            self.wrong(format!("found by the doctor: {finding}"));
        }
    }

    /// Each span as the path of names from its root, with its outcome if that is not ok, sorted.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.settle();
        let spans = self.recorder.spans();
        let by_id: HashMap<SpanId, &SpanRecord> =
            spans.iter().map(|span| (span.context.span_id(), span.as_ref())).collect();
        let path = |span: &SpanRecord| {
            let mut names = vec![span.name.to_string()];
            let mut child = span;
            while let Some(parent) = child.parent {
                let Some(found) = by_id.get(&parent) else {
                    names.push("(unknown)".to_owned());
                    break;
                };
                if found.context.trace_id() != child.context.trace_id() {
                    names.push("(another trace)".to_owned());
                }
                names.push(found.name.to_string());
                child = found;
            }
            names.reverse();
            let outcome =
                if span.outcome == Outcome::Ok { String::new() } else { format!(" {}", span.outcome) };
            names.join(" > ") + &outcome
        };
        let mut paths: Vec<_> = spans.iter().map(|span| path(span)).collect();
        paths.sort();
        paths
    }

    /// The paths that are found must be these. The spans of units are called `unit`; where units have none, they
    /// are not expected.
    pub(crate) fn expect_paths(&self, expected: impl IntoIterator<Item = String>) {
        let with_units = self.can(Ability::Span);
        let expected = expected.into_iter();
        let mut expected: Vec<String> = if with_units {
            expected.collect()
        } else {
            let is_of_unit = |path: &str| path.split(" > ").last().is_some_and(|it| it.starts_with("unit"));
            expected.filter(|path| !is_of_unit(path)).map(|path| path.replace("unit > ", "")).collect()
        };
        expected.sort();
        self.equal("spans", self.paths(), expected);
    }
}

#[derive(Clone)]
pub(crate) struct Meeting(Option<Started>);

impl Meeting {
    /// Waits for the others.
    pub(crate) async fn arrive(self) {
        let Some(others) = self.0 else { return };
        others.arrive();
        others.all().await;
    }
}

pub(crate) struct Witness {
    on: On,
    name: String,
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.on.note(format!("{}: {}", self.name, tags()));
    }
}
