//! Items of parallel iterators, of which each is a unit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use isohub::rayon::HubParallelIterator as _;
use isohub::{isolated, parallel, span};
use rayon::prelude::*;

use super::{SIZES, assert_nothing_left, below_root, in_unit_on, pool};
use crate::support::{Log, alone, crash, settled_tree, tags};

/// Runs another job inside this one; not in each, because they nest on the stack.
fn steal(n: usize) {
    if n.is_multiple_of(50) {
        rayon::yield_now();
    }
}

fn expected(item: usize) -> String {
    format!("creator=yes item={item}")
}

#[test]
fn ten_thousand_items_see_their_own_tags_after_a_nested_join() {
    for threads in SIZES {
        let done = AtomicUsize::new(0);
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            (0..10_000_usize).into_par_iter().isolated().for_each(|item| {
                assert_eq!(tags(), "creator=yes");
                isohub::set_tag("item", item);
                let nested = |side| {
                    isohub::set_tag("side", side);
                    steal(item);
                    tags()
                };
                let sides = isohub::rayon::join(|| nested("left"), || nested("right"));
                assert_eq!(sides.0, format!("{} side=left", expected(item)));
                assert_eq!(sides.1, format!("{} side=right", expected(item)));
                assert_eq!(tags(), expected(item));
                done.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(tags(), "creator=yes");
        });
        assert_eq!(done.into_inner(), 10_000);
    }
}

#[test]
fn every_closure_that_follows_runs_for_an_item_in_its_hub() {
    for threads in SIZES {
        let done = AtomicUsize::new(0);
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            let items = (0..1000_usize).into_par_iter().isolated().map(|item| {
                isohub::set_tag("item", item);
                item
            });
            let items = items.filter(|item| tags() == expected(*item));
            let items = items.inspect(|item| assert_eq!(tags(), expected(*item)));
            let items = items.flat_map_iter(|item| [item, item]).map_init(tags, |made, item| {
                assert_eq!((made.as_str(), tags()), ("creator=yes", expected(item)));
                item
            });
            items.for_each(|item| {
                assert_eq!(tags(), expected(item));
                done.fetch_add(1, Ordering::Relaxed);
            });
        });
        assert_eq!(done.into_inner(), 2000);
    }
}

#[test]
fn what_belongs_to_no_item_runs_in_a_hub_too() {
    if !alone("isolation::rayon::items::what_belongs_to_no_item_runs_in_a_hub_too") {
        return;
    }
    #[derive(Debug)]
    struct Cloned;
    impl Clone for Cloned {
        fn clone(&self) -> Self {
            assert!(tags().starts_with("creator=yes"), "{}", tags());
            Cloned
        }
    }
    for threads in SIZES {
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            // Begun once for each piece of the work, in which no item has written yet.
            let begun = || {
                assert!(!tags().contains("item"), "{}", tags());
                isohub::set_tag("begun", "yes");
                0
            };
            let added = |sum: usize, item: usize| {
                assert_eq!(tags(), "creator=yes");
                isohub::set_tag("item", item);
                sum + item
            };
            // An item may be two sums that are joined: neither's tags are seen there.
            let joined = |a: usize, b: usize| {
                assert!(tags().starts_with("creator=yes") && !tags().contains("item"), "{}", tags());
                a + b
            };
            let items = || (1..=1000_usize).into_par_iter().isolated();
            let folded = items().map_with(Cloned, |_, item| item).fold(begun, added);
            assert_eq!(folded.map(|sum| joined(sum, 0)).reduce(begun, joined), 500_500);
            assert_eq!(items().reduce(begun, |a, b| a + b), 500_500);
            let unindexed = (1..=1000_usize).par_bridge().isolated().map(|item| added(0, item));
            assert_eq!(unindexed.map_with(Cloned, |_, item| item).sum::<usize>(), 500_500);
            assert_eq!(tags(), "creator=yes");
        });
    }
    assert_eq!(isohub::stats().lost_writes, 0);
}

#[test]
fn order_length_and_short_circuits_are_as_without() {
    for threads in SIZES {
        in_unit_on(&pool(threads), || {
            let items = || (0..1000_usize).into_par_iter().isolated();
            assert_eq!(items().opt_len(), Some(1000));
            assert_eq!(
                items().map(|it| it * 2).collect::<Vec<_>>(),
                (0..1000).map(|it| it * 2).collect::<Vec<_>>()
            );
            let mut reused = vec![1; 2000];
            reused.clear();
            reused.par_extend(items());
            assert_eq!(reused.len(), 1000);
            assert_eq!(items().find_first(|it| *it >= 500), Some(500));
            assert_eq!(items().find_last(|it| *it < 500), Some(499));
            assert_eq!(items().find_any(|it| *it == 700), Some(700));
            assert_eq!(items().find_any(|_| false), None);
            assert!(items().any(|it| it == 999) && items().all(|it| it < 1000));
            assert_eq!(
                items()
                    .map(|it| if it < 10 { Ok(it) } else { Err(it) })
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|it| it >= 10),
                Err(true)
            );
            let (even, odd): (Vec<_>, Vec<_>) = items().partition(|it| it % 2 == 0);
            assert_eq!((even[1], odd[1], even.len(), odd.len()), (2, 3, 500, 500));
        });
    }
    // Nothing is asked of items that come after the one that was found.
    let asked = AtomicUsize::new(0);
    in_unit_on(&pool(1), || {
        let found = (0..1000_usize).into_par_iter().with_min_len(1000).isolated().find_any(|it| {
            asked.fetch_add(1, Ordering::Relaxed);
            *it == 3
        });
        assert_eq!(found, Some(3));
    });
    assert_eq!(asked.into_inner(), 4);
    // Nor where each is a piece of the work by itself.
    let asked = AtomicUsize::new(0);
    in_unit_on(&pool(1), || {
        let found = (0..1000_usize).into_par_iter().with_max_len(1).isolated().find_any(|it| {
            asked.fetch_add(1, Ordering::Relaxed);
            *it == 3
        });
        assert_eq!(found, Some(3));
    });
    assert!(asked.into_inner() < 10);
}

#[test]
fn what_asks_for_an_index_stands_before_or_has_isolated_closures() {
    for threads in SIZES {
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            let items = || (0..1000_usize).into_par_iter();
            let seen = |item: usize| {
                assert_eq!(tags(), "creator=yes");
                isohub::set_tag("item", item);
                steal(item);
                tags()
            };
            let all: Vec<_> = (0..1000).map(expected).collect();
            let before = items().enumerate().zip(items()).with_max_len(7).rev().isolated();
            let mut before: Vec<_> = before.map(|((_, item), _)| seen(item)).collect();
            before.reverse();
            assert_eq!(before, all);
            let mut after = Vec::new();
            items().map(isolated!(move |item| seen(item))).with_max_len(7).collect_into_vec(&mut after);
            assert_eq!(after, all);
            let zipped = items().map(isolated!(move |item| seen(item))).zip(items()).enumerate();
            zipped.for_each(isolated!(move |(n, (text, item))| {
                assert_eq!((text, seen(item)), (expected(n), expected(n)));
            }));
        });
    }
}

#[test]
fn spans_of_items_are_siblings() {
    #[span(fields(item))]
    fn work(item: usize) -> usize {
        isohub::rayon::join(isohub::rayon::yield_now, || inner(item));
        item
    }
    #[span(fields(item))]
    fn inner(item: usize) {
        isohub::set_tag("item", item);
    }
    for threads in SIZES {
        let (recorder, ()) = below_root(&pool(threads), || {
            (0..100).into_par_iter().isolated().map(work).for_each(inner);
            (100..200).into_par_iter().for_each(parallel!("work", fields(item), move |item| inner(item)));
        });
        let mut items: Vec<_> = (0..200)
            .map(|item| match item {
                0..100 => format!("  work item={item}\n    inner item={item}\n"),
                _ => format!("  work item={item} {{item={item}}}\n    inner item={item}\n"),
            })
            .chain((0..100).map(|item| format!("  inner item={item}\n")))
            .collect();
        items.sort();
        assert_eq!(settled_tree(&recorder), format!("root\n{}", items.concat()));
    }
}

#[test]
fn a_panic_in_an_item_goes_on_and_leaves_every_hub_as_it_was() {
    for threads in SIZES {
        let pool = pool(threads);
        in_unit_on(&pool, || {
            isohub::set_tag("creator", "yes");
            let crashing = || {
                (0..1000).into_par_iter().isolated().for_each(|item| {
                    isohub::set_tag("item", item);
                    if item == 500 {
                        crash();
                    }
                });
            };
            assert!(catch_unwind(AssertUnwindSafe(crashing)).is_err());
            assert_eq!(tags(), "creator=yes");
        });
        assert_nothing_left(&pool);
    }
}

#[test]
fn an_item_is_dropped_in_its_hub() {
    for threads in SIZES {
        let log = Log::default();
        in_unit_on(&pool(threads), || {
            isohub::set_tag("creator", "yes");
            let items: Vec<_> = (0..100).map(|_| log.witness("item")).collect();
            let taken = |item| {
                isohub::set_tag("seen", "yes");
                rayon::yield_now();
                drop(item);
            };
            items.into_par_iter().isolated().for_each(taken);
        });
        assert_eq!(log.lines(), vec!["item: creator=yes seen=yes"; 100]);
    }
}

#[test]
fn iterators_inside_items_keep_apart_too() {
    for threads in SIZES {
        in_unit_on(&pool(threads), || {
            let nested = (0..50_usize).into_par_iter().isolated().flat_map(|outer| {
                isohub::set_tag("outer", outer);
                (0..50_usize).into_par_iter().isolated().map(move |inner| {
                    isohub::set_tag("inner", inner);
                    steal(outer + inner);
                    assert_eq!(tags(), format!("inner={inner} outer={outer}"));
                    1
                })
            });
            assert_eq!(nested.sum::<usize>(), 2500);
        });
    }
}
