#[tokio::main(flavor = "current_thread")]
#[isohub::isolated_hub]
pub(crate) async fn main() {
    #[cfg(test)]
    std::thread::spawn(test_of_tokio).join().unwrap();
}

#[tokio::main(flavor = "current_thread")]
#[isohub::parallel_span]
async fn test_of_tokio() {}
