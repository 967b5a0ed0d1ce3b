//! What the layer costs, in allocations.

use isohub::testing::Recorder;
use tracing::{Dispatch, debug_span, error, info, info_span};
use tracing_subscriber::prelude::*;

use crate::support::dispatch;

fn work() {
    info_span!("span", n = 1, text = "text").in_scope(|| {
        info!(n = 1, "a breadcrumb, elsewhere");
        debug_span!("left out", n = 1).in_scope(|| {});
    });
    error!(n = 1, "captured, elsewhere");
}

/// How often memory is allocated: the least of some times, as what the collector does with records is done in chunks.
fn allocations(dispatch: &Dispatch, work: impl Fn()) -> u64 {
    tracing::dispatcher::with_default(dispatch, || {
        (0..100).for_each(|_| work());
        (0..20).map(|_| allocation_counter::measure(&work).count_total).min().expect("some")
    })
}

#[test]
fn where_nothing_is_installed_nothing_is_allocated() {
    let bare: Dispatch = tracing_subscriber::registry().into();
    assert_eq!(allocations(&dispatch(), work), allocations(&bare, work));
}

#[test]
fn allocations_of_a_span() {
    let bare: Dispatch = tracing_subscriber::registry().into();
    let span = || info_span!("span", n = 1, text = "text").in_scope(|| {});
    let left_out = || debug_span!("span", n = 1).in_scope(|| {});
    let recorder = Recorder::new();
    let unrecorded = Recorder::builder().sample(isohub::Rate(0.0)).build();
    let mut found = Vec::new();
    for (recorder, work) in [
        (&recorder, &span as &dyn Fn()),
        (&recorder, &left_out),
        (&unrecorded, &span),
        (&unrecorded, &left_out),
    ] {
        let base = recorder.run_sync(|| allocations(&bare, work));
        found.push(recorder.run_sync(|| allocations(&dispatch(), work)) - base);
    }
    assert_eq!(found, [0, 0, 0, 0]);
    let _used = tracing_subscriber::registry().with(isohub_tracing::layer());
}
