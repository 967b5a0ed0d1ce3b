//! Bodies while they are typed: what is wrong is said once, and nothing else is.

fn main() {}

pub struct Thing {
    field: u8,
}

mod no_field_yet {
    use super::Thing;

    #[unit]
    pub fn argument(thing: Thing) {
        let x = thing.
    }

    impl Thing {
        #[unit]
        pub fn method(&self) {
            let x = self.
        }

        #[unit]
        pub async fn later(&self) -> u8 {
            let x = self.
        }

        #[unit]
        pub fn boxed(&self) -> std::pin::Pin<Box<dyn std::future::Future<Output = u8> + '_>> {
            Box::pin(async move { self. })
        }

        #[unit]
        pub fn opaque(&self) -> impl std::future::Future<Output = u8> {
            async move { self. }
        }
    }
}

mod inner_attributes {
    #[unit]
    pub fn now(thing: super::Thing) {
        #![allow(unused_variables)]
        let x = thing.
    }

    #[unit]
    pub async fn later(thing: super::Thing) {
        #![allow(unused_variables)]
        let x = thing.
    }
}

mod in_a_container {
    struct Other(u8);

    #[unit]
    impl Other {
        fn typed(&self) {
            let x = self.
        }

        fn beside_it(&self) -> u8 {
            self.0
        }
    }

    #[unit]
    mod inner {
        pub fn typed(a: u8) {
            let x = a.
        }
    }
}

mod in_a_block {
    #[unit]
    pub fn block(thing: super::Thing) {
        #[unit]
        {
            let x = thing.
        }
    }

    #[unit]
    pub async fn closure(thing: super::Thing) {
        let f = #[unit]
        || {
            thing.
        };
        f();
    }
}

mod no_expression_yet {
    #[unit]
    pub fn bound() {
        let x =
    }

    #[unit]
    pub fn called() {
        drop(1, )
        drop(2)
    }

    #[unit]
    pub fn sum() -> u8 {
        1 +
    }

    #[unit]
    pub fn typed() {
        let x: = 1;
    }
}

mod no_semicolon {
    #[unit]
    pub fn now() {
        let x = 1
        drop(x)
    }

    #[unit]
    pub async fn later() {
        let x = 1
        drop(x)
    }
}

mod no_arm_yet {
    #[unit]
    pub fn now(a: u8) -> u8 {
        match a {
            1 =>
        }
    }
}

mod no_type_yet {
    #[unit]
    pub fn path() {
        let x = std::;
    }
}
