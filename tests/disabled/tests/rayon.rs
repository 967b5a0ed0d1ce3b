//! `isohub::rayon` in a build that does not record: rayon's own functions.

#![deny(warnings)]
#![forbid(unsafe_code)]

use std::sync::mpsc::channel;

use isohub::rayon::HubParallelIterator as _;
use isohub::{Hub, isolated, isolated_hub, spawn_isolated};
use rayon::prelude::*;

#[test]
fn jobs_run_where_and_as_they_would() {
    assert_eq!(isohub::rayon::join(|| 1, || "b"), (1, "b"));
    let mut halves = [1, 2];
    let (left, right) = halves.split_at_mut(1);
    let last = isohub::rayon::scope(|scope| {
        spawn_isolated!(in scope, |_| left[0] += 1);
        spawn_isolated!("job", in scope, |_| right[0] += 1);
        3
    });
    assert_eq!((halves, last), ([2, 3], 3));
    isohub::rayon::scope_fifo(|scope| scope.spawn_fifo(isolated!(|_| halves[0] += 1)));
    let here = std::thread::current().id();
    isohub::rayon::in_place_scope(|_| assert_eq!(std::thread::current().id(), here));
    isohub::rayon::in_place_scope_fifo(|scope| scope.spawn_fifo(|_| halves[1] += 1));
    assert_eq!(halves, [3, 4]);
}

#[test]
fn pools_and_what_is_spawned_into_them() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let (sender, received) = channel();
    isohub::rayon::install(&pool, || {
        assert_eq!(rayon::current_num_threads(), 2);
        let [one, two, three] = [1, 2, 3].map(|n| (sender.clone(), n));
        isohub::rayon::spawn(move || one.0.send(one.1).unwrap());
        isohub::rayon::spawn_fifo(move || two.0.send(two.1).unwrap());
        isohub::rayon::spawn_broadcast(move |_| three.0.send(three.1).unwrap());
        assert_eq!(isohub::rayon::broadcast(|thread| thread.index()), [0, 1]);
    });
    drop(sender);
    assert_eq!(received.iter().sum::<i32>(), 1 + 2 + 2 * 3);
    assert_eq!((isohub::rayon::yield_now(), isohub::rayon::yield_local()), (None, None));
}

#[isolated_hub]
fn annotated() -> Vec<usize> {
    isohub::rayon::join(|| isohub::set_tag("a", 1), || ());
    (0..100_usize)
        .into_par_iter()
        .isolated()
        .map(
            #[isolated_hub]
            |n| n * 2,
        )
        .collect()
}

#[test]
fn items_are_as_they_were_and_nothing_is_kept() {
    assert_eq!(annotated()[99], 198);
    let isolated = (0..100_usize).into_par_iter().isolated();
    assert_eq!(isolated.opt_len(), Some(100));
    assert_eq!(isolated.inspect(|n| isohub::set_tag("n", n)).sum::<usize>(), 4950);
    assert!(Hub::current().scope().is_empty());
    assert_eq!(isohub::stats().lost_writes, 0);
}
