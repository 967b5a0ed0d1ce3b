use isohub::{isolated_hub, parallel, parallel_span, span, spawn_isolated};

#[span(allow(bare_spawn))]
async fn no_list() {}

#[isolated_hub(allow(bare_spawn))]
async fn empty() {}

#[parallel_span(allow(bare_spawn))]
async fn misspelt() {
    tokio::spawn(async {});
}

#[span]
#[allow(dead_code)]
fn a_lint() {}

#[span(allow(bare_spawn))]
fn a_value() {}

#[isolated_hub(allow(bare_spawn))]
fn twice() {}

#[isolated_hub(allow(bare_spawn))]
fn twice_inside() {}

#[span(allow(bare_spawn))]
fn text() {}

#[span(allow(bare_spawn))]
fn misspelt_argument() {}

#[span]
async fn only_inside() {
    let inner = #[isolated_hub(allow(bare_spawn))]
    async { tokio::spawn(async {}).await };
    drop((inner, isohub::spawn_isolated!(async {})));
}

#[allow(unused)]
fn lint_in_a_macro() {
    drop(parallel!("name", async {}));
}

async fn no_list_in_a_macro() {
    spawn_isolated!(allow(bare_spawn), async {});
}

pub(crate) fn main() {
    drop((no_list(), empty(), misspelt(), only_inside(), no_list_in_a_macro()));
    a_value();
    twice();
    twice_inside();
    text();
    misspelt_argument();
    lint_in_a_macro();
}
