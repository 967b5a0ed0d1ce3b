//! What is called `main` and certainly is no beginning.
#![deny(warnings)]

struct Shop;

impl Shop {
    #[isohub::span]
    fn main(&self) {}
}

struct Other;

#[isohub::parallel_span]
impl Other {
    fn main() {}
}

#[isohub::span]
mod module {
    pub(super) fn main() {}
}

mod public {
    #[isohub::span]
    pub(super) fn main() {}
}

mod with_an_argument {
    pub(super) fn start() {
        main(1);
    }

    #[isohub::span]
    fn main(_: u8) {}
}

mod generic {
    pub(super) fn start() {
        main::<u8>();
    }

    #[isohub::span]
    fn main<T>() {}
}

#[isohub::isolated_hub]
pub(crate) fn main() {
    Shop.main();
    Other::main();
    module::main();
    public::main();
    with_an_argument::start();
    generic::start();
}
