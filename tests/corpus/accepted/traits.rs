//! Traits and their implementations.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::observe::*;

pub mod traits {
    use super::*;

    trait Work {
        const NAME: &'static str;
        type Output: Debug;

        fn required(&self, a: Loud) -> Self::Output;

        #[unit]
        fn provided(&self, a: Loud) -> &'static str {
            say(a.0);
            Self::NAME
        }

        #[unit]
        fn without_self(_: Loud) -> &'static str
        where
            Self: Sized,
        {
            Self::NAME
        }

        #[allow(async_fn_in_trait)]
        async fn required_later(&self, a: Loud) -> Self::Output;

        #[unit]
        #[allow(async_fn_in_trait)]
        async fn provided_later(&mut self, a: Loud) -> &'static str {
            pause().await;
            say(a.0);
            Self::NAME
        }

        fn future(&self, a: Loud) -> impl Future<Output = Self::Output> + Send;

        #[unit]
        fn provided_future(&self, a: Loud) -> impl Future<Output = &'static str> {
            say("called");
            async move {
                pause().await;
                say(a.0);
                Self::NAME
            }
        }
    }

    struct Worker(u8);

    impl Work for Worker {
        const NAME: &'static str = "worker";
        type Output = Option<u8>;

        #[unit]
        fn required(&self, a: Loud) -> Self::Output {
            say(a.0);
            Some(self.0)
        }

        #[unit]
        async fn required_later(&self, _: Loud) -> Self::Output {
            pause().await;
            Some(self.0)
        }

        #[unit]
        async fn future(&self, _: Loud) -> Self::Output {
            pause().await;
            None
        }
    }

    /// The attribute on what a trait declares as a future, and the trait's on what is written so.
    struct Futures;

    impl Work for Futures {
        const NAME: &'static str = "futures";
        type Output = ();

        fn required(&self, _: Loud) {}

        #[unit]
        fn required_later(&self, a: Loud) -> impl Future<Output = ()> {
            say("called");
            async move { say(a.0) }
        }

        #[unit]
        fn future(&self, a: Loud) -> impl Future<Output = ()> + Send {
            async move {
                pause().await;
                say(a.0)
            }
        }
    }

    impl<T: Work + ?Sized> Work for Box<T> {
        const NAME: &'static str = "boxed";
        type Output = T::Output;

        #[unit]
        fn required(&self, a: Loud) -> T::Output {
            (**self).required(a)
        }

        #[unit]
        async fn required_later(&self, a: Loud) -> T::Output {
            (**self).required_later(a).await
        }

        #[unit]
        fn future(&self, a: Loud) -> impl Future<Output = T::Output> + Send {
            (**self).future(a)
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("required", || called!(Worker(1).required(Loud("a")))),
        ("provided", || called!(Worker(1).provided(Loud("a")))),
        ("without_self", || called!(<Worker as Work>::without_self(Loud("a")))),
        ("required_later", || lived(|| async { Work::required_later(&Worker(1), Loud("a")).await })),
        ("provided_later", || lived(|| async { Worker(1).provided_later(Loud("a")).await })),
        ("future", || lived(|| async { Worker(1).future(Loud("a")).await })),
        ("provided_future", || lived(|| async { Worker(1).provided_future(Loud("a")).await })),
        ("required_later, a future", || lived(|| async { Futures.required_later(Loud("a")).await })),
        ("future, a future", || lived(|| async { Futures.future(Loud("a")).await })),
        ("boxed", || called!(Box::new(Worker(1)).required(Loud("a")))),
        ("boxed, later", || {
            lived(|| async { Work::required_later(&Box::new(Worker(1)), Loud("a")).await })
        }),
        ("boxed, future", || lived(|| async { Box::new(Worker(1)).future(Loud("a")).await })),
    ];
}

pub mod async_traits {
    use super::*;

    #[async_trait]
    trait Dynamic: Send + Sync {
        async fn required(&self, a: Loud, _: Loud) -> Result<u8, Box<dyn std::error::Error>>;

        #[unit]
        async fn provided(&self, a: Loud) -> u8 {
            pause().await;
            say(a.0);
            1
        }

        #[unit]
        async fn without_self(text: &str, _: Loud) -> usize
        where
            Self: Sized,
        {
            pause().await;
            text.len()
        }
    }

    struct Worker(u8);

    #[async_trait]
    impl Dynamic for Worker {
        #[unit]
        async fn required(&self, a: Loud, _: Loud) -> Result<u8, Box<dyn std::error::Error>> {
            let _local = Loud("local");
            let x: u8 = "x".parse()?;
            pause().await;
            say(a.0);
            Ok(x + self.0)
        }
    }

    struct Other;

    #[async_trait]
    impl Dynamic for Other {
        #[unit]
        async fn required(&self, a: Loud, _: Loud) -> Result<u8, Box<dyn std::error::Error>> {
            let _local = Loud("local");
            pause().await;
            say(a.0);
            Ok(a.lend().len() as u8)
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("async_trait", || {
            lived(|| async {
                let worker: Box<dyn Dynamic> = Box::new(Worker(1));
                worker.required(Loud("a"), Loud("b")).await.map_err(|error| error.to_string())
            })
        }),
        ("async_trait, provided", || {
            lived(|| async {
                let worker: &dyn Dynamic = &Worker(1);
                worker.provided(Loud("a")).await
            })
        }),
        ("async_trait, without self", || {
            lived!(<Worker as Dynamic>::without_self("text", Loud("a")))
        }),
        ("async_trait, tail", || {
            lived(|| async {
                let other: Box<dyn Dynamic> = Box::new(Other);
                other.required(Loud("a"), Loud("b")).await.map_err(|error| error.to_string())
            })
        }),
    ];
}
