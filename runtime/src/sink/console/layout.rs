//! Which lines a trace is shown as: its tree, long runs of siblings folded, the whole bounded.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::forest::Forest;
use crate::record::{Outcome, SpanRecord};

/// More siblings of one callsite than this are shown as one line.
const MAX_SIBLINGS: usize = 20;
/// How many failed spans of a folded run are shown.
const MAX_FAILED: usize = 3;
/// The deepest level shown.
const MAX_DEPTH: usize = 40;
/// The most lines that spans are shown on.
const MAX_ROWS: usize = 120;

/// A line of the waterfall.
#[derive(Debug)]
pub(super) struct Row {
    /// The lines of the tree that lead to it.
    pub(super) prefix: String,
    pub(super) item: Item,
}

/// What a line shows. Spans are given by their index.
#[derive(Debug)]
pub(super) enum Item {
    Span(usize),
    /// The slowest of the fold above it.
    Slowest(usize),
    Fold(Fold),
    /// Spans that are too deep or too many.
    More(usize),
}

/// Siblings of one callsite.
#[derive(Debug)]
pub(super) struct Fold {
    /// In the order of their start; never empty.
    pub(super) members: Vec<usize>,
    pub(super) median: Duration,
    pub(super) max: Duration,
    pub(super) failed: usize,
}

/// The lines that show `spans`.
pub(super) fn rows(spans: &[Arc<SpanRecord>], forest: &Forest) -> Vec<Row> {
    let sizes = sizes(forest, spans.len());
    let mut rows: Vec<Row> = Vec::new();
    // For each open level, whether its branch of the tree goes on below.
    let mut goes_on: Vec<bool> = Vec::new();
    let mut stack = Vec::new();
    let mut unseen = spans.len();
    push(&mut stack, 0, entries(spans, forest.roots()));
    while let Some((depth, more_follow, item)) = stack.pop() {
        if rows.len() == MAX_ROWS {
            rows.push(Row { prefix: String::new(), item: Item::More(unseen) });
            break;
        }
        goes_on.truncate(depth);
        goes_on.push(more_follow);
        let below = match &item {
            Item::Span(span) | Item::Slowest(span) => {
                unseen -= 1;
                let children = forest.children(*span);
                if depth >= MAX_DEPTH && !children.is_empty() {
                    vec![Item::More(sizes[*span] - 1)]
                } else {
                    entries(spans, children)
                }
            }
            Item::Fold(fold) => {
                let shown = fold.shown(spans);
                let all: usize = fold.members.iter().map(|&span| sizes[span]).sum();
                let kept: usize = shown.iter().map(|item| item.span().map_or(0, |span| sizes[span])).sum();
                unseen -= all - kept;
                shown
            }
            Item::More(count) => {
                unseen -= count;
                Vec::new()
            }
        };
        push(&mut stack, depth + 1, below);
        rows.push(Row { prefix: prefix(&goes_on), item });
    }
    rows
}

/// Puts `items` on the stack so that the first of them is taken next.
fn push(stack: &mut Vec<(usize, bool, Item)>, depth: usize, items: Vec<Item>) {
    let last = items.len().saturating_sub(1);
    stack.extend(items.into_iter().enumerate().rev().map(|(index, item)| (depth, index != last, item)));
}

/// Siblings as they are shown: each by itself, or folded at the place of the first.
fn entries(spans: &[Arc<SpanRecord>], siblings: &[usize]) -> Vec<Item> {
    if siblings.len() <= MAX_SIBLINGS {
        return siblings.iter().map(|&span| Item::Span(span)).collect();
    }
    let callsite = |span: usize| std::ptr::from_ref(spans[span].callsite);
    let mut runs: HashMap<_, Vec<usize>> = HashMap::new();
    for &span in siblings {
        runs.entry(callsite(span)).or_default().push(span);
    }
    let mut entries = Vec::new();
    for &span in siblings {
        match runs.get(&callsite(span)) {
            Some(run) if run.len() <= MAX_SIBLINGS => entries.push(Item::Span(span)),
            _ => entries.extend(runs.remove(&callsite(span)).map(|run| Item::Fold(Fold::new(spans, run)))),
        }
    }
    entries
}

impl Item {
    fn span(&self) -> Option<usize> {
        match *self {
            Item::Span(span) | Item::Slowest(span) => Some(span),
            Item::Fold(_) | Item::More(_) => None,
        }
    }
}

impl Fold {
    fn new(spans: &[Arc<SpanRecord>], members: Vec<usize>) -> Self {
        let mut durations: Vec<_> = members.iter().map(|&span| spans[span].duration).collect();
        durations.sort_unstable();
        Fold {
            median: durations.get(durations.len().saturating_sub(1) / 2).copied().unwrap_or_default(),
            max: durations.last().copied().unwrap_or_default(),
            failed: members.iter().filter(|&&span| spans[span].outcome != Outcome::Ok).count(),
            members,
        }
    }

    /// The slowest, and the first that failed.
    fn shown(&self, spans: &[Arc<SpanRecord>]) -> Vec<Item> {
        let slowest = self.members.iter().copied().find(|&span| spans[span].duration == self.max);
        let mut failed = 0;
        let show = |&span: &usize| {
            if Some(span) == slowest {
                return Some(Item::Slowest(span));
            }
            failed += usize::from(spans[span].outcome != Outcome::Ok);
            (spans[span].outcome != Outcome::Ok && failed <= MAX_FAILED).then_some(Item::Span(span))
        };
        self.members.iter().filter_map(show).collect()
    }
}

/// For each span, how many it and all below it are.
fn sizes(forest: &Forest, spans: usize) -> Vec<usize> {
    let mut sizes = vec![1; spans];
    for (_, span) in forest.depth_first().into_iter().rev() {
        sizes[span] += forest.children(span).iter().map(|&child| sizes[child]).sum::<usize>();
    }
    sizes
}

fn prefix(goes_on: &[bool]) -> String {
    // Roots stand at the margin and have no branch.
    let Some((own, above)) = goes_on.get(1..).and_then(|levels| levels.split_last()) else {
        return String::new();
    };
    let mut prefix: String = above.iter().map(|&goes_on| if goes_on { "│ " } else { "  " }).collect();
    prefix.push_str(if *own { "├ " } else { "└ " });
    prefix
}
