use isohub::{isolated_hub, parallel_span, span};

struct Shop;

impl Shop {
    #[parallel_span]
    fn open(&self) {}
}

trait Open {
    fn close(&self);
}

impl Open for Shop {
    #[span]
    fn close(&self) {}
}

mod inside {
    #[super::isolated_hub]
    pub(super) fn function() {}
}

#[span]
extern "C" fn foreign() {}

pub(crate) fn main() {
    foreign();
    Shop.open();
    Shop.close();
    inside::function();
}
