#[isohub::span]
async fn wrong() -> u8 {
    let a = #[isohub::parallel_span("", feilds(x = 1))] async { 1 };
    let b = #[isohub::isolated_hub(err)] |n: u8| n;
    let c = #[isohub::span = "name"] async || 1;
    let d = #[isohub::span(tags(a = 1))] async move { 1 };
    a.await + b(1) + c().await + d.await
}

fn main() {
    drop(wrong());
}
