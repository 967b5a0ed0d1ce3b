// No attribute around it tells us about the one inside.

fn plain() -> u8 {
    let unit = #[isohub::span]
    |n: u8| n;
    unit(1)
}

async fn plain_later() -> u8 {
    let unit = #[isohub::parallel_span("unit")]
    async { 1 };
    unit.await
}

fn main() {
    plain();
    drop(plain_later());
}
