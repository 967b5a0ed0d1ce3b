//! Law 4: the parent of a span is what was active in its creator when it was created, so that units
//! created under one span are siblings, whatever the interleaving.

mod given;
mod one_task;
mod ways;

use isohub::{parallel_span, span};

use crate::support::pause;

#[parallel_span]
async fn job(n: u32) {
    isohub::set_tag("n", n);
    pause().await;
    inner().await;
    pause().await;
}

#[span]
async fn inner() {
    pause().await;
}

/// What two jobs leave that were called in a span.
const JOBS: &str = "\
main
  job {n=1}
    inner
  job {n=2}
    inner
";
