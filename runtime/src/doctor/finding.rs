//! What the doctor finds.

use std::fmt;

use crate::place::Place;
use crate::value::Text;

/// A mistake that the doctor knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A scope, or a `hub_local!` value, was written in a task without a unit: it is lost. Its places: the write, and
    /// where the nearest unit was made, if there is one: that around the task, or the last that ran on its thread. Where the
    /// task was spawned, tokio does not tell.
    LostWrite,
    /// A span began in a task without a unit: its parent is lost. Its places: the span, and the nearest unit, likewise.
    Orphan,
    /// An event was captured in a task without a unit: it has no scope and no trace. Its places: the capture, and the
    /// nearest unit, likewise.
    LostCapture,
    /// A `#[span]` future was polled in another unit than the one that called it, and not in a clone of that: it
    /// runs in an empty hub. Its places: the span, and the unit that polled it.
    OtherUnit,
    /// Two futures of one unit that have spans, neither inside the other, set the same key to different values while both ran:
    /// the branches of a join that were not isolated. Its places: the later write, and the earlier.
    SharedScope,
    /// The last that a unit did was to write to its scope, or to set a `hub_local!` value, and nothing reads that. Its
    /// places: the write, and the unit.
    DeadWrite,
    /// Something happened in a trace whose root ended long before. Its places: what happened, and the unit in which.
    OutlivedRoot,
    /// A span was still open when its pipeline stopped.
    OpenSpan,
    /// Something was written, captured or begun on a pool's thread outside any unit. Its places: what happened,
    /// and the unit that ran there before.
    BarePoolJob,
}

/// What is said of a kind.
struct Words {
    name: &'static str,
    /// What is wrong, after the place where it happened.
    wrong: &'static str,
    /// What the other place is.
    other: &'static str,
    instead: &'static str,
}

const SPAWN: &str = "spawn the task by `spawn_isolated!(..)`, or put `#[isolated_hub]` on what is spawned";
const IN_RAYON: &str =
    "write `.par_iter().isolated()`, `isohub::rayon::join(..)`, or `isohub::isolated!(|| ..)` around the job";

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 9] = [
        Kind::LostWrite,
        Kind::Orphan,
        Kind::LostCapture,
        Kind::OtherUnit,
        Kind::SharedScope,
        Kind::DeadWrite,
        Kind::OutlivedRoot,
        Kind::OpenSpan,
        Kind::BarePoolJob,
    ];

    fn words(self) -> Words {
        let (name, wrong, other, instead) = match self {
            Kind::LostWrite => (
                "lost write",
                "is lost, because the task has no hub of its own",
                "the nearest unit was made",
                SPAWN,
            ),
            Kind::Orphan => (
                "orphan",
                "began in a task that has no hub of its own, so its parent is lost",
                "the nearest unit was made",
                SPAWN,
            ),
            Kind::LostCapture => (
                "lost capture",
                "carries neither scope nor trace, because the task has no hub of its own",
                "the nearest unit was made",
                SPAWN,
            ),
            Kind::OtherUnit => (
                "other unit",
                "was called in one unit and is polled in another, so it runs in an empty hub",
                "the other was made",
                "put `#[parallel_span]` on the function, or write `.isolated()` where it is called",
            ),
            Kind::SharedScope => (
                "shared scope",
                "replaces what another future of the same unit wrote, and both still run",
                "the other wrote",
                "give each its own hub: `isohub::join!(..)`, or `#[parallel_span]` on the function",
            ),
            Kind::DeadWrite => (
                "dead write",
                "vanishes with its unit before anything reads it, and its creator goes on without",
                "the unit was made",
                "put `#[span]` on what shall write to its caller's hub, or `merge` in the attribute",
            ),
            Kind::OutlivedRoot => (
                "outlived root",
                "belongs to a trace whose root ended long before",
                "the unit was made",
                "give the task `detached`, or build what lives long in `isohub::suppress(|| ..)`",
            ),
            Kind::OpenSpan => (
                "open span",
                "was still open when the pipeline stopped, so it is not recorded",
                "the unit was made",
                "wait for its task before the end, or give each round of its loop a span",
            ),
            Kind::BarePoolJob => (
                "bare pool job",
                "happens outside any unit, on a thread that ran units of others",
                "the one before was made",
                "give each job its hub: `isohub::isolated!(|| ..)`, or `#[isolated_hub]` on what is run",
            ),
        };
        Words { name, wrong, other, instead }
    }

    /// What to write instead.
    pub fn instead(self) -> &'static str {
        self.words().instead
    }

    /// The section that explains it, as a link: `TROUBLESHOOTING.md#lost-write`.
    pub fn link(self) -> String {
        format!("TROUBLESHOOTING.md#{}", self.words().name.replace(' ', "-"))
    }
}

impl fmt::Display for Kind {
    /// Its name, in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words().name)
    }
}

/// A mistake that was found.
///
/// Its `Display` is one line: what is wrong, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    kind: Kind,
    /// What is at the place, such as a span's name.
    subject: Text,
    place: Place,
    other: Option<Place>,
    /// It is of a job of rayon's.
    is_in_rayon: bool,
}

impl Finding {
    pub(super) fn new(kind: Kind, subject: impl Into<Text>, place: impl Into<Place>) -> Self {
        Finding { kind, subject: subject.into(), place: place.into(), other: None, is_in_rayon: false }
    }

    /// Jobs of rayon's are not spawned as tasks are.
    pub(super) fn in_rayon(self, is_in_rayon: bool) -> Self {
        Finding { is_in_rayon, ..self }
    }

    pub(super) fn and(self, other: Option<impl Into<Place>>) -> Self {
        Finding { other: other.map(Into::into), ..self }
    }

    /// Which mistake it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where it happened.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Where it began, as [`Kind`] says; `None` where that is not known.
    pub fn other_place(&self) -> Option<Place> {
        self.other
    }

    /// What is wrong, with its places.
    pub fn message(&self) -> String {
        let Words { wrong, other, .. } = self.kind.words();
        let message = format!("{} at {} {wrong}", self.subject, self.place);
        match self.other {
            Some(place) => format!("{message} ({other} at {place})"),
            None => message,
        }
    }

    /// What to write instead.
    pub fn instead(&self) -> &'static str {
        if self.is_in_rayon { IN_RAYON } else { self.kind.instead() }
    }

    /// The section of `TROUBLESHOOTING.md` that explains it.
    pub fn link(&self) -> String {
        if self.is_in_rayon { "TROUBLESHOOTING.md#rayon".to_owned() } else { self.kind.link() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {} (see {})", self.kind, self.message(), self.instead(), self.link())
    }
}
