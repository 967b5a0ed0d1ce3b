use isohub::{isolated_hub, parallel_span, span};

struct Shop;

#[parallel_span]
impl Shop {
    fn open(&self) {}
}

#[span]
trait Open {
    fn close(&self);
}

#[span]
impl Open for Shop {
    fn close(&self) {}
}

#[isolated_hub]
mod inside {
    pub(super) fn function() {}
}

#[span]
unsafe extern "C" {
    fn foreign();
}

fn main() {
    Shop.open();
    Shop.close();
    inside::function();
}
