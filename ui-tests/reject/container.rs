struct Shop;

mod constants {
    #[isohub::parallel_span]
    impl super::Shop {
        pub(super) const fn open(&self) {}
    }
}

#[isohub::span]
trait Open {
    fn close(&self);
}

mod made {
    #[isohub::span]
    impl super::Open for super::Shop {
        super::make!();
    }
}

#[isohub::isolated_hub]
mod empty {
    pub(super) struct Nothing;
}

mod named {
    #[isohub::span("named")]
    impl super::Shop {
        pub(super) fn named(&self) {}
    }
}

#[isohub::parallel_span(ret)]
mod returning {
    pub(super) fn one() -> u8 {
        1
    }
}

#[isohub::span(levl = debug)]
mod misspelt {
    pub(super) fn function() {}
    #[isohub::span(skip)]
    pub(super) fn skipped() {}
}

mod twice {
    #[isohub::span]
    #[isohub::isolated_hub]
    impl super::Shop {
        pub(super) fn twice(&self) {}
    }
}

// Three messages: each function's own mistakes, all of them.
#[isohub::span]
mod several {
    pub(super) fn inner() {
        let _ = #[isohub::span(opp = "db")]
        || ();
    }
    #[isohub::parallel_span(lvel = debug)]
    pub(super) fn own() {}
    #[isohub::span("constant")]
    pub(super) const fn constant() {}
    pub(super) fn right() {}
}

#[isohub::span]
mod own_contradicts {
    #[isohub::span(tags(a = 1))]
    pub(super) fn function() {}
}

mod foreign {
    #[isohub::span]
    unsafe extern "C" {}
}

macro_rules! make {
    () => {
        fn close(&self) {}
    };
}
use make;

fn main() {
    Shop.open();
    Shop.close();
    drop(empty::Nothing);
    Shop.named();
    returning::one();
    misspelt::function();
    misspelt::skipped();
    Shop.twice();
    several::inner();
    several::own();
    several::constant();
    several::right();
    own_contradicts::function();
}
