#[isohub::span]
async fn same() -> u8 {
    #[isohub::span("one")] #[isohub::span("two")] async { 1 }.await
}

#[isohub::span]
async fn both() -> u8 {
    #[isohub::span] #[isohub::isolated_hub] async { 1 }.await
}

fn main() {
    drop((same(), both()));
}
