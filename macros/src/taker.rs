//! What takes arguments, and how it is called in messages.

use crate::attribute::Marker;

/// Which macro was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitMacro {
    Isolated,
    Parallel,
    SpawnIsolated,
}

/// An attribute, or a macro that takes the same arguments as its options.
#[derive(Clone, Copy)]
pub(crate) enum Taker {
    Attribute(Marker),
    Macro(UnitMacro),
}

/// What an argument is about, and so which attributes take it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Span,
    Hub,
    /// What the unit wrote, when its creator waits for it.
    Creator,
    /// Whole items, and what they are in.
    Items,
    Any,
}

impl Taker {
    /// As users write it.
    pub(crate) fn written(self) -> &'static str {
        match self {
            Taker::Attribute(marker) => marker.written(),
            Taker::Macro(UnitMacro::Isolated) => "isolated!",
            Taker::Macro(UnitMacro::Parallel) => "parallel!",
            Taker::Macro(UnitMacro::SpawnIsolated) => "spawn_isolated!",
        }
    }

    /// What its arguments are called.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Taker::Attribute(_) => "argument",
            Taker::Macro(_) => "option",
        }
    }

    fn marker(self) -> Marker {
        match self {
            Taker::Attribute(marker) => marker,
            Taker::Macro(UnitMacro::Isolated) => Marker::IsolatedHub,
            Taker::Macro(UnitMacro::Parallel | UnitMacro::SpawnIsolated) => Marker::ParallelSpan,
        }
    }

    /// Why it does not take such an argument, and what does; `None` if it takes it.
    pub(crate) fn refusal(self, about: About) -> Option<&'static str> {
        let marker = self.marker();
        match (about, self) {
            (About::Span, Taker::Attribute(_)) if !marker.has_span() => {
                Some("which starts no span: use `#[parallel_span]`")
            }
            (About::Span, Taker::Macro(_)) if !marker.has_span() => {
                Some("which starts no span: use `isohub::parallel!(\"name\", ..)`")
            }
            (About::Hub | About::Creator, _) if !marker.has_hub() => {
                Some("which has no hub of its own: use `#[parallel_span]`")
            }
            (About::Creator, Taker::Macro(UnitMacro::SpawnIsolated)) => Some(
                "whose unit ends in another task or thread: spawn `work.returning_hub()`, and give the hub that it \
                 returns to `isohub::merge(..)`",
            ),
            (About::Items, Taker::Macro(_)) => Some("which is given no item: leave it out"),
            _ => None,
        }
    }

    /// The options that say where a unit runs.
    pub(crate) fn places(self) -> &'static [&'static str] {
        match self {
            Taker::Macro(UnitMacro::SpawnIsolated) => &["blocking", "local", "thread", "in"],
            _ => &[],
        }
    }
}
