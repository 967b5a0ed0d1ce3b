struct Thing {
    field: u8,
}

async fn load() -> u8 {
    1
}

#[isohub::span]
async fn on_statement() -> u8 {
    let a;
    #[isohub::isolated_hub]
    {
        a = 1;
    }
    a
}

#[isohub::span]
async fn on_call() -> u8 {
    let (n, _) = futures::join!(isohub::parallel!("load", load()), load());
    n
}

#[isohub::isolated_hub]
async fn on_other_future() -> u8 {
    let future = isohub::isolated!(std::future::ready(1));
    future.await
}

#[isohub::span]
async fn on_span_of_call() -> u8 {
    let loading = #[isohub::span] async { load().await };
    loading.await
}

#[isohub::span]
fn on_arm(n: u8) -> u8 {
    match n {
        0 => #[isohub::span] { 1 },
        n => n,
    }
}

#[isohub::span]
fn on_field() -> Thing {
    Thing {
        field: #[isohub::span] { 1 },
    }
}

#[isohub::span]
fn on_literal() -> u8 {
    #[isohub::span]
    let n = 1;
    n
}

pub(crate) fn main() {
    drop((on_statement(), on_call(), on_other_future(), on_span_of_call()));
    let _ = on_arm(on_field().field) + on_literal();
}
