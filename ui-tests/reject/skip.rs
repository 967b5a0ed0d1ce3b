use isohub::{isolated_hub, parallel_span, span};

#[span(skip)]
fn alone() {}

#[isolated_hub(skip)]
impl Shop {
    fn open(&self) {}
}

#[parallel_span(skip)]
mod module {
    pub(super) fn function() {}
}

struct Shop;

#[span]
impl Shop {
    #[span(skip, err)]
    fn with_others(&self) {}

    #[parallel_span(skip = true)]
    fn with_value(&self) {}

    fn inner(&self) {
        let _ = #[isolated_hub(skip)]
        || ();
    }

    fn nested(&self) {
        #[span(skip)]
        fn nested() {}
        nested();
    }

    #[isolated_hub(skip, skip)]
    fn twice(&self) {}
}

fn main() {
    alone();
    Shop.open();
    module::function();
    Shop.with_others();
    Shop.with_value();
    Shop.inner();
    Shop.nested();
    Shop.twice();
    drop(isohub::isolated!(skip, async {}));
}
