// An attribute on whatever holds functions, and what it leaves alone there.
#![deny(warnings)]
#![forbid(unsafe_code)]
#![allow(dead_code)]

use std::fmt;

use isohub::{isolated_hub, parallel_span, span};

struct Generic<'a, T: ?Sized, const N: usize>(&'a T);

#[parallel_span(fields(n = N), tags(kind = std::any::type_name::<T>()), err)]
impl<'a, T, const N: usize> Generic<'a, T, N>
where
    T: fmt::Debug + ?Sized,
    for<'b> &'b T: Copy,
{
    const ONE: [u8; N] = { [1; N] };

    fn by_value(self: Box<Self>, (a, mut b): (u8, u8)) -> u8 {
        b += a;
        b
    }

    fn borrowed(&self) -> &'a T {
        self.0
    }

    async fn awaited<'b>(&'b mut self, other: &'b str) -> Result<&'b str, fmt::Error> {
        Ok(other)
    }

    fn opaque(&self) -> impl Fn() -> usize + use<T, N> {
        || N
    }

    #[must_use]
    const fn constant(&self) -> usize {
        N
    }

    #[isolated_hub(skip)]
    fn iterated(&self) -> impl Iterator<Item = u8> {
        Self::ONE.into_iter()
    }
}

#[span]
impl<const N: usize> fmt::Display for Generic<'_, str, { N }> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[span(pub_only)]
impl<const N: usize> Iterator for Generic<'_, [u8], N> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }
}

#[span(level = debug)]
pub(crate) trait Named {
    const NAME: &'static str;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn boxed(self: Box<Self>) -> Box<dyn fmt::Display>
    where
        Self: Sized,
    {
        Box::new(self.name())
    }
}

impl Named for u8 {
    const NAME: &'static str = "u8";
}

#[isohub::span]
mod outer {
    #![allow(clippy::all)]
    //! Documented inside.

    use super::Named;

    pub(crate) static LIMIT: Limit = Limit { most: 1 };

    pub(crate) struct Limit {
        pub(crate) most: usize,
    }

    pub(crate) enum Either {
        One,
    }

    pub(crate) type Alias<T> = Result<T, std::fmt::Error>;

    macro_rules! many {
        ($($name:ident),*) => {
            $(pub(crate) fn $name() -> &'static str { stringify!($name) })*
        };
    }

    many! { one, two }

    thread_local!(static COUNT: std::cell::Cell<u8> = const { std::cell::Cell::new(0) });

    pub(crate) mod inner {
        pub(crate) mod innermost {
            pub(crate) fn counted() -> u8 {
                super::super::COUNT.with(|count| count.replace(count.get() + 1))
            }
        }
    }

    impl Named for Limit {
        const NAME: &'static str = "limit";
    }

    pub(crate) fn main() {}

    pub(crate) fn r#raw(r#in: u8) -> u8 {
        r#in
    }

    pub(crate) extern "C" fn foreign() {}

    pub(crate) fn half(stop: bool) -> Alias<()> {
        if stop { Err(std::fmt::Error) } else { Ok(()) }
    }
}

macro_rules! container {
    ($ty:ty { $($item:item)* } $vis:vis fn $name:ident $body:block) => {
        #[isohub::parallel_span(pub_only)]
        impl $ty {
            $($item)*
            $vis fn $name() -> usize $body
        }
    };
}

struct Made;

container! {
    Made {
        fn hidden() -> usize { 1 }
        pub(crate) const fn constant() -> usize { 2 }
    }
    pub fn sum { Self::hidden() + Self::constant() }
}

pub(crate) fn main() {
    let mut text = Generic::<str, 2>("text");
    assert_eq!(Box::new(Generic::<str, 2>("text")).by_value((1, 2)), 3);
    assert_eq!((text.borrowed(), text.opaque()(), text.constant()), ("text", 2, 2));
    assert_eq!((text.iterated().count(), text.to_string()), (2, "text".to_owned()));
    assert_eq!(futures::executor::block_on(text.awaited("other")), Ok("other"));
    assert_eq!(Generic::<[u8], 0>(&[1, 2]).sum::<u8>(), 3);
    assert_eq!((1_u8.name(), Box::new(1_u8).boxed().to_string()), ("u8", "u8".to_owned()));
    assert_eq!((outer::one(), outer::two(), outer::LIMIT.name()), ("one", "two", "limit"));
    assert_eq!((outer::inner::innermost::counted(), outer::raw(outer::LIMIT.most as u8)), (0, 1));
    outer::main();
    outer::foreign();
    assert!(outer::half(true).is_err() && matches!(outer::Either::One, outer::Either::One));
    assert_eq!(Made::sum(), 3);
}
