#[isohub::span]
fn main() {
    isolated();
    Shop.main();
    Shop::start();
    module::main();
}

fn isolated() {
    #[isohub::isolated_hub]
    fn main() {}
    main();
}

mod parallel {
    #[isohub::parallel_span]
    #[tokio::main(flavor = "current_thread")]
    async fn main() {}

    pub(super) fn start() {
        main();
    }
}

// What is called so, but certainly is no beginning, is as any other function.
struct Shop;

impl Shop {
    #[isohub::span]
    fn main(&self) {}
}

#[isohub::span]
impl Shop {
    fn start() {
        parallel::start();
    }
}

#[isohub::isolated_hub]
mod module {
    pub(super) fn main() {}
}
