struct Thing {
    field: u8,
}

async fn load() -> u8 {
    1
}

#[isohub::span]
async fn on_statement() -> u8 {
    #[isohub::isolated_hub]
    let a;
    a = 1;
    a
}

#[isohub::span]
async fn on_call() -> u8 {
    let (n, _) = futures::join!(#[isohub::parallel_span("load")] load(), load());
    n
}

#[isohub::isolated_hub]
async fn on_other_future() -> u8 {
    let future = #[isohub::isolated_hub] std::future::ready(1);
    future.await
}

#[isohub::span]
async fn on_span_of_call() -> u8 {
    let loading = #[isohub::span] load();
    loading.await
}

#[isohub::span]
fn on_arm(n: u8) -> u8 {
    match n {
        #[isohub::span]
        0 => 1,
        n => n,
    }
}

#[isohub::span]
fn on_field() -> Thing {
    Thing {
        #[isohub::span]
        field: 1,
    }
}

#[isohub::span]
fn on_literal() -> u8 {
    let n = #[isohub::span] 1;
    n
}

fn main() {
    drop((on_statement(), on_call(), on_other_future(), on_span_of_call()));
    let _ = on_arm(on_field().field) + on_literal();
}
