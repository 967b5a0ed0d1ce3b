//! What all outputs tell of a run, in one shape.

use std::collections::{BTreeMap, BTreeSet};

/// A span without its times, which formats round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) parent: Option<String>,
    pub(crate) name: String,
    /// `ok`, `error` or `cancelled`.
    pub(crate) outcome: String,
}

#[derive(Debug, Default)]
pub(crate) struct Records {
    /// By their ids.
    pub(crate) spans: BTreeMap<String, Span>,
    /// The span in which something was captured, and its level.
    pub(crate) events: BTreeSet<(String, String)>,
}

impl Records {
    pub(crate) fn add(&mut self, id: &str, span: Span) {
        let known = self.spans.insert(id.to_owned(), span);
        assert_eq!(known, None, "the span {id} is there twice");
    }

    pub(crate) fn add_event(&mut self, span: &str, level: &str) {
        assert!(self.events.insert((span.to_owned(), level.to_owned())), "two events of {span}");
    }

    /// Each order is one trace with one root, through both processes; and what is to go wrong did.
    pub(crate) fn assert_is_whole(&self, orders: usize) {
        let mut traces: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, span) in &self.spans {
            let parent = span.parent.as_ref().map(|parent| &self.spans[parent]);
            assert!(
                parent.is_none_or(|parent| parent.trace == span.trace),
                "{id} is in the trace of another"
            );
            traces.entry(&span.trace).or_default().push(id);
        }
        assert_eq!(traces.len(), orders);
        for ids in traces.values() {
            let roots = ids.iter().filter(|id| self.spans[**id].parent.is_none());
            let roots: Vec<_> = roots.map(|id| &*self.spans[*id].name).collect();
            assert_eq!(roots, ["POST /checkout"]);
            // Asked once, or twice if the first answer was that nobody has time.
            let asked: Vec<_> = ids.iter().filter(|id| self.path(id).ends_with(ASKED)).collect();
            let busy = asked.iter().filter(|id| self.spans[***id].outcome == "error").count();
            assert_eq!(asked.len(), busy + 1, "{asked:?}");
            // Of the two who look for it, one may be there before the other has begun.
            let picked = ids.iter().filter(|id| self.path(id).ends_with(PICKED));
            let outcomes: Vec<_> = picked.map(|id| &*self.spans[*id].outcome).collect();
            assert!(outcomes.contains(&"ok") && outcomes.len() <= 2, "{outcomes:?}");
        }
        let count = |path: &[&str], outcome| {
            self.spans
                .iter()
                .filter(|(id, span)| span.outcome == outcome && self.path(id).ends_with(path))
                .count()
        };
        assert!(count(PICKED, "cancelled") > 0);
        // One order in seven is asked for again, and one in fifty is refused.
        assert_eq!(count(ASKED, "error"), orders / 7);
        assert_eq!(count(&["POST /checkout", "ask"], "error"), orders / 50);
        assert_eq!(self.events.len(), orders / 7 + orders / 50);
    }

    /// The spans whose parent is in the other process.
    pub(crate) fn remote(&self) -> impl Iterator<Item = (&String, &Span)> {
        self.spans.iter().filter(|(id, _)| self.path(id).ends_with(ASKED))
    }

    /// The names from the root down to a span.
    fn path(&self, id: &str) -> Vec<&str> {
        let up = std::iter::successors(self.spans.get(id), |span| self.spans.get(span.parent.as_ref()?));
        let mut path: Vec<_> = up.map(|span| &*span.name).collect();
        path.reverse();
        path
    }

    #[track_caller]
    pub(crate) fn assert_same(&self, name: &str, other: &Records) {
        let ids: BTreeSet<_> = self.spans.keys().chain(other.spans.keys()).collect();
        let differs = |id: &&&String| self.spans.get(**id) != other.spans.get(**id);
        let differences: Vec<_> = ids.iter().filter(differs).collect();
        let few = differences.iter().take(5).map(|id| {
            format!(
                "{id}\n  is          {:?}\n  but is here {:?}\n",
                self.spans.get(**id),
                other.spans.get(**id)
            )
        });
        let few: String = few.collect();
        assert!(differences.is_empty(), "{name}: {} spans differ, as\n{few}", differences.len());
        assert_eq!(self.events, other.events, "{name}");
    }
}

/// A question to the warehouse, from the shop's span to the warehouse's.
const ASKED: &[&str] = &["POST /checkout", "ask", "GET /stock/{request}", "GET /stock/{request}"];
const PICKED: &[&str] = &["ask", "GET /stock/{request}", "GET /stock/{request}", "pick"];
