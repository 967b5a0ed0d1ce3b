#[isohub::span]
async fn same() -> u8 {
    #[isohub::span("two")] async { 1 }.await
}

#[isohub::span]
async fn both() -> u8 {
    #[isohub::parallel_span] async { 1 }.await
}

pub(crate) fn main() {
    drop((same(), both()));
}
