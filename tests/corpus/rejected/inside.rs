//! Errors in annotated containers, blocks and statements, and in streams.

fn main() {}

async fn pause() {}

fn is_send<T: Send>(_: T) {}

mod moved_in_a_method {
    pub struct Thing(String);

    #[unit]
    impl Thing {
        pub fn now(&self) -> String {
            self.0
        }

        pub async fn later(self) -> usize {
            drop(self.0);
            self.0.len()
        }
    }
}

mod wrong_types_in_a_method {
    pub struct Thing;

    #[unit]
    impl Thing {
        pub fn now(&self) -> u8 {
            "text"
        }

        pub async fn later(&self) -> Result<u8, u8> {
            let a: u8 = "1".parse()?;
            Ok(a)
        }

        pub fn missing(&self) -> Missing {
            unknown
        }
    }
}

mod not_like_the_trait {
    #[unit]
    trait Work {
        fn work(&self, a: u8) -> u8;

        fn provided(&self) -> u8 {
            self.missing()
        }
    }

    #[unit]
    impl Work for u8 {
        fn work(&self, a: &str) -> u8 {
            1
        }

        fn not_in_it(&self) {}
    }

    #[unit]
    impl Work for u16 {
        fn provided(&self) -> u8 {
            1
        }
    }
}

mod errors_in_a_module {
    #[unit]
    mod inner {
        fn private() {}

        pub fn borrows(a: &mut Vec<u8>) -> &u8 {
            let first = &a[0];
            a.push(1);
            first
        }

        pub mod innermost {
            pub async fn later() -> u8 {
                missing().await
            }
        }
    }

    pub fn calls() {
        inner::private();
    }
}

mod async_trait_of_a_container {
    #[unit]
    #[async_trait::async_trait]
    trait Work {
        async fn work(&self, a: std::rc::Rc<u8>) -> u8 {
            super::pause().await;
            *a
        }
    }
}

mod borrowed_in_a_block {
    #[unit]
    pub fn now(a: &mut Vec<u8>) {
        let first = &a[0];
        #[unit]
        {
            a.push(*first);
            a.push(1);
        }
        drop(*first);
    }

    #[unit]
    pub async fn later(a: &mut Vec<u8>) {
        let first = &a[0];
        #[unit]
        {
            super::pause().await;
            a.push(1);
        }
        drop(*first);
    }
}

mod escapes_from_a_block {
    #[unit]
    pub fn now() -> usize {
        let a: &String = #[unit]
        {
            let local = String::new();
            &local
        };
        a.len()
    }

    #[unit]
    pub fn in_a_statement() -> usize {
        #[unit]
        let a = String::new().as_str();
        a.len()
    }
}

mod moved_in_a_block {
    #[unit]
    pub fn now(a: String) -> usize {
        #[unit]
        {
            drop(a);
        }
        a.len()
    }

    #[unit]
    pub async fn in_a_loop(a: String) {
        #[unit]
        for _ in 0..2 {
            super::pause().await;
            drop(a);
        }
    }
}

mod wrong_types_in_a_block {
    #[unit]
    pub fn now() -> u8 {
        #[unit]
        {
            "text"
        }
    }

    #[unit]
    pub fn bound() -> u8 {
        #[unit]
        let a: u8 = "text";
        a
    }

    #[unit]
    pub fn returned() -> u8 {
        #[unit]
        {
            return "text";
        }
    }

    #[unit]
    pub fn condition(a: u8) -> u8 {
        #[unit]
        if a {
            1
        } else {
            "text"
        }
    }

    #[unit]
    pub async fn arms(a: bool) -> u8 {
        #[unit]
        match a {
            true => super::pause().await,
            false => 2,
        }
    }

    #[unit]
    pub fn no_value() -> u8 {
        #[unit]
        {
            1;
        }
    }
}

mod wrong_error_in_a_block {
    #[unit]
    pub fn now() -> Result<u8, u8> {
        #[unit]
        {
            let a: u8 = "1".parse()?;
            Ok(a)
        }
    }

    #[unit]
    pub fn bound() {
        #[unit]
        let a: u8 = "1".parse()?;
        drop(a);
    }
}

mod unknown_in_a_block {
    #[unit]
    pub fn now() {
        #[unit]
        {
            missing();
        }
        #[unit]
        absent.method();
        let _ = #[unit]
        {
            let a = 1;
            a.unknown()
        };
        #[unit]
        loop {
            break 'nowhere;
        }
        // Bound in a block.
        drop(a);
    }
}

mod our_names_are_not_there {
    #[unit]
    pub fn now() -> u8 {
        #[unit]
        {
            drop(__block0);
            __result
        }
    }
}

mod unsafe_in_a_block {
    unsafe fn dangerous() {}

    #[unit]
    pub fn now() {
        #[unit]
        {
            dangerous();
        }
    }
}

mod await_in_a_block {
    #[unit]
    pub fn now() {
        #[unit]
        {
            super::pause().await;
        }
    }
}

mod not_send_over_a_block {
    #[unit]
    async fn later() {
        #[unit]
        {
            let rc = std::rc::Rc::new(1);
            super::pause().await;
            drop(rc);
        }
    }

    pub fn sends() {
        super::is_send(later());
    }
}

mod wrong_items {
    use futures::stream::{BoxStream, Stream, iter};

    #[unit]
    pub fn opaque() -> impl Stream<Item = u8> {
        iter(["text"])
    }

    #[unit]
    pub fn boxed() -> BoxStream<'static, u8> {
        Box::pin(iter(["text"]))
    }
}

mod escapes_into_a_stream {
    use futures::stream::{Stream, StreamExt, iter};

    #[unit]
    pub fn local() -> impl Stream<Item = u8> {
        let local = vec![1];
        iter(&local).map(|n| *n)
    }
}

mod not_a_stream {
    #[unit]
    pub fn now() -> impl futures::stream::Stream<Item = u8> {
        1
    }
}
