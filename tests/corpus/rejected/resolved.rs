//! Names that are not there: nothing else is reported beside them.

fn main() {}

mod unknown_variable {
    #[unit]
    pub fn now() -> u8 {
        missing
    }

    #[unit]
    pub async fn later() -> u8 {
        missing
    }
}

mod unknown_type {
    #[unit]
    pub fn now(_: Missing) -> AlsoMissing {}

    #[unit]
    pub async fn later(_: Missing) -> AlsoMissing {}
}

mod unknown_macro {
    #[unit]
    pub fn now() {
        missing!();
    }
}

mod unknown_function {
    #[unit]
    pub async fn later() {
        missing().await
    }
}

mod unknown_import {
    #[unit]
    pub fn now() {
        use std::missing;
    }
}

mod unknown_attribute {
    #[unit]
    #[missing]
    pub fn now() {}
}

mod unknown_label {
    #[unit]
    pub fn now() {
        loop {
            break 'missing;
        }
    }
}

mod unknown_lifetime {
    #[unit]
    pub fn now(a: &'missing str) {}

    #[unit]
    pub async fn later(a: &'missing str) {}
}

mod self_of_nothing {
    #[unit]
    pub fn now() -> u8 {
        self.0
    }
}

mod same_argument_twice {
    #[unit]
    pub fn now(a: u8, a: u8) {}
}

mod our_names_are_not_there {
    #[unit]
    pub fn argument(_: u8) -> u8 {
        __arg0
    }

    #[unit]
    pub async fn result() -> u8 {
        __returned
    }

    #[unit]
    pub fn returns(r: u8) -> u8 {
        __source + __origin0 + __result
    }
}

mod not_in_the_trait {
    trait Work {}

    impl Work for u8 {
        #[unit]
        fn work(&self) {}
    }
}

mod outer_generic {
    pub fn outer<T>(_: T) {
        #[unit]
        fn inner(_: T) {}
    }
}

mod captures_a_local {
    pub fn outer(local: u8) {
        #[unit]
        fn inner() -> u8 {
            local
        }
    }
}
