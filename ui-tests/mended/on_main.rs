mod of_tokio {
    #[tokio::main(flavor = "current_thread")]
    pub(super) async fn main() {
        work().await;
    }

    #[isohub::parallel_span]
    async fn work() {}
}

pub(crate) fn main() {
    of_tokio::main();
    work();
}

#[isohub::span]
fn work() {}
