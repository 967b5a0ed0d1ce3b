//! Joining spans to their parents.

use std::collections::HashMap;
use std::time::SystemTime;

use crate::ids::{SpanContext, SpanId, TraceId};
use crate::record::SpanRecord;

/// What places a span in a forest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) context: SpanContext,
    pub(crate) parent: Option<SpanId>,
    pub(crate) start: SystemTime,
}

impl Node {
    pub(crate) fn of(record: &SpanRecord) -> Self {
        Node { context: record.context, parent: record.parent, start: record.start }
    }
}

/// Spans, by their indices, joined to their parents. What has no parent here is a root. Ids that
/// repeat, or go round in a circle, leave each span at one place.
#[derive(Debug)]
pub(crate) struct Forest {
    /// The traces in the order of their first spans; in a trace, in the order of the start.
    roots: Vec<usize>,
    /// In the order of the start.
    children: Vec<Vec<usize>>,
}

impl Forest {
    pub(crate) fn new(nodes: impl Iterator<Item = Node>) -> Self {
        let nodes: Vec<_> = nodes.collect();
        let mut by_id = HashMap::new();
        let mut trace_start = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            by_id.entry(key(node.context)).or_insert(index);
            let first = trace_start.entry(node.context.trace_id()).or_insert(node.start);
            *first = node.start.min(*first);
        }
        let mut parents: Vec<_> =
            nodes.iter().map(|node| by_id.get(&(node.context.trace_id(), node.parent?)).copied()).collect();
        let start = |index: usize| (nodes[index].start, nodes[index].context.span_id());
        let mut order: Vec<_> = (0..nodes.len()).collect();
        order.sort_by_key(|&index| start(index));
        cut_circles(&mut parents, &order);

        let mut forest = Forest { roots: Vec::new(), children: vec![Vec::new(); nodes.len()] };
        for index in order {
            match parents[index] {
                Some(parent) => forest.children[parent].push(index),
                None => forest.roots.push(index),
            }
        }
        let trace = |index: usize| nodes[index].context.trace_id();
        forest.roots.sort_by_key(|&root| (trace_start.get(&trace(root)), trace(root), start(root)));
        forest
    }

    pub(crate) fn roots(&self) -> &[usize] {
        &self.roots
    }

    pub(crate) fn children(&self, span: usize) -> &[usize] {
        &self.children[span]
    }

    /// Each span after its parent, with its depth. A loop, for chains can be longer than the stack.
    pub(crate) fn depth_first(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::with_capacity(self.children.len());
        let mut stack: Vec<_> = self.roots().iter().rev().map(|&root| (0, root)).collect();
        while let Some((depth, span)) = stack.pop() {
            found.push((depth, span));
            stack.extend(self.children(span).iter().rev().map(|&child| (depth + 1, child)));
        }
        found
    }
}

/// Makes a root of the earliest span of each circle.
fn cut_circles(parents: &mut [Option<usize>], order: &[usize]) {
    let mut rank = vec![0; order.len()];
    for (place, &span) in order.iter().enumerate() {
        rank[span] = place;
    }
    // By which walk a span was first reached; 0 for none. A walk that meets itself is in a circle.
    let mut reached = vec![0; parents.len()];
    for (walk, &first) in (1..).zip(order) {
        let mut at = Some(first);
        while let Some(span) = at.filter(|&span| reached[span] == 0) {
            reached[span] = walk;
            at = parents[span];
        }
        let Some(met) = at.filter(|&span| reached[span] == walk) else { continue };
        let circle = std::iter::successors(parents[met], |&span| parents[span].filter(|_| span != met));
        let earliest = circle.min_by_key(|&span| rank[span]).unwrap_or(met);
        parents[earliest] = None;
    }
}

/// Names a span among those of several traces.
pub(crate) fn key(context: SpanContext) -> (TraceId, SpanId) {
    (context.trace_id(), context.span_id())
}
