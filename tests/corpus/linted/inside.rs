//! What the compiler warns of in annotated containers, blocks and statements.

fn main() {}

#[allow(dead_code)]
fn fallible() -> Result<u8, u8> {
    Ok(1)
}

#[allow(dead_code)]
async fn later() {}

mod unused_in_a_method {
    pub struct Thing(u8);

    #[unit]
    impl Thing {
        pub fn argument(&self, unused: u8) {}

        pub async fn pattern(mut self, (a, unused): (u8, u8)) -> u8 {
            let unused_too = a;
            a
        }

        fn never_called(&self) {}
    }
}

mod unused_in_a_trait {
    #[unit]
    pub trait Work {
        fn work(&self, unused: u8) {}

        async fn work_later(&self, mut a: u8) -> u8 {
            a
        }
    }

    #[unit]
    impl Work for u8 {
        fn work(&self, unused: u8) {}
    }
}

mod unused_in_a_module {
    #[unit]
    mod inner {
        use std::fmt::Debug;

        pub fn called(unused: u8) -> u8 {
            return 1;
            2
        }

        fn never_called() {}

        pub mod innermost {
            #[must_use]
            pub fn asks() -> u8 {
                let mut a = 1;
                a
            }

            #[deprecated]
            pub async fn old() {}
        }
    }

    pub async fn uses() {
        inner::called(1);
        inner::innermost::asks();
        inner::innermost::old().await;
    }
}

mod unused_in_a_block {
    #[unit]
    pub fn now() {
        #[unit]
        {
            let unused = 1;
            let mut never_changed = 2;
            drop(never_changed);
        }
    }

    #[unit]
    pub async fn later() -> u8 {
        #[unit]
        {
            let unused = 1;
            super::later().await;
            let mut never_changed = 2;
            never_changed
        }
    }
}

mod unused_in_a_statement {
    #[unit]
    pub fn now(a: Option<u8>) {
        #[unit]
        let unused = 1;
        #[unit]
        let mut never_changed = a.unwrap_or_default();
        #[unit]
        let (b, unused_too) = (never_changed, 2);
        #[unit]
        if let Some(unused) = a {
            drop(b);
        }
        #[unit]
        for unused in 0..b {}
        #[unit]
        match a {
            Some(unused) => {}
            None => {}
        }
    }
}

mod assigned_in_a_block {
    #[unit]
    pub fn now() -> u8 {
        let mut a = 1;
        #[unit]
        {
            a = 2;
            a = 3;
        }
        a
    }
}

mod must_use_in_a_statement {
    #[unit]
    pub fn now() {
        #[unit]
        super::fallible();
        #[unit]
        {
            super::fallible();
        }
        #[unit]
        "text".len() == 1;
    }

    #[unit]
    pub async fn later() {
        #[unit]
        super::later();
        #[unit]
        {
            super::later().await;
            super::fallible();
            super::later();
        }
    }
}

mod unreachable_in_a_block {
    #[unit]
    pub fn now(a: bool) -> u8 {
        #[unit]
        if a {
            return 1;
            drop(a);
        }
        #[unit]
        {
            panic!();
            2
        }
    }

    #[unit]
    pub fn after_a_statement() -> u8 {
        #[unit]
        return 1;
        2
    }
}

mod parentheses_in_a_block {
    #[unit]
    pub fn now(a: u8) -> u8 {
        #[unit]
        let b = (a);
        #[unit]
        if (b > 1) {
            return (b);
        }
        #[unit]
        {
            (b)
        }
    }
}

mod label_of_a_block {
    #[unit]
    pub fn now() {
        #[unit]
        'unused: loop {
            break;
        }
        #[unit]
        while true {
            break;
        }
    }
}

mod allowed_in_a_block {
    #[unit]
    pub fn now() {
        #[unit]
        #[allow(unused_variables)]
        let allowed = 1;
        #[unit]
        {
            #[expect(unused_variables)]
            let expected = 1;
            #[expect(unused_mut)]
            let not_fulfilled = 1;
            drop(not_fulfilled);
        }
    }
}

mod unused_in_a_stream {
    use futures::stream::{Stream, empty};

    #[unit]
    pub fn opaque(unused: u8) -> impl Stream<Item = u8> {
        let unused_too = 1;
        empty()
    }

    #[unit]
    fn never_called() -> std::pin::Pin<Box<dyn Stream<Item = u8>>> {
        let mut unused = (1);
        Box::pin(empty())
    }

    #[unit]
    fn thrown_away() -> impl Stream<Item = u8> {
        empty()
    }

    pub fn uses() {
        thrown_away();
    }
}
