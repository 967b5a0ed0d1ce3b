//! Which spans of a trace make one transaction.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use isohub::{Scope, SpanId, SpanRecord, Trace};

/// Spans of a transaction at most, beside its own: so many Sentry keeps.
pub(crate) const MAX_SPANS: usize = 1000;

/// A part of a transaction that is too large becomes a transaction of its own if it has so many spans; of
/// smaller ones there would be a flood.
const MIN_PART: usize = 20;

/// By so much the clocks of two processors may differ.
const CLOCKS: Duration = Duration::from_micros(1);

/// A span that is sent as a transaction, and those that are sent with it.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) top: Arc<SpanRecord>,
    /// In the order of their start.
    pub(crate) spans: Vec<Arc<SpanRecord>>,
    /// The scope of the unit in which it began, as far as it is known.
    pub(crate) scope: Option<Scope>,
    /// How many spans were left out.
    pub(crate) cut: usize,
}

/// The transactions of a trace, those that are larger than `max` in parts.
///
/// A local root is one, and so is what outlives it, for by then it may have been sent. Where the parent of
/// a span was delivered before, or is still open, the span is one, too; but if its root is here, it goes
/// with that.
pub(crate) fn segments(trace: &Trace, max: usize) -> Vec<Segment> {
    let tree = Tree::new(&trace.spans);
    let mut homes: Vec<usize> = (0..tree.spans.len()).collect();
    let mut segments = Vec::new();
    let order = tree.assign(&mut homes);
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for at in &order {
        members.entry(homes[*at]).or_default().push(*at);
    }
    let tops = order.iter().filter(|at| homes[**at] == **at);
    for top in tops {
        let members = members.remove(top).unwrap_or_default();
        tree.split(*top, &members, max, &homes, &mut segments);
    }
    segments
}

struct Tree<'a> {
    spans: &'a [Arc<SpanRecord>],
    children: Vec<Vec<usize>>,
    parents: Vec<Option<usize>>,
}

impl<'a> Tree<'a> {
    fn new(spans: &'a [Arc<SpanRecord>]) -> Self {
        let places: HashMap<SpanId, usize> =
            spans.iter().enumerate().map(|(at, span)| (span.context.span_id(), at)).collect();
        let root = spans.iter().position(|span| span.is_local_root);
        let parent = |(at, span): (usize, &Arc<SpanRecord>)| {
            let parent = span.parent.and_then(|parent| places.get(&parent).copied());
            // Who has lost its parent still belongs to the root.
            if span.is_local_root { None } else { parent.or(root) }.filter(|parent| *parent != at)
        };
        let parents: Vec<Option<usize>> = spans.iter().enumerate().map(parent).collect();
        let mut children = vec![Vec::new(); spans.len()];
        for (at, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent {
                children[*parent].push(at);
            }
        }
        Tree { spans, children, parents }
    }

    /// Sets for each span in whose transaction it is; returns the spans, parents before children.
    fn assign(&self, homes: &mut [usize]) -> Vec<usize> {
        let mut waiting: VecDeque<usize> =
            (0..self.spans.len()).filter(|at| self.parents[*at].is_none()).collect();
        let mut order = Vec::with_capacity(self.spans.len());
        while let Some(at) = waiting.pop_front() {
            order.push(at);
            for child in &self.children[at] {
                let home = homes[at];
                let outlives = self.spans[*child].end() > self.spans[home].end() + CLOCKS;
                homes[*child] = if outlives { *child } else { home };
                waiting.push_back(*child);
            }
        }
        order
    }

    /// Adds the transaction of `top`, whose spans are `members`; from the leaves up, the largest part goes
    /// first where there are too many. What is still too large is cut.
    fn split(&self, top: usize, members: &[usize], max: usize, homes: &[usize], segments: &mut Vec<Segment>) {
        let scope = self.scope_above(top);
        if members.len() <= max + 1 {
            segments.push(self.segment(top, members, max, scope));
            return;
        }
        let mut sizes: HashMap<usize, usize> = HashMap::new();
        let mut is_part: HashMap<usize, usize> = HashMap::new();
        for at in members.iter().rev() {
            let mut parts: Vec<(usize, usize)> = self.children[*at]
                .iter()
                .filter(|child| homes[**child] == top)
                .map(|child| (sizes.get(child).copied().unwrap_or(0), *child))
                .collect();
            parts.sort_unstable();
            let mut size = 1 + parts.iter().map(|(size, _)| size).sum::<usize>();
            while size > max
                && let Some((largest, child)) = parts.pop().filter(|(size, _)| *size >= MIN_PART)
            {
                is_part.insert(child, child);
                size -= largest;
            }
            if size > max {
                is_part.insert(*at, *at);
                size = 0;
            }
            sizes.insert(*at, size);
        }
        is_part.insert(top, top);
        let mut parts: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut homes_of: HashMap<usize, usize> = HashMap::new();
        for at in members {
            let inherited = self.parents[*at].and_then(|parent| homes_of.get(&parent).copied());
            let home = is_part.get(at).copied().or(inherited).unwrap_or(top);
            homes_of.insert(*at, home);
            parts.entry(home).or_default().push(*at);
        }
        for at in members {
            if let Some(part) = parts.remove(at) {
                segments.push(self.segment(*at, &part, max, scope.clone()));
            }
        }
    }

    /// The transaction of `top` with those of `members` that find room.
    fn segment(&self, top: usize, members: &[usize], max: usize, scope: Option<Scope>) -> Segment {
        let mut others: Vec<usize> = members.iter().copied().filter(|at| *at != top).collect();
        // The spans of a trace are in the order of their start.
        others.sort_unstable();
        let cut = others.len().saturating_sub(max);
        others.truncate(max);
        let spans = others.into_iter().map(|at| Arc::clone(&self.spans[at])).collect();
        let top = Arc::clone(&self.spans[top]);
        let scope = top.scope.clone().or(scope);
        Segment { top, spans, scope, cut }
    }

    /// The scope of the nearest span from `at` up that has one.
    fn scope_above(&self, at: usize) -> Option<Scope> {
        let up = std::iter::successors(Some(at), |at| self.parents[*at]);
        up.take(self.spans.len()).find_map(|at| self.spans[at].scope.clone())
    }
}
