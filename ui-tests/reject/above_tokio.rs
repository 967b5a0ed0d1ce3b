#[isohub::isolated_hub]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    #[cfg(not(test))]
    test_of_tokio();
}

#[isohub::parallel_span]
#[tokio::main(flavor = "current_thread")]
async fn test_of_tokio() {}
