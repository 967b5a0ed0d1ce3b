//! The table, in Markdown.

use std::collections::HashMap;

use crate::measure::Measured;
use crate::peers::{CLOCK, ISOHUB, PLAIN};
use crate::work::Work;

/// What the program `allocations` counted for a contender and a piece of work.
#[derive(Clone, Copy, Debug)]
pub struct Allocated {
    /// Allocations of the calling thread, for an operation.
    pub count: f64,
    /// Bytes that it held at the most, for an operation.
    pub held: f64,
}

/// By contender and work.
pub type Allocations = HashMap<(String, String), Allocated>;

/// The head of the table.
pub const HEAD: &str = "\
| work | by | median ns | least | over plain | × floor | × best peer | CPU ns, drained | allocations | bytes held |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";

/// The lines of one piece of work.
pub fn lines(work: Work, measured: &[Measured], allocations: &Allocations) -> String {
    let of = |name| measured.iter().find(|it| it.name == name).map(Measured::median);
    let plain = of(PLAIN);
    let floor = of(CLOCK).or(plain);
    let peers = measured.iter().filter(|it| ![PLAIN, CLOCK, ISOHUB].contains(&it.name));
    let best = peers.map(Measured::median).min_by(f64::total_cmp);
    let cell = |value: Option<f64>, digits: usize| match value {
        Some(value) => format!("{value:.digits$}"),
        None => "–".to_owned(),
    };
    let mut lines = String::new();
    for it in measured {
        let median = it.median();
        let allocated = allocations.get(&(it.name.to_owned(), work.to_string()));
        let is_peer = ![PLAIN, CLOCK].contains(&it.name);
        lines += &format!(
            "| {work} | {} | {median:.1} | {:.1} | {} | {} | {} | {:.1} | {} | {} |\n",
            it.name,
            it.least(),
            cell(plain.map(|plain| median - plain), 1),
            cell(floor.map(|floor| median / floor), 2),
            cell(best.filter(|_| is_peer).map(|best| median / best), 2),
            it.drained(),
            cell(allocated.map(|it| it.count), 2),
            cell(allocated.map(|it| it.held), 1),
        );
    }
    lines
}

/// What did not arrive, in words; `None` if all did.
pub fn lost(work: Work, measured: &Measured) -> Option<String> {
    let Measured { name, expected, received, .. } = measured;
    (expected != received).then(|| format!("{work}: {name} recorded {expected}, and {received} arrived"))
}
