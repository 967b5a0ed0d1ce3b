//! Attributes on what holds functions.

use std::fmt::{self, Debug, Display};

use async_trait::async_trait;

use crate::observe::*;

pub mod methods {
    use super::*;

    #[derive(Debug)]
    struct Thing(Loud);

    #[unit]
    impl Thing {
        const LENGTH: usize = { 2 + 1 };

        fn new(name: &'static str) -> Self {
            say("new");
            Thing(Loud(name))
        }

        fn borrowed(&self, a: Loud, _: Loud) -> &str {
            let _local = Loud("local");
            say(a.0);
            self.0.0
        }

        fn exclusive(&mut self, (a, _): (Loud, Loud)) -> Loud {
            std::mem::replace(&mut self.0, a)
        }

        fn by_value(mut self, a: Loud) -> Result<Self, Box<dyn std::error::Error>> {
            let _: u8 = self.0.0.parse()?;
            self.0 = a;
            Ok(self)
        }

        const fn constant(&self) -> usize {
            Self::LENGTH
        }

        extern "C" fn of_c(n: u8) -> u8 {
            n + 1
        }

        unsafe fn dangerous(self: Box<Self>) -> usize {
            self.constant()
        }

        async fn later(&mut self, a: Loud, _: Loud) -> usize {
            let _local = Loud("local");
            pause().await;
            self.0.lend().len() + a.0.len()
        }

        fn future(&self, a: Loud) -> impl Future<Output = usize> + '_ {
            say("called");
            async move {
                pause().await;
                self.0.0.len() + a.0.len()
            }
        }

        fn counting<'a>(&'a self, list: &'a [u8]) -> impl Fn(usize) -> usize + 'a {
            move |n| n + list.len() + self.0.0.len()
        }

        // With blocks and an attribute of its own.
        #[unit]
        fn of_its_own(&self) -> usize {
            #[unit]
            {
                let _inside = Loud("inside");
                self.0.0.len()
            }
        }
    }

    struct Generic<'a, T: ?Sized, const N: usize>(&'a T);

    #[unit]
    impl<'a, T: ?Sized, const N: usize> Generic<'a, T, N>
    where
        T: Debug,
    {
        fn shown(&self, prefix: impl Display) -> String {
            format!("{}{:?}{}", prefix, self.0, N)
        }

        async fn later<U: Debug>(&self, a: U, _: Loud) -> (&'a T, U) {
            pause().await;
            (self.0, a)
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("new", || called!(Thing::new("a"))),
        ("borrowed", || called!(Thing::new("a").borrowed(Loud("b"), Loud("c")).to_owned())),
        ("exclusive", || called!(Thing::new("a").exclusive((Loud("b"), Loud("c"))))),
        ("by_value", || {
            called!(["1", "x"].map(|it| Thing::new(it).by_value(Loud("a")).map_err(|it| it.to_string())))
        }),
        ("special", || called!((Thing::new("a").constant(), Thing::of_c(1)))),
        ("dangerous", || called!(unsafe { Box::new(Thing::new("a")).dangerous() })),
        ("later", || lived(|| async { Thing::new("a").later(Loud("b"), Loud("c")).await })),
        ("future", || lived(|| async { Thing::new("a").future(Loud("b")).await })),
        ("counting", || called!(Thing::new("ab").counting(&[1, 2, 3])(1))),
        ("of_its_own", || called!(Thing::new("a").of_its_own())),
        ("generic", || called!(Generic::<str, 3>("a").shown('b'))),
        ("generic, later", || lived!(Generic::<[u8], 0>(&[1]).later("b", Loud("c")))),
    ];
}

pub mod traits {
    use super::*;

    #[unit]
    trait Work {
        type Output: Debug;
        const NAME: &'static str;

        fn required(&self, a: Loud) -> Self::Output;

        fn provided(&self, a: Loud) -> &'static str {
            say(a.0);
            Self::NAME
        }

        fn without_self(_: Loud) -> &'static str
        where
            Self: Sized,
        {
            Self::NAME
        }

        #[allow(async_fn_in_trait)]
        async fn required_later(&self, a: Loud) -> Self::Output;

        #[allow(async_fn_in_trait)]
        async fn provided_later(&mut self, a: Loud) -> &'static str {
            pause().await;
            say(a.0);
            Self::NAME
        }

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

    #[unit]
    impl Work for Worker {
        type Output = Option<u8>;
        const NAME: &'static str = "worker";

        fn required(&self, a: Loud) -> Self::Output {
            say(a.0);
            Some(self.0)
        }

        async fn required_later(&self, _: Loud) -> Self::Output {
            pause().await;
            Some(self.0)
        }
    }

    #[unit]
    impl<T: Work + ?Sized> Work for Box<T> {
        type Output = T::Output;
        const NAME: &'static str = "boxed";

        fn required(&self, a: Loud) -> T::Output {
            (**self).required(a)
        }

        async fn required_later(&self, a: Loud) -> T::Output {
            (**self).required_later(a).await
        }

        fn provided_future(&self, a: Loud) -> impl Future<Output = &'static str> {
            (**self).provided_future(a)
        }
    }

    struct Countdown(u8);

    #[unit]
    impl Iterator for Countdown {
        type Item = u8;

        fn next(&mut self) -> Option<u8> {
            let _turn = Loud("turn");
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
    }

    #[unit]
    impl Display for Worker {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", self.0)?;
            f.write_str("!")
        }
    }

    #[unit]
    impl Drop for Worker {
        fn drop(&mut self) {
            say("dropped");
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("required", || called!(Worker(1).required(Loud("a")))),
        ("provided", || called!(Worker(1).provided(Loud("a")))),
        ("without_self", || called!(<Worker as Work>::without_self(Loud("a")))),
        ("required_later", || lived(|| async { Worker(1).required_later(Loud("a")).await })),
        ("provided_later", || lived(|| async { Worker(1).provided_later(Loud("a")).await })),
        ("provided_future", || lived(|| async { Worker(1).provided_future(Loud("a")).await })),
        ("boxed", || called!(Box::new(Worker(1)).required(Loud("a")))),
        ("boxed, later", || lived(|| async { Work::required_later(&Box::new(Worker(1)), Loud("a")).await })),
        ("boxed, future", || lived(|| async { Box::new(Worker(1)).provided_future(Loud("a")).await })),
        ("iterator", || called!(Countdown(2).collect::<Vec<_>>())),
        ("display", || called!(Worker(1).to_string())),
    ];
}

/// `#[async_trait]` below and above the attribute.
pub mod async_traits {
    use super::*;

    #[unit]
    #[async_trait]
    trait Dynamic: Send + Sync {
        async fn required(&self, a: Loud, _: Loud) -> Result<u8, Box<dyn std::error::Error>>;

        async fn provided(&self, (a, _): (Loud, Loud)) -> u8 {
            pause().await;
            say(a.0);
            1
        }

        fn now(&self) -> usize {
            Loud("temporary").lend().len()
        }
    }

    struct Worker(u8);

    #[unit]
    #[async_trait]
    impl Dynamic for Worker {
        async fn required(&self, a: Loud, _: Loud) -> Result<u8, Box<dyn std::error::Error>> {
            let _local = Loud("local");
            let x: u8 = a.0.parse()?;
            pause().await;
            Ok(x + self.0)
        }
    }

    struct Other<T>(T);

    #[async_trait]
    #[unit]
    impl<T: Debug + Send + Sync> Dynamic for Other<T> {
        async fn required(&self, a: Loud, _: Loud) -> Result<u8, Box<dyn std::error::Error>> {
            let _local = Loud("local");
            pause().await;
            say(format!("{:?}", self.0));
            Ok(a.lend().len() as u8)
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("above", || {
            lived(|| async {
                let worker: Box<dyn Dynamic> = Box::new(Worker(1));
                worker.required(Loud("1"), Loud("b")).await.map_err(|error| error.to_string())
            })
        }),
        ("above, error", || {
            lived(|| async { Worker(1).required(Loud("x"), Loud("b")).await.map_err(|error| error.to_string()) })
        }),
        ("above, provided", || lived(|| async { Worker(1).provided((Loud("a"), Loud("b"))).await })),
        ("above, now", || called!(Worker(1).now())),
        ("below", || {
            lived(|| async {
                let other: Box<dyn Dynamic> = Box::new(Other("other"));
                other.required(Loud("a"), Loud("b")).await.map_err(|error| error.to_string())
            })
        }),
    ];
}

pub mod modules {
    use super::*;

    #[unit]
    mod outer {
        use super::{Future, Loud, pause, say};

        pub fn sums<const N: usize>(list: [u8; N], a: Loud) -> u8 {
            let _b = Loud("b");
            say(a.0);
            list.iter().map(|n| double(*n)).sum()
        }

        fn double(n: u8) -> u8 {
            n * 2
        }

        pub mod inner {
            use super::*;

            pub async fn later(a: Loud, _: Loud) -> usize {
                pause().await;
                a.lend().len()
            }

            pub fn future(a: Loud) -> impl Future<Output = usize> {
                async move { a.0.len() }
            }
        }

        pub struct Counter(pub u8);

        impl Counter {
            pub fn next(&mut self) -> u8 {
                self.0 += 1;
                self.0
            }
        }

        pub trait Named {
            fn name(&self) -> String {
                let _temporary = Loud("temporary");
                "named".to_owned()
            }
        }

        impl Named for Counter {}

        macro_rules! made {
            ($name:ident, $value:expr) => {
                pub fn $name() -> u8 {
                    $value
                }
            };
        }

        made!(by_macro, 3);
    }

    pub const SHAPES: &[Shape] = &[
        ("sums", || called!(outer::sums([1, 2], Loud("a")))),
        ("later", || lived!(outer::inner::later(Loud("a"), Loud("b")))),
        ("future", || lived!(outer::inner::future(Loud("a")))),
        ("method", || called!(outer::Counter(1).next())),
        ("provided", || called!(outer::Named::name(&outer::Counter(1)))),
        ("by_macro", || called!(outer::by_macro())),
    ];
}
