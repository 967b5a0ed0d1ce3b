use isohub::{isolated_hub, parallel_span, span};

#[span(pub_only)]
fn of_a_function() {}

struct Shop;

#[span(pub_only)]
impl Shop {
    fn private(&self) {}

    pub(crate) fn of_crate(&self) {}
}

#[isolated_hub(pub_only = true)]
impl Shop {
    pub fn with_value(&self) {}
}

#[parallel_span(pub_only, pub_only)]
mod twice {
    pub fn function() {}
}

#[parallel_span]
impl Shop {
    #[parallel_span(pub_only)]
    pub fn own(&self) {}
}

fn main() {
    of_a_function();
    Shop.private();
    Shop.of_crate();
    Shop.with_value();
    twice::function();
    Shop.own();
}
