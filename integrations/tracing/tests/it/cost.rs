//! What the layer costs, in allocations.

use isohub::testing::Recorder;
use tracing::{Dispatch, debug_span, error, info, info_span};

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
    let more = |recorder: &Recorder, work: &dyn Fn()| {
        let around = || isohub::start_span!("around");
        let base = recorder.run_sync(|| around().in_scope(|| allocations(&bare, work)));
        recorder.run_sync(|| around().in_scope(|| allocations(&dispatch(), work))) - base
    };
    let ours = || isohub::start_span!("span", n = 1, text = "text").in_scope(|| {});
    let of_ours = recorder.run_sync(|| isohub::start_span!("around").in_scope(|| allocations(&bare, ours)));
    let found = [&recorder, &unrecorded].map(|recorder| [more(recorder, &span), more(recorder, &left_out)]);
    assert_eq!(found, [[of_ours + 1, 1], [1, 1]], "one is what is kept of a span of tracing's");
}
