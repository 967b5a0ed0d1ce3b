//! Which span stands on which track, so that on none two overlap.

use std::cmp::Reverse;
use std::collections::HashMap;

use isohub::SpanId;

/// Tracks that are used again at most; of more, new ones take over.
const MAX_TRACKS: usize = 20_000;

/// A span as a stretch of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interval {
    pub(super) id: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Where a span stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    pub(super) track: u32,
    pub(super) is_below_parent: bool,
}

/// The tracks of all that was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracks {
    /// The number of the first one that is used again.
    first: u32,
    /// For each, when all that stands on it has ended.
    free_from: Vec<u64>,
}

impl Tracks {
    /// How many there ever were.
    pub(super) fn count(&self) -> u32 {
        self.first + self.free_from.len() as u32
    }

    /// Puts the spans of one trace onto tracks. Returns where each stands, and the order in which they are
    /// to be written: by their start, and a parent before its children.
    pub(super) fn place(&mut self, spans: &[Interval]) -> (Vec<Standing>, Vec<usize>) {
        if self.free_from.len() > MAX_TRACKS {
            self.first = self.count();
            self.free_from.clear();
        }
        let parents = parents(spans);
        let depths = depths(&parents);
        let mut order: Vec<_> = (0..spans.len()).collect();
        order.sort_by_key(|&at| (spans[at].start, depths[at], Reverse(spans[at].end)));

        let mut tracks = vec![0; spans.len()];
        let mut standing = vec![Standing::default(); spans.len()];
        // On each track of this trace, the spans that are under way.
        let mut under_way: HashMap<usize, Vec<usize>> = HashMap::new();
        for &at in &order {
            let span = &spans[at];
            let below = parents[at].filter(|&parent| {
                let stack = under_way.entry(tracks[parent]).or_default();
                while stack.pop_if(|top| *top != parent && spans[*top].end <= span.start).is_some() {}
                stack.last() == Some(&parent) && span.end <= spans[parent].end
            });
            tracks[at] = match below {
                Some(parent) => tracks[parent],
                None => self.free_track(span.start),
            };
            let track = self.first + tracks[at] as u32;
            standing[at] = Standing { track, is_below_parent: below.is_some() };
            under_way.entry(tracks[at]).or_default().push(at);
            let free_from = &mut self.free_from[tracks[at]];
            *free_from = span.end.max(*free_from);
        }
        (standing, order)
    }

    fn free_track(&mut self, start: u64) -> usize {
        let free = self.free_from.iter().position(|free_from| *free_from <= start);
        free.unwrap_or_else(|| {
            self.free_from.push(0);
            self.free_from.len() - 1
        })
    }
}

fn parents(spans: &[Interval]) -> Vec<Option<usize>> {
    let places: HashMap<_, _> = spans.iter().enumerate().map(|(at, span)| (span.id, at)).collect();
    spans.iter().map(|span| places.get(&span.parent?).copied()).collect()
}

/// How many parents are above each. A circle, which only forged ids make, ends where it began.
fn depths(parents: &[Option<usize>]) -> Vec<usize> {
    let mut depths = vec![None; parents.len()];
    for at in 0..parents.len() {
        let mut path = Vec::new();
        let mut next = Some(at);
        while let Some(span) = next.filter(|&span| depths[span].is_none()) {
            depths[span] = Some(0);
            path.push(span);
            next = parents[span];
        }
        let first = next.and_then(|known| depths[known]).map_or(0, |depth| depth + 1);
        for (depth, span) in (first..).zip(path.into_iter().rev()) {
            depths[span] = Some(depth);
        }
    }
    depths.into_iter().map(Option::unwrap_or_default).collect()
}
