use isohub::{isolated_hub, parallel_span, span};

struct Shop;

#[parallel_span]
impl Shop {
    const fn open(&self) {}
}

#[span]
trait Open {
    fn close(&self);
}

#[span]
impl Open for Shop {
    made!();
}

#[isolated_hub]
mod inside {
    pub(super) struct Nothing;
}

#[span("named", ret, err)]
impl Shop {
    fn named(&self) -> u8 {
        1
    }

    #[span(skip)]
    fn skipped(&self) {}
}

#[span(nmae = "load")]
mod misspelled {
    pub(super) fn function() {}

    #[isohub::span(skip)]
    pub(super) fn skipped() {}
}

#[span]
#[isolated_hub]
impl Shop {
    fn twice(&self) {}
}

// Each function's own mistakes, all of them.
#[span]
impl Shop {
    fn lazy(&self) -> impl Iterator<Item = u8> {
        std::iter::empty()
    }

    fn inner(&self) {
        let _ = #[span(opp = "db")]
        || ();
    }

    #[parallel_span(lvel = debug)]
    fn own(&self) {}

    #[span("constant")]
    const fn constant(&self) {}

    fn right(&self) {}
}

#[span]
unsafe extern "C" {}

macro_rules! made {
    () => {
        fn close(&self) {}
    };
}
use made;

fn main() {
    Shop.open();
    Shop.close();
    drop(inside::Nothing);
    Shop.named();
    Shop.skipped();
    misspelled::function();
    misspelled::skipped();
    Shop.twice();
    drop(Shop.lazy());
    Shop.inner();
    Shop.own();
    Shop.constant();
    Shop.right();
}
