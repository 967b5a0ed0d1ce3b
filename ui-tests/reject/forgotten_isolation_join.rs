//! Branches of a `join!` that is not ours run side by side in one hub.

use isohub::{isolated_hub, span};

async fn work() {}

// Two messages: each branch is a mistake.
#[isolated_hub]
async fn both() {
    tokio::join!(async {}, async {});
}

#[isolated_hub]
async fn first() {
    tokio::join!(async {}, work());
}

#[isolated_hub]
async fn after_biased() {
    tokio::join!(biased; work(), async {});
}

#[isolated_hub]
async fn last() {
    futures::join!(work(), async move { work().await },);
}

#[isolated_hub]
async fn boxed() {
    let _outcome: Result<((), ()), ()> = tokio::try_join!(Box::pin(async { Ok(()) }), #[isolated_hub] async { Ok(()) });
}

#[isolated_hub]
async fn fallible() {
    let _outcome: Result<((), ()), ()> = futures::try_join!(async { Ok(()) }, std::future::ready(Ok(())));
}

#[span]
async fn a_span_is_no_hub() {
    tokio::join!(
        work(),
        #[span]
        async {}
    );
}

#[span]
async fn as_an_argument() {
    drop(tokio::join!(async { 1 }, work()));
}

fn main() {
    drop(first());
    drop(after_biased());
    drop(last());
    drop(boxed());
    drop(fallible());
    drop(a_span_is_no_hub());
    drop(as_an_argument());
    drop(both());
}
