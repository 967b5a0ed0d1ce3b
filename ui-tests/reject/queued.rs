use isohub::{isolated_hub, parallel_span, span, spawn_isolated};

#[span(queued = true)]
async fn a_value() {}

#[parallel_span(queued(us))]
async fn parentheses() {}

#[span(queued, op = "job", queued)]
async fn twice() {}

#[span(queued)]
fn runs_at_once() {}

#[isolated_hub(queued)]
async fn of_no_span() {}

fn spawned() {
    spawn_isolated!(queued, async {});
}

fn main() {
    drop(a_value());
    drop(parentheses());
    drop(twice());
    runs_at_once();
    drop(of_no_span());
    spawned();
}
