mod of_tokio {
    #[tokio::main(flavor = "current_thread")]
    #[isohub::parallel_span]
    pub async fn main() {}
}

#[isohub::span]
fn main() {
    of_tokio::main();
}
