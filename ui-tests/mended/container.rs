struct Shop;

mod constants {
    impl super::Shop {
        pub(super) const fn open(&self) {}
    }
}

trait Open {
    fn close(&self);
}

mod made {
    impl super::Open for super::Shop {
        super::make!();
    }
}

mod empty {
    pub(super) struct Nothing;
}

mod named {
    #[isohub::span]
    impl super::Shop {
        #[isohub::span("named")]
        pub(super) fn named(&self) {}
    }
}

#[isohub::parallel_span]
mod returning {
    #[isohub::parallel_span(ret)]
    pub(super) fn one() -> u8 {
        1
    }
}

#[isohub::span(level = debug)]
mod misspelt {
    pub(super) fn function() {}
    #[isohub::span(skip)]
    pub(super) fn skipped() {}
}

mod twice {
    #[isohub::parallel_span]
    impl super::Shop {
        pub(super) fn twice(&self) {}
    }
}

#[isohub::span]
mod several {
    pub(super) fn inner() {
        let _ = #[isohub::span(op = "db")]
        || ();
    }
    #[isohub::parallel_span(level = debug)]
    pub(super) fn own() {}
    pub(super) const fn constant() {}
    pub(super) fn right() {}
}

#[isohub::span]
mod own_contradicts {
    #[isohub::parallel_span(tags(a = 1))]
    pub(super) fn function() {}
}

mod foreign {
    #[isohub::span]
    pub(super) fn calls_those() {}
}

macro_rules! make {
    () => {
        fn close(&self) {}
    };
}
use make;

pub(crate) fn main() {
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
    foreign::calls_those();
}
