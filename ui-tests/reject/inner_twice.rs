#[isohub::span]
async fn twice() -> u8 {
    let same = #[isohub::span("one")] #[isohub::span("two")] async { 1 };
    let both = #[isohub::span] #[isohub::isolated_hub] async { 1 };
    same.await + both.await
}

fn main() {
    drop(twice());
}
