use isohub::{isolated_hub, parallel, parallel_span, span, spawn_isolated};

#[span(allow)]
async fn no_list() {}

#[isolated_hub(allow())]
async fn empty() {}

#[parallel_span(allow(bare_spwan))]
async fn misspelt() {
    // What was meant is not known, so that nothing else is reported.
    tokio::spawn(async {});
}

#[span(allow(dead_code))]
fn a_lint() {}

#[span(allow = bare_spawn)]
fn a_value() {}

// Two messages: the places of both.
#[isolated_hub(allow(bare_spawn), allow(bare_spawn))]
fn twice() {}

// Two messages: the places of both.
#[isolated_hub(allow(bare_spawn, bare_spawn))]
fn twice_inside() {}

#[span(allow("bare_spawn"))]
fn text() {}

#[span(alow(bare_spawn))]
fn misspelt_argument() {}

#[span]
async fn only_inside() {
    let inner = #[isolated_hub(allow(bare_spawn))]
    async {
        tokio::spawn(async {}).await
    };
    drop((inner, tokio::spawn(async {})));
}

fn lint_in_a_macro() {
    drop(parallel!("name", allow(unused), async {}));
}

fn no_list_in_a_macro() {
    spawn_isolated!(allow, async {});
}

fn main() {
    drop((no_list(), empty(), misspelt(), only_inside()));
    a_lint();
    a_value();
    twice();
    twice_inside();
    text();
    misspelt_argument();
    lint_in_a_macro();
    no_list_in_a_macro();
}
