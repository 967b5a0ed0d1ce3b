use isohub::{isolated_hub, span};

async fn work() {}

#[isolated_hub]
async fn both() {
    isohub::join!(async {}, async {});
}

#[isolated_hub]
async fn first() {
    isohub::join!(async {}, work());
}

#[isolated_hub]
async fn after_biased() {
    isohub::join!(work(), async {});
}

#[isolated_hub]
async fn last() {
    isohub::join!(work(), async move { work().await },);
}

#[isolated_hub]
async fn boxed() {
    let _outcome: Result<((), ()), ()> = isohub::try_join!(Box::pin(async { Ok(()) }), async { Ok(()) });
}

#[isolated_hub]
async fn fallible() {
    let _outcome: Result<((), ()), ()> = isohub::try_join!(async { Ok(()) }, std::future::ready(Ok(())));
}

#[span]
async fn a_span_is_no_hub() {
    isohub::join!(
        work(),
        #[span]
        async {}
    );
}

#[span]
async fn as_an_argument() {
    assert_eq!(isohub::join!(async { 1 }, work()), (1, ()));
}

pub(crate) fn main() {
    futures::executor::block_on(async {
        first().await;
        after_biased().await;
        last().await;
        boxed().await;
        fallible().await;
        a_span_is_no_hub().await;
        as_an_argument().await;
        both().await;
    });
}
