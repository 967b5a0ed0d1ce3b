//! Kinds of items, and what stands in and around them.

use std::fmt::{Debug, Display};

use crate::observe::*;

pub mod kinds {
    use super::*;

    #[unit]
    unsafe fn declared_unsafe(a: *const u8) -> u8 {
        unsafe { *a }
    }

    #[unit]
    fn unsafe_inside(a: &[u8]) -> u8 {
        let first = a.as_ptr();
        unsafe { *first + *first.add(1) }
    }

    #[unit]
    async unsafe fn unsafe_later(a: Loud) -> usize {
        pause().await;
        a.0.len()
    }

    #[unit]
    extern "C" fn of_c(a: u8, _: u8, mut b: u8) -> u8 {
        b += 1;
        a + b
    }

    #[unit]
    unsafe extern "C" fn unsafe_of_c(a: *const u8) -> u8 {
        unsafe { *a }
    }

    #[unit]
    extern "system" fn of_the_system() {}

    #[unit]
    pub(crate) fn in_the_crate(a: Loud) -> usize {
        a.0.len()
    }

    #[unit]
    pub(self) fn in_itself() {}

    #[unit]
    fn has_inner_attributes(a: u8) -> u8 {
        #![allow(unused_variables, unused_assignments)]
        //! Documented inside.
        let unused = 1;
        a
    }

    #[unit]
    #[cfg(any())]
    fn not_there() -> Missing {
        missing!()
    }

    #[cfg_attr(all(), inline(never))]
    #[unit]
    #[cfg(all())]
    #[doc(hidden)]
    #[cold]
    fn has_attributes() -> u8 {
        1
    }

    mod deeper {
        pub mod still {
            #[unit]
            pub(in super::super) fn of_a_path(a: super::super::Loud) -> usize {
                self::beside(super::super::super::crate_name().len() + a.0.len())
            }

            #[unit]
            pub(super) fn beside(n: usize) -> usize {
                n
            }
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("declared_unsafe", || called!(unsafe { declared_unsafe(&1) })),
        ("unsafe_inside", || called!(unsafe_inside(&[1, 2]))),
        ("unsafe_later", || lived!(unsafe { unsafe_later(Loud("a")) })),
        ("of_c", || called!([of_c as extern "C" fn(u8, u8, u8) -> u8].map(|f| f(1, 2, 3)))),
        ("unsafe_of_c", || called!(unsafe { unsafe_of_c(&1) })),
        ("of_the_system", || called!(of_the_system())),
        ("in_the_crate", || called!(in_the_crate(Loud("a")))),
        ("in_itself", || called!(in_itself())),
        ("has_inner_attributes", || called!(has_inner_attributes(1))),
        ("has_attributes", || called!(has_attributes())),
        ("of_a_path", || called!(deeper::still::of_a_path(Loud("a")))),
    ];
}

pub fn crate_name() -> &'static str {
    module_path!()
}

pub mod generics {
    use super::*;

    #[unit]
    fn defaulted_const<T: Default + Copy, const N: usize>(_: [T; N]) -> ([T; N], usize) {
        ([T::default(); N], N)
    }

    #[unit]
    async fn const_later<const N: usize>(a: [Loud; N]) -> usize {
        pause().await;
        a.iter().map(|it| it.0.len()).sum::<usize>() + N
    }

    #[unit]
    fn higher_ranked<F>(f: F) -> usize
    where
        F: for<'a> Fn(&'a str, &'a str) -> &'a str,
    {
        f(&String::from("a"), "bb").len()
    }

    #[unit]
    fn higher_ranked_bound<T>(a: T) -> u8
    where
        for<'a> &'a T: IntoIterator<Item = &'a u8>,
    {
        (&a).into_iter().sum::<u8>() + (&a).into_iter().count() as u8
    }

    #[unit]
    fn projected<I: Iterator>(a: I) -> Option<I::Item>
    where
        I::Item: Ord,
    {
        a.max()
    }

    #[unit]
    fn unsized_argument<T: ?Sized + Debug>(a: &T, b: Box<T>) -> String {
        format!("{:?}{:?}", a, b)
    }

    #[unit]
    async fn unsized_later<T: ?Sized + Debug>(a: &T) -> String {
        pause().await;
        format!("{:?}", a)
    }

    #[unit]
    fn of_a_function<A, R>(f: fn(A) -> R, a: A) -> R {
        f(a)
    }

    #[unit]
    fn once(f: impl FnOnce(Loud) -> Loud, a: Loud) -> Loud {
        f(a)
    }

    #[unit]
    fn many(mut f: impl FnMut(u8)) {
        f(1);
        f(2);
    }

    #[unit]
    async fn of_async_closures(f: impl AsyncFn(&str) -> usize, mut g: impl AsyncFnMut(u8)) -> usize {
        g(1).await;
        let n = f(&String::from("abc")).await;
        g(2).await;
        n
    }

    #[unit]
    async fn once_later(f: impl AsyncFnOnce(Loud) -> Loud, a: Loud) -> Loud {
        f(a).await
    }

    #[unit]
    fn static_bound<T: Display + 'static>(a: T) -> Box<dyn Display> {
        Box::new(a)
    }

    #[unit]
    fn lifetime_of_an_object<'a>(a: &'a str) -> Box<dyn Fn() -> &'a str + 'a> {
        Box::new(move || a)
    }

    #[unit]
    fn several_opaque(a: u8) -> (impl Fn() -> u8, impl Iterator<Item = u8>) {
        (move || a, 0..a)
    }

    #[unit]
    fn opaque_in_opaque(a: u8) -> impl Fn(u8) -> Box<dyn Fn(u8) -> u8> {
        move |b| -> Box<dyn Fn(u8) -> u8> { Box::new(move |c| a + b + c) }
    }

    #[unit]
    fn nested_closures(a: Loud) -> impl FnOnce() -> Box<dyn FnOnce() -> Loud> {
        move || -> Box<dyn FnOnce() -> Loud> { Box::new(move || a) }
    }

    #[unit]
    async fn tuple_of_arguments(a: (u8,), (): (), [b, c]: [u8; 2], _: &[Loud], d: fn() -> u8) -> u8 {
        a.0 + b + c + d()
    }

    #[unit]
    async fn sixteen(
        a: Loud, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: Loud, i: u8, j: u8, k: u8, l: u8, m: u8, n: u8,
        o: u8, p: Loud,
    ) -> u16 {
        pause().await;
        say(a.0);
        say(p.0);
        [b, c, d, e, f, g, i, j, k, l, m, n, o].iter().map(|it| u16::from(*it)).sum::<u16>()
    }

    pub const SHAPES: &[Shape] = &[
        ("defaulted_const", || called!(defaulted_const([1_u8, 2]))),
        ("const_later", || lived!(const_later([Loud("a"), Loud("b")]))),
        ("higher_ranked", || called!(higher_ranked(|a, b| if a.len() > b.len() { a } else { b }))),
        ("higher_ranked_bound", || called!(higher_ranked_bound(vec![1, 2]))),
        ("projected", || called!(projected("abc".chars()))),
        ("unsized_argument", || called!(unsized_argument::<[u8]>(&[1], Box::new([2])))),
        ("unsized_later", || lived!(unsized_later("text"))),
        ("of_a_function", || called!(of_a_function(Loud, "a"))),
        ("once", || called!(once(|a| { drop(a); Loud("b") }, Loud("a")))),
        ("many", || called!(many(|n| say(n.to_string())))),
        ("of_async_closures", || {
            lived(|| of_async_closures(async |text: &str| text.len(), async |n| {
                pause().await;
                say(n.to_string());
            }))
        }),
        ("once_later", || lived(|| once_later(async |a| { pause().await; a }, Loud("a")))),
        ("static_bound", || called!(static_bound(1).to_string())),
        ("lifetime_of_an_object", || called!(lifetime_of_an_object(&String::from("a"))().to_owned())),
        ("several_opaque", || {
            called!({
                let (f, list) = several_opaque(2);
                (f(), list.collect::<Vec<u8>>())
            })
        }),
        ("opaque_in_opaque", || called!(opaque_in_opaque(1)(2)(3))),
        ("nested_closures", || called!(nested_closures(Loud("a"))()())),
        ("tuple_of_arguments", || lived!(tuple_of_arguments((1,), (), [2, 3], &[], || 4))),
        ("sixteen", || {
            lived!(sixteen(Loud("a"), 1, 2, 3, 4, 5, 6, Loud("h"), 7, 8, 9, 10, 11, 12, 13, Loud("p")))
        }),
    ];
}

pub mod macros {
    use super::*;

    macro_rules! function {
        ($(#[$meta:meta])* $vis:vis $name:ident($($arg:pat => $ty:ty),*) -> $out:ty $body:block) => {
            $(#[$meta])*
            #[unit]
            $vis fn $name($($arg: $ty),*) -> $out $body
        };
    }

    function!(#[inline] pub by_macro(a => Loud, (b, _) => (Loud, Loud)) -> usize { a.lend().len() + b.0.len() });

    macro_rules! later {
        ($name:ident<$t:ident: $bound:path>($arg:ident) $($body:tt)*) => {
            #[unit]
            async fn $name<$t: $bound>($arg: $t) -> String { $($body)* }
        };
    }

    later!(shown_later<T: Display>(a) pause().await; format!("{}!", a));

    macro_rules! hygienic {
        ($name:ident, $value:expr) => {
            #[unit]
            fn $name(a: u8) -> u8 {
                let b = $value;
                a + b
            }
        };
    }

    const A: u8 = 5;
    hygienic!(keeps_hygiene, A + 1);

    macro_rules! items {
        ($($item:item)*) => { $(#[unit] $item)* };
    }

    items! {
        fn whole(a: Loud) -> usize { a.0.len() }
        async fn whole_later(a: Loud) -> usize { pause().await; a.lend().len() }
    }

    #[unit]
    fn places(_: Loud) -> (u32, u32, &'static str, &'static str) {
        (line!(), column!(), module_path!(), stringify!(a + b))
    }

    #[unit]
    fn invokes(a: Loud) -> (Vec<usize>, String, bool) {
        macro_rules! length {
            ($e:expr) => { $e.0.len() };
        }
        assert!(a.0 == "a", "{}", a.0);
        debug_assert_ne!(a.0, "b");
        let list = vec![length!(a), { 2 }, length!(Loud("abc"))];
        let matched = matches!(list[..], [_, _, n] if n > 2);
        (list, format!("{a:?} {0} {0:?} {n:>1$}", a.0, 3, n = 1), matched)
    }

    #[unit]
    async fn invokes_later(a: Loud) -> String {
        pause().await;
        let text = format_args!("{} {}", a.0, concat!("b", 1)).to_string();
        let other = format!("{text}{}", { pause().await; a.lend().len() });
        other
    }

    #[unit]
    fn in_a_const() -> u8 {
        const fn added(a: u8) -> u8 {
            a + 1
        }
        const VALUE: u8 = added(1);
        static TABLE: [fn(u8) -> u8; 2] = [added, |a| a];
        TABLE[0](VALUE) + TABLE[1](1)
    }

    #[unit]
    fn has_every_item(a: u8) -> u8 {
        mod inside {
            pub fn one() -> u8 {
                1
            }
        }
        use inside::one as uno;
        type Small = u8;
        enum Kind {
            A(Small),
        }
        trait Doubled {
            fn doubled(&self) -> Small;
        }
        impl Doubled for Kind {
            fn doubled(&self) -> Small {
                let Kind::A(a) = self;
                a * 2
            }
        }
        #[unit]
        fn nested(a: Small) -> Small {
            #[unit]
            fn deeper(a: Small) -> Small {
                a + uno()
            }
            deeper(a)
        }
        nested(Kind::A(a).doubled())
    }

    #[unit]
    fn r#loop(r#in: u8, größe: u8, _1: u8) -> u8 {
        let r#while = r#in;
        r#while + größe
    }

    #[unit]
    fn shadows(a: Loud, b: Loud) -> usize {
        let a = (Loud("second a"), a);
        let a = {
            let a = a.1.0.len() + b.0.len();
            a + 1
        };
        a
    }

    pub const SHAPES: &[Shape] = &[
        ("by_macro", || called!(by_macro(Loud("a"), (Loud("b"), Loud("c"))))),
        ("shown_later", || lived!(shown_later(1))),
        ("keeps_hygiene", || called!(keeps_hygiene(1))),
        ("whole", || called!(whole(Loud("a")))),
        ("whole_later", || lived!(whole_later(Loud("a")))),
        ("places", || called!(places(Loud("a")))),
        ("invokes", || called!(invokes(Loud("a")))),
        ("invokes_later", || lived!(invokes_later(Loud("a")))),
        ("in_a_const", || called!(in_a_const())),
        ("has_every_item", || called!(has_every_item(1))),
        ("r#loop", || called!(r#loop(1, 2, 3))),
        ("shadows", || called!(shadows(Loud("a"), Loud("b")))),
    ];
}
