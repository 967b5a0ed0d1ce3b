//! Programs as a model runs them: one thing after the other, with a budget of polls in place of time.

use std::collections::BTreeMap;

use super::Seen;
use super::program::{Body, Joiner, Kind, Op, Unit};

/// What a program leaves.
pub(super) fn of(body: &Body) -> BTreeMap<u32, Seen> {
    let mut model = Model::default();
    model.body(&mut Hub::default(), body, FOREVER);
    model.seen
}

#[derive(Clone, Debug, Default)]
struct Hub {
    tags: BTreeMap<String, String>,
    active: Option<u32>,
}

/// How something ended, and how often it was pending before that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done(usize),
    Failed(usize),
    Panicked(usize),
    /// It was dropped when it had been polled as often as it was granted.
    Cut,
}

use End::{Cut, Done, Failed, Panicked};

impl End {
    fn outcome(self) -> &'static str {
        match self {
            Done(_) => "ok",
            Failed(_) => "error",
            Panicked(_) => "panicked",
            Cut => "cancelled",
        }
    }

    fn after(self, pending: usize) -> End {
        match self {
            Done(more) => Done(pending + more),
            Failed(more) => Failed(pending + more),
            Panicked(more) => Panicked(pending + more),
            Cut => Cut,
        }
    }

    /// Somebody ignored the error.
    fn ignored(self) -> End {
        if let Failed(pending) = self { Done(pending) } else { self }
    }

    fn pending(self) -> usize {
        match self {
            Done(pending) | Failed(pending) | Panicked(pending) => pending,
            Cut => FOREVER,
        }
    }
}

const FOREVER: usize = usize::MAX;

/// The first is polled first.
fn in_order(at: usize, _: usize) -> usize {
    at
}

#[derive(Clone, Default)]
struct Model {
    seen: BTreeMap<u32, Seen>,
}

impl Model {
    /// Runs what is granted at least one poll.
    fn body(&mut self, hub: &mut Hub, body: &Body, granted: usize) -> End {
        let mut pending = 0;
        for op in body {
            match self.op(hub, op, granted - pending) {
                Done(more) => pending += more,
                end => return end.after(pending),
            }
        }
        Done(pending)
    }

    fn op(&mut self, hub: &mut Hub, op: &Op, granted: usize) -> End {
        match op {
            Op::SetTag(key, value) => {
                hub.tags.insert(format!("k{key}"), value.to_string());
                Done(0)
            }
            Op::RemoveTag(key) => {
                hub.tags.remove(&format!("k{key}"));
                Done(0)
            }
            Op::Pause(times) if usize::from(*times) < granted => Done((*times).into()),
            Op::Pause(_) => Cut,
            Op::Capture(id) => {
                self.see(*id, "event", hub.active, None, hub.tags.clone());
                Done(0)
            }
            Op::Fail => Failed(0),
            Op::Panic => Panicked(0),
            Op::Call(unit) => self.unit(hub, unit, granted).ignored(),
            Op::CallSync(unit) => match self.unit(hub, unit, FOREVER) {
                Panicked(_) => Panicked(0),
                _ => Done(0),
            },
            Op::Late { unit, before, hand } => self.late(hub, unit, before, *hand, granted),
            Op::Catch(body) => match self.body(hub, body, granted) {
                Panicked(pending) => Done(pending),
                end => end,
            },
            Op::WithScope(body) => {
                let mut inside = hub.clone();
                inside.tags.insert("in".to_owned(), "side".to_owned());
                self.body(&mut inside, body, granted)
            }
            Op::InSpan(id, body) => self.in_span(hub, *id, |model, hub| model.body(hub, body, granted)),
            Op::Join(joiner, units) => self.join(hub, *joiner, units, granted),
            Op::Select(units) => self.group(hub, &units[..], granted, |_| true, in_order),
            Op::Cancel(polls, unit) => match self.unit(hub, unit, *polls) {
                // All polls are made at once.
                Panicked(_) => Panicked(0),
                _ => Done(0),
            },
            Op::Spawn(unit) => {
                // A span whose caller is not there has a hub of its own.
                let mut elsewhere = Hub { active: hub.active, ..Hub::default() };
                let creator = if matches!(unit.kind, Kind::Span) { &mut elsewhere } else { hub };
                self.unit(creator, unit, FOREVER);
                Done(0)
            }
            Op::Thread(unit) => {
                self.unit(&mut hub.clone(), unit, FOREVER);
                Done(0)
            }
            Op::Bare(_) => Done(0),
        }
    }

    /// A call that is polled as often as it is granted, and then dropped.
    fn unit(&mut self, hub: &mut Hub, unit: &Unit, granted: usize) -> End {
        let creator = hub.active;
        self.created(hub, unit, creator, granted)
    }

    /// The same for a call that was made when `creator` was active.
    fn created(&mut self, hub: &mut Hub, unit: &Unit, creator: Option<u32>, granted: usize) -> End {
        if granted == 0 {
            return Cut;
        }
        let mut own = Hub { active: creator, ..hub.clone() };
        match unit.kind {
            Kind::Hub => return self.body(&mut own, &unit.body, granted),
            Kind::Span => {
                let before = hub.active.replace(unit.id);
                let end = self.body(hub, &unit.body, granted);
                hub.active = before;
                // The first span of a trace carries the scope, like that of a unit.
                let tags = if creator.is_none() { hub.tags.clone() } else { BTreeMap::new() };
                self.see(unit.id, end.outcome(), creator, None, tags);
                return end;
            }
            Kind::Fresh => own = Hub::default(),
            Kind::Parallel | Kind::Detached => {}
        }
        let (parent, link) = match unit.kind {
            Kind::Parallel => (creator, None),
            Kind::Detached => (None, creator),
            Kind::Fresh | Kind::Hub | Kind::Span => (None, None),
        };
        own.active = Some(unit.id);
        let end = self.body(&mut own, &unit.body, granted);
        self.see(unit.id, end.outcome(), parent, link, own.tags);
        end
    }

    fn late(&mut self, hub: &mut Hub, unit: &Unit, before: &Body, hand: u32, granted: usize) -> End {
        let mut at_call = hub.clone();
        let pending = match self.body(hub, before, granted) {
            Done(pending) => pending,
            end => return end,
        };
        let granted = granted - pending;
        let end = self.in_span(hub, hand, |model, hub| {
            let creator = at_call.active;
            let hub = if matches!(unit.kind, Kind::Span) { hub } else { &mut at_call };
            model.created(hub, unit, creator, granted)
        });
        end.ignored().after(pending)
    }

    fn in_span(&mut self, hub: &mut Hub, id: u32, f: impl FnOnce(&mut Self, &mut Hub) -> End) -> End {
        let parent = hub.active.replace(id);
        let end = f(self, hub);
        hub.active = parent;
        // What it returns does not matter.
        self.see(id, end.ignored().outcome(), parent, None, BTreeMap::new());
        end
    }

    fn join(&mut self, hub: &mut Hub, joiner: Joiner, units: &[Unit], granted: usize) -> End {
        let decides = |end| matches!((joiner, end), (_, Panicked(_)) | (Joiner::TryJoin, Failed(_)));
        // Another one is first in each round.
        let rotating = |at, rounds| (at + units.len() - rounds % units.len()) % units.len();
        match joiner {
            Joiner::Join | Joiner::TryJoin => self.group(hub, units, granted, decides, rotating),
            Joiner::Tokio | Joiner::All => self.group(hub, units, granted, decides, in_order),
        }
    }

    /// Units that are polled in turn until one ends in the way that `decides`, or all have ended. `turn` says when one is
    /// polled in the round after so many.
    fn group(
        &mut self,
        hub: &mut Hub,
        units: &[Unit],
        granted: usize,
        decides: impl Fn(End) -> bool,
        turn: impl Fn(usize, usize) -> usize,
    ) -> End {
        let alone = |unit| Model::default().unit(&mut hub.clone(), unit, FOREVER);
        let ends: Vec<End> = units.iter().map(alone).collect();
        let longest = ends.iter().map(|end| end.pending()).max().unwrap_or(0);
        let deciding = ends.iter().copied().enumerate().filter(|&(_, end)| decides(end));
        let deciding = deciding.map(|(at, end)| (end.pending(), turn(at, end.pending()), end));
        let first = deciding.min_by_key(|&(rounds, turn, _)| (rounds, turn));

        let decision = first.filter(|&(rounds, ..)| rounds < granted);
        for (at, unit) in units.iter().enumerate() {
            let polls = match decision {
                // Those before the one that decides had their turn in its last round.
                Some((rounds, last, _)) => rounds + usize::from(turn(at, rounds) <= last),
                None => granted,
            };
            self.unit(&mut hub.clone(), unit, polls);
        }
        match decision {
            Some((.., end)) => end.ignored(),
            None if longest < granted && first.is_none() => Done(longest),
            None => Cut,
        }
    }

    fn see(
        &mut self,
        id: u32,
        what: &'static str,
        parent: Option<u32>,
        link: Option<u32>,
        tags: BTreeMap<String, String>,
    ) {
        let seen = self.seen.insert(id, Seen { what, parent, link, tags });
        assert!(seen.is_none(), "the model runs {id} twice");
    }
}
