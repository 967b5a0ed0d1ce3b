#![allow(unreachable_pub, reason = "`pub_only` is about functions that are `pub`")]

use isohub::{isolated_hub, parallel_span, span};

struct Shop;

#[span]
fn of_a_function() {}

mod reaches_nothing {
    #[isohub::span]
    impl super::Shop {
        pub(super) fn of_crate(&self) {
            self.private();
        }
        fn private(&self) {}
    }
}

#[isolated_hub(pub_only)]
mod with_value {
    pub fn function() {}
}

#[parallel_span(pub_only)]
mod twice {
    pub fn function() {}
}

#[parallel_span]
mod own {
    #[isohub::parallel_span]
    pub fn function() {}
}

#[span]
fn on_block() {
    #[span]
    {}
}

fn in_isolated() {
    drop(isohub::isolated!(async {}));
}

pub(crate) fn main() {
    of_a_function();
    Shop.of_crate();
    with_value::function();
    twice::function();
    own::function();
    on_block();
    in_isolated();
}
