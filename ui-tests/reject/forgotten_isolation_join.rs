//! Branches of a `join!` that is not ours run side by side in one hub.

use isohub::{isolated_hub, span};

async fn work() {}

#[isolated_hub]
async fn branches() {
    tokio::join!(async {}, work());
    tokio::join!(biased; work(), async {});
    futures::join!(work(), async move { work().await }, async {},);
    let _outcome: Result<((), ()), ()> =
        tokio::try_join!(Box::pin(async { Ok(()) }), #[isolated_hub] async { Ok(()) });
    let _outcome: Result<((), ()), ()> = futures::try_join!(async { Ok(()) }, async { Ok(()) });
}

#[span]
async fn a_span_is_no_hub() {
    tokio::join!(
        work(),
        #[span]
        async {}
    );
}

fn main() {
    drop((branches(), a_span_is_no_hub()));
}
