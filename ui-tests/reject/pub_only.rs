use isohub::{isolated_hub, parallel_span, span};

struct Shop;

#[span(pub_only)]
fn of_a_function() {}

mod reaches_nothing {
    #[isohub::span(pub_only)]
    impl super::Shop {
        pub(super) fn of_crate(&self) {
            self.private();
        }
        fn private(&self) {}
    }
}

#[isolated_hub(pub_only = true)]
mod with_value {
    pub fn function() {}
}

// Two messages: the places of both.
#[parallel_span(pub_only, pub_only)]
mod twice {
    pub fn function() {}
}

#[parallel_span]
mod own {
    #[isohub::parallel_span(pub_only)]
    pub fn function() {}
}

#[span]
fn on_block() {
    #[span(pub_only)]
    {}
}

fn in_isolated() {
    drop(isohub::isolated!(pub_only, async {}));
}

fn main() {
    of_a_function();
    Shop.of_crate();
    with_value::function();
    twice::function();
    own::function();
    on_block();
    in_isolated();
}
