mod of_tokio {
    #[tokio::main(flavor = "current_thread")]
    #[isohub::parallel_span]
    async fn main() {}

    pub(super) fn start() {
        main();
    }
}

// What is called so, but certainly is no beginning, is as any other function.
struct Shop;

#[isohub::span]
impl Shop {
    fn main() {}
}

#[isohub::isolated_hub]
mod module {
    pub(super) fn main() {}
}

#[isohub::span]
fn main() {
    #[isohub::isolated_hub]
    fn main() {}
    main();
    Shop::main();
    module::main();
    of_tokio::start();
}
