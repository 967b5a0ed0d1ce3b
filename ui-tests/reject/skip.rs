use isohub::{isolated_hub, parallel_span, span};

struct Shop;

#[span(skip)]
fn alone() {}

mod on_impl {
    #[isohub::isolated_hub(skip)]
    impl super::Shop {
        pub(super) fn open(&self) {}
    }
}

#[parallel_span(skip)]
mod on_module {
    pub(super) fn function() {}
}

#[span]
mod with_others {
    #[isohub::span(skip, err)]
    pub(super) fn function() {}
}

#[span]
mod with_value {
    #[isohub::parallel_span(skip = true)]
    pub(super) fn function() {}
}

#[span]
mod on_closure {
    pub(super) fn function() {
        let _ = #[isohub::isolated_hub(skip)]
        || ();
    }
}

#[span]
mod on_nested {
    pub(super) fn function() {
        #[isohub::span(skip)]
        fn nested() {}
        nested();
    }
}

// Two messages: the places of both.
#[span]
mod twice {
    #[isohub::isolated_hub(skip, skip)]
    pub(super) fn function() {}
}

#[span]
fn on_block() {
    #[span(skip)]
    {}
}

fn in_isolated() {
    drop(isohub::isolated!(skip, async {}));
}

fn in_parallel() {
    drop(isohub::parallel!("name", skip, async {}));
}

fn in_spawn_isolated() {
    isohub::spawn_isolated!(skip, async {});
}

#[isolated_hub]
fn main() {
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
    in_spawn_isolated();
}
