use isohub::span;

struct Shop;

fn alone() {}

mod on_impl {
    impl super::Shop {
        pub(super) fn open(&self) {}
    }
}

mod on_module {
    pub(super) fn function() {}
}

#[span]
mod with_others {
    #[isohub::span(skip)]
    pub(super) fn function() {}
}

#[span]
mod with_value {
    #[isohub::parallel_span(skip)]
    pub(super) fn function() {}
}

#[span]
mod on_closure {
    pub(super) fn function() {
        let _ = || ();
    }
}

#[span]
mod on_nested {
    pub(super) fn function() {
        fn nested() {}
        nested();
    }
}

#[span]
mod twice {
    #[isohub::isolated_hub(skip)]
    pub(super) fn function() {}
}

#[span]
fn on_block() {
    {}
}

fn in_isolated() {
    drop(isohub::isolated!(async {}));
}

fn in_parallel() {
    drop(isohub::parallel!("name", async {}));
}

async fn in_spawn_isolated() {
    isohub::spawn_isolated!(async {});
}

pub(crate) fn main() {
    alone();
    Shop.open();
    on_module::function();
    with_others::function();
    with_value::function();
    on_closure::function();
    on_nested::function();
    twice::function();
    on_block();
    in_isolated();
    in_parallel();
    drop(in_spawn_isolated());
}
